package test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
	"github.com/vtn-xmpp/vtn-xmpp/ven/faulty"
)

// TestRegistrationOpen registers VENs where anybody may (VTN_REGISTRATION=open), by the rules N1 to N7, N12, N13 and N14.
func TestRegistrationOpen(t *testing.T) {
	s := start(t)
	first := s.stranger()
	expectOffer(t, first)

	// N12: a transport that is not offered.
	refusedWith(t, first, registration(func(m *oadr.CreatePartyRegistration) { m.TransportName = oadr.TransportSimpleHTTP }),
		"oadrCreatedPartyRegistration 454", "oadrTransportName")

	// N3: new IDs, then the same ones by a query (N2) and by a registration without IDs (N6).
	given := register(t, first, registration())
	if given.VENID == "" || given.RegistrationID == "" {
		t.Fatalf("N3: registered as %+v", given)
	}
	known := ask(t, first, "", &oadr.QueryRegistration{RequestID: "q"}).message.(*oadr.CreatedPartyRegistration)
	if known.VENID != given.VENID || known.RegistrationID != given.RegistrationID {
		t.Errorf("N2: a registered VEN is answered %+v, want the IDs of %+v", known, given)
	}
	if again := register(t, first, registration()); again.VENID != given.VENID || again.RegistrationID != given.RegistrationID {
		t.Errorf("N6: registered again without IDs as %+v, want the IDs of %+v", again, given)
	}
	renew(s, first, given)
	proposeIDs(s, given)
}

// expectOffer queries as a stranger, and gets what the VTN offers and no ID (N1, N13).
func expectOffer(t *testing.T, v *ven.VEN) {
	t.Helper()
	a := ask(t, v, "", &oadr.QueryRegistration{RequestID: "q"})
	a.expectOutcome(t, "oadrCreatedPartyRegistration 200")
	offer := a.message.(*oadr.CreatedPartyRegistration)
	if offer.VENID != "" || offer.RegistrationID != "" || offer.Response.RequestID != "q" || offer.VTNID != "VTN" {
		t.Errorf("N1: a stranger is answered %+v", offer)
	}
	if len(offer.Profiles) != 2 || offer.Profiles[0].Name != oadr.Profile20b || !slices.Equal(offer.Profiles[0].Transports, []string{oadr.TransportXMPP}) {
		t.Errorf("N13: offered are %+v", offer.Profiles)
	}
}

// renew changes a VEN's name, address and flags by a registration with its IDs (N5, N14).
func renew(s *stack, v *ven.VEN, given *oadr.CreatedPartyRegistration) {
	s.t.Helper()
	renewed := register(s.t, v, registration(withVENID(given.VENID), withRegistrationID(given.RegistrationID), func(m *oadr.CreatePartyRegistration) {
		m.VENName, m.TransportAddress, m.ReportOnly, m.XMLSignature = "attic", "elsewhere@example.org/x", true, true
	}))
	if renewed.VENID != given.VENID || renewed.RegistrationID != given.RegistrationID {
		s.t.Errorf("N5: renewed as %+v, want the IDs of %+v", renewed, given)
	}
	shown, err := s.GetVEN(s.t.Context(), given.VENID)
	if err != nil {
		s.t.Fatal(err)
	}
	if r := shown.Registration; shown.VENName != "attic" || r == nil || r.Address != "elsewhere@example.org/x" || !r.ReportOnly || !r.XMLSignature {
		s.t.Errorf("N5: the operator sees %+v, registration %+v", shown, r)
	}
	register(s.t, v, registration(withVENID(given.VENID), withRegistrationID(given.RegistrationID)))
}

