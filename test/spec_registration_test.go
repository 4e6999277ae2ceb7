package test

import (
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// TestSpec403Spec404Registration: a query is answered with the profiles and no IDs,
// a registration with both.
func TestSpec403Spec404Registration(t *testing.T) {
	s := walk(t)
	p := s.newcomer()
	known := p.says("oadrCreatedPartyRegistration 200", &oadr.QueryRegistration{RequestID: "q"}).(*oadr.CreatedPartyRegistration)
	if known.VENID != "" || known.RegistrationID != "" || len(known.Profiles) == 0 || len(known.Profiles[0].Transports) == 0 {
		t.Errorf("a stranger's query is answered %+v", known)
	}
	if made := p.register(); made.VENID == "" || made.RegistrationID == "" || len(made.Profiles) == 0 {
		t.Errorf("the registration is answered %+v", made)
	}
}

// TestSpec400WrongIDs: a venID or registrationID that is not the VEN's is 452.
func TestSpec400WrongIDs(t *testing.T) {
	s := walk(t)
	p := s.puppet()
	p.says("oadrCreatedPartyRegistration 452", registration(withVENID(p.id), withRegistrationID("another")))
	p.says("oadrCreatedPartyRegistration 452", registration(withVENID("another"), withRegistrationID(p.registrationID)))
	p.says("oadrCanceledPartyRegistration 452", &oadr.CancelPartyRegistration{RequestID: "c", RegistrationID: "another", VENID: p.id})
	p.says("oadrCanceledPartyRegistration 200", &oadr.CancelPartyRegistration{RequestID: "c", RegistrationID: p.registrationID, VENID: p.id})
}
