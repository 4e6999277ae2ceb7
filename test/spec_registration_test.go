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

// TestSpec402FirstVENID: a venID in a first registration is taken where it is free,
// and refused where it is another's.
func TestSpec402FirstVENID(t *testing.T) {
	s := walk(t)
	p, other := s.puppet(), s.newcomer()
	other.says("oadrCreatedPartyRegistration 452", registration(withVENID(p.id)))
	if other.register(withVENID(own(t, "free"))); other.id != own(t, "free") {
		t.Errorf("it is %s", other.id)
	}
}

// TestSpec401Directions: what only a VTN sends is refused where a VEN sends it.
func TestSpec401Directions(t *testing.T) {
	s := walk(t)
	p := s.puppet()
	ok := oadr.EIResponse{Code: oadr.CodeOK, RequestID: "x"}
	for _, m := range []oadr.Message{
		&oadr.CreatedPartyRegistration{Response: ok, RegistrationID: p.registrationID, VENID: p.id, VTNID: "VTN", Profiles: []oadr.ProfileOffer{{Name: oadr.Profile20b, Transports: []string{oadr.TransportXMPP}}}},
		&oadr.RequestReregistration{VENID: p.id},
	} {
		p.says("oadrResponse 453", m)
	}
	if v, err := s.GetVEN(t.Context(), p.id); err != nil || v.Registration == nil || v.Registration.RegistrationID != p.registrationID {
		t.Errorf("it is %+v, %v", v, err)
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
