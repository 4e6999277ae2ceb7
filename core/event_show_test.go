package core_test

import (
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

func TestRefusalOfALaterEventIsNotTheEarliers(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	a := r.create(simple(venIDs("ven1")...))
	p, _ := r.pushedEvents()
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged, Code: 200})
	r.wantDelivery(a, "ven1", core.DeliveryAcknowledged)
	before := r.status(a.EventID, "ven1")
	r.clock.Move(time.Minute)
	b := r.create(later(venIDs("ven1")...))
	p, _ = r.pushedEvents()
	r.Settle(ven, p.Token, core.Outcome{Result: core.Refused, Code: 460, Error: "no such signal"})
	r.wantDelivery(b, "ven1", core.DeliveryRefused)
	after := r.status(a.EventID, "ven1")
	if after.Delivery != core.DeliveryAcknowledged || after.ResponseCode != 200 || after.LastError != "" ||
		!after.AcknowledgedAt.Equal(before.AcknowledgedAt) || !after.SentAt.Equal(before.SentAt) {
		t.Errorf("the earlier event has the status %+v, was at %+v", after, before)
	}
	if s := r.status(b.EventID, "ven1"); s.ResponseCode != 460 || s.LastError != "no such signal" || !s.AcknowledgedAt.IsZero() || s.SentAt.IsZero() || s.Attempts != 1 {
		t.Errorf("the later event has the status %+v", s)
	}
	// A later push that is acknowledged carried both.
	r.create(later(venIDs("ven1")...))
	p, _ = r.pushedEvents()
	if s := r.status(b.EventID, "ven1"); s.Delivery != core.DeliveryRefused {
		t.Errorf("while the next is on its way: %+v", s)
	}
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged, Code: 200})
	r.wantDelivery(b, "ven1", core.DeliveryAcknowledged)
}

func TestE21EndedEventIsNotDeliveredByWhatComesAfter(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	missed := r.create(simple(venIDs("ven1")...))
	p, _ := r.pushedEvents()
	r.Settle(ven, p.Token, core.Outcome{Result: core.Unreachable, Error: "service-unavailable"})
	r.wantDelivery(missed, "ven1", core.DeliveryUnreachable)
	r.clock.Move(3 * time.Hour) // the VEN is tried again, with an empty set
	p, d := r.pushedEvents()
	if len(d.Events) != 0 {
		t.Fatalf("pushed %+v", d.Events)
	}
	if s := r.status(missed.EventID, "ven1"); s.Delivery == core.DeliverySent || !s.SentAt.IsZero() {
		t.Errorf("while an empty set is on its way: %+v", s)
	}
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged, Code: 200})
	r.quiet() // so the outcome is stored
	s := r.status(missed.EventID, "ven1")
	if s.Delivery != core.DeliveryPending || !s.SentAt.IsZero() || !s.AcknowledgedAt.IsZero() || s.ModificationNumber != nil || s.ResponseCode != 0 {
		t.Errorf("never delivered, its status is %+v", s)
	}
	spec := later(venIDs("ven1")...)
	spec.Start = r.clock.Now().Add(time.Hour)
	next := r.create(spec)
	p, _ = r.pushedEvents()
	r.Settle(ven, p.Token, core.Outcome{Result: core.Unreachable, Error: "item-not-found"})
	r.wantDelivery(next, "ven1", core.DeliveryUnreachable)
	if s := r.status(missed.EventID, "ven1"); s.Delivery != core.DeliveryPending || s.LastError != "" || s.Attempts != 0 {
		t.Errorf("by the push of a later event its status is %+v", s)
	}
}

func TestE18RefusedEventIsNotAcknowledged(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	e := r.create(simple(venIDs("ven1")...))
	p, _ := r.pushedEvents()
	m := answer("ven1", p.Token.String(), e.EventID, 0, "optOut")
	m.Responses[0].Code = oadr.CodeInvalidData
	must[response](r, ven, m)
	r.quiet() // so the outcome is stored
	s := r.status(e.EventID, "ven1")
	if s.Delivery != core.DeliveryRefused || s.ResponseCode != 454 || !s.AcknowledgedAt.IsZero() || s.SentAt.IsZero() || s.Opt != core.OptNone {
		t.Errorf("status %+v", s)
	}
}

// A VEN that leaves an open-ended event that it must not answer is told once.
func TestE22TakenOffWithoutAnAnswer(t *testing.T) {
	r := start(t)
	ven := r.join("ven1", group("g"))
	spec := simple(core.Target{Kind: core.TargetGroup, Value: "g"})
	spec.ResponseRequired, spec.Duration = oadr.ResponseNever, 0
	spec.Signals[0].Intervals[0].Duration = 0
	e := r.create(spec)
	p, _ := r.pushedEvents()
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	if _, err := r.ModifyVEN(t.Context(), "ven1", func(v *core.VEN) error { v.Groups = nil; return nil }); err != nil {
		t.Fatal(err)
	}
	p, d := r.pushedEvents()
	if len(d.Events) != 1 || d.Events[0].Descriptor.Status != oadr.StatusCancelled {
		t.Fatalf("pushed %+v", d.Events)
	}
	if set := r.set(ven); len(set) != 1 {
		t.Errorf("before the push has a result it asks for %+v", set)
	}
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	if set := r.set(ven); len(set) != 0 {
		t.Errorf("pushed again of %+v", set)
	}
}
