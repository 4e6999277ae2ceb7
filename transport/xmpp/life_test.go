package xmpp

import (
	"context"
	"encoding/json"
	"io"
	"math"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

func TestHandshake(t *testing.T) {
	s := ejabberd(t)
	c, r := connect(t, s)
	if !c.Ready() {
		t.Error("connected, and not ready")
	}
	if len(r.disconnected) > 0 {
		t.Error("disconnected")
	}
}

// TestRefusedAtStart: a wrong secret or domain ends Run, and the error names both.
func TestRefusedAtStart(t *testing.T) {
	s := ejabberd(t)
	for name, change := range map[string]func(*Config){
		"wrong secret": func(cfg *Config) { cfg.Secret = "wrong" },
		"wrong domain": func(cfg *Config) { cfg.Domain = "other.localhost" },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config(s)
			change(&cfg)
			err := New(cfg, newRecorder()).Run(t.Context())
			if err == nil {
				t.Fatal("Run ended without an error")
			}
			for _, word := range []string{"VTN_XMPP_SECRET", "VTN_XMPP_DOMAIN", "hosts", "not-authorized"} {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("the error does not say %s: %v", word, err)
				}
			}
			if strings.Contains(err.Error(), cfg.Secret) {
				t.Errorf("the error says the secret: %v", err)
			}
		})
	}
}