// proposeIDs registers other VENs with IDs of their choice. A free venID is accepted, and so is one that the operator has entered; the
// IDs of another VEN are refused (N4, N7).
func proposeIDs(s *stack, given *oadr.CreatedPartyRegistration) {
	s.t.Helper()
	second := s.stranger()
	refusedWith(s.t, second, registration(withVENID(given.VENID)), "oadrCreatedPartyRegistration 452", given.VENID)
	if own := register(s.t, second, registration(withVENID("cellar"))); own.VENID != "cellar" {
		s.t.Errorf("N4: proposed cellar, given %s", own.VENID)
	}
	refusedWith(s.t, second, registration(withVENID(given.VENID)), "oadrCreatedPartyRegistration 452", "venID")
	refusedWith(s.t, second, registration(withRegistrationID(given.RegistrationID)), "oadrCreatedPartyRegistration 452", "registrationID")
	refusedWith(s.t, s.stranger(), registration(withRegistrationID(given.RegistrationID)), "oadrCreatedPartyRegistration 452", "registrationID")
	refusedWith(s.t, second, &oadr.CancelPartyRegistration{RequestID: "x", RegistrationID: given.RegistrationID, VENID: "cellar"},
		"oadrCanceledPartyRegistration 452", "registrationID")

	if _, err := s.AddVEN(s.t.Context(), client.VENSpec{VENID: "beforehand", Groups: []string{"north"}}); err != nil {
		s.t.Fatal(err)
	}
	if own := register(s.t, s.stranger(), registration(withVENID("beforehand"))); own.VENID != "beforehand" {
		s.t.Errorf("N4: entered was beforehand, registered %s", own.VENID)
	}
	refusedWith(s.t, s.stranger(), registration(withVENID("beforehand")), "oadrCreatedPartyRegistration 452", "beforehand")
}

// TestN8Cancel ends a registration: there are no more pushes, and the VEN is a stranger.
func TestN8Cancel(t *testing.T) {
	s := start(t)
	pushes := make(chan *oadr.DistributeEvent, 10)
	v := s.join(func(c *ven.Config) {
		faulty.Faults{OnPush: func(m *oadr.DistributeEvent) faulty.Reply { pushes <- m; return faulty.Reply{} }}.Apply(c)
	})
	other := s.join()
	id := venID(v)
	e := s.create(event(id, venID(other)))
	next(t, "the push", pushes)
	s.delivery(e.EventID, id, "acknowledged")

	if err := v.CancelRegistration(t.Context()); err != nil {
		t.Fatal(err)
	}
	shown, err := s.GetVEN(t.Context(), id)
	if err != nil || shown.Registration != nil {
		t.Errorf("after the cancellation the operator sees %+v, %v", shown, err)
	}
	ask(t, v, "", &oadr.RequestEvent{RequestID: "x", VENID: id}).expectOutcome(t, "oadrDistributeEvent 463")
	if _, err := s.CancelEvent(t.Context(), e.EventID); err != nil {
		t.Fatal(err)
	}
	// When the other VEN has the push of the same change, a push to this one would
	// have been sent, too.
	s.eventually("the cancellation to reach the other VEN", func() bool {
		held := other.Events()
		return len(held) == 1 && held[0].Descriptor.Status == oadr.StatusCancelled && s.status(e.EventID, venID(other)).Delivery == "acknowledged"
	})
	if err := roundTrip(t, v); err != nil {
		t.Fatal(err)
	}
	select {
	case m := <-pushes:
		t.Errorf("pushed after the cancellation: %+v", m)
	default:
	}

	// It registers again with the same venID.
	if back := register(t, v, registration(withVENID(id))); back.VENID != id {
		t.Errorf("registered again as %s, want %s", back.VENID, id)
	}
}

// TestG3Spec517Strangers: the answer to any message of a stranger says that it is not
// registered, whatever else is wrong with the message.
func TestG3Spec517Strangers(t *testing.T) {
	s := start(t)
	v := s.stranger()
	for kind, m := range otherThanRegistration("ven") {
		refusedWith(t, v, m, string(kind)+" 463", "oadrCreatePartyRegistration")
	}
	askRaw(t, v, "", poll("<ei:venID>ven</ei:venID>")).expectOutcome(t, "oadrResponse 463")
	askRaw(t, v, "", poll("")).expectOutcome(t, "oadrResponse 463")
	if vens, err := s.ListVENs(t.Context(), client.VENFilter{Deleted: true}, "", 0); err != nil || len(vens.Items) != 0 {
		t.Errorf("the operator sees %+v, %v", vens, err)
	}
	register(t, v, registration())
}

