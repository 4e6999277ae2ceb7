package test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// refuses creates an event that the API must refuse for its own sake (422).
func (s *stack) refuses(what string, spec client.EventSpec) {
	s.t.Helper()
	var p *client.Problem
	if _, err := s.CreateEvent(s.t.Context(), spec); !errors.As(err, &p) || p.Status != http.StatusUnprocessableEntity {
		s.t.Errorf("%s: answered %v, want 422", what, err)
	}
}

// TestSpec9Spec116Simple: SIMPLE is a level of 0 to 3.
func TestSpec9Spec116Simple(t *testing.T) {
	s := walk(t)
	p := s.puppet()
	spec := event(p.id)
	spec.Signals[0].Intervals[0].Value = 3
	s.create(spec)
	if got := p.expect(oadr.KindDistributeEvent).Message.(*oadr.DistributeEvent).Events[0].Signals[0]; got.Type != "level" || got.Intervals[0].Value != 3 {
		t.Errorf("pushed %+v", got)
	}
	for _, value := range []float64{4, 1.5, -1} {
		spec.Signals[0].Intervals[0].Value = value
		s.refuses("level", spec)
	}
	spec.Signals[0].Type, spec.Signals[0].Intervals[0].Value = "delta", 1
	s.refuses("delta", spec)
}
