package core_test

import (
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Whatever makes something due to a VEN ends what is remembered of its idle polls.
func TestH7IdlePollsAreForgotten(t *testing.T) {
	r := startHTTP(t)
	ven := r.pulls("ven1")
	due := func(when string) {
		t.Helper()
		r.waitFor(func() bool {
			_, idle := must[oadr.Message](r, ven, &oadr.Poll{VENID: "ven1"}).(*oadr.Response)
			return !idle
		})
		r.idle(ven)
		t.Log(when)
	}
	r.idle(ven)
	r.create(simple(venIDs("ven1")...))
	due("a change")

	v, err := r.VEN(t.Context(), "ven1")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.reg.Change(t.Context(), func(tx core.Tx, rev int64) error { // not through the VTN
		return tx.MarkVEN(core.TopicEvents, v.No, rev, core.UrgencyFew, r.clock.Now())
	}); err != nil {
		t.Fatal(err)
	}
	due("a change by another process")

	r.clock.Move(core.Lease + core.BackoffFirst*3/2)
	due("the end of a lease")

	first := r.reregister("ven1")
	must[*oadr.RequestReregistration](r, ven, &oadr.Poll{VENID: "ven1"})
	r.idle(ven)
	if first.Kind != core.NoticeReregister {
		t.Fatal(first)
	}
	r.cancelRegistration("ven1")
	must[*oadr.CancelPartyRegistration](r, ven, &oadr.Poll{VENID: "ven1"})
	r.refusesStranger(ven, &oadr.Poll{VENID: "ven1"})
}

// The next of two changes of reports is due once the first is answered.
func TestH7AnswerMakesTheNextDue(t *testing.T) {
	r := startHTTP(t)
	ven := r.pulls("ven1")
	r.code(ven, telemetry("ven1"), oadr.CodeOK)
	first := r.request(periodic(venIDs("ven1")...))[0]
	second := r.request(core.ReportSpec{Targets: venIDs("ven1"), SpecifierID: "METADATA"})[0]
	m := polled[*oadr.CreateReport](r, ven)
	if len(m.Requests) != 1 || m.Requests[0].ReportRequestID != first.ReportRequestID {
		t.Fatalf("handed out %+v", m.Requests)
	}
	r.idle(ven)
	// [O] repeats a requestID of its own.
	must[*oadr.Response](r, ven, &oadr.CreatedReport{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: "mine"}, Pending: []string{first.ReportRequestID}, VENID: "ven1"})
	r.until(first.ReportRequestID, core.ReportActive)
	if got := polled[*oadr.CreateReport](r, ven); got.Requests[0].ReportRequestID != second.ReportRequestID {
		t.Errorf("handed out %+v", got.Requests)
	}
	r.code(ven, update(first, t0, 1), oadr.CodeOK)
	if got := r.data(first.ReportRequestID); len(got) != 1 {
		t.Errorf("data %+v", got)
	}
}

// Rule E25 holds for what polls hand out.
func TestE25H10HandedOutInPart(t *testing.T) {
	r := startHTTP(t, func(c *core.Config) { c.MaxPayload = 1_000_000 })
	ven := r.pulls("ven1")
	for day := range 3 {
		r.create(prices(day+1, venIDs("ven1")...))
	}
	r.cfg.MaxPayload = 262_144
	r.restart()
	d := polled[*oadr.DistributeEvent](r, ven)
	if got := ids(d.Events); len(got) != 2 || got[0] != "day1" || got[1] != "day2" {
		t.Errorf("told of %v", got)
	}
	r.wantLeftOut("ven1", "day3")
	r.cancel("day1") // which the VEN has not said that it holds
	if got := ids(polled[*oadr.DistributeEvent](r, ven).Events); len(got) != 2 || got[0] != "day2" || got[1] != "day3" {
		t.Errorf("then told of %v", got)
	}
}

// Rules H10 and A2: the answer to an oadrRequestEvent settles what needs no answer, since no
// push does.
func TestH10A2RequestEventSettles(t *testing.T) {
	r := startHTTP(t)
	ven := r.pulls("ven1")
	spec := simple(venIDs("ven1")...)
	spec.ResponseRequired = oadr.ResponseNever
	e := r.create(spec)
	if len(r.set(ven)) != 1 {
		t.Error("the VEN is not told of the event")
	}
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	r.clock.Move(time.Hour)
	r.idle(ven)
}

// An operator sees what an event waits for with a VEN that polls.
func TestH7ReasonOfWhoPolls(t *testing.T) {
	r := startHTTP(t)
	_, ven := r.enterHTTP("ven1")
	r.register(ven, overHTTP(""))
	r.arrivalsHandled() // it is there
	e := r.create(simple(venIDs("ven1")...))
	reason := func(want string) {
		t.Helper()
		if got := r.status(e.EventID, "ven1"); got.Reason != want || !got.Registered {
			t.Errorf("the reason is %q, want %q", got.Reason, want)
		}
	}
	reason("the VTN's own oadrRegisterReport goes first: told when it has answered that")
	r.takesGreeting(ven)
	r.greeted("ven1")
	reason("told when it polls")
	r.clock.Move(time.Minute)
	reason("told when it polls again; its last request came 2026-11-24T12:00:00Z")
	polled[*oadr.DistributeEvent](r, ven)
	if s := r.status(e.EventID, "ven1"); s.Delivery != core.DeliverySent {
		t.Errorf("it is %s: %s", s.Delivery, s.Reason)
	}
	r.clock.Move(time.Hour)
	reason("in the answer to its request, 2026-11-24T12:01:00Z; waiting for its oadrCreatedEvent; offered again when it polls again; its last request came 2026-11-24T12:01:00Z")
}

// Polls of one VEN at the same time: a message goes out once, whatever comes first.
func TestH8H10PollsAtOnce(t *testing.T) {
	r := startHTTP(t)
	ven := r.pulls("ven1")
	r.create(simple(venIDs("ven1")...))
	replies := make(chan oadr.Message, 8)
	for range cap(replies) {
		go func() {
			m, err := r.Handle(t.Context(), ven, &oadr.Payload{Message: &oadr.Poll{VENID: "ven1"}})
			if err != nil {
				t.Error(err)
			}
			replies <- m
		}()
	}
	events := 0
	for range cap(replies) {
		if _, is := (<-replies).(*oadr.DistributeEvent); is {
			events++
		}
	}
	if events != 1 {
		t.Errorf("handed out %d times", events)
	}
	r.idle(ven)
}
