package ven

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"mellium.im/xmpp/jid"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

func TestDiscoverRegisterCancel(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	cfg := account(srv, "ven1")
	cfg.VENName = "first"
	state := states(&cfg)
	v := connect(t, cfg)
	if got := v.Services().EiOpt.String(); got != vtn.service() {
		t.Errorf("discovered %q, want %q", got, vtn.service())
	}
	if s := next(t, state); s != Connected {
		t.Fatalf("state %s", s)
	}
	r, err := v.Register(timeout(t))
	if err != nil {
		t.Fatal(err)
	}
	if want := (Registration{"reg-7", "ven-7", "VTN"}); r != want {
		t.Errorf("registered as %v, want %v", r, want)
	}
	if s := next(t, state); s != Registered {
		t.Errorf("state %s", s)
	}
	m := request[*oadr.CreatePartyRegistration](t, vtn)
	if m.TransportAddress != v.JID().String() || m.VENName != "first" || m.ProfileName != "2.0b" || m.TransportName != "xmpp" {
		t.Errorf("sent %+v", m)
	}
	if err := v.CancelRegistration(timeout(t)); err != nil {
		t.Fatal(err)
	}
	if m := request[*oadr.CancelPartyRegistration](t, vtn); m.RegistrationID != "reg-7" || m.VENID != "ven-7" {
		t.Errorf("sent %+v", m)
	}
	if s := next(t, state); s != Connected {
		t.Errorf("state %s", s)
	}
	if err := v.Close(timeout(t)); err != nil {
		t.Error(err)
	}
	if s := next(t, state); s != Closed {
		t.Errorf("state %s", s)
	}
	if _, err := v.Query(timeout(t)); !errors.Is(err, ErrNotConnected) {
		t.Errorf("a closed VEN answers %v", err)
	}
}

// A VTN lists its services under a node of either spelling, and answers a query for the
// other with an error or an empty list.
func TestX3Spec9_3_4_9_2VTNOfEitherSpelling(t *testing.T) {
	srv := startServer(t)
	for name, no := range map[string]func(*stanza) []byte{
		"an error":      func(s *stanza) []byte { return s.fail("cancel", "item-not-found") },
		"an empty list": func(s *stanza) []byte { return s.result([]byte(`<query xmlns='` + nsItems + `'/>`)) },
	} {
		for _, spelling := range []string{"openadr2#services", "OpenADR2#services"} {
			t.Run(spelling+" or "+name, func(t *testing.T) {
				vtn := startVTN(t, srv)
				vtn.elsewhere = func(s *stanza, query []byte) []byte {
					if bytes.Contains(query, []byte("/"+spelling)) {
						return nil
					}
					return no(s)
				}
				if got := connect(t, account(srv, "ven1")).Services().EiReport.String(); got != vtn.service() {
					t.Errorf("discovered %q, want %q", got, vtn.service())
				}
			})
		}
	}
}

func TestLoginRefused(t *testing.T) {
	srv := startServer(t)
	cfg := account(srv, "ven1")
	cfg.Password = "wrong"
	if _, err := Dial(timeout(t), cfg); !errors.Is(err, ErrNotAuthorized) {
		t.Errorf("wrong password: %v", err)
	}
	cfg = account(srv, "ven1")
	cfg.TLS = nil
	if _, err := Dial(timeout(t), cfg); err == nil || errors.Is(err, ErrNotAuthorized) {
		t.Errorf("unknown certificate: %v", err)
	}
}

func TestNoVTN(t *testing.T) {
	srv := startServer(t)
	if _, err := Dial(timeout(t), account(srv, "ven1")); !errors.Is(err, ErrNoVTN) {
		t.Errorf("without a VTN: %v", err)
	}
}

func TestResource(t *testing.T) {
	srv := startServer(t)
	cfg := account(srv, "ven1")
	cfg.JID += "/meter"
	cfg.VTN = "vtn@" + scripted
	v := connect(t, cfg)
	if got := v.JID().String(); got != "ven1@localhost/meter" {
		t.Errorf("bound %s", got)
	}
}

