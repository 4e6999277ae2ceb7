package ven

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// scripted is the domain of the scripted VTN, an ordinary component. The server's first
// component, which has the VTN's privileges, is never connected.
const scripted = "scripted.localhost"

var serverLife, endServer = context.WithCancel(context.Background())

// sent is every payload that a VEN sent the scripted VTN.
var sent oadrtest.Recorder

// authority issues the VENs' certificates that the server accepts.
var authority = sync.OnceValues(rig.NewAuthority)

var theServer = sync.OnceValues(func() (*rig.Ejabberd, error) {
	vens, err := authority()
	if err != nil {
		return nil, err
	}
	e, err := rig.StartEjabberd(serverLife, rig.EjabberdOptions{Components: []string{"vtn.localhost", scripted}, VENs: vens})
	if err != nil {
		return nil, err
	}
	var accounts []rig.Account
	for i := range 4 {
		accounts = append(accounts, rig.Account{User: fmt.Sprintf("ven%d", i+1), Password: "sesame & <open>"})
	}
	return e, e.Register(serverLife, accounts...)
})

func TestMain(m *testing.M) {
	rig.Main(func(context.Context) int {
		defer endServer()
		status := m.Run()
		// G7: what the VEN sent validates.
		switch err := oadrtest.Check(sent.Payloads()...); {
		case errors.Is(err, oadrtest.ErrUnavailable) && os.Getenv("CI") != "true":
			fmt.Println("SKIP validation of what the VENs sent:", err)
		case err != nil:
			fmt.Println("FAIL G7:", err)
			return 1
		}
		return status
	})
}

// startServer returns the server of all tests, which the first call starts.
func startServer(t *testing.T) *rig.Ejabberd {
	t.Helper()
	rig.NeedEjabberd(t)
	e, err := theServer()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// account is the configuration of a VEN with an account on the server.
func account(e *rig.Ejabberd, name string) Config {
	return Config{
		Bare:     true,
		JID:      name + "@" + e.Domain,
		Password: "sesame & <open>",
		Server:   e.ClientAddr,
		TLS:      &tls.Config{RootCAs: e.CertPool},
	}
}

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// event is a small valid event.
func event(id string, modificationNumber uint32) oadr.Event {
	return oadr.Event{
		Descriptor: oadr.EventDescriptor{
			EventID:            id,
			ModificationNumber: modificationNumber,
			MarketContext:      "http://example.org/dr",
			CreatedDateTime:    noon,
			Status:             oadr.StatusFar,
		},
		ActivePeriod: oadr.ActivePeriod{Start: noon.Add(time.Hour), Duration: time.Hour, Notification: new(time.Duration)},
		Signals: []oadr.EventSignal{{
			Intervals: []oadr.Interval{{Duration: time.Hour, UID: "0", Value: 1}},
			Name:      "SIMPLE", Type: "level", ID: "0", CurrentValue: new(0.0),
		}},
		Target:           oadr.Target{VENs: []string{"ven-7"}},
		ResponseRequired: oadr.ResponseAlways,
	}
}

// pushOf is an oadrDistributeEvent with events in it.
func pushOf(requestID string, events ...oadr.Event) *oadr.DistributeEvent {
	return &oadr.DistributeEvent{RequestID: requestID, VTNID: "VTN", Events: events}
}

func with(e oadr.Event, change func(*oadr.Event)) oadr.Event {
	change(&e)
	return e
}

func equal(t *testing.T, what string, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("%s: %v, want %v", what, got, want)
		}
	}
}

// states collects the calls of OnState.
func states(cfg *Config) <-chan State {
	c := make(chan State, 100)
	cfg.OnState = func(s State) { c <- s }
	return c
}

func connect(t *testing.T, cfg Config) *VEN {
	t.Helper()
	v, err := Dial(timeout(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Abort)
	return v
}

func register(t *testing.T, v *VEN, vtn *scriptedVTN) Registration {
	t.Helper()
	r, err := v.Register(timeout(t))
	if err != nil {
		t.Fatal(err)
	}
	request[*oadr.CreatePartyRegistration](t, vtn)
	return r
}

// decoded is the message in the answer to a push, nil if the result is empty.
func decoded(t *testing.T, s *stanza) oadr.Message {
	t.Helper()
	if s.kind != "result" {
		t.Fatalf("answered %s", s.raw)
	}
	if len(s.children) == 0 {
		return nil
	}
	p, err := oadr.Decode(s.children[0].raw, oadr.DefaultLimits)
	if err != nil || p.Invalid != nil {
		t.Fatalf("answered %s: %v", s.raw, err)
	}
	return p.Message
}

func code(t *testing.T, s *stanza) oadr.Code {
	t.Helper()
	m := decoded(t, s)
	r, ok := m.(*oadr.Response)
	if !ok {
		t.Fatalf("answered %T", m)
	}
	return r.Response.Code
}

// next receives from a channel, and fails the test if nothing comes.
func next[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case x := <-c:
		return x
	case <-time.After(30 * time.Second):
		t.Fatal("waited in vain")
		panic("unreachable")
	}
}

// request is the next request to the VTN, which must be of one type.
func request[M oadr.Message](t *testing.T, v *scriptedVTN) M {
	t.Helper()
	m := next(t, v.got)
	r, ok := m.(M)
	if !ok {
		t.Fatalf("the VEN sent %s", m.Kind())
	}
	return r
}

func timeout(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// until polls until a condition holds.
func until(t *testing.T, come func() bool) {
	t.Helper()
	for giveUp := time.After(30 * time.Second); !come(); {
		select {
		case <-time.After(time.Millisecond):
		case <-giveUp:
			t.Fatal("waited in vain")
		}
	}
}

func opened(t *testing.T, r oadr.ReportRequest) *openReport {
	t.Helper()
	o, no := openRequest(offered(), r, noon, noon)
	if no != nil {
		t.Fatalf("refused: %v", no)
	}
	return o
}
