// Package test holds the end-to-end tests: the real vtn-xmpp beside a real
// ejabberd, with real VENs. Tests of one thing are in one file.
package test

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// vtnDomain is the component's domain, which has the server's privileges.
const vtnDomain = "vtn.localhost"

// patience bounds every wait for something that must happen.
const patience = 60 * time.Second

var (
	// server is the ejabberd that tests share; those that stop it start their own.
	server *rig.Ejabberd
	// binary is vtn-xmpp, with the race detector where the tests have it.
	binary string
	// venAuthority makes certificates by which VENs may log in to it.
	venAuthority *rig.Authority
	// lifetime ends when all tests have ended, and what was started under it with it.
	lifetime context.Context
	// received are the payloads the VTN sent to any VEN of any test.
	received oadrtest.Recorder
	accounts atomic.Int64
)

func TestMain(m *testing.M) {
	if flag.Parse(); testing.Short() {
		fmt.Println("SKIP all of it: these tests need real servers")
		return
	}
	rig.Main(func(ctx context.Context) int {
		lifetime = ctx
		var err error
		if venAuthority, err = rig.NewAuthority(); err == nil {
			binary, err = rig.Build(ctx, race)
		}
		if err == nil {
			server, err = rig.StartEjabberd(ctx, rig.EjabberdOptions{VENs: venAuthority})
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "test:", err)
			return 1
		}
		status := m.Run()
		// G7: every payload sent validates.
		switch err := oadrtest.Check(received.Payloads()...); {
		case errors.Is(err, oadrtest.ErrUnavailable) && os.Getenv("CI") != "true":
			fmt.Println("SKIP validation of what the VTN sent:", err)
		case err != nil:
			fmt.Println("FAIL G7:", err)
			return 1
		default:
			fmt.Printf("G7: %d payloads that the VTN sent validate\n", len(received.Payloads()))
		}
		return status
	})
}

// stack is a VTN beside a server, with its operator.
type stack struct {
	*client.Client
	t      *testing.T
	server *rig.Ejabberd
	vtn    *rig.VTN
	spare  *spareAccounts // nil: each test makes its own
}

// start runs a VTN on an empty registry, stopped with the test. The environment
// outranks the defaults: NAME=value.
func start(t *testing.T, env ...string) *stack {
	t.Helper()
	return startAt(t, server, server.ComponentAddr, env...)
}

// startAt is start with a server of the test's own, or a proxy in between.
func startAt(t *testing.T, e *rig.Ejabberd, addr string, env ...string) *stack {
	t.Helper()
	vtn, err := rig.StartVTN(t.Context(), vtnOptions(e, addr, env...))
	if err != nil {
		t.Fatal(err)
	}
	s := &stack{Client: client.New(vtn.APIURL, ""), t: t, server: e, vtn: vtn}
	t.Cleanup(func() {
		vtn.Close()
		if slices.ContainsFunc(vtn.Output.Lines(), func(line string) bool { return strings.Contains(line, "DATA RACE") }) {
			t.Error("the race detector found something; see the log")
		}
		if t.Failed() {
			t.Log("the VTN's log ends:\n" + ending(vtn.Output))
		}
	})
	return s
}

// vtnOptions are those of a VTN of tests.
func vtnOptions(e *rig.Ejabberd, addr string, env ...string) rig.VTNOptions {
	return rig.VTNOptions{
		Binary: binary, Server: addr, Domain: vtnDomain, Secret: e.Secret,
		Env: append([]string{"VTN_REGISTRATION=open", "VTN_LOG_LEVEL=debug", noSleep}, env...),
	}
}

// ending is the end of a VTN's log, without the requests of the operator who
// looks whether something has come true.
func ending(l *rig.Log) string {
	lines := slices.DeleteFunc(l.Lines(), func(line string) bool { return strings.Contains(line, `"method":"GET"`) })
	return strings.Join(lines[max(0, len(lines)-60):], "\n")
}

// account makes an account of its own at the server, with the roster item that
// shows its presence to the VTN.
func (s *stack) account() rig.Account {
	s.t.Helper()
	return s.accounts(1)[0]
}