// TestG3StrangersError: with VTN_STRANGERS=error the answer is a stanza error.
func TestG3StrangersError(t *testing.T) {
	s := start(t, "VTN_STRANGERS=error")
	v := s.stranger()
	for _, m := range otherThanRegistration("ven") {
		ask(t, v, "", m).expectOutcome(t, "error auth registration-required")
	}
	askRaw(t, v, "", poll("")).expectOutcome(t, "error auth registration-required")
	register(t, v, registration())
}

// poll returns a payload with an oadrPoll around inside.
func poll(inside string) string {
	return `<oadrPayload xmlns="` + oadr.NS + `"><oadrSignedObject><oadrPoll xmlns:ei="` + oadr.NSei + `">` + inside + `</oadrPoll></oadrSignedObject></oadrPayload>`
}

func TestRegistrationKnown(t *testing.T) {
	s := start(t, "VTN_REGISTRATION=known")
	account := s.account()
	for _, spec := range []client.VENSpec{
		{VENID: "by-jid", Identities: []client.Identity{{Identity: strings.ToUpper(account.User) + "@LOCALHOST"}}},
		{VENID: "by-id"},
	} {
		if _, err := s.AddVEN(t.Context(), spec); err != nil {
			t.Fatal(err)
		}
	}
	// The VTN knows it by its account, with and without the venID.
	v := s.connect(s.config(account))
	refusedWith(t, v, registration(withVENID("by-id")), "oadrCreatedPartyRegistration 452", "venID")
	if got := register(t, v, registration()); got.VENID != "by-jid" {
		t.Errorf("registered as %s, entered was by-jid", got.VENID)
	}
	register(t, v, registration(withVENID("by-jid")))

	// It knows it by the venID alone: the first VEN that names it, and nobody after.
	if got := register(t, s.stranger(), registration(withVENID("by-id"))); got.VENID != "by-id" {
		t.Errorf("registered as %s, entered was by-id", got.VENID)
	}
	refusedWith(t, s.stranger(), registration(withVENID("by-id")), "oadrCreatedPartyRegistration 452", "by-id")

	// N12: the VTN refuses others with a reason, and still answers their queries.
	v = s.stranger()
	refusedWith(t, v, registration(), "oadrCreatedPartyRegistration 463", "operator")
	refusedWith(t, v, registration(withVENID("new")), "oadrCreatedPartyRegistration 463", "operator")
	ask(t, v, "", &oadr.QueryRegistration{RequestID: "q"}).expectOutcome(t, "oadrCreatedPartyRegistration 200")

	// Once the operator has entered it, the VTN accepts it.
	if _, err := s.AddVEN(t.Context(), client.VENSpec{VENID: "late", Identities: []client.Identity{{Transport: "xmpp", Identity: v.JID().Bare().String()}}}); err != nil {
		t.Fatal(err)
	}
	if got := register(t, v, registration()); got.VENID != "late" {
		t.Errorf("registered as %s, entered was late", got.VENID)
	}
}

// TestN12AllowDomains refuses accounts of other domains, even where registration is open.
func TestN12AllowDomains(t *testing.T) {
	s := start(t, "VTN_XMPP_ALLOW_DOMAINS=example.org,example.net", "VTN_LOG_LEVEL=info")
	v := s.stranger()
	before := s.counters()
	refusedWith(t, v, registration(withVENID("marker")), "oadrCreatedPartyRegistration 463", "localhost")
	s.grows(before, `vtn_requests_total{code="463",message="oadrCreatePartyRegistration",transport="xmpp"}`)
	s.logged("accounts of localhost may not register here")
	ask(t, v, "", &oadr.QueryRegistration{RequestID: "q"}).expectOutcome(t, "oadrCreatedPartyRegistration 200")
	ask(t, v, "", &oadr.RequestEvent{RequestID: "x", VENID: "marker"}).expectOutcome(t, "oadrDistributeEvent 463")
	if _, err := v.Register(t.Context()); !errors.As(err, new(*ven.ResponseError)) {
		t.Errorf("the reference VEN returns %v", err)
	}
}