// TestBadAddresses: Run fails at once if a setting is no address, and the error names
// the setting.
func TestBadAddresses(t *testing.T) {
	for _, test := range []struct {
		name string
		cfg  Config
		want string
	}{
		{"no domain above", Config{Domain: "vtn"}, "VTN_XMPP_ALLOW_DOMAINS must be set"},
		{"no domain", Config{Domain: "a b@"}, "VTN_XMPP_DOMAIN"},
		{"no domain to allow", Config{Domain: "vtn", AllowDomains: []string{"example.org", "a@b@c"}}, `VTN_XMPP_ALLOW_DOMAINS: "a@b@c"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := New(test.cfg, newRecorder()).Run(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want it to say %s", err, test.want)
			}
		})
	}
	if c := New(Config{Domain: "vtn", AllowDomains: []string{"example.org"}}, newRecorder()); c.err != nil {
		t.Errorf("a domain without one above it, and domains that are allowed: %v", c.err)
	}
}

// TestServerComesAndGoes: the component connects by itself when the server starts, and
// when it restarts. After it was connected once, a refusal does not end it.
func TestServerComesAndGoes(t *testing.T) {
	s := ejabberdOfOwn(t)
	s.Stop()
	log, r := newTestLog(), newRecorder()
	cfg := config(s)
	cfg.Logger = log.logger()
	c := New(cfg, r)
	c.timing.backoff, c.timing.most = 10*time.Millisecond, 100*time.Millisecond
	run(t, c, nil)
	if line := log.wait(t, "no connection to the XMPP server"); !strings.Contains(line, s.ComponentAddr) || !strings.Contains(line, "retryIn") {
		t.Errorf("the log does not say where and that it retries: %s", line)
	}
	if err := c.Push(t.Context(), core.Push{To: "ven1@localhost/r"}); err != core.ErrNotConnected {
		t.Errorf("a push without a server: %v", err)
	}
	if c.Ready() {
		t.Error("ready without a server")
	}
	for round := range 3 {
		if err := s.Start(suite); err != nil {
			t.Fatal(err)
		}
		receive(t, r.connected, "connection")
		if !c.Ready() || testutil.ToFloat64(c.metrics.reconnects) != float64(round) {
			t.Errorf("round %d: ready %v, %v reconnects", round, c.Ready(), testutil.ToFloat64(c.metrics.reconnects))
		}
		v := login(t, s, "ven1", "r")
		if e := v.ask("get", c.ServiceJID(), "<ping xmlns='urn:xmpp:ping'/>"); answered(e) != "result" {
			t.Errorf("round %d: %s", round, e.Raw)
		}
		if round == 1 {
			if err := s.Kill(); err != nil {
				t.Fatal(err)
			}
		} else {
			s.Stop()
		}
		receive(t, r.disconnected, "end of the connection")
	}
	// Whoever was connected once is not ended by a refusal.
	c.cfg.Secret = "wrong"
	if err := s.Start(suite); err != nil {
		t.Fatal(err)
	}
	log.wait(t, "refuses the component")
}

// TestBlackhole: a ping finds a connection that died silently, and it is replaced.
func TestBlackhole(t *testing.T) {
	s := ejabberd(t)
	proxy, err := rig.StartProxy(t.Context(), s.ComponentAddr)
	if err != nil {
		t.Fatal(err)
	}
	now, log, r := coretest.NewClock(time.Unix(1_800_000_000, 0)), newTestLog(), newRecorder()
	cfg := config(s)
	cfg.Server, cfg.Clock, cfg.Logger = proxy.Addr, now, log.logger()
	c := New(cfg, r)
	c.timing.grace, c.timing.check = time.Hour, time.Hour // no question but pings
	run(t, c, r)

	// Quiet, and alive: the ping is answered. What the server sends at first may come after the clock was moved.
	// Then the quiet begins anew.
	for pinged := false; !pinged; {
		now.AwaitWait(t, c.timing.quiet, c.timing.patience)
		if pinged = now.Waited(c.timing.patience); !pinged {
			now.Move(c.timing.quiet)
		}
	}
	log.wait(t, `"from":"`+c.alive())
	now.Move(c.timing.patience)
	now.AwaitWait(t, c.timing.quiet-c.timing.patience, c.timing.quiet)

	proxy.Blackhole() // before the next ping, whose answer could come first
	dead, giveUp := time.NewTicker(time.Millisecond), time.After(patience)
	defer dead.Stop()
	for waiting := true; waiting; {
		select {
		case <-r.disconnected:
			waiting = false
		case <-dead.C:
			now.Move(time.Second)
		case <-giveUp:
			t.Fatal("no end of the dead connection came")
		}
	}
	log.wait(t, "the server was silent for 25s")
	proxy.Cut()
	proxy.Heal()
	for waiting := true; waiting; {
		select {
		case <-r.connected:
			waiting = false
		case <-dead.C:
			now.Move(time.Second)
		case <-giveUp:
			t.Fatal("no new connection")
		}
	}
}

// TestBackoff: attempts to connect to a server that soon ends each connection become
// ever rarer. After a connection that stood for long they start over.
func TestBackoff(t *testing.T) {
	s := ejabberd(t)
	proxy, err := rig.StartProxy(t.Context(), s.ComponentAddr)
	if err != nil {
		t.Fatal(err)
	}
	now, log, r := coretest.NewClock(time.Unix(1_800_000_000, 0)), newTestLog(), newRecorder()
	cfg := config(s)
	cfg.Server, cfg.Clock, cfg.Logger = proxy.Addr, now, log.logger()
	c := New(cfg, r)
	run(t, c, r)
	for round, test := range []struct{ stood, backoff time.Duration }{
		{0, time.Second}, {0, 2 * time.Second}, {0, 4 * time.Second}, {time.Second, 8 * time.Second}, {time.Minute, time.Second}, {0, 2 * time.Second},
	} {
		now.Move(test.stood)
		proxy.Cut()
		var lost struct{ RetryIn float64 } // in milliseconds
		if err := json.Unmarshal([]byte(log.wait(t, "lost the XMPP server")), &lost); err != nil {
			t.Fatal(err)
		}
		log.forget()
		wait := time.Duration(math.Round(lost.RetryIn * 1e6))
		if wait < test.backoff/2 || wait > test.backoff {
			t.Errorf("round %d: the next try is after %v, want up to %v and at least half of it", round, wait, test.backoff)
		}
		now.AwaitWait(t, wait)
		now.Move(wait)
		receive(t, r.connected, "connection")
	}
}

// TestStop: requests in flight are finished and answered, later ones get an error that
// says to try again, and both sides close the stream. The VTN hears at once that
// pushes cannot be carried; answers to earlier pushes still count.
func TestStop(t *testing.T) {
	s := ejabberd(t)
	begun, release := make(chan struct{}), make(chan struct{})
	r := newRecorder()
	r.handle = func(_ context.Context, _ core.Peer, p *oadr.Payload) (oadr.Message, error) {
		close(begun)
		<-release
		return response(p.Message.Request()), nil
	}
	log := newTestLog()
	cfg := config(s)
	cfg.Logger = log.logger()
	c := New(cfg, r)
	c.timing.stop, c.timing.farewell = patience, patience
	stop := run(t, c, r)
	v := login(t, s, "ven1", "r")
	v.send("<iq type='set' id='slow' to='%s'>%s</iq>", c.service, poll)
	<-begun
	other := login(t, s, "ven2", "r")
	sent := token(1)
	if err := c.Push(t.Context(), core.Push{Token: sent, To: other.jid, Bytes: payload(sent)}); err != nil {
		t.Fatal(err)
	}
	other.push()
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	receive(t, r.disconnected, "word that pushes cannot be carried")
	other.send("<iq type='result' id='%s' to='%s'/>", sent, c.service)
	if got := receive(t, r.settled, "outcome while stopping"); got.token != sent || got.Result != core.Acknowledged {
		t.Errorf("an answer while stopping: %+v", got)
	}
	if e := v.ask("set", c.service, poll); answered(e) != "error wait resource-constraint" {
		t.Errorf("while stopping: %s", e.Raw)
	}
	if err := c.Push(t.Context(), core.Push{To: "ven1@localhost/r"}); err != core.ErrNotConnected {
		t.Errorf("a push while stopping: %v", err)
	}
	close(release)
	if e := v.await("answer", func(e stream.Element) bool { return e.Attribute("id") == "slow" }); answered(e) != "result" {
		t.Errorf("what was in flight: %s", e.Raw)
	}
	receive(t, stopped, "end")
	log.wait(t, "left the XMPP server")
	if len(r.disconnected) > 0 {
		t.Error("Disconnected was called twice")
	}
}

// TestStopIsBounded: a handler that never ends does not hold up the stop.
func TestStopIsBounded(t *testing.T) {
	s := ejabberd(t)
	begun := make(chan struct{})
	r := newRecorder()
	r.handle = func(ctx context.Context, _ core.Peer, _ *oadr.Payload) (oadr.Message, error) {
		close(begun)
		<-ctx.Done()
		return nil, ctx.Err()
	}
	c := New(config(s), r)
	c.timing.stop = 10 * time.Millisecond
	stop := run(t, c, r)
	v := login(t, s, "ven1", "r")
	v.send("<iq type='set' id='never' to='%s'>%s</iq>", c.service, poll)
	<-begun
	stop()
}

func TestWarnOfOpenNetwork(t *testing.T) {
	for address, want := range map[string]int{"127.0.0.1": 0, "10.1.2.3": 0, "::1": 0, "fd00::1": 0, "192.0.2.1": 1, "2001:db8::1": 1} {
		log := newTestLog()
		c := New(Config{Domain: "vtn.example.org", Logger: log.logger()}, nil)
		for range 2 {
			c.warnUnencrypted(&net.TCPAddr{IP: net.ParseIP(address)})
		}
		if len(log.lines) != want {
			t.Errorf("%s: %d warnings, want %d", address, len(log.lines), want)
		}
	}
}

// TestLeave: the closing tag is sent last.
func TestLeave(t *testing.T) {
	near, far := connection(t)
	c := New(Config{Domain: "vtn.example.org"}, newRecorder())
	l := &line{conn: near, out: newWriter(near, patience, anySize(), func(int) {})}
	go l.out.run()
	l.out.add(replyBound, []byte("<iq/>"))
	c.leave(l)
	near.Close()
	got, err := io.ReadAll(far)
	if err != nil || string(got) != "<iq/>"+streamEnd {
		t.Errorf("sent %q, %v", got, err)
	}
}
