package core_test

import (
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Rules H7, H8 and H10: a poll hands out one message, the most urgent first. It is not
// offered again before its lease is over, then as it is by then.
func TestH7H8H10Spec500PollHandsOutWhatIsDue(t *testing.T) {
	r := startHTTP(t)
	ven := r.pulls("ven1")
	r.idle(ven)
	e := r.create(simple(venIDs("ven1")...))
	r.request(core.ReportSpec{Targets: venIDs("ven1"), SpecifierID: "METADATA"})
	r.reregister("ven1")

	polled[*oadr.RequestReregistration](r, ven)
	polled[*oadr.CreateReport](r, ven)
	first := polled[*oadr.DistributeEvent](r, ven)
	if len(first.Events) != 1 || first.Response == nil || first.Response.Code != oadr.CodeOK || first.Response.RequestID != "" { // H11
		t.Errorf("handed out %+v", first)
	}
	r.idle(ven)
	if s := r.status(e.EventID, "ven1"); s.Delivery != core.DeliverySent {
		t.Errorf("the event is %s", s.Delivery)
	}
	r.clock.Move(core.Lease + core.BackoffFirst*3/2)
	modify(r.rig, e, "by then")
	again := polled[*oadr.DistributeEvent](r, ven)
	if again.Events[0].Descriptor.VTNComment != "by then" || again.RequestID == first.RequestID {
		t.Errorf("offered again as it was: %+v", again)
	}
	must[*oadr.Response](r, ven, answer("ven1", again.RequestID, e.EventID, 1, "optIn"))
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
}

// Rule H10: what a VEN has answered is not offered again, though answers wait for others to be
// stored and something new makes the same outbox due.
func TestH10AnsweredIsNotOfferedAgain(t *testing.T) {
	r := startHTTP(t)
	ven := r.pulls("ven1")
	r.pushedTo("ven2", "https://ven.example/")
	r.create(simple(venIDs("ven2")...))
	webPush[*oadr.DistributeEvent](r) // in flight, so answers wait
	for _, id := range []string{"a", "b", "c"} {
		r.code(ven, metadata(id, 0), oadr.CodeOK)
		m := polled[*oadr.RegisterReport](r, ven)
		if m.ReportRequestID != id {
			t.Fatalf("handed out for %q, want %q", m.ReportRequestID, id)
		}
		must[*oadr.Response](r, ven, &oadr.RegisteredReport{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: m.RequestID}, VENID: "ven1"})
	}
}

// Rules H9 and H10: an answer without a requestID is of what was handed out, after a
// restart too, and whatever process handed it out.
func TestH9H10AnswersWithoutRequestID(t *testing.T) {
	r := startHTTP(t)
	ven := r.pulls("ven1")
	e := r.create(simple(venIDs("ven1")...))
	polled[*oadr.DistributeEvent](r, ven)
	r.reregister("ven1")
	polled[*oadr.RequestReregistration](r, ven)
	r.restart()
	r.clock.Move(core.Lease)
	if reply, err := r.send(ven, &oadr.Response{Response: oadr.EIResponse{Code: oadr.CodeOK}, VENID: "ven1"}); reply != nil || err != nil {
		t.Errorf("answered %v, %v, want nothing", reply, err)
	}
	r.noticeBecomes("ven1", core.NoticeTold)
	must[*oadr.Response](r, ven, answer("ven1", "", e.EventID, 0, "optIn"))
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	r.idle(ven)
}

// Rule H10: what has no answer is settled when it is handed out.
func TestH10WithoutAnswerIsSettledAtOnce(t *testing.T) {
	r := startHTTP(t)
	ven := r.pulls("ven1")
	spec := simple(venIDs("ven1")...)
	spec.ResponseRequired = oadr.ResponseNever
	e := r.create(spec)
	polled[*oadr.DistributeEvent](r, ven)
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	r.clock.Move(time.Hour)
	r.idle(ven)
}

// Rule H9: a VEN whose registration the operator ended gets the notice by its next poll,
// and 463 once it has answered.
func TestH7H9CancellationIsHandedOut(t *testing.T) {
	r := startHTTP(t)
	ven := r.pulls("ven1")
	n := r.cancelRegistration("ven1")
	got := polled[*oadr.CancelPartyRegistration](r, ven)
	if got.RegistrationID != n.RegistrationID {
		t.Errorf("handed out %+v", got)
	}
	r.refusesStranger(ven, &oadr.Poll{VENID: "ven1"})
	must[*oadr.Response](r, ven, &oadr.CanceledPartyRegistration{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: got.RequestID}, RegistrationID: got.RegistrationID, VENID: "ven1"})
	r.noticeBecomes("ven1", core.NoticeTold)
	r.refusesStranger(ven, &oadr.Poll{VENID: "ven1"})
}

