package test

import (
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// TestSpec4Spec57Spec10Numbers: a new event has modificationNumber 0, a changed one
// carries a higher one, and so does the cancellation.
func TestSpec4Spec57Spec10Numbers(t *testing.T) {
	s := walk(t)
	p := s.puppet()
	e := s.create(event(p.id)).EventID
	p.expectEvents(e + " 0 far").ok()
	s.patchEvent(e, patch{"priority": 2})
	p.expectEvents(e + " 1 far").ok()
	s.cancel(e)
	p.expectEvents(e + " 2 cancelled").ok()
}

// TestSpec48Spec42Answers: an answer for an unknown event is 452, one with a wrong
// modificationNumber 450, and neither counts.
func TestSpec48Spec42Answers(t *testing.T) {
	s := walk(t)
	p := s.puppet()
	e := s.create(event(p.id)).EventID
	q := p.expectEvents(e + " 0 far")
	q.ok()
	requestID := q.Message.Request()
	p.says("oadrResponse 452", createdEvent(p.id, response(requestID, own(t, "unknown"), 0, oadr.OptOut)))
	p.says("oadrResponse 450", createdEvent(p.id, response(requestID, e, 7, oadr.OptOut)))
	if got := s.status(e, p.id).Opt; got != "none" {
		t.Errorf("its opt is %s", got)
	}
	q.opts(oadr.OptIn)
	s.opted(e, p.id, oadr.OptIn)
}
