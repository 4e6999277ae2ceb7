package test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/testrand"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
	"github.com/vtn-xmpp/vtn-xmpp/ven/faulty"
)

// habits are bad habits of VENs, until the test calms them.
type habits struct {
	s      *stack
	mu     sync.Mutex
	random *rand.Rand
	asked  []string // tokens that VENs left without an answer
	late   atomic.Int32
	stolen atomic.Int32
	calm   atomic.Bool
}

func (h *habits) within(least, most time.Duration) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return least + time.Duration(h.random.Int64N(int64(most-least)))
}

// never answers.
func (h *habits) never(m *oadr.DistributeEvent) faulty.Reply {
	if h.calm.Load() {
		return faulty.Reply{}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = append(h.asked, m.RequestID)
	return silent
}

// afterTheLease answers a push when it is due again, or when a newer one has come.
func (h *habits) afterTheLease(*oadr.DistributeEvent) faulty.Reply {
	if h.calm.Load() {
		return faulty.Reply{}
	}
	after := h.within(10*time.Second, 14*time.Second)
	time.AfterFunc(after, func() { h.late.Add(1) })
	return faulty.Reply{How: faulty.Empty, After: after}
}

// twice answers each push twice.
func (h *habits) twice(self func() *ven.VEN) func(*oadr.DistributeEvent) faulty.Reply {
	return func(m *oadr.DistributeEvent) faulty.Reply {
		time.AfterFunc(h.within(0, 20*time.Millisecond), func() { h.answer(self(), m.RequestID) })
		return faulty.Reply{}
	}
}

// forOthers answers its own push, and the pushes that other VENs left unanswered.
func (h *habits) forOthers(self func() *ven.VEN) func(*oadr.DistributeEvent) faulty.Reply {
	return func(*oadr.DistributeEvent) faulty.Reply {
		h.mu.Lock()
		others := append([]string(nil), h.asked[max(0, len(h.asked)-10):]...)
		h.mu.Unlock()
		go func() {
			for _, token := range others {
				h.answer(self(), token)
				h.stolen.Add(1)
			}
		}()
		return faulty.Reply{}
	}
}

// answer writes a result, which is lost if the VEN has no connection.
func (h *habits) answer(v *ven.VEN, token string) {
	_ = v.Write(h.s.t.Context(), fmt.Appendf(nil, "<iq type='result' id='%s' to='%s'/>", token, serviceJID))
}

// askWithoutReading has a VEN request part of its events all the time, and read no answer.
func (h *habits) askWithoutReading(v *ven.VEN) {
	most := uint32(1000)
	ask := oadr.Append(nil, oadr.Form{}, &oadr.RequestEvent{RequestID: "q", VENID: venID(v), ReplyLimit: &most})
	for n := 0; !h.calm.Load(); n++ {
		_ = v.Write(h.s.t.Context(), fmt.Appendf(nil, "<iq type='set' id='slow-%d' to='%s'>%s</iq>", n, serviceJID, ask))
		select {
		case <-time.After(10 * time.Millisecond):
		case <-h.s.t.Context().Done():
			return
		}
	}
}

// TestBadHabitsHarmNobodyElse: some VENs never answer, answer after the lease, twice or for others, or read a byte a second. A
// fleet beside them receives its events. No VEN can acknowledge for another, and each receives its events once it is calm.
func TestBadHabitsHarmNobodyElse(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	random := testrand.New(t)
	s := startAt(t, e, e.ComponentAddr, "VTN_IN_FLIGHT=10") // one of them for all that are silent
	h := &habits{s: s, random: rand.New(rand.NewPCG(random.Uint64(), 0))}
	good := s.fleet(10)
	never := s.fleet(3, func(c *ven.Config) { faulty.Faults{OnPush: h.never}.Apply(c) })
	late := s.fleet(2, func(c *ven.Config) { faulty.Faults{OnPush: h.afterTheLease}.Apply(c) })
	others := []*ven.VEN{s.selfAware(h.twice), s.selfAware(h.forOthers)}
	p := proxied(t, e.ClientAddr)
	slow := s.join(func(c *ven.Config) { c.Server = p.Addr })
	all := append(append(append(append([]*ven.VEN{slow}, good...), never...), late...), others...)

	op := s.operator(random, all)
	change := func(n int) {
		t.Helper()
		for range n {
			if err := op.act(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	p.Trickle()
	asking := make(chan struct{})
	go func() {
		defer close(asking)
		h.askWithoutReading(slow)
	}()
	for range 3 {
		change(5 + random.IntN(20))
		s.converge(append(append([]*ven.VEN{}, good...), others...))
	}
	everybody := event()
	everybody.Targets.All = true
	forAll := s.create(everybody)
	s.converge(append(append([]*ven.VEN{}, good...), others...))
	s.eventually("answers after the lease", func() bool { return h.late.Load() >= 2 })
	change(5 + random.IntN(20))
	s.eventually("answers for others", func() bool { return h.stolen.Load() > 0 })
	s.converge(good)
	for _, v := range append([]*ven.VEN{slow}, never...) {
		if got := s.status(forAll.EventID, venID(v)); got.Delivery == "acknowledged" {
			t.Errorf("%s is said to have acknowledged: %+v", venID(v), got)
		}
	}

	h.calm.Store(true)
	<-asking
	p.Heal()
	change(1)
	s.create(everybody)
	s.converge(all)
	op.check()
}
