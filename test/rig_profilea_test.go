package test

import (
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// formA is the form of VENs of 2.0a (rule A1).
var formA = oadr.Form{Root: oadr.RootMessage, Profile: oadr.ProfileA}

// enter enters a VEN of 2.0a.
func (s *vens) enter(spec client.VENSpec) {
	s.t.Helper()
	spec.Profile = oadr.Profile20a
	if _, err := s.AddVEN(s.t.Context(), spec); err != nil {
		s.t.Fatal(err)
	}
}

// oldOverXMPP enters and connects a VEN of 2.0a.
func (s *vens) oldOverXMPP(venID string) *ven.VEN {
	s.t.Helper()
	a := s.account()
	s.enter(client.VENSpec{VENID: venID, Identities: []client.Identity{{Identity: s.jid(a)}}})
	c := s.config(a)
	c.Form, c.VENID, c.VTN = formA, venID, "vtn@"+vtnDomain
	return s.connect(c)
}

// oldOverHTTP enters and connects a VEN of 2.0a that listens, or polls.
func (s *vens) oldOverHTTP(venID, listen string) *ven.VEN {
	s.t.Helper()
	certificate, err := https.VEN(fmt.Sprintf("ven%d", accounts.Add(1)))
	if err != nil {
		s.t.Fatal(err)
	}
	spec := client.VENSpec{VENID: venID, Identities: []client.Identity{{Transport: oadr.TransportSimpleHTTP, Identity: rig.Fingerprint(certificate)}}}
	c := ven.Config{
		HTTP: &ven.HTTP{URL: "https://" + s.vtn.HTTPAddr, Listen: listen, PollInterval: 100 * time.Millisecond},
		TLS:  https.Client(certificate), OnPayload: received.Record, Form: formA, VENID: venID,
	}
	if listen == "" {
		s.enter(spec)
		return s.connect(c)
	}
	v := s.connect(c)
	spec.PushURL = v.Address()
	s.enter(spec)
	return v
}
