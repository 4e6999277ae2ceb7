package test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/internal/faulty"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// registration is what an XMPP VEN without IDs sends.
func registration(change ...func(*oadr.CreatePartyRegistration)) *oadr.CreatePartyRegistration {
	m := &oadr.CreatePartyRegistration{
		RequestID: "r", ProfileName: oadr.Profile20b, TransportName: oadr.TransportXMPP, TransportAddress: "xmpp:somewhere@example.org",
	}
	for _, f := range change {
		f(m)
	}
	return m
}

func withVENID(id string) func(*oadr.CreatePartyRegistration) {
	return func(m *oadr.CreatePartyRegistration) { m.VENID = id }
}

func withRegistrationID(id string) func(*oadr.CreatePartyRegistration) {
	return func(m *oadr.CreatePartyRegistration) { m.RegistrationID = id }
}

// register sends a registration that must be accepted.
func register(t *testing.T, v *ven.VEN, m *oadr.CreatePartyRegistration) *oadr.CreatedPartyRegistration {
	t.Helper()
	a := ask(t, v, "", m)
	a.expectOutcome(t, "oadrCreatedPartyRegistration 200")
	return a.message.(*oadr.CreatedPartyRegistration)
}

// refusedWith expects a refusal that gives a reason.
func refusedWith(t *testing.T, v *ven.VEN, m oadr.Message, outcome, reason string) {
	t.Helper()
	a := ask(t, v, "", m)
	a.expectOutcome(t, outcome)
	if !strings.Contains(a.description(), reason) {
		t.Errorf("the reason %q does not name %q", a.description(), reason)
	}
}

// otherThanRegistration is one of each message a VEN may send beside a query
// and a registration, with the response of its row.
func otherThanRegistration(venID string) map[oadr.Kind]oadr.Message {
	return map[oadr.Kind]oadr.Message{
		oadr.KindCanceledPartyRegistration: &oadr.CancelPartyRegistration{RequestID: "x", RegistrationID: "reg", VENID: venID},
		oadr.KindDistributeEvent:           &oadr.RequestEvent{RequestID: "x", VENID: venID},
		oadr.KindResponse:                  &oadr.CreatedEvent{Response: oadr.EIResponse{Code: oadr.CodeOK}, VENID: venID},
		oadr.KindCreatedOpt: &oadr.CreateOpt{
			OptID: "o", OptType: oadr.OptIn, OptReason: "economic", VENID: venID, RequestID: "x", Event: &oadr.QualifiedEventID{EventID: "e"},
		},
		oadr.KindCanceledOpt:      &oadr.CancelOpt{RequestID: "x", OptID: "o", VENID: venID},
		oadr.KindRegisteredReport: &oadr.RegisterReport{RequestID: "x", VENID: venID},
		oadr.KindCanceledReport:   &oadr.CancelReport{RequestID: "x", ReportRequestIDs: []string{"r"}, VENID: venID},
	}
}

func TestRegistrationOpen(t *testing.T) {
	s := start(t)
	first := s.stranger()

	// N1, N13: a stranger is told what is offered, and no ID.
	query := &oadr.QueryRegistration{RequestID: "q"}
	a := ask(t, first, "", query)
	a.expectOutcome(t, "oadrCreatedPartyRegistration 200")
	offer := a.message.(*oadr.CreatedPartyRegistration)
	if offer.VENID != "" || offer.RegistrationID != "" || offer.Response.RequestID != "q" || offer.VTNID != "VTN" {
		t.Errorf("N1: a stranger is answered %+v", offer)
	}
	if len(offer.Profiles) != 1 || offer.Profiles[0].Name != oadr.Profile20b || !slices.Equal(offer.Profiles[0].Transports, []string{oadr.TransportXMPP}) {
		t.Errorf("N13: offered are %+v", offer.Profiles)
	}

	// N12: a transport that is not offered.
	refusedWith(t, first, registration(func(m *oadr.CreatePartyRegistration) { m.TransportName = oadr.TransportSimpleHTTP }),
		"oadrCreatedPartyRegistration 454", "oadrTransportName")

	// N3: new IDs, then the same ones by a query (N2) and by a registration without IDs (N6).
	given := register(t, first, registration())
	if given.VENID == "" || given.RegistrationID == "" {
		t.Fatalf("N3: registered as %+v", given)
	}
	known := ask(t, first, "", query).message.(*oadr.CreatedPartyRegistration)
	if known.VENID != given.VENID || known.RegistrationID != given.RegistrationID {
		t.Errorf("N2: a registered VEN is answered %+v, want the IDs of %+v", known, given)
	}
	if again := register(t, first, registration()); again.VENID != given.VENID || again.RegistrationID != given.RegistrationID {
		t.Errorf("N6: registered again without IDs as %+v, want the IDs of %+v", again, given)
	}

	// N5, N14: with its IDs it changes name, address and flags.
	renewed := register(t, first, registration(withVENID(given.VENID), withRegistrationID(given.RegistrationID), func(m *oadr.CreatePartyRegistration) {
		m.VENName, m.TransportAddress, m.ReportOnly, m.XMLSignature = "attic", "elsewhere@example.org/x", true, true
	}))
	if renewed.VENID != given.VENID || renewed.RegistrationID != given.RegistrationID {
		t.Errorf("N5: renewed as %+v, want the IDs of %+v", renewed, given)
	}
	shown, err := s.GetVEN(t.Context(), given.VENID)
	if err != nil {
		t.Fatal(err)
	}
	if r := shown.Registration; shown.VENName != "attic" || r == nil || r.Address != "elsewhere@example.org/x" || !r.ReportOnly || !r.XMLSignature {
		t.Errorf("N5: the operator sees %+v, registration %+v", shown, r)
	}
	register(t, first, registration(withVENID(given.VENID), withRegistrationID(given.RegistrationID)))

	// N4: a free venID is taken, another's is not. N7: wrong IDs of a registered party.
	second := s.stranger()
	refusedWith(t, second, registration(withVENID(given.VENID)), "oadrCreatedPartyRegistration 452", given.VENID)
	if own := register(t, second, registration(withVENID("cellar"))); own.VENID != "cellar" {
		t.Errorf("N4: proposed cellar, given %s", own.VENID)
	}
	refusedWith(t, second, registration(withVENID(given.VENID)), "oadrCreatedPartyRegistration 452", "venID")
	refusedWith(t, second, registration(withRegistrationID(given.RegistrationID)), "oadrCreatedPartyRegistration 452", "registrationID")
	refusedWith(t, s.stranger(), registration(withRegistrationID(given.RegistrationID)), "oadrCreatedPartyRegistration 452", "registrationID")
	refusedWith(t, second, &oadr.CancelPartyRegistration{RequestID: "x", RegistrationID: given.RegistrationID, VENID: "cellar"},
		"oadrCanceledPartyRegistration 452", "registrationID")

	// N4: given out beforehand, for whoever comes with it.
	if _, err := s.AddVEN(t.Context(), client.VENSpec{VENID: "beforehand", Groups: []string{"north"}}); err != nil {
		t.Fatal(err)
	}
	if own := register(t, s.stranger(), registration(withVENID("beforehand"))); own.VENID != "beforehand" {
		t.Errorf("N4: given out was beforehand, registered %s", own.VENID)
	}
	refusedWith(t, s.stranger(), registration(withVENID("beforehand")), "oadrCreatedPartyRegistration 452", "beforehand")
}

