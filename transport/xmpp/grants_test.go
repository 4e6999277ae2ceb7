package xmpp

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// TestAnAccountDoesNotAnswerForTheServer: an answer counts only from the address that
// was asked.
func TestAnAccountDoesNotAnswerForTheServer(t *testing.T) {
	c := New(Config{Domain: "vtn.example.org"}, nobody{})
	q := c.askDelegated()
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		c.inquire(t.Context(), q)
	}()
	var id string
	sometime(t, "the question", func() bool {
		c.inquiries.mu.Lock()
		defer c.inquiries.mu.Unlock()
		for id = range c.inquiries.open {
		}
		return id != ""
	})
	answer := func(from, features string) {
		c.inquiries.answer(stream.Parse([]byte("<iq type='result' id='" + id + "' from='" + from + "'><query xmlns='" + nsInfo + "'>" + features + "</query></iq>")))
	}
	const announced = "<feature var='" + featureOpenADR + "'/>"
	answer("ven1@example.org/r", announced)
	answer("vtn.example.org", announced)
	answer("example.org", "")
	<-asked
	c.hearDelegated(q)
	if by := c.grants.holder(&c.grants.delegated); !q.answered || by != "" {
		t.Errorf("answered %v; somebody else's answer made %q the holder", q.answered, by)
	}
}

// TestGrantThatNoAnswerShowed: a grant that no answer shows counts as gone once, since
// it may have been withdrawn before. After that the server's answers seem not to show
// grants, and connections to it are not made anew for ever.
func TestGrantThatNoAnswerShowed(t *testing.T) {
	g := new(grants)
	g.give(&g.delegated, "example.org")
	g.miss(&g.delegated, "example.org")
	if !g.gone() {
		t.Error("a grant that was withdrawn before any answer is not missed")
	}
	g.forget()
	g.give(&g.delegated, "example.org")
	g.miss(&g.delegated, "example.org")
	if g.gone() {
		t.Error("a grant is missed for ever that no answer tells of")
	}
	g.confirm(&g.delegated, "example.org")
	g.miss(&g.delegated, "other.example")
	if g.gone() {
		t.Error("another domain took it away")
	}
	g.miss(&g.delegated, "example.org")
	if !g.gone() {
		t.Error("the server's own answer did not count")
	}
	g.forget()
	if g.gone() || g.held() {
		t.Error("it is not forgotten")
	}
}

// TestAdviceNamesTheSection: README has the section that the log names.
func TestAdviceNamesTheSection(t *testing.T) {
	b, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(readMe, `"`)
	if !strings.Contains(string(b), "\n## "+strings.TrimSuffix(section, `"`)+"\n") {
		t.Errorf("README.md has no section %s", section)
	}
}

// TestServerThatDropsWhatGoesToItsDomain: such a server counts as alive, connections
// to it are not made anew, and the log says why nothing is delegated.
func TestServerThatDropsWhatGoesToItsDomain(t *testing.T) {
	release := rig.NeedEjabberd2412(t)
	s, err := rig.StartEjabberd(t.Context(), rig.EjabberdOptions{
		Release: release,
		Replace: []string{"  mod_privilege:\n", "  \"mod_privilege\":\n"}, // which run-local leaves in
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	now, log, r := coretest.NewClock(time.Unix(1_800_000_000, 0)), newTestLog(), newRecorder()
	cfg := config(s)
	cfg.Clock, cfg.Logger = now, log.logger()
	c := New(cfg, r)
	run(t, c, r)
	asked := c.pings.Load()
	second := func() { // passes; the server answers in order, so what it answers at all is there once a later question has its answer
		now.Move(time.Second)
		time.Sleep(5 * time.Millisecond)
		if c.pings.Load() > asked || c.waiting() {
			last := &question{to: c.alive(), write: c.writePing}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			c.inquire(ctx, last)
			cancel()
			if !last.answered {
				t.Fatal("the server does not answer pings")
			}
			asked = c.pings.Load()
		}
	}
	sometime(t, "advice in the log", func() bool {
		second()
		return log.count("let the VTN talk to its domain") > 0
	})
	if log.count("let the VTN talk to its domain") != 1 {
		t.Error("the log does not say so once")
	}
	for range 120 {
		second()
	}
	if len(r.disconnected) > 0 || log.count("connected to the XMPP server") != 1 {
		t.Error("the connection was made anew")
	}
}

// waiting reports whether questions wait for their answers.
func (q *inquiries) waiting() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.open) > 0
}

// TestNoAdviceAgainstTheREADME: the log does not advise mod_privilege for a server of
// the versions that must not have it.
func TestNoAdviceAgainstTheREADME(t *testing.T) {
	s, err := rig.StartEjabberd(t.Context(), rig.EjabberdOptions{
		Release: rig.NeedEjabberd2412(t), Replace: []string{"\n  mod_disco: {}\n", "\n  mod_disco: {}\n  mod_version: {}\n"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	log, r := newTestLog(), newRecorder()
	cfg := config(s)
	cfg.Logger = log.logger()
	c := New(cfg, r)
	c.timing.check = time.Hour // nothing but the first look
	run(t, c, r)
	log.wait(t, "looked at what the XMPP server grants")
	if n := log.count(`"level":"warn"`); n > 0 {
		t.Errorf("%d warnings: %s", n, log.wait(t, `"level":"warn"`))
	}
}
