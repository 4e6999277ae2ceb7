package core_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Over XMPP a VEN of 2.0a requests nothing: it is pushed to when it appears, and its own
// oadrCreatedEvent is the outcome.
func TestA5Spec506PushedToWhenItAppears(t *testing.T) {
	r := start(t)
	ven := r.enterA("ven1")
	e := r.create(simple(venIDs("ven1")...))
	if s := r.status(e.EventID, "ven1"); s.Reason != "not seen so far: it is told when it appears" {
		t.Errorf("before it appears it is shown as %+v", s)
	}
	r.Appear(ven)
	p, events := r.pushedA(ven)
	if len(events) != 1 || p.Token.Topic != core.TopicEvents {
		t.Fatalf("pushed %+v", events)
	}
	r.wantDelivery(e, "ven1", core.DeliverySent)
	sendA[*oadr.Response](r, ven, answer("ven1", p.Token.String(), e.EventID, 0, "optIn"))
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	r.settled()
	r.clock.Move(core.BackoffMax)
	r.quiet()

	// A new session may have lost all, and cannot ask.
	r.Vanish(ven)
	again := client(ven, "again")
	r.Appear(again)
	if _, events := r.pushedA(again); len(events) != 1 {
		t.Errorf("a new session is told %+v", events)
	}
}

// A refusal without eventResponses refuses the push, whatever its code.
func TestA5A6RefusalWithACodeOfHTTP(t *testing.T) {
	r := start(t)
	ven := r.enterA("ven1")
	e := r.create(simple(venIDs("ven1")...))
	r.Appear(ven)
	r.pushedA(ven)
	sendA[*oadr.Response](r, ven, &oadr.CreatedEvent{Response: oadr.EIResponse{Code: 400, Description: "Unknown vtnID"}, VENID: "ven1"})
	r.wantDelivery(e, "ven1", core.DeliveryRefused)
	r.settled()
	modify(r, e, "else")
	p, _ := r.pushedA(ven)
	no := answer("ven1", p.Token.String(), e.EventID, 1, "optOut")
	no.Responses[0].Code = 403
	sendA[*oadr.Response](r, ven, no)
	r.waitFor(func() bool {
		s := r.status(e.EventID, "ven1")
		return s.Delivery == core.DeliveryRefused && s.ResponseCode == 403
	})
	if s := r.status(e.EventID, "ven1"); s.Opt != core.OptNone {
		t.Errorf("its opt is %s", s.Opt)
	}
}

// A push that wants no answer gets none, and is not repeated. If nobody was there it comes
// back, and the VEN is told when it appears.
func TestA5NoAnswerIsOwed(t *testing.T) {
	r := start(t)
	ven := r.enterA("ven1")
	r.Appear(ven)
	if _, events := r.pushedA(ven); len(events) != 0 {
		t.Fatalf("told %+v", events)
	}
	r.clock.Move(core.Lease)
	r.settled()
	spec := simple(venIDs("ven1")...)
	spec.ResponseRequired = "never"
	e := r.create(spec)
	p, _ := r.pushedA(ven)
	r.Settle(ven, p.Token, notHere)
	r.wantDelivery(e, "ven1", core.DeliveryUnreachable)
	r.Vanish(ven)
	r.Appear(ven)
	r.pushedA(ven)
	r.wantDelivery(e, "ven1", core.DeliverySent)
	r.clock.Move(core.Lease)
	r.settled()
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	r.clock.Move(core.BackoffMax)
	r.quiet()
}

// Of a set that does not fit, only what is told can be owed an answer (rule E25).
func TestA5E25NoAnswerIsOwedForWhatIsLeftOut(t *testing.T) {
	r := start(t, func(c *core.Config) { c.MaxPayload = 1_000_000 })
	ven := r.enterA("ven1")
	var told *core.Event
	for day, answer := range []string{"never", "always", "always", "always", "always"} {
		spec := simple(venIDs("ven1")...)
		spec.Start = spec.Start.Add(time.Duration(day+1) * 24 * time.Hour)
		spec.ResponseRequired = answer
		if answer == "always" {
			spec.Comment = strings.Repeat("x", 900)
		}
		e := r.create(spec)
		if day == 0 {
			told = e
		}
	}
	r.cfg.MaxPayload = 4096
	r.restart()
	r.Appear(ven)
	if _, events := r.pushedA(ven); len(events) != 1 || events[0].Descriptor.EventID != told.EventID {
		t.Fatalf("told %+v, want the one that needs no answer", events)
	}
	r.clock.Move(core.Lease)
	r.settled()
	r.wantDelivery(told, "ven1", core.DeliveryAcknowledged)
	r.clock.Move(core.BackoffMax)
	r.settled()
	if n := len(r.wire.pushes); n != 0 {
		t.Errorf("%d more pushes", n)
	}
}