// TestN8Cancel ends a registration: no more pushes, and the VEN is a stranger.
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
	// The other VEN, due for the same change, has it; what came to this one
	// before then would be here.
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

	// It comes back as who it was, and is told what is the case.
	if back := register(t, v, registration(withVENID(id))); back.VENID != id {
		t.Errorf("back as %s, was %s", back.VENID, id)
	}
}

// roundTrip makes sure that what the VTN sent before now has arrived: a stanza
// from one to the other never overtakes the one before it.
func roundTrip(t *testing.T, v *ven.VEN) error {
	t.Helper()
	_, err := v.Query(t.Context())
	return err
}

// TestG3Spec517Strangers: who is not registered is told so in what its message is
// answered with, whatever is wrong with it beside.
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

// TestG3StrangersError is the same where the operator has them told by the stanza.
func TestG3StrangersError(t *testing.T) {
	s := start(t, "VTN_STRANGERS=error")
	v := s.stranger()
	for _, m := range otherThanRegistration("ven") {
		ask(t, v, "", m).expectOutcome(t, "error auth registration-required")
	}
	askRaw(t, v, "", poll("")).expectOutcome(t, "error auth registration-required")
	register(t, v, registration())
}

// poll is an oadrPoll with anything inside.
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
	// By its account, with and without the venID.
	v := s.connect(s.config(account))
	refusedWith(t, v, registration(withVENID("by-id")), "oadrCreatedPartyRegistration 452", "venID")
	if got := register(t, v, registration()); got.VENID != "by-jid" {
		t.Errorf("registered as %s, entered was by-jid", got.VENID)
	}
	register(t, v, registration(withVENID("by-jid")))

	// By the venID alone: the first who knows it, and nobody after.
	if got := register(t, s.stranger(), registration(withVENID("by-id"))); got.VENID != "by-id" {
		t.Errorf("registered as %s, entered was by-id", got.VENID)
	}
	refusedWith(t, s.stranger(), registration(withVENID("by-id")), "oadrCreatedPartyRegistration 452", "by-id")

	// N12: others are refused with a reason, and may still ask.
	v = s.stranger()
	refusedWith(t, v, registration(), "oadrCreatedPartyRegistration 463", "operator")
	refusedWith(t, v, registration(withVENID("new")), "oadrCreatedPartyRegistration 463", "operator")
	ask(t, v, "", &oadr.QueryRegistration{RequestID: "q"}).expectOutcome(t, "oadrCreatedPartyRegistration 200")

	// Entered now, it is let in.
	if _, err := s.AddVEN(t.Context(), client.VENSpec{VENID: "late", Identities: []client.Identity{{Transport: "xmpp", Identity: v.JID().Bare().String()}}}); err != nil {
		t.Fatal(err)
	}
	if got := register(t, v, registration()); got.VENID != "late" {
		t.Errorf("registered as %s, entered was late", got.VENID)
	}
}

// TestN12AllowDomains keeps accounts of other domains out, even where anybody
// else may register.
func TestN12AllowDomains(t *testing.T) {
	s := start(t, "VTN_XMPP_ALLOW_DOMAINS=example.org,example.net", "VTN_LOG_LEVEL=info")
	v := s.stranger()
	before := s.counters()
	refusedWith(t, v, registration(withVENID("marker")), "oadrCreatedPartyRegistration 463", "localhost")
	s.grows(before, `vtn_requests_total{code="463",message="oadrCreatePartyRegistration"}`)
	s.logged("accounts of localhost may not register here")
	ask(t, v, "", &oadr.QueryRegistration{RequestID: "q"}).expectOutcome(t, "oadrCreatedPartyRegistration 200")
	ask(t, v, "", &oadr.RequestEvent{RequestID: "x", VENID: "marker"}).expectOutcome(t, "oadrDistributeEvent 463")
	if _, err := v.Register(t.Context()); !errors.As(err, new(*ven.ResponseError)) {
		t.Errorf("the reference VEN is told %v", err)
	}
}
