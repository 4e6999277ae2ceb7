package xmpp

import (
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// several runs a component with two connections through a proxy, and waits until
// both stand and the server has granted everything.
func several(t *testing.T, change ...func(*Component)) (*Component, *recorder, *testLog, *rig.Ejabberd, *rig.Proxy, func()) {
	t.Helper()
	s := ejabberd(t)
	proxy, err := rig.StartProxy(t.Context(), s.ComponentAddr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	log, r := newTestLog(), newRecorder()
	cfg := config(s)
	cfg.Server, cfg.Connections, cfg.Logger = proxy.Addr, 2, log.logger()
	c := New(cfg, r)
	c.timing.grace = 100 * time.Millisecond
	for _, f := range change {
		f(c)
	}
	vacant(t, s).conn.Close()
	stop := run(t, c, r)
	stand(t, c, 2)
	granted(t, c)
	return c, r, log, s, proxy, stop
}

// granted waits until the server delegates and shows presence.
func granted(t *testing.T, c *Component) {
	t.Helper()
	g := c.grants
	sometime(t, "grants", func() bool { return g.holder(&g.delegated) != "" && g.holder(&g.allowed) != "" && !g.gone() })
}

// shown logs a VEN without a roster item in, and waits for its presence.
func shown(t *testing.T, s *rig.Ejabberd, r *recorder, resource string) {
	t.Helper()
	v := login(t, s, "ven5", resource)
	defer v.conn.Close()
	sometime(t, "presence", func() bool {
		v.send("<presence/>") // again: the server may not have granted it yet
		select {
		case jid := <-r.appeared:
			return jid.Address == v.jid
		case <-time.After(100 * time.Millisecond):
			return false
		}
	})
}

// TestConnectionsAreOneStream: the VTN hears of the first connection and of the
// last; pushes go out on both, those of one VEN on the same, and answers count on
// either.
func TestConnectionsAreOneStream(t *testing.T) {
	c, r, log, s, _, stop := several(t)
	vens := [2]*client{login(t, s, "ven1", "r"), login(t, s, "ven2", "r")}
	on := map[*line]int{}
	of := map[int64]*line{}
	for i := range int64(20) {
		sent := core.Token{Topic: core.TopicEvents, VENNo: 1 + i%2, Rev: i}
		v := vens[i%2]
		if err := c.Push(t.Context(), core.Push{Token: sent, To: v.jid, Bytes: payload(sent)}); err != nil {
			t.Fatal(err)
		}
		c.flights.mu.Lock()
		l := c.flights.to[outboxKey{sent.Topic, sent.VENNo}].line
		if before := of[sent.VENNo]; before != nil && before != l {
			t.Errorf("a push to VEN %d takes another connection than the one before", sent.VENNo)
		}
		of[sent.VENNo] = l
		on[l]++
		c.flights.mu.Unlock()
		v.send("<iq type='result' id='%s' to='%s'/>", v.push().Attribute("id"), c.service)
		if got := receive(t, r.settled, "outcome"); got.token != sent || got.Result != core.Acknowledged {
			t.Errorf("got %+v", got)
		}
	}
	if len(on) != 2 {
		t.Errorf("the pushes went out on %d connections", len(on))
	}
	if standing, wanted := c.Connections(); standing != 2 || wanted != 2 {
		t.Errorf("%d of %d connections", standing, wanted)
	}
	log.forget()
	stop()
	if len(r.connected) > 0 || len(r.disconnected) != 1 || len(r.lost) > 0 {
		t.Errorf("told of %d more connections, %d ends, %d losses", len(r.connected), len(r.disconnected), len(r.lost))
	}
	if left := log.count("left the XMPP server"); left != 2 {
		t.Errorf("%d streams were closed in order", left)
	}
}

// TestRepliesTakeTheConnectionOfPushes, so that neither overtakes the other. The
// other connection stands still: a reply on it would not arrive.
func TestRepliesTakeTheConnectionOfPushes(t *testing.T) {
	c, _, _, s, _, _ := several(t, func(c *Component) { c.timing.grace = time.Hour }) // or the connection that stands still is asked for its grants
	for _, name := range []string{"ven1", "ven2"} {
		v := login(t, s, name, "r")
		own := c.lines.of(name + "@localhost")
		c.lines.mu.Lock()
		other := c.lines.open[0]
		if other == own {
			other = c.lines.open[1]
		}
		c.lines.mu.Unlock()
		func() {
			other.out.mu.Lock()
			defer other.out.mu.Unlock()
			for range 4 {
				v.ask("set", c.service, poll)
			}
		}()
	}
}

// TestLostConnectionTellsItsPushes: the handler hears which pushes a lost connection
// had, and of no others. The other connection goes on, and the server grants again
// what it withdrew.
func TestLostConnectionTellsItsPushes(t *testing.T) {
	c, r, _, s, proxy, _ := several(t)
	vens := [2]*client{login(t, s, "ven1", "r"), login(t, s, "ven2", "r")}
	byLine := map[*line][]core.Token{}
	for i := range int64(10) {
		sent := core.Token{Topic: core.TopicEvents, VENNo: i + 1, Rev: 1}
		v := vens[i%2]
		if err := c.Push(t.Context(), core.Push{Token: sent, To: v.jid, Bytes: payload(sent)}); err != nil {
			t.Fatal(err)
		}
		c.flights.mu.Lock()
		l := c.flights.to[outboxKey{sent.Topic, sent.VENNo}].line
		c.flights.mu.Unlock()
		byLine[l] = append(byLine[l], sent)
	}
	c.lines.mu.Lock()
	kept := c.lines.open[1]
	c.lines.mu.Unlock()
	proxy.CutOne()
	lost := receive(t, r.lost, "word of the lost connection")
	if want := 10 - len(byLine[kept]); len(lost) != want || want == 0 {
		t.Errorf("%d pushes are told as lost, want %d", len(lost), want)
	}
	for _, x := range lost {
		for _, y := range byLine[kept] {
			if x == y {
				t.Errorf("%v is told as lost, and went out on the connection that stands", x)
			}
		}
	}
	stand(t, c, 2)
	if len(r.disconnected) > 0 || len(r.connected) > 0 {
		t.Error("the VTN was told that pushes could not be carried")
	}
	if n := testutil.ToFloat64(c.metrics.reconnects); n != 1 {
		t.Errorf("%v reconnects", n)
	}
	announced(t, vens[0], s, true)
	shown(t, s, r, "after")
}

// TestLateEndIsNoticed: the server's side of a connection that was replaced ends
// late, and with it the server withdraws all grants. One of the connections that
// stand is made anew, the other is not.
func TestLateEndIsNoticed(t *testing.T) {
	for _, n := range []int{1, 2} {
		t.Run(fmt.Sprint(n, " connections"), func(t *testing.T) {
			// The test says when it is time to ask.
			now := coretest.NewClock(time.Unix(1_800_000_000, 0))
			s := ejabberd(t)
			proxy, err := rig.StartProxy(t.Context(), s.ComponentAddr)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(proxy.Close)
			log, r := newTestLog(), newRecorder()
			cfg := config(s)
			cfg.Server, cfg.Connections, cfg.Logger, cfg.Clock = proxy.Addr, n, log.logger(), now
			c := New(cfg, r)
			c.timing.quiet = time.Hour
			v := vacant(t, s)
			run(t, c, r)
			stand(t, c, n)
			granted(t, c)
			sometime(t, "answers that show the grants", func() bool {
				now.Move(100 * time.Millisecond)
				c.grants.mu.Lock()
				defer c.grants.mu.Unlock()
				return c.grants.delegated.shown && c.grants.allowed.shown
			})

			log.forget()
			proxy.HalfOpen()
			log.wait(t, "lost the XMPP server")
			for log.count("connected to the XMPP server") == 0 {
				now.Move(time.Second) // of backoff
				time.Sleep(time.Millisecond)
			}
			stand(t, c, n)
			// The server still asks about the new connection; nothing tells when it
			// is done, and a late end comes much later.
			time.Sleep(2 * time.Second)
			proxy.EndHalfOpen()
			announced(t, v, s, false)
			for log.count("no longer delegates") == 0 { // an answer may have gone to the half-open side
				now.Move(time.Second)
				time.Sleep(time.Millisecond)
			}
			announced(t, v, s, true)
			stand(t, c, n)
			granted(t, c)
			shown(t, s, r, "after")
			if log.count("no longer delegates") != 1 {
				t.Errorf("%d connections were made anew", log.count("no longer delegates"))
			}
		})
	}
}

// TestNothingGranted: connections to a server that grants nothing are not made anew.
func TestNothingGranted(t *testing.T) {
	rig.NeedEjabberd(t)
	const domain = "other.localhost"
	s, err := rig.StartEjabberd(t.Context(), rig.EjabberdOptions{Components: []string{"vtn.localhost", domain}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	now, log, r := coretest.NewClock(time.Unix(1_800_000_000, 0)), newTestLog(), newRecorder()
	cfg := config(s)
	cfg.Domain, cfg.Connections, cfg.Logger, cfg.Clock = domain, 2, log.logger(), now
	c := New(cfg, r)
	c.timing.quiet = time.Hour
	run(t, c, r)
	stand(t, c, 2)
	now.AwaitWait(t, c.timing.grace)
	now.Move(c.timing.grace)
	log.wait(t, "does not delegate OpenADR")
	log.wait(t, "does not show the VTN the presence")
	for range 3 {
		before := c.pings.Load()
		now.AwaitWait(t, c.timing.check)
		now.Move(c.timing.check)
		sometime(t, "the question", func() bool { return c.pings.Load() > before })
		now.AwaitWait(t, c.timing.check) // answered, and nothing is to be done
	}
	if n := log.count(`"level":"warn"`); n != 2 {
		t.Errorf("%d warnings, want 2", n)
	}
	if c.withdrawn(t.Context()) || c.lines.count() != 2 || testutil.ToFloat64(c.metrics.reconnects) > 0 {
		t.Errorf("%d connections stand, %v were made anew", c.lines.count(), testutil.ToFloat64(c.metrics.reconnects))
	}
}

// TestLostConnectionThatCannotReturn: the connections that stand go on, and the
// lost one is logged once.
func TestLostConnectionThatCannotReturn(t *testing.T) {
	c, r, log, s, proxy, _ := several(t, func(c *Component) { c.timing.backoff, c.timing.most = time.Millisecond, 2*time.Millisecond })
	v := login(t, s, "ven1", "r")
	proxy.Shut()
	log.forget()
	proxy.CutOne()
	receive(t, r.lost, "word of the lost connection")
	sometime(t, "attempts", func() bool { return log.count("no connection to the XMPP server") > 10 })
	if n := log.count(`"level":"warn"`); n != 1 {
		t.Errorf("%d warnings, want 1", n)
	}
	if !c.Ready() || len(r.disconnected) > 0 {
		t.Error("the other connection does not stand")
	}
	proxy.Open()
	stand(t, c, 2)
	announced(t, v, s, true)
	shown(t, s, r, "after")
}

// TestRefusalWithSeveralConnections: one connection finds out that the settings are
// wrong, and the component ends.
func TestRefusalWithSeveralConnections(t *testing.T) {
	s := ejabberd(t)
	log := newTestLog()
	cfg := config(s)
	cfg.Secret, cfg.Connections, cfg.Logger = "wrong", 16, log.logger()
	if err := New(cfg, newRecorder()).Run(t.Context()); err == nil || !refused(err) {
		t.Errorf("Run ended with %v", err)
	}
}