func TestPushAndOpt(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	cfg := account(srv, "ven1")
	cfg.Decide = func(e oadr.Event) Decision {
		if e.Descriptor.EventID == "b" {
			return Decision{OptType: oadr.OptOut, Code: oadr.CodeSignal}
		}
		return Decision{}
	}
	events := make(chan Event, 10)
	cfg.OnEvent = func(e Event) { events <- e }
	answers := make(chan Event, 10)
	cfg.OnAnswer = func(e Event) { answers <- e }
	changes := make(chan []Event, 10)
	cfg.OnChange = func(e []Event) { changes <- e }
	v := connect(t, cfg)
	register(t, v, vtn)

	sent := time.Now()
	if c := code(t, vtn.push(v.JID(), pushOf("e-1", event("a", 0), event("b", 3)))); c != oadr.CodeOK {
		t.Errorf("answered %d", c)
	}
	created := request[*oadr.CreatedEvent](t, vtn)
	if created.VENID != "ven-7" || created.Response.RequestID != "" || len(created.Responses) != 2 {
		t.Fatalf("sent %+v", created)
	}
	wantA := oadr.EventResponse{Code: 200, RequestID: "e-1", EventID: "a", OptType: oadr.OptIn}
	wantB := oadr.EventResponse{Code: 460, RequestID: "e-1", EventID: "b", ModificationNumber: 3, OptType: oadr.OptOut}
	if created.Responses[0] != wantA || created.Responses[1] != wantB {
		t.Errorf("sent %+v", created.Responses)
	}
	if e := next(t, events); e.Descriptor.EventID != "a" || e.Received.Before(sent) {
		t.Errorf("got %+v", e)
	}
	if got := next(t, changes); len(got) != 2 {
		t.Errorf("holds %d events", len(got))
	}
	if e := next(t, answers); e.OptType != oadr.OptIn || !e.Answered {
		t.Errorf("answered %+v", e)
	}

	// It does not answer again what it has answered; what is missing is gone (E1).
	vtn.push(v.JID(), pushOf("e-2", event("a", 0)))
	if got := next(t, changes); len(got) != 1 {
		t.Errorf("holds %d events", len(got))
	}
	if err := v.Opt(timeout(t), "a", oadr.OptOut); err != nil {
		t.Fatal(err)
	}
	if m := request[*oadr.CreatedEvent](t, vtn); len(m.Responses) != 1 || m.Responses[0].OptType != oadr.OptOut || m.Responses[0].RequestID != "e-2" {
		t.Errorf("sent %+v", m)
	}
}

func TestPushIsBelievedFromTheVTNOnly(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	v := connect(t, account(srv, "ven1"))
	register(t, v, vtn)

	cfg := account(srv, "ven2")
	cfg.VTN = vtn.service()
	other := connect(t, cfg)
	raw, err := other.SendRaw(timeout(t), v.JID().String(), oadr.Append(nil, oadr.Form{}, pushOf("e-1", event("a", 0))))
	if err != nil || !strings.Contains(string(raw), "<forbidden") {
		t.Errorf("answered %s, %v", raw, err)
	}
	m := pushOf("e-2", event("a", 0))
	m.VTNID = "another"
	if c := code(t, vtn.push(v.JID(), m)); c != oadr.CodeInvalidID {
		t.Errorf("another vtnID is answered %d", c)
	}
	if len(v.Events()) != 0 {
		t.Errorf("holds %v", v.Events())
	}
}

