package test

import (
	"context"
	"slices"
	"testing"
	"time"

	"mellium.im/xmpp/disco"
	"mellium.im/xmpp/disco/items"
	"mellium.im/xmpp/jid"
	"mellium.im/xmpp/ping"
	"mellium.im/xmpp/stanza"
	"mellium.im/xmpp/version"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

const (
	feature      = "http://openadr.org/openadr2"
	servicesNode = feature + "#services"
)

// TestX3Discovery discovers the VTN in every way a VEN may use, including at its server's domain, which the server delegates.
func TestX3Discovery(t *testing.T) {
	s := start(t)
	s.delegated()
	c := s.session(s.account())
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	list := func(to, node string) []items.Item {
		t.Helper()
		iter := disco.FetchItemsIQ(ctx, node, stanza.IQ{To: jid.MustParse(to)}, c)
		defer iter.Close()
		var all []items.Item
		for iter.Next() {
			all = append(all, iter.Item())
		}
		if err := iter.Err(); err != nil {
			t.Errorf("disco#items of %s, node %q: %v", to, node, err)
		}
		return all
	}
	for _, address := range []string{vtnDomain, serviceJID, s.server.Domain} {
		found, err := disco.GetInfo(ctx, "", jid.MustParse(address), c)
		if err != nil || !slices.ContainsFunc(found.Features, announces) {
			t.Errorf("disco#info of %s: %v, features %v", address, err, found.Features)
		}
		var services []string
		for _, i := range list(address, servicesNode) {
			services = append(services, i.JID.String()+" "+i.Node)
		}
		slices.Sort(services)
		want := []string{}
		for _, name := range []string{"EiEvent", "EiOpt", "EiRegisterParty", "EiReport"} {
			want = append(want, serviceJID+" http://openadr.org/OpenADR2/"+name)
		}
		if !slices.Equal(services, want) {
			t.Errorf("services at %s: %q, want %q", address, services, want)
		}
	}
	for _, beside := range []struct{ at, want string }{{s.server.Domain, vtnDomain}, {vtnDomain, serviceJID}} {
		if !slices.ContainsFunc(list(beside.at, ""), func(i items.Item) bool { return i.JID.String() == beside.want }) {
			t.Errorf("disco#items of %s does not list %s", beside.at, beside.want)
		}
	}
}

func TestX7PingAndVersion(t *testing.T) {
	s := start(t)
	c := s.session(s.account())
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, address := range []string{vtnDomain, serviceJID} {
		if err := ping.Send(ctx, c, jid.MustParse(address)); err != nil {
			t.Errorf("ping of %s: %v", address, err)
		}
		if v, err := version.Get(ctx, c, jid.MustParse(address)); err != nil || v.Name != "vtn-xmpp" || v.Version == "" {
			t.Errorf("version of %s: %+v, %v", address, v, err)
		}
	}
}

// TestX2X4AnyAddress sends to addresses that nobody announced. Answers come from the address that the request went to.
func TestX2X4AnyAddress(t *testing.T) {
	s := start(t)
	s.delegated()
	v := s.connect(s.config(s.account()))
	for _, to := range []string{
		vtnDomain, vtnDomain + "/EiRegisterParty", serviceJID, serviceJID + "/EiEvent", "someone@" + vtnDomain + "/EiEvent", s.server.Domain,
	} {
		a := ask(t, v, to, &oadr.QueryRegistration{RequestID: "q"})
		a.expectOutcome(t, "oadrCreatedPartyRegistration 200")
		if a.From != to {
			t.Errorf("the answer from %s came from %s", to, a.From)
		}
	}
}

// TestX3VENThatKnowsOnlyItsServer follows the specification to the letter, and sends everything to the domain that it logged in
// to.
func TestX3VENThatKnowsOnlyItsServer(t *testing.T) {
	s := start(t)
	s.delegated()
	events := make(chan ven.Event, 10)
	c := s.config(s.account())
	c.OnEvent = func(e ven.Event) { events <- e }
	v := s.connect(c)
	if found := v.Services().EiEvent.String(); found != serviceJID {
		t.Errorf("found the service %s, want %s", found, serviceJID)
	}
	own := s.server.Domain
	ask(t, v, own, &oadr.QueryRegistration{RequestID: "1"}).expectOutcome(t, "oadrCreatedPartyRegistration 200")
	a := ask(t, v, own, &oadr.CreatePartyRegistration{
		RequestID: "2", ProfileName: oadr.Profile20b, TransportName: oadr.TransportXMPP, TransportAddress: v.JID().String(),
	})
	a.expectOutcome(t, "oadrCreatedPartyRegistration 200")
	registered := a.message.(*oadr.CreatedPartyRegistration)
	venID := registered.VENID

	e := s.create(event(venID))
	pushed := next(t, "the push", events)
	if pushed.Descriptor.EventID != e.EventID {
		t.Errorf("pushed %s, want %s", pushed.Descriptor.EventID, e.EventID)
	}
	s.delivery(e.EventID, venID, "acknowledged")
	a = ask(t, v, own, &oadr.RequestEvent{RequestID: "3", VENID: venID})
	a.expectOutcome(t, "oadrDistributeEvent 200")
	if n := len(a.message.(*oadr.DistributeEvent).Events); n != 1 {
		t.Errorf("%d events asked for, want 1", n)
	}
	ask(t, v, own, &oadr.CreatedEvent{
		Response: oadr.EIResponse{Code: oadr.CodeOK}, VENID: venID,
		Responses: []oadr.EventResponse{{Code: oadr.CodeOK, RequestID: pushed.RequestID, EventID: e.EventID, OptType: oadr.OptOut}},
	}).expectOutcome(t, "oadrResponse 200")
	if opt := s.status(e.EventID, venID).Opt; opt != oadr.OptOut {
		t.Errorf("the opt on record is %s", opt)
	}
	ask(t, v, own, &oadr.CreateOpt{
		OptID: "o", OptType: oadr.OptIn, OptReason: "economic", VENID: venID, CreatedDateTime: time.Now(), RequestID: "4",
		Event: &oadr.QualifiedEventID{EventID: e.EventID},
	}).expectOutcome(t, "oadrCreatedOpt 200")
	ask(t, v, own, &oadr.CancelOpt{RequestID: "5", OptID: "o", VENID: venID}).expectOutcome(t, "oadrCanceledOpt 200")
	ask(t, v, own, &oadr.CancelPartyRegistration{RequestID: "6", RegistrationID: registered.RegistrationID, VENID: venID}).
		expectOutcome(t, "oadrCanceledPartyRegistration 200")
}
