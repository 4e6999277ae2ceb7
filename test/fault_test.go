package test

import (
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// pushOnly makes a VEN that gets its events by push alone: it does not ask for
// them when it has connected again.
func pushOnly(c *ven.Config) { c.SkipCatchUp = true }

// TestServerRestart: when the server was away, VTN and VENs are back by
// themselves, and what an operator did meanwhile is pushed.
func TestServerRestart(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	s := startAt(t, e, e.ComponentAddr)
	vens := append(s.fleet(2), s.fleet(2, pushOnly)...)
	s.create(event(venIDs(vens)...))
	s.converge(vens)
	for name, away := range map[string]func(){
		"stopped": e.Stop,
		"killed":  s.killServer,
	} {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			away()
			s.eventually("the VTN to see that the server is gone", func() bool { return !s.ready("xmpp") })
			s.create(event(venIDs(vens)...))
			s.startServer()
			s.converge(vens)
			if !s.ready("xmpp") {
				t.Error("events arrived, and the VTN is not ready")
			}
		})
	}
}

// TestHalfOpenConnectionIsReplaced: nothing closes the connection, nothing comes
// through. It takes the 25 seconds in which the VTN finds out.
func TestHalfOpenConnectionIsReplaced(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	p := proxied(t, e.ComponentAddr)
	s := startAt(t, e, p.Addr)
	vens := s.fleet(2, pushOnly)
	p.Blackhole()
	s.create(event(venIDs(vens)...))
	s.logged("the server was silent")
	p.Heal()
	s.converge(vens)
	s.presenceComes()
}

// TestFrozenServerIsLeftAndFoundAgain: the server's process stands still, its
// connections stay open.
func TestFrozenServerIsLeftAndFoundAgain(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	s := startAt(t, e, e.ComponentAddr)
	vens := s.fleet(2, pushOnly)
	if err := e.Freeze(); err != nil {
		t.Fatal(err)
	}
	s.create(event(venIDs(vens)...))
	s.logged("the server was silent")
	if err := e.Thaw(); err != nil {
		t.Fatal(err)
	}
	s.converge(vens)
	s.presenceComes()
}

// presenceComes shows that the server still tells the VTN who is there, without
// a roster item.
func (s *stack) presenceComes() {
	s.t.Helper()
	a := s.unseen()
	r := s.leave(a)
	e := s.create(event(r.VENID))
	s.delivery(e.EventID, r.VENID, "unreachable")
	s.converge([]*ven.VEN{s.comeBack(a, r)})
}

// TestKillOfTheVTNLosesNothing kills the VTN while an operator changes events:
// all that the API acknowledged is there afterwards, and reaches the VENs.
func TestKillOfTheVTNLosesNothing(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	s := startAt(t, e, e.ComponentAddr, "VTN_RATE=1000")
	killTheVTN(t, s, 5)
}

// killTheVTN kills it several times at random moments.
func killTheVTN(t *testing.T, s *stack, rounds int) {
	random := randomness(t)
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

// fanOut is a VTN with 20 VENs that get their events by push alone, and word of
// each event that reaches one of them.
type fanOut struct {
	*stack
	vens   []*ven.VEN
	random *rand.Rand
	told   chan struct{}
}

func newFanOut(t *testing.T, s *stack) *fanOut {
	f := &fanOut{stack: s, random: randomness(t), told: make(chan struct{}, 1000)}
	f.vens = s.fleet(20, pushOnly, func(c *ven.Config) { c.OnEvent = func(ven.Event) { f.told <- struct{}{} } })
	return f
}

// interrupt creates an event for all VENs and does something when it has reached
// a few of them, or none.
func (f *fanOut) interrupt(do func()) {
	f.t.Helper()
	for len(f.told) > 0 {
		<-f.told
	}
	f.create(event(venIDs(f.vens)...))
	for range f.random.IntN(len(f.vens) / 2) {
		next(f.t, "the event to reach some VENs", f.told)
	}
	do()
}

func TestKillOfTheServerInMidFanOut(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	f := newFanOut(t, startAt(t, e, e.ComponentAddr))
	for range 2 {
		f.interrupt(f.killServer)
		f.startServer()
		f.converge(f.vens)
	}
}

func (s *stack) killServer() {
	s.t.Helper()
	if err := s.server.Kill(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stack) startServer() {
	s.t.Helper()
	if err := s.server.Start(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

func TestKillOfBothInMidFanOut(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	f := newFanOut(t, startAt(t, e, e.ComponentAddr))
	f.interrupt(func() {
		f.killServer()
		f.vtn.Kill()
	})
	f.startServer()
	f.restart()
	f.converge(f.vens)
}

func TestCutOfTheConnectionInMidFanOut(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	p := proxied(t, e.ComponentAddr)
	f := newFanOut(t, startAt(t, e, p.Addr))
	for range 5 {
		f.interrupt(p.Cut)
	}
	f.converge(f.vens)
}

// TestVENsMoveInMidPush: VENs drop their connection with a push unanswered and
// come back with another resource.
func TestVENsMoveInMidPush(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	s := startAt(t, e, e.ComponentAddr)
	vens := make([]*ven.VEN, 0, 10)
	drop := make([]atomic.Bool, cap(vens))
	for i := range cap(vens) {
		var self *ven.VEN
		self = s.fleet(1, func(c *ven.Config) {
			c.SkipCatchUp = i%2 == 0
			c.Reply = func(*oadr.DistributeEvent) ven.Reply {
				if drop[i].Swap(false) {
					self.Drop()
					return ven.Reply{How: ven.Ignore}
				}
				return ven.Reply{}
			}
		})[0]
		vens = append(vens, self)
	}
	for range 3 {
		for i := range drop {
			drop[i].Store(true)
		}
		s.create(event(venIDs(vens)...))
		s.converge(vens)
	}
}

// TestOfflineVENGetsItsEventByPresence: it says that it is there and asks nothing.
func TestOfflineVENGetsItsEventByPresence(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	s := startAt(t, e, e.ComponentAddr)
	for name, account := range map[string]func() rig.Account{"roster item": s.account, "privilege alone": s.unseen} {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			a := account()
			registration := s.leave(a)
			e := s.create(event(registration.VENID))
			s.delivery(e.EventID, registration.VENID, "unreachable")
			s.converge([]*ven.VEN{s.comeBack(a, registration)})
		})
	}
}

// leave registers a VEN and closes it.
func (s *stack) leave(a rig.Account) ven.Registration {
	s.t.Helper()
	v := s.connect(s.config(a))
	r, err := v.Register(s.t.Context())
	if err == nil {
		err = v.Close(s.t.Context())
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// comeBack connects a VEN that has kept its registration.
func (s *stack) comeBack(a rig.Account, r ven.Registration) *ven.VEN {
	s.t.Helper()
	c := s.config(a)
	c.Registration, c.SkipCatchUp, c.VTN = r, true, "vtn@"+vtnDomain // the VTN may be away: nothing to discover
	return s.connect(c)
}

// TestVENThatCameWhileTheVTNWasAway: nobody tells the VTN of it, a probe does.
func TestVENThatCameWhileTheVTNWasAway(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	s := startAt(t, e, e.ComponentAddr)
	parked, moved := s.account(), s.account()
	r1, r2 := s.leave(parked), s.leave(moved)
	waiting := s.create(event(r1.VENID))
	s.delivery(waiting.EventID, r1.VENID, "unreachable")
	s.vtn.Kill()
	vens := []*ven.VEN{s.comeBack(parked, r1), s.comeBack(moved, r2)}
	s.restart()
	s.converge(vens)
	s.create(event(r2.VENID))
	s.converge(vens)
}