// After a reconnect the VEN asks for its events. If the VTN does not know it any more,
// and says so in either way, it registers again with its IDs.
func TestReconnect(t *testing.T) {
	srv := startServer(t)
	for name, unknown := range map[string]func(oadr.Message) oadr.Message{
		"G3 registration-required": func(oadr.Message) oadr.Message { return nil },
		"G3 Spec 517 463": func(m oadr.Message) oadr.Message {
			return oadr.Answer(m, oadr.CodeNotRegistered, "register", oadr.Party{VTNID: "VTN", RequestID: "r1"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			vtn := startVTN(t, srv)
			cfg := account(srv, "ven1")
			state := states(&cfg)
			v := connect(t, cfg)
			register(t, v, vtn)
			next(t, state)
			next(t, state)

			vtn.plays(func(m oadr.Message) oadr.Message {
				if _, ok := m.(*oadr.RequestEvent); ok {
					return unknown(m)
				}
				return vtn.usual(m)
			})
			v.Drop()
			if s := next(t, state); s != Disconnected {
				t.Fatalf("state %s", s)
			}
			if s := next(t, state); s != Registered {
				t.Fatalf("state %s", s)
			}
			if m := request[*oadr.RequestEvent](t, vtn); m.VENID != "ven-7" {
				t.Errorf("sent %+v", m)
			}
			if m := request[*oadr.CreatePartyRegistration](t, vtn); m.RegistrationID != "reg-7" || m.VENID != "ven-7" {
				t.Errorf("sent %+v", m)
			}
		})
	}
}

// A VEN replaces a connection through which nothing comes any more.
func TestPingFindsADeadConnection(t *testing.T) {
	srv := startServer(t)
	t.Parallel()
	proxy, err := rig.StartProxy(t.Context(), srv.ClientAddr)
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()
	cfg := account(srv, "ven3")
	cfg.Server, cfg.VTN, cfg.PingAfter = proxy.Addr, "vtn@"+scripted, 10*time.Millisecond
	state := states(&cfg)
	connect(t, cfg)
	if s := next(t, state); s != Connected {
		t.Fatalf("state %s", s)
	}
	proxy.Blackhole()
	if s := next(t, state); s != Disconnected {
		t.Fatalf("state %s", s)
	}
	proxy.Heal()
	if s := next(t, state); s != Connected {
		t.Fatalf("state %s", s)
	}
}

// A VEN replaces a stream that the server has ended.
func TestKicked(t *testing.T) {
	srv := startServer(t)
	cfg := account(srv, "ven1")
	cfg.VTN = "vtn@" + scripted
	state := states(&cfg)
	v := connect(t, cfg)
	next(t, state)
	was := v.JID()
	if err := srv.Kick(t.Context(), was.String()); err != nil {
		t.Fatal(err)
	}
	if s := next(t, state); s != Disconnected {
		t.Fatalf("state %s", s)
	}
	if s := next(t, state); s != Connected || v.JID().Equal(was) {
		t.Fatalf("state %s as %s", s, v.JID())
	}
}

func TestRequestsOfTheVTN(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	cfg := account(srv, "ven1")
	state := states(&cfg)
	v := connect(t, cfg)
	register(t, v, vtn)
	next(t, state)
	next(t, state)

	if c := code(t, vtn.push(v.JID(), &oadr.RequestReregistration{VENID: "ven-7"})); c != oadr.CodeOK {
		t.Errorf("oadrRequestReregistration is answered %d", c)
	}
	if m := request[*oadr.CreatePartyRegistration](t, vtn); m.RegistrationID != "reg-7" {
		t.Errorf("sent %+v", m)
	}
	cancel := &oadr.CancelPartyRegistration{RequestID: "c", RegistrationID: "another", VENID: "ven-7"}
	if m := decoded(t, vtn.push(v.JID(), cancel)).(*oadr.CanceledPartyRegistration); m.Response.Code != oadr.CodeInvalidID {
		t.Errorf("another registrationID is answered %+v", m)
	}
	cancel.RegistrationID = "reg-7"
	if m := decoded(t, vtn.push(v.JID(), cancel)).(*oadr.CanceledPartyRegistration); m.Response.Code != oadr.CodeOK || m.Response.RequestID != "c" {
		t.Errorf("answered %+v", m)
	}
	if s := next(t, state); s != Connected {
		t.Errorf("state %s", s)
	}
	if c := code(t, vtn.push(v.JID(), &oadr.Poll{VENID: "ven-7"})); c != oadr.CodeNotRecognized {
		t.Errorf("oadrPoll is answered %d", c)
	}
}

func TestX6EveryRequestIsAnswered(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	v := connect(t, account(srv, "ven1"))
	for _, c := range []struct{ name, kind, inside, want string }{
		{"no child", "set", ``, "<bad-request"},
		{"two children", "set", `<a xmlns='u'/><b xmlns='u'/>`, "<bad-request"},
		{"unknown set", "set", `<a xmlns='u'/>`, "<service-unavailable"},
		{"unknown get", "get", `<a xmlns='u'/>`, "<service-unavailable"},
		{"unknown node", "get", `<query xmlns='` + nsInfo + `' node='n'/>`, "<item-not-found"},
		{"nothing inside", "set", `<oadrPayload xmlns='` + oadr.NS + `'/>`, "<bad-request"},
		{"too deep", "set", `<oadrPayload xmlns='` + oadr.NS + `'>` + strings.Repeat("<a>", 99) + strings.Repeat("</a>", 99) + `</oadrPayload>`, "<policy-violation"},
		{"too large", "set", `<oadrPayload xmlns='` + oadr.NS + `'>` + strings.Repeat(" ", 300_000) + `</oadrPayload>`, "<policy-violation"},
		{"unknown message", "set", `<oadrSignedObject xmlns='` + oadr.NS + `'><oadrNews/></oadrSignedObject>`, ">453<"},
		{"disco#info", "get", `<query xmlns='` + nsInfo + `'/>`, feature},
		{"disco#items", "get", `<query xmlns='` + nsItems + `'/>`, "<query"},
		{"version", "get", `<query xmlns='` + nsVersion + `'/>`, "reference VEN"},
		{"ping", "get", `<ping xmlns='` + nsPing + `'/>`, "type='result'"},
	} {
		answer := vtn.ask(vtn.service(), v.JID(), c.kind, newID(), []byte(c.inside))
		if !strings.Contains(string(answer.raw), c.want) {
			t.Errorf("%s: answered %s", c.name, answer.raw)
		}
	}
}

func TestAnswersCountFromWhoWasAskedOnly(t *testing.T) {
	s := &session{account: jid.MustParse("ven1@example.org"), awaiting: map[string]*ask{}}
	for _, c := range []struct {
		asked, from string
		want        bool
	}{
		{"vtn@vtn.example.org", "vtn@vtn.example.org", true},
		{"vtn@vtn.example.org", "VTN@vtn.example.org", true},
		{"vtn@vtn.example.org", "other@vtn.example.org", false},
		{"vtn@vtn.example.org", "", false},
		{"", "", true},
		{"", "example.org", true},
		{"", "ven1@example.org", true},
		{"", "ven2@example.org", false},
		{"example.org", "", true},
		{"example.org", "ven1@example.org", false},
	} {
		a := &ask{to: c.asked, answer: make(chan *stanza, 1)}
		s.awaiting["1"] = a
		s.deliver(&stanza{id: "1", kind: "result", from: c.from})
		if got := len(a.answer) == 1; got != c.want {
			t.Errorf("asked %q, an answer from %q counts: %t", c.asked, c.from, got)
		}
	}
}
