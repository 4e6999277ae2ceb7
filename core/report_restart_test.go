package core_test

import (
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// silent is a request that the VEN was told and said nothing of.
func (r *rig) silent(ven core.Peer, spec core.ReportSpec) *core.ReportRequest {
	r.t.Helper()
	made := r.request(spec)[0]
	p, _ := told[*oadr.CreateReport](r)
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
	r.settled()
	return made
}

// rides registers reports and is the IDs of what is asked in the answer.
func (r *rig) rides(ven core.Peer, m *oadr.RegisterReport) (ids []string) {
	r.t.Helper()
	for _, request := range must[*oadr.RegisteredReport](r, ven, m).Requests {
		ids = append(ids, request.ReportRequestID)
	}
	return ids
}

func TestR2WhatIsAskedAgainStillFits(t *testing.T) {
	for name, c := range map[string]struct {
		spec   func(*core.ReportSpec)
		after  time.Duration
		change func(*oadr.RegisterReport)
		again  bool
	}{
		"the same":               {again: true},
		"more data points":       {change: func(m *oadr.RegisterReport) { third(m) }, again: true},
		"its time is not over":   {spec: func(s *core.ReportSpec) { s.Start, s.Duration = t0, time.Hour }, after: time.Hour, again: true},
		"its time is over":       {spec: func(s *core.ReportSpec) { s.Start, s.Duration = t0, time.Hour }, after: time.Hour + time.Second},
		"another sampling rate":  {change: func(m *oadr.RegisterReport) { m.Reports[0].Descriptions[1].SamplingRate.MinPeriod = time.Hour }},
		"a data point is gone":   {change: func(m *oadr.RegisterReport) { m.Reports[0].Descriptions = m.Reports[0].Descriptions[:1] }},
		"the report is not made": {change: func(m *oadr.RegisterReport) { m.Reports = m.Reports[1:] }},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t)
			ven := r.reporting("ven1")
			spec := periodic(venIDs("ven1")...)
			if c.spec != nil {
				c.spec(&spec)
			}
			made := r.silent(ven, spec)
			r.clock.Move(c.after)
			m := telemetry("ven1")
			if c.change != nil {
				c.change(m)
			}
			if got := r.rides(ven, m); got != nil {
				t.Errorf("rides %v", got)
			}
			if !c.again {
				if got := r.state(made.ReportRequestID); got != core.ReportEnded {
					t.Errorf("it is %s", got)
				}
				r.quiet()
				return
			}
			p, asked := told[*oadr.CreateReport](r)
			if len(asked.Requests) != 1 || asked.Requests[0].ReportRequestID != made.ReportRequestID {
				t.Fatalf("told %+v", asked)
			}
			no := ok(p)
			no.Code = oadr.CodeReport
			r.answered(ven, p, &oadr.CreatedReport{Response: no, VENID: "ven1"})
			r.until(made.ReportRequestID, core.ReportRefused)
		})
	}
}

// third offers one more data point.
func third(m *oadr.RegisterReport) {
	m.Reports[0].Descriptions = append(m.Reports[0].Descriptions, oadr.ReportDescription{RID: "third", ReportType: "reading", ReadingType: "Direct Read"})
}

func TestR2StandingOrderAsksForWhatIsNewlyOffered(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1", group("g"))
	spec := periodic(core.Target{Kind: core.TargetGroup, Value: "g"})
	spec.Standing = true
	first := r.silent(ven, spec)
	r.rides(ven, telemetry("ven1"))
	p, asked := told[*oadr.CreateReport](r)
	if len(asked.Requests) != 1 || asked.Requests[0].ReportRequestID != first.ReportRequestID {
		t.Errorf("of the same offer it asks %+v", asked)
	}
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
	r.settled()
	m := telemetry("ven1")
	third(m)
	r.rides(ven, m)
	_, asked = told[*oadr.CreateReport](r)
	if len(asked.Requests) != 1 || len(asked.Requests[0].Specifier.Payloads) != 3 || asked.Requests[0].ReportRequestID == first.ReportRequestID {
		t.Errorf("of a larger offer it asks %+v", asked)
	}
	if got := r.state(first.ReportRequestID); got != core.ReportEnded {
		t.Errorf("the first is %s", got)
	}
}

func TestStandingOrderEndsWithItsTime(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	spec := periodic(venIDs("ven1")...)
	spec.Standing, spec.Duration = true, time.Hour
	request := r.asked(ven, spec)
	r.clock.Move(time.Hour + time.Second)
	r.rides(ven, telemetry("ven1"))
	r.quiet()
	if o, err := r.ReportOrder(t.Context(), request.OrderID); err != nil || o.EndedAt.IsZero() {
		t.Errorf("the order is %+v, %v", o, err)
	}
}

// The VEN says no by a request of its own, of what rode in the answer.
func TestR4RidingRequestIsRefused(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	spec := periodic(venIDs("ven1")...)
	spec.Piggyback = true
	made, other := r.request(spec)[0], r.request(spec)[0]
	if got := r.rides(ven, telemetry("ven1")); len(got) != 2 {
		t.Fatalf("rides %v", got)
	}
	no := oadr.EIResponse{Code: oadr.CodeReport, Description: "not now", RequestID: "reg-1"}
	r.code(ven, &oadr.CreatedReport{Response: no, Pending: []string{other.ReportRequestID}, VENID: "ven1"}, oadr.CodeOK)
	if got := r.until(made.ReportRequestID, core.ReportRefused); got.Code != 461 || got.Error != "not now" {
		t.Errorf("%+v", got)
	}
	if got := r.state(other.ReportRequestID); got != core.ReportActive {
		t.Errorf("the one that it lists is %s", got)
	}
	if got := r.rides(ven, telemetry("ven1")); got != nil {
		t.Errorf("then rides %v", got)
	}
}

// A refusal without a token may be of a push that is on its way: it says nothing of
// what rides.
func TestR4RefusalOfAPushLeavesRidingRequests(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	spec := periodic(venIDs("ven1")...)
	spec.Piggyback = true
	made := r.request(spec)[0]
	r.rides(ven, telemetry("ven1"))
	r.request(periodic(venIDs("ven1")...))
	told[*oadr.CreateReport](r)
	r.code(ven, &oadr.CreatedReport{Response: oadr.EIResponse{Code: oadr.CodeReport, RequestID: "constant"}, VENID: "ven1"}, oadr.CodeOK)
	if got := r.state(made.ReportRequestID); got != core.ReportPending {
		t.Errorf("it is %s", got)
	}
}

// A data point that is registered anew, otherwise, is another: what was looked up
// for a request that is asked again does not count.
func TestR6DataOfARequestThatIsAskedAgain(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	made := r.silent(ven, periodic(venIDs("ven1")...))
	bad := update(made, t0, 1)
	bad.Reports[0].Intervals[0].Payloads = append(bad.Reports[0].Intervals[0].Payloads, oadr.ReportPayload{RID: "unknown", Value: 1})
	r.code(ven, bad, oadr.CodeInvalidID)
	again := telemetry("ven1")
	again.Reports[0].Descriptions[0].Unit.Scale = "M"
	r.rides(ven, again)
	told[*oadr.CreateReport](r)
	r.code(ven, update(made, t0, 7), oadr.CodeOK)
	if got := r.data(made.ReportRequestID); len(got) != 1 || got[0].RID != "power" || got[0].Value != 7 {
		t.Errorf("stored %+v", got)
	}
}

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
