package core_test

import (
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

func TestR10OpenRequestsGoOnAfterARestart(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	open, owing := r.asked(ven, periodic(venIDs("ven1")...)), r.asked(ven, periodic(venIDs("ven1")...))
	r.code(ven, update(open, t0, 1), oadr.CodeOK)
	if _, err := r.CancelReport(t.Context(), owing.ReportRequestID, core.ReportCancellation{ToFollow: true}, "test"); err != nil {
		t.Fatal(err)
	}
	p, _ := told[*oadr.CancelReport](r)
	r.answered(ven, p, &oadr.CanceledReport{Response: ok(p), VENID: "ven1"})
	r.until(owing.ReportRequestID, core.ReportCancelled)

	r.restart()
	if got := r.state(open.ReportRequestID); got != core.ReportActive {
		t.Errorf("the open request is %s", got)
	}
	r.code(ven, update(open, t0.Add(time.Minute), 2), oadr.CodeOK)
	if got := r.data(open.ReportRequestID); len(got) != 2 || got[0].RID != "power" || got[0].Value != 1 || got[1].RID != "power" || got[1].Value != 2 {
		t.Errorf("data %+v", got)
	}
	r.code(ven, update(owing, t0, 3), oadr.CodeOK) // the last report is still owed, once
	r.code(ven, update(owing, t0, 4), oadr.CodeInvalidID)
	if len(r.wire.pushes) != 0 {
		t.Errorf("pushed again: %s", (<-r.wire.pushes).Bytes)
	}
}

func TestR10WhatIsUntoldIsToldAfterARestart(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	cancelled := r.asked(ven, periodic(venIDs("ven1")...))
	r.until(cancelled.ReportRequestID, core.ReportActive)
	r.Disconnected("xmpp")
	untold := r.request(periodic(venIDs("ven1")...))[0]
	if _, err := r.CancelReport(t.Context(), cancelled.ReportRequestID, core.ReportCancellation{}, "test"); err != nil {
		t.Fatal(err)
	}

	r.restart()
	p, asked := told[*oadr.CreateReport](r)
	if len(asked.Requests) != 1 || asked.Requests[0].ReportRequestID != untold.ReportRequestID {
		t.Errorf("asked %+v, want %s", asked, untold.ReportRequestID)
	}
	r.answered(ven, p, &oadr.CreatedReport{Response: ok(p), Pending: []string{untold.ReportRequestID}, VENID: "ven1"})
	r.until(untold.ReportRequestID, core.ReportActive)
	p, cancel := told[*oadr.CancelReport](r)
	if !slices.Equal(cancel.ReportRequestIDs, []string{cancelled.ReportRequestID}) {
		t.Errorf("cancelled %v, want %s", cancel.ReportRequestIDs, cancelled.ReportRequestID)
	}
	r.answered(ven, p, &oadr.CanceledReport{Response: ok(p), VENID: "ven1"})
	r.until(cancelled.ReportRequestID, core.ReportCancelled)

	r.restart()
	r.code(ven, update(cancelled, t0, 1), oadr.CodeInvalidID)
	r.code(ven, update(untold, t0, 1), oadr.CodeOK)
}

func TestR10OwnReportsGoOnAfterARestart(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	take := func() {
		t.Helper()
		p, m := told[*oadr.RegisterReport](r)
		if m.ReportRequestID != "minute" {
			t.Fatalf("told %+v", m)
		}
		r.answered(ven, p, &oadr.RegisteredReport{Response: ok(p), VENID: "ven1"})
		r.settled()
	}
	must[*oadr.CreatedReport](r, ven, metadata("minute", time.Minute))
	take()
	r.restart()
	r.clock.Move(time.Minute)
	take()
	r.stop()
	r.clock.Move(10 * time.Minute) // what was missed is one
	r.run()
	take()
	r.clock.Move(time.Minute)
	take()
}