// accounts makes n of them at once.
func (s *stack) accounts(n int) []rig.Account {
	s.t.Helper()
	register := func(n int) ([]rig.Account, error) { return registerAccounts(s.t.Context(), s.server, n) }
	if s.spare != nil {
		register = s.spare.take
	}
	made, err := register(n)
	if err != nil {
		s.t.Fatal(err)
	}
	return made
}

// registerAccounts makes n accounts at a server.
func registerAccounts(ctx context.Context, e *rig.Ejabberd, n int) ([]rig.Account, error) {
	made := make([]rig.Account, n)
	for i := range made {
		made[i] = rig.Account{User: fmt.Sprintf("ven%d", accounts.Add(1)), Password: "secret", SeenBy: []string{vtnDomain}}
	}
	return made, e.Register(ctx, made...)
}

func (s *stack) jid(a rig.Account) string { return a.User + "@" + s.server.Domain }

// config is that of a VEN with this account.
func (s *stack) config(a rig.Account) ven.Config {
	return ven.Config{
		JID: s.jid(a), Password: a.Password, Server: s.server.ClientAddr, TLS: &tls.Config{RootCAs: s.server.CertPool},
		OnPayload: received.Record, Bare: true,
	}
}

// connect makes a VEN's session, without registering. It ends with the test.
func (s *stack) connect(c ven.Config) *ven.VEN {
	s.t.Helper()
	v, err := ven.Dial(s.t.Context(), c)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(v.Abort)
	return v
}

// join makes a VEN with an account of its own and registers it.
func (s *stack) join(change ...func(*ven.Config)) *ven.VEN {
	s.t.Helper()
	c := s.config(s.account())
	for _, f := range change {
		f(&c)
	}
	v := s.connect(c)
	if _, err := v.Register(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	return v
}

// greeted registers a VEN, and waits until the VTN knows that it has its reports: what
// the VEN is told from then on waits for nothing (rule N11).
func (s *stack) greeted(v *ven.VEN) ven.Registration {
	s.t.Helper()
	before := s.counters()
	r, err := v.Register(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	s.grows(before, `vtn_pushes_total{result="acknowledged"}`)
	return r
}

// venID is the one a VEN has registered.
func venID(v *ven.VEN) string {
	r, _ := v.Registration()
	return r.VENID
}

// event is an hour of SIMPLE level 1 that starts in an hour, for VENs by venID.
func event(venIDs ...string) client.EventSpec {
	return client.EventSpec{
		MarketContext: "http://example.org/dr", Start: time.Now().Add(time.Hour).UTC().Truncate(time.Second), Duration: "PT1H",
		Overlap: "allow",
		Signals: []client.Signal{{Name: "SIMPLE", Type: "level", Intervals: []client.Interval{{Duration: "PT1H", Value: 1}}}},
		Targets: client.Targets{VENIDs: venIDs},
	}
}

// create makes an event that must be right.
func (s *stack) create(spec client.EventSpec) *client.Event {
	s.t.Helper()
	e, err := s.CreateEvent(s.t.Context(), spec)
	if err != nil {
		s.t.Fatal(err)
	}
	return e
}

// status is how a VEN stands with an event.
func (s *stack) status(eventID, venID string) client.EventVEN {
	s.t.Helper()
	vens, err := s.EventVENs(s.t.Context(), eventID)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, v := range vens {
		if v.VENID == venID {
			return v
		}
	}
	s.t.Fatalf("event %s does not list %s: %+v", eventID, venID, vens)
	return client.EventVEN{}
}

// delivery waits until an event has got so far with a VEN.
func (s *stack) delivery(eventID, venID, want string) client.EventVEN {
	s.t.Helper()
	var last client.EventVEN
	s.eventually(fmt.Sprintf("delivery to %s to be %s", venID, want), func() bool {
		last = s.status(eventID, venID)
		return last.Delivery == want
	})
	return last
}

// eventually waits for something that the VTN does in its own time.
func (s *stack) eventually(what string, done func() bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	for !done() {
		select {
		case <-ctx.Done():
			s.t.Fatalf("waited %s for %s", patience, what)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// next waits for something that a VEN tells.
func next[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("waited %s for %s", patience, what)
		panic("unreachable")
	}
}
