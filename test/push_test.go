package test

import (
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// TestEventIsPushedAndItsOptIsOnRecord tests what a VTN is mainly for.
func TestEventIsPushedAndItsOptIsOnRecord(t *testing.T) {
	s := start(t)
	events := make(chan ven.Event, 10)
	v := s.join(func(c *ven.Config) {
		c.OnEvent = func(e ven.Event) { events <- e }
		c.Decide = func(oadr.Event) ven.Decision { return ven.Decision{OptType: oadr.OptOut} }
	})
	e := s.create(event(venID(v)))
	if got := next(t, "the push", events); got.Descriptor.EventID != e.EventID {
		t.Errorf("pushed %s, want %s", got.Descriptor.EventID, e.EventID)
	}
	s.delivery(e.EventID, venID(v), "acknowledged")
	s.eventually("the opt", func() bool { return s.status(e.EventID, venID(v)).Opt == "optOut" })
}
