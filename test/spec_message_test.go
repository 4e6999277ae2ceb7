package test

import (
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// TestSpec41Spec40RequestIDs: the VTN's requests have a requestID and no eiResponse, unless they answer a poll; its answers have an eiResponse that repeats
// the requestID of the request.
func TestSpec41Spec40RequestIDs(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		s.create(event(p.id))
		q := p.expect(oadr.KindDistributeEvent)
		q.ok()
		if m := q.Message.(*oadr.DistributeEvent); m.RequestID == "" || (m.Response != nil) != s.way.pull() { // H11
			t.Errorf("pushed %+v", m)
		}
		asked := p.says("oadrDistributeEvent 200", &oadr.RequestEvent{RequestID: "mine", VENID: p.id}).(*oadr.DistributeEvent)
		if asked.RequestID == "" || asked.Response.RequestID != "mine" {
			t.Errorf("answered %+v", asked)
		}
	})
}

// TestSpec21WrongVENID: the venID of another VEN is an error in every message.
func TestSpec21WrongVENID(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p, other := s.puppet(), s.puppet()
		p.says("oadrDistributeEvent 452", &oadr.RequestEvent{RequestID: "x", VENID: other.id})
		p.says("oadrResponse 452", createdEvent(other.id, response("x", "e", 0, oadr.OptIn)))
	})
}

// TestSpec51Spec9_3_1EveryRequest: a VEN that receives pushes may also request its events, opt and query at any time.
func TestSpec51Spec9_3_1EveryRequest(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		e := s.create(event(p.id)).EventID
		p.expectEvents(e + " 0 far").ok()
		if got := summary(p.says("oadrDistributeEvent 200", &oadr.RequestEvent{RequestID: "x", VENID: p.id})); len(got) != 1 || got[0] != e+" 0 far" {
			t.Errorf("asked for, its events are %q", got)
		}
		p.says("oadrResponse 200", createdEvent(p.id, response("x", e, 0, oadr.OptIn)))
		p.says("oadrCreatedOpt 200", p.optOf("o", oadr.OptOut, e))
		p.says("oadrCanceledOpt 200", &oadr.CancelOpt{RequestID: "x", OptID: "o", VENID: p.id})
		p.says("oadrCreatedPartyRegistration 200", &oadr.QueryRegistration{RequestID: "x"})
		p.says("oadrRegisteredReport 200", &oadr.RegisterReport{RequestID: "x", VENID: p.id, Reports: offers()})
		p.says("oadrCanceledPartyRegistration 200", &oadr.CancelPartyRegistration{RequestID: "x", RegistrationID: p.registrationID, VENID: p.id})
	})
}
