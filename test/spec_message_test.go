package test

import (
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// TestSpec41Spec40RequestIDs: what the VTN pushes has a requestID and no eiResponse,
// what it answers repeats that of the request in one.
func TestSpec41Spec40RequestIDs(t *testing.T) {
	s := walk(t)
	p := s.puppet()
	s.create(event(p.id))
	q := p.expect(oadr.KindDistributeEvent)
	q.ok()
	if m := q.Message.(*oadr.DistributeEvent); m.RequestID == "" || m.Response != nil {
		t.Errorf("pushed %+v", m)
	}
	asked := p.says("oadrDistributeEvent 200", &oadr.RequestEvent{RequestID: "mine", VENID: p.id}).(*oadr.DistributeEvent)
	if asked.RequestID == "" || asked.Response.RequestID != "mine" {
		t.Errorf("answered %+v", asked)
	}
}

// TestSpec21WrongVENID: another's venID is an error, whatever the message.
func TestSpec21WrongVENID(t *testing.T) {
	s := walk(t)
	p, other := s.puppet(), s.puppet()
	p.says("oadrDistributeEvent 452", &oadr.RequestEvent{RequestID: "x", VENID: other.id})
	p.says("oadrResponse 452", createdEvent(other.id, response("x", "e", 0, oadr.OptIn)))
}
