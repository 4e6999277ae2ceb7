package test

import (
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/testrand"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
	"github.com/vtn-xmpp/vtn-xmpp/ven/faulty"
)

func TestStepClock(t *testing.T) {
	var c stepClock
	for _, ahead := range []time.Duration{time.Hour, -time.Hour} {
		before := time.Now()
		c.step(ahead)
		now := c.Now()
		if shown := now.Round(0).Sub(before.Round(0)); shown < ahead || shown > ahead+time.Minute {
			t.Errorf("stepped by %v it shows %v more", ahead, shown)
		}
		if passed := now.Sub(before); passed < 0 || passed > time.Minute {
			t.Errorf("stepped by %v it says that %v passed", ahead, passed)
		}
	}
}

// TestClockStepsInMidFanOut sets the VTN's clock an hour forward and back while pushes are under way, and while VENs are parked,
// backing off or silent.
func TestClockStepsInMidFanOut(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	random := testrand.New(t)
	clock := &stepClock{}
	s, _ := startInside(t, e, "sqlite:"+filepath.Join(t.TempDir(), "vtn.db"), clock)
	var calm atomic.Bool
	until := func(bad faulty.Reply) func(c *ven.Config) {
		return func(c *ven.Config) {
			faulty.Faults{OnPush: func(*oadr.DistributeEvent) faulty.Reply {
				if calm.Load() {
					return faulty.Reply{}
				}
				return bad
			}}.Apply(c)
		}
	}
	f := s.fanOut(random, 20)
	away, gone := s.account(), s.account()
	r1, r2 := s.leave(away), s.leave(gone)
	bad := append(s.fleet(2, until(silent)), s.fleet(2, until(faulty.Reply{How: faulty.Fail, Type: "wait", Condition: "resource-constraint"}))...)
	everybody := event()
	everybody.Targets.All = true
	waiting := s.create(everybody)
	s.delivery(waiting.EventID, r1.VENID, "unreachable")
	s.delivery(waiting.EventID, r2.VENID, "unreachable")

	for _, i := range random.Perm(6) {
		clock0 := clock.seconds.Load()
		ahead := []time.Duration{time.Hour, 0, -time.Hour}[i%3]
		if int64(ahead/time.Second) == clock0 {
			continue
		}
		t.Logf("the clock goes from %ds to %v ahead", clock0, ahead)
		f.interrupt(func() { clock.step(ahead) })
		s.create(everybody)
		s.converge(f.vens)
	}
	back := s.comeBack(away, r1)
	s.converge(append([]*ven.VEN{back}, f.vens...))
	calm.Store(true)
	f.interrupt(func() { clock.step(0) })
	all := append(append([]*ven.VEN{back, s.comeBack(gone, r2)}, f.vens...), bad...)
	s.create(everybody)
	s.converge(all)
}