// Rule H12: a poll for another VEN is refused; a VEN that is pushed to is answered.
func TestH12WhoPolls(t *testing.T) {
	r := startHTTP(t)
	ven := r.pulls("ven1")
	got := must[*oadr.Response](r, ven, &oadr.Poll{VENID: "ven2"})
	wantCode(t, got.Response, oadr.CodeInvalidID, "")
	r.idle(r.pushedTo("ven2", "https://ven2.example.org"))
	r.refusesStranger(certificate("nobody"), &oadr.Poll{VENID: "ven1"})
}

// Rules H7 and H21: an idle poll writes nothing to the store.
func TestH7IdlePollWritesNothing(t *testing.T) {
	r := startHTTP(t)
	ven := r.pulls("ven1")
	r.idle(ven)
	r.arrivalsHandled()
	before := r.written()
	for range 5 {
		r.idle(ven)
		r.clock.Move(pollInterval)
	}
	if after := r.written(); after != before {
		t.Error("idle polls wrote to the store")
	}
}

// The dispatcher never claims what waits for a poll.
func TestH7DispatcherPassesOver(t *testing.T) {
	r := startHTTP(t)
	ven := r.pulls("ven1")
	r.create(simple(venIDs("ven1")...))
	r.quiet()
	due, err := r.reg.CountDue(t.Context(), r.clock.Now())
	if err != nil || due != 0 {
		t.Errorf("%d outboxes are due to the dispatcher, %v", due, err)
	}
	polled[*oadr.DistributeEvent](r, ven)
}

// Rule H7: a VEN is online while it polls, and the operator sees when it last did.
func TestH7H21OnlineWhileItPolls(t *testing.T) {
	r := startHTTP(t)
	ven := r.pulls("ven1")
	is := func(want core.Presence, seen time.Time) {
		t.Helper()
		v, err := r.VEN(t.Context(), "ven1")
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Presence(v); got != want || !v.Route.SeenAt.Equal(seen) {
			t.Errorf("%s, last heard %s; want %s, %s", got, v.Route.SeenAt, want, seen)
		}
	}
	is(core.PresenceAvailable, t0)
	r.clock.Move(3*pollInterval - time.Second)
	is(core.PresenceAvailable, t0)
	r.idle(ven)
	last := r.clock.Now()
	r.clock.Move(3*pollInterval + time.Second)
	is(core.PresenceUnavailable, last)
}

// What a message's size forbids is refused, and the next one handed out.
func TestH7TooLargeIsPassedOver(t *testing.T) {
	r := startHTTP(t, func(c *core.Config) { c.MaxPayload = 1 })
	_, ven := r.enterHTTP("ven1")
	r.register(ven, overHTTP(""))
	r.idle(ven)
	r.greeted("ven1")
}

// Rules H11, 52 and 502: a status that changes with time is no reason to offer an event; a
// cancelled one is offered until it is answered.
func TestH11Spec52Spec502WhatAnEventIsOfferedFor(t *testing.T) {
	r := startHTTP(t)
	ven := r.pulls("ven1")
	e := r.create(simple(venIDs("ven1")...))
	d := polled[*oadr.DistributeEvent](r, ven)
	if d.Response == nil || d.Response.Code != oadr.CodeOK {
		t.Errorf("eiResponse %+v", d.Response)
	}
	must[*oadr.Response](r, ven, answer("ven1", d.RequestID, e.EventID, 0, "optIn"))
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	r.clock.Move(90 * time.Minute) // active
	r.idle(ven)
	r.cancel(e.EventID)
	for range 2 {
		d = polled[*oadr.DistributeEvent](r, ven)
		if len(d.Events) != 1 || d.Events[0].Descriptor.Status != oadr.StatusCancelled {
			t.Errorf("offered %+v", d.Events)
		}
		r.idle(ven)
		r.clock.Move(core.Lease + core.BackoffFirst*3) // the second attempt's wait
	}
	must[*oadr.Response](r, ven, answer("ven1", d.RequestID, e.EventID, 1, "optOut"))
	r.waitFor(func() bool {
		_, idle := must[oadr.Message](r, ven, &oadr.Poll{VENID: "ven1"}).(*oadr.Response)
		return idle
	})
	r.clock.Move(time.Hour)
	r.idle(ven)
}

// Rules N9 and H7: a VEN that polls and is deleted learns that its registration has ended.
func TestH7N9DeletedVENIsTold(t *testing.T) {
	r := startHTTP(t)
	ven := r.pulls("ven1")
	r.idle(ven)
	r.deleteVEN("ven1")
	got := polled[*oadr.CancelPartyRegistration](r, ven)
	must[*oadr.Response](r, ven, &oadr.CanceledPartyRegistration{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: got.RequestID}, RegistrationID: got.RegistrationID, VENID: "ven1"})
	r.refusesStranger(ven, &oadr.Poll{VENID: "ven1"})
}
