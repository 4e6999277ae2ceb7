package test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/testrand"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// pushOnly makes a VEN receive events by push alone: it does not request them when it has reconnected.
func pushOnly(c *ven.Config) { c.SkipCatchUp = true }

// killTheVTN kills the VTN several times at random moments.
func killTheVTN(t *testing.T, s *stack, rounds int) {
	random := testrand.New(t)
	vens := s.fleet(20)
	op := s.operator(random, vens)
	for range rounds {
		for range 5 + random.IntN(60) {
			if err := op.act(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		crash := time.AfterFunc(rand.N(10*time.Millisecond), s.vtn.Kill)
		for op.act(t.Context()) == nil {
		}
		crash.Stop()
		s.vtn.Kill()
		s.restart()
		op.check()
	}
	s.converge(vens)
	op.check()
}

// fanOut is a VTN with 20 VENs that receive events by push alone, and a channel that signals each event that reaches one of them.
type fanOut struct {
	*stack
	vens   []*ven.VEN
	random *rand.Rand
	told   chan struct{}
}

// newFanOut starts a VTN whose window holds all pushes of a fan-out, or only a few.
func newFanOut(t *testing.T, e *rig.Ejabberd, addr string, env ...string) *fanOut {
	t.Helper()
	random := testrand.New(t)
	window := fmt.Sprintf("VTN_IN_FLIGHT=%d", []int{1, 4, 500}[random.IntN(3)])
	t.Log(window)
	return startAt(t, e, addr, append(env, window)...).fanOut(random, 20)
}

// interrupt creates an event for all VENs, and does something when it has reached none, some or almost all of them.
func (f *fanOut) interrupt(do func()) {
	f.t.Helper()
	for len(f.told) > 0 {
		<-f.told
	}
	spec := event(venIDs(f.vens)...)
	// With never, the answer to the IQ is all there is: VENs repeat an oadrCreatedEvent that gets lost.
	spec.ResponseRequired = []string{"always", "never"}[f.random.IntN(2)]
	f.create(spec)
	for range f.random.IntN(len(f.vens)) {
		next(f.t, "the event to reach some VENs", f.told)
	}
	do()
}
