package core_test

import (
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// wantRequestsEnded checks that a VEN's offers and report requests ended with its
// registration, and that the one value of the active request stayed.
func (r *rig) wantRequestsEnded(ven core.Peer, active *core.ReportRequest, others ...*core.ReportRequest) {
	r.t.Helper()
	if offers, err := r.VENReports(r.t.Context(), "ven1"); err != nil || len(offers) != 0 {
		r.t.Errorf("it offers %+v, %v", offers, err)
	}
	for _, one := range append([]*core.ReportRequest{active}, others...) {
		if got := r.state(one.ReportRequestID); got != core.ReportEnded {
			r.t.Errorf("a request is %s", got)
		}
		r.code(ven, update(one, t0.Add(time.Minute), 1), oadr.CodeInvalidID)
	}
	if len(r.data(active.ReportRequestID)) != 1 {
		r.t.Errorf("its data is %+v", r.data(active.ReportRequestID))
	}
}

// joinWithEvent joins ven1, which offers its reports, opts in to an event by
// oadrCreatedEvent, and then out of it by oadrCreateOpt.
func joinWithEvent(r *rig) (ven core.Peer, first *oadr.CreatedPartyRegistration, e *core.Event) {
	r.t.Helper()
	ven = r.join("ven1")
	first = must[created](r, ven, &oadr.QueryRegistration{RequestID: "q"})
	r.takesVTNReport(ven, "")
	r.greeted("ven1")
	must[*oadr.RegisteredReport](r, ven, telemetry("ven1"))
	e = r.create(simple(venIDs("ven1")...))
	p, _ := r.pushedEvents()
	r.Settle(ven, p.Token, spoken)
	r.code(ven, answer("ven1", "x", e.EventID, 0, oadr.OptIn), oadr.CodeOK)
	r.optOutOf(ven, e)
	return ven, first, e
}

// Rule 406: a VEN that registers without IDs while it is registered keeps them and
// begins anew: its offers and the report requests in both directions are gone, and the
// greeting goes first. Events, opts, orders and data stay.
func TestSpec406N6RegisteringWithoutIDsBeginsAnew(t *testing.T) {
	r := greets(t)
	ven, first, e := joinWithEvent(r)
	active := r.accepted(ven, periodic(venIDs("ven1")...))
	r.code(ven, update(active, t0, 1), oadr.CodeOK)
	standing := periodic(venIDs("ven1")...)
	standing.Standing = true
	ordered := r.accepted(ven, standing)
	r.until(ordered.ReportRequestID, core.ReportActive)
	cancelling := r.accepted(ven, periodic(venIDs("ven1")...))
	r.until(cancelling.ReportRequestID, core.ReportActive)
	must[*oadr.CreatedReport](r, ven, metadata("own", time.Minute))
	r.takesVTNReport(ven, "own")
	r.settled()
	pending := r.request(periodic(venIDs("ven1")...))[0] // in flight
	inFlight, _ := pushed[*oadr.CreateReport](r)
	if _, err := r.CancelReport(t.Context(), cancelling.ReportRequestID, core.ReportCancellation{ToFollow: true}, "test"); err != nil {
		t.Fatal(err)
	}

	r.clock.Move(time.Second)
	again := must[created](r, ven, registration())
	if again.RegistrationID != first.RegistrationID || again.VENID != first.VENID {
		t.Errorf("registered anew as %+v, was %+v", again, first)
	}
	if v, err := r.VEN(t.Context(), "ven1"); err != nil || !v.Registration.StartedAt.Equal(t0.Add(time.Second)) {
		t.Errorf("its registration is %+v, %v", v.Registration, err)
	}
	r.wantRequestsEnded(ven, active, ordered, cancelling, pending)
	if got := r.pendingRequests(ven, "ven1"); len(got) != 0 {
		t.Errorf("still pending are %q", got)
	}
	if s := r.status(e.EventID, "ven1"); s.Opt != oadr.OptOut {
		t.Errorf("its status is %+v", s)
	}
	// Its answer to a push from before does not count.
	r.answered(ven, inFlight, &oadr.CreatedReport{Response: ok(inFlight), Pending: []string{pending.ReportRequestID}, VENID: "ven1"})

	r.takesVTNReport(ven, "")
	p, d := r.pushedEvents()
	if len(d.Events) != 1 {
		t.Errorf("registered anew, it is pushed %+v", d)
	}
	r.Settle(ven, p.Token, spoken)
	r.quiet()
	r.clock.Move(time.Hour) // nor does it get what it requested before
	r.quiet()
	must[*oadr.RegisteredReport](r, ven, telemetry("ven1"))
	if _, m := pushed[*oadr.CreateReport](r); len(m.Requests) != 1 || m.Requests[0].ReportRequestID == ordered.ReportRequestID {
		t.Errorf("requested are %+v", m)
	}
	if got := r.state(pending.ReportRequestID); got != core.ReportEnded {
		t.Errorf("the request in flight became %s", got)
	}
}
