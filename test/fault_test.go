package test

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/testrand"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
	"github.com/vtn-xmpp/vtn-xmpp/ven/faulty"
)

// TestServerRestart: VTN and VENs reconnect by themselves, and the VTN pushes what an operator changed meanwhile.
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

// TestFrozenServerIsLeftAndFoundAgain: the server's process is stopped while its connections stay open.
func TestFrozenServerIsLeftAndFoundAgain(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	f := newFanOut(t, e, e.ComponentAddr)
	f.interrupt(func() {
		if err := e.Freeze(); err != nil {
			t.Fatal(err)
		}
	})
	f.logged("the server was silent")
	if err := e.Thaw(); err != nil {
		t.Fatal(err)
	}
	f.converge(f.vens)
	f.presenceComes()
}

// TestKillOfTheVTNLosesNothing kills the VTN while an operator changes events: everything that the API acknowledged is stored, and
// reaches the VENs.
func TestKillOfTheVTNLosesNothing(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	s := startAt(t, e, e.ComponentAddr, "VTN_RATE=1000")
	killTheVTN(t, s, 5)
}

func TestKillOfTheVTNInMidFanOut(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	f := newFanOut(t, e, e.ComponentAddr)
	for range 3 {
		f.interrupt(f.vtn.Kill)
		f.restart()
	}
	f.converge(f.vens)
}

func TestKillOfTheServerInMidFanOut(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	f := newFanOut(t, e, e.ComponentAddr)
	for range 2 {
		f.interrupt(f.killServer)
		f.startServer()
		f.converge(f.vens)
	}
}

func TestKillOfBothInMidFanOut(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	f := newFanOut(t, e, e.ComponentAddr)
	for range 2 {
		kills := []func(){f.killServer, f.vtn.Kill}
		f.random.Shuffle(len(kills), func(i, j int) { kills[i], kills[j] = kills[j], kills[i] })
		f.interrupt(func() {
			for _, kill := range kills {
				kill()
			}
		})
		f.startServer()
		f.restart()
		f.converge(f.vens)
	}
}

func TestCutOfTheConnectionInMidFanOut(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	p := proxied(t, e.ComponentAddr)
	f := newFanOut(t, e, p.Addr)
	for range 5 {
		f.interrupt(p.Cut)
	}
	f.converge(f.vens)
}

// TestBlackHoleInMidFanOut: the connection stays open, but nothing passes. It heals once before anybody has noticed, and once
// after the 25 seconds in which the VTN detects it and disconnects; then what the VTN had sent arrives after all.
func TestBlackHoleInMidFanOut(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	p := proxied(t, e.ComponentAddr)
	f := newFanOut(t, e, p.Addr)
	for range 3 {
		f.interrupt(p.Blackhole)
		time.Sleep(time.Duration(f.random.Int64N(int64(2 * time.Second)))) // how long the fault lasts
		p.Heal()
	}
	f.converge(f.vens)
	f.interrupt(p.Blackhole)
	f.logged("the server was silent")
	p.Heal()
	f.converge(f.vens)
	f.presenceComes()
}

// mover is a VEN that drops its connection with a push unanswered, or while its answer is on the way, and comes back with another
// resource.
type mover struct {
	self   atomic.Pointer[ven.VEN]
	moves  atomic.Int32 // that are to come
	random *rand.Rand
}

func (m *mover) reply(*oadr.DistributeEvent) faulty.Reply {
	if m.moves.Add(-1) < 0 {
		return faulty.Reply{}
	}
	switch m.random.IntN(3) {
	case 0:
		m.self.Load().Drop()
		return silent
	case 1:
		time.AfterFunc(time.Duration(m.random.Int64N(int64(50*time.Millisecond))), m.self.Load().Drop)
		return silent
	}
	time.AfterFunc(time.Duration(m.random.Int64N(int64(3*time.Millisecond))), m.self.Load().Drop)
	return faulty.Reply{}
}

func TestVENsMoveInMidPush(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	s := startAt(t, e, e.ComponentAddr)
	random := testrand.New(t)
	accounts := map[string]*mover{}
	var mu sync.Mutex
	vens := s.fleet(10, func(c *ven.Config) {
		mu.Lock()
		defer mu.Unlock()
		m := &mover{random: rand.New(rand.NewPCG(random.Uint64(), 0))}
		accounts[c.JID] = m
		c.SkipCatchUp = len(accounts)%2 == 0
		faulty.Faults{OnPush: m.reply}.Apply(c)
	})
	var movers []*mover
	for _, v := range vens {
		m := accounts[v.JID().Bare().String()]
		m.self.Store(v)
		movers = append(movers, m)
	}
	for range 3 {
		for _, m := range movers {
			m.moves.Store(random.Int32N(3))
		}
		s.create(event(venIDs(vens)...))
		s.converge(vens)
	}
}

// TestOfflineVENGetsItsEventByPresence: the VEN sends presence and requests nothing.
func TestOfflineVENGetsItsEventByPresence(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	s := startAt(t, e, e.ComponentAddr)
	for name, account := range map[string]func() rig.Account{"roster item": s.account, "privilege alone": s.unseen} {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			if privileged, err := e.Privileged(); err != nil {
				t.Fatal(err)
			} else if name == "privilege alone" && !privileged {
				t.Skip("this ejabberd runs without mod_privilege")
			}
			a := account()
			registration := s.leave(a)
			e := s.create(event(registration.VENID))
			s.delivery(e.EventID, registration.VENID, "unreachable")
			s.converge([]*ven.VEN{s.comeBack(a, registration)})
		})
	}
}

// TestVENThatCameWhileTheVTNWasAway: nothing announces the VEN to the VTN, which finds it by a presence probe.
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
