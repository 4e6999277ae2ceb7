package test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mellium.im/xmpp/disco"
	"mellium.im/xmpp/disco/items"
	"mellium.im/xmpp/jid"
	"mellium.im/xmpp/stanza"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
	"github.com/vtn-xmpp/vtn-xmpp/ven/faulty"
)

var (
	asSpecified = form{"an IQ, as specified", ven.IQ, oadr.RootPayload}
	enernoc     = form{"an oadrSignedObject in an IQ, as EnerNOC's", ven.IQ, oadr.RootSignedObject}
	bareIQ      = form{"a bare message in an IQ", ven.IQ, oadr.RootMessage}
	inMessage   = form{"a payload in a message", ven.Message, oadr.RootPayload}
	avob        = form{"a bare message in a body, as avob's", ven.Body, oadr.RootMessage}
	forms       = []form{asSpecified, enernoc, bareIQ, inMessage, avob}
)

// pushed returns the next push that a VEN receives, and skips the answers to its requests.
func pushed(t *testing.T, told <-chan heard) heard {
	t.Helper()
	for {
		if h := next(t, "the push", told); h.ID[0] == 'e' && len(h.ID) < 12 { // a token, unlike the ids of the VEN
			return h
		}
	}
}

// TestX1EveryForm: a VEN registers, receives an event and answers it, all in one form.
// Answers come from the address that it sent to, and pushes have the form of its requests.
func TestX1EveryForm(t *testing.T) {
	s := start(t)
	for _, f := range forms {
		t.Run(f.name, func(t *testing.T) {
			s := s.in(t)
			v, told := s.speak(s.account(), f, func(c *ven.Config) {
				c.Decide = func(oadr.Event) ven.Decision { return ven.Decision{OptType: oadr.OptOut} }
			})
			if no, err := v.Send(t.Context(), &oadr.CancelOpt{RequestID: "x", OptID: "o", VENID: "v"}); err != nil || oadr.ResponseOf(no).Code != oadr.CodeNotRegistered {
				t.Errorf("a stranger is answered %+v, %v", no, err)
			}
			next(t, "the refusal", told).isIn(t, f, v, oadr.KindCanceledOpt)
			if _, err := v.Register(t.Context()); err != nil {
				t.Fatal(err)
			}
			answer, own := next(t, "the answer", told), next(t, "the VTN reports", told)
			if strings.Contains(string(answer.raw), string(oadr.KindRegisterReport)) { // the VEN reports requests and answers in either order
				answer, own = own, answer
			}
			answer.isIn(t, f, v, oadr.KindCreatedPartyRegistration)
			own.isIn(t, f, v, oadr.KindRegisterReport)
			if f.stanza != ven.IQ {
				next(t, "the answer to the oadrRegisteredReport", told).isIn(t, f, v, oadr.KindResponse)
			}
			e := s.create(event(venID(v)))
			push := next(t, "the push", told)
			push.isIn(t, f, v, oadr.KindDistributeEvent)
			next(t, "the answer to the oadrCreatedEvent", told).isIn(t, f, v, oadr.KindResponse)
			got := s.delivery(e.EventID, venID(v), "acknowledged")
			if got.Opt != oadr.OptOut || got.Attempts < 1 || got.ResponseCode != 200 {
				t.Errorf("on record is %+v", got)
			}
			if held := v.Events(); len(held) != 1 || held[0].RequestID != push.ID {
				t.Errorf("the VEN holds %+v of push %s", held, push.ID)
			}
			if _, err := v.RequestEvent(t.Context(), 0); err != nil {
				t.Error(err)
			}
			if err := v.CancelRegistration(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestX1LastRequestDecides: a push has the form of the VEN's last request, also after
// a restart and after mere presence. What the operator sets takes precedence.
func TestX1LastRequestDecides(t *testing.T) {
	t.Parallel()
	server := ownServer(t) // two VTNs with one domain would share its stanzas
	s := startAt(t, server, server.ComponentAddr)
	a := s.account()
	first, _ := s.speak(a, asSpecified)
	registration, err := first.Register(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	e := s.create(event(registration.VENID))
	s.delivery(e.EventID, registration.VENID, "acknowledged")
	first.Abort()
	keep := func(c *ven.Config) { c.Registration, c.SkipCatchUp = registration, true }
	n := 0
	expect := func(v *ven.VEN, told <-chan heard, f form) {
		t.Helper()
		n++
		s.comment(e, fmt.Sprint(n))
		pushed(t, told).isIn(t, f, v, oadr.KindDistributeEvent)
		s.delivery(e.EventID, registration.VENID, "acknowledged")
	}
	var v *ven.VEN
	var told <-chan heard
	for _, f := range []form{avob, inMessage, enernoc, avob} {
		if v != nil {
			v.Abort()
		}
		v, told = s.speak(a, f, keep)
		if _, err := v.RequestEvent(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		expect(v, told, f)
	}
	if status := s.vtn.Terminate(); status != 0 {
		t.Errorf("the VTN ended with %d", status)
	}
	if err := s.vtn.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect(v, told, avob)
	v.Abort()
	v, told = s.speak(a, avob, keep) // sends nothing but presence
	s.eventually("presence", func() bool {
		shown, err := s.GetVEN(t.Context(), registration.VENID)
		return err == nil && shown.Presence == "available"
	})
	s.presenceOf(v) // not that of the session before
	expect(v, told, avob)
	operatorDecides(s, registration.VENID, func(f form) { t.Helper(); expect(v, told, f) })
}

// operatorDecides sets the form of a VEN that speaks as avob's, over the API and by a command, and expects the next push in that form.
func operatorDecides(s *stack, venID string, expect func(form)) {
	s.t.Helper()
	for _, c := range []struct {
		patch string
		want  form
	}{
		{`{"stanza": "iq"}`, bareIQ}, {`{"payloadRoot": "oadrPayload"}`, asSpecified}, {`{"stanza": "message"}`, inMessage},
		{`{"stanza": "body", "payloadRoot": "message"}`, avob}, {`{"stanza": "iq"}`, bareIQ}, {`{"stanza": null, "payloadRoot": null}`, avob},
	} {
		if _, err := s.PatchVEN(s.t.Context(), venID, json.RawMessage(c.patch)); err != nil {
			s.t.Fatal(err)
		}
		expect(c.want)
	}
	if c := s.run("ven", "modify", venID, "--set", "stanza=message", "--set", "payloadRoot=oadrPayload"); c.status != 0 {
		s.t.Fatal(c.stderr)
	}
	expect(inMessage)
}

// TestPushByMessageIsRepeated: nothing acknowledges that a message arrived, so the VTN
// sends it again with the same token. If the VEN is offline, the push is parked.
func TestPushByMessageIsRepeated(t *testing.T) {
	t.Parallel()
	server := ownServer(t) // two VTNs with one domain would share its stanzas
	s := startAt(t, server, server.ComponentAddr)
	for _, f := range []form{inMessage, avob} {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			s := s.in(t)
			a := s.account()
			replies := make(chan faulty.Reply, 4)
			for _, r := range []faulty.Reply{{How: faulty.Ignore}, {}, {How: faulty.Fail, Type: "wait", Condition: "resource-constraint"}, {}} {
				replies <- r
			}
			v, told := s.speak(a, f, func(c *ven.Config) {
				faulty.Faults{OnPush: func(*oadr.DistributeEvent) faulty.Reply {
					select {
					case r := <-replies:
						return r
					default:
						return faulty.Reply{}
					}
				}}.Apply(c)
			})
			registration, err := v.Register(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			e := s.create(event(venID(v)))
			silent, again := pushed(t, told), pushed(t, told)
			if silent.ID != again.ID {
				t.Errorf("repeated with the token %s after %s", again.ID, silent.ID)
			}
			again.isIn(t, f, v, oadr.KindDistributeEvent)
			if got := s.delivery(e.EventID, venID(v), "acknowledged"); got.Attempts < 2 {
				t.Errorf("acknowledged %+v", got)
			}
			s.comment(e, "wait")
			if failed, again := pushed(t, told), pushed(t, told); failed.ID != again.ID {
				t.Errorf("repeated with the token %s after %s", again.ID, failed.ID)
			}
			s.delivery(e.EventID, venID(v), "acknowledged")

			v.Abort()
			s.comment(e, "gone")
			s.delivery(e.EventID, registration.VENID, "unreachable")
			back, told := s.speak(a, f, func(c *ven.Config) { c.Registration, c.SkipCatchUp = registration, true })
			pushed(t, told).isIn(t, f, back, oadr.KindDistributeEvent)
			if got := s.delivery(e.EventID, registration.VENID, "acknowledged"); got.LastError != "" {
				t.Errorf("acknowledged %+v", got)
			}
		})
	}
}

// TestX1X3AvobVEN behaves as avob's VEN: it looks for services at xmpp.<its server's
// domain>, needs addresses with a localpart, and registers with the profile xmpp.
func TestX1X3AvobVEN(t *testing.T) {
	t.Parallel()
	const domain = "xmpp.localhost"
	server := ownServer(t, domain)
	s := startAt(t, server, server.ComponentAddr, "VTN_XMPP_DOMAIN="+domain)
	a := rig.Account{User: "avob", Password: "secret", SeenBy: []string{domain}}
	if err := server.Register(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	found := disco.FetchItemsIQ(ctx, servicesNode, stanza.IQ{To: jid.MustParse("xmpp." + server.Domain)}, s.session(a))
	var services []items.Item
	for found.Next() {
		services = append(services, found.Item())
	}
	if err := found.Close(); err != nil || len(services) != 4 {
		t.Fatalf("found %+v, %v", services, err)
	}
	if slices.ContainsFunc(services, func(i items.Item) bool { return i.JID.Localpart() == "" }) {
		t.Errorf("a service has no localpart: %+v", services)
	}
	events := make(chan ven.Event, 10)
	v, told := s.speak(a, avob, func(c *ven.Config) {
		c.VTN = services[0].JID.String()
		c.OnEvent = func(e ven.Event) { events <- e }
	})
	answer, err := v.Send(t.Context(), &oadr.CreatePartyRegistration{
		RequestID: "0", ProfileName: "xmpp", TransportName: oadr.TransportXMPP, TransportAddress: v.JID().Bare().String(), VENName: "avob",
	})
	first, ok := answer.(*oadr.CreatedPartyRegistration)
	if err != nil || !ok || first.Response.Code != oadr.CodeOK || first.VENID == "" {
		t.Fatalf("registered: %+v, %v", answer, err)
	}
	h := next(t, "the answer", told)
	if h.root() == string(oadr.KindRegisterReport) { // the VEN reports requests and answers in either order
		h = next(t, "the answer", told)
	}
	if h.Type != "chat" || h.From != services[0].JID.String() || h.To != s.jid(a) || h.root() != "oadrCreatedPartyRegistration" {
		t.Errorf("answered %s", h.raw)
	}
	if r, err := v.Register(t.Context()); err != nil || r.VENID != first.VENID { // registers the way package ven does, with profile 2.0b
		t.Fatalf("registered again as %+v, %v", r, err)
	}
	e := s.create(event(first.VENID))
	if got := next(t, "the push", events); got.Descriptor.EventID != e.EventID {
		t.Errorf("pushed %s, want %s", got.Descriptor.EventID, e.EventID)
	}
	s.delivery(e.EventID, first.VENID, "acknowledged")
	s.eventually("the opt", func() bool { return s.status(e.EventID, first.VENID).Opt == oadr.OptIn })
}
