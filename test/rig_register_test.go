package test

import (
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// registration returns the oadrCreatePartyRegistration of an XMPP VEN without IDs, after change.
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
func register(t *testing.T, v speaker, m *oadr.CreatePartyRegistration) *oadr.CreatedPartyRegistration {
	t.Helper()
	a := ask(t, v, "", m)
	a.expectOutcome(t, "oadrCreatedPartyRegistration 200")
	return a.message.(*oadr.CreatedPartyRegistration)
}

// refusedWith expects a refusal that gives a reason.
func refusedWith(t *testing.T, v speaker, m oadr.Message, outcome, reason string) {
	t.Helper()
	a := ask(t, v, "", m)
	a.expectOutcome(t, outcome)
	if !strings.Contains(a.description(), reason) {
		t.Errorf("the reason %q does not name %q", a.description(), reason)
	}
}

// otherThanRegistration returns one of each message that a VEN may send other than a
// query and a registration, by the kind of its response.
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

// roundTrip makes sure that everything the VTN has sent to the VEN has arrived: stanzas
// do not overtake each other.
func roundTrip(t *testing.T, v *ven.VEN) error {
	t.Helper()
	_, err := v.Query(t.Context())
	return err
}
