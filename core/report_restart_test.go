package core_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

func TestR2WhatIsAskedAgainStillFits(t *testing.T) {
	for name, c := range map[string]struct {
		spec   func(*core.ReportSpec)
		after  time.Duration
		change func(*oadr.RegisterReport)
		again  bool
	}{
		"the same":               {again: true},
		"more data points":       {change: func(m *oadr.RegisterReport) { third(m) }, again: true},
		"its time is not over":   {spec: func(s *core.ReportSpec) { s.Start, s.Duration = t0, time.Hour }, after: 50 * time.Minute, again: true},
		"its time is over":       {spec: func(s *core.ReportSpec) { s.Start, s.Duration = t0, time.Hour }, after: time.Hour},
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
			made := r.unanswered(ven, spec)
			r.clock.Move(c.after)
			m := telemetry("ven1")
			if c.change != nil {
				c.change(m)
			}
			if got := r.requestsInReply(ven, m); got != nil {
				t.Errorf("rides %v", got)
			}
			if !c.again {
				if got := r.state(made.ReportRequestID); got != core.ReportEnded {
					t.Errorf("it is %s", got)
				}
				r.quiet()
				return
			}
			p, create := pushed[*oadr.CreateReport](r)
			if len(create.Requests) != 1 || create.Requests[0].ReportRequestID != made.ReportRequestID {
				t.Fatalf("pushed %+v", create)
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
	first := r.unanswered(ven, spec)
	r.requestsInReply(ven, telemetry("ven1"))
	p, create := pushed[*oadr.CreateReport](r)
	if len(create.Requests) != 1 || create.Requests[0].ReportRequestID != first.ReportRequestID {
		t.Errorf("for the same offer the VTN requests %+v", create)
	}
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
	r.settled()
	r.clock.Move(10 * time.Second)
	m := telemetry("ven1")
	third(m)
	r.requestsInReply(ven, m)
	_, create = pushed[*oadr.CreateReport](r)
	if len(create.Requests) != 1 || len(create.Requests[0].Specifier.Payloads) != 3 || create.Requests[0].ReportRequestID == first.ReportRequestID {
		t.Errorf("for a larger offer the VTN requests %+v", create)
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
	request := r.accepted(ven, spec)
	r.clock.Move(time.Hour + time.Second)
	r.requestsInReply(ven, telemetry("ven1"))
	r.quiet()
	if o, err := r.ReportOrder(t.Context(), request.OrderID); err != nil || o.EndedAt.IsZero() {
		t.Errorf("the order is %+v, %v", o, err)
	}
}

// A refusal that names no push concerns neither requests that rode nor a push.
func TestR4RefusalThatNamesNoPushRefusesNothing(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	spec := periodic(venIDs("ven1")...)
	spec.Piggyback = true
	made, other := r.request(spec)[0], r.request(spec)[0]
	if got := r.requestsInReply(ven, telemetry("ven1")); len(got) != 2 {
		t.Fatalf("rides %v", got)
	}
	no := oadr.EIResponse{Code: oadr.CodeReport, Description: "not now", RequestID: "reg-1"}
	r.code(ven, &oadr.CreatedReport{Response: no, Pending: []string{other.ReportRequestID}, VENID: "ven1"}, oadr.CodeOK)
	if got := r.state(other.ReportRequestID); got != core.ReportActive {
		t.Errorf("the one that it lists is %s", got)
	}
	if got := r.requestsInReply(ven, telemetry("ven1")); !slices.Equal(got, []string{made.ReportRequestID}) {
		t.Errorf("then rides %v", got)
	}
}

// The VEN refuses one of two report requests of one message.
func TestR3RefusalLeavesWhatIsListed(t *testing.T) {
	for name, answer := range map[string]func(*rig, core.Peer, core.Push, *oadr.CreatedReport){
		"in the result":           (*rig).answeredCreated,
		"by a request of its own": func(r *rig, ven core.Peer, _ core.Push, m *oadr.CreatedReport) { r.code(ven, m, oadr.CodeOK) },
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t)
			ven := r.reporting("ven1")
			made := r.request(periodic(venIDs("ven1")...), core.ReportSpec{Targets: venIDs("ven1"), SpecifierID: "status"})
			p, _ := pushed[*oadr.CreateReport](r)
			no := ok(p)
			no.Code = oadr.CodeReport
			answer(r, ven, p, &oadr.CreatedReport{Response: no, Pending: []string{made[0].ReportRequestID}, VENID: "ven1"})
			r.until(made[0].ReportRequestID, core.ReportActive)
			r.until(made[1].ReportRequestID, core.ReportRefused)
		})
	}
}

// The VEN answers a push from before it registered its reports, and so forgot the
// request: the VTN requests the report again.
func TestR2LateAnswerDoesNotKeepItFromBeingAskedAgain(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	made := r.unanswered(ven, periodic(venIDs("ven1")...))
	late := oadr.EIResponse{Code: oadr.CodeOK, RequestID: core.Token{Topic: core.TopicReports, VENNo: made.VENNo, Rev: made.Rev}.String()}
	r.requestsInReply(ven, telemetry("ven1"))
	r.code(ven, &oadr.CreatedReport{Response: late, Pending: []string{made.ReportRequestID}, VENID: "ven1"}, oadr.CodeOK)
	p, m := pushed[*oadr.CreateReport](r)
	if len(m.Requests) != 1 || m.Requests[0].ReportRequestID != made.ReportRequestID {
		t.Fatalf("pushed %+v", m)
	}
	if got := r.state(made.ReportRequestID); got != core.ReportPending {
		t.Errorf("it is %s", got)
	}
	r.answered(ven, p, &oadr.CreatedReport{Response: ok(p), VENID: "ven1"})
	r.until(made.ReportRequestID, core.ReportActive)
}

// A VEN that registers its reports at each request gets no more than one request every
// ten seconds.
func TestR2AskingAgainHasAPause(t *testing.T) {
	for name, agrees := range map[string]bool{"and agrees": true, "and says nothing": false} {
		t.Run(name, func(t *testing.T) {
			r := start(t)
			ven := r.reporting("ven1")
			spec := periodic(venIDs("ven1")...)
			spec.Standing = true
			r.request(spec)
			r.clock.Move(time.Second)
			for i := range 4 {
				if i > 1 || i > 0 && !agrees {
					r.quiet()
					r.clock.Move(10 * time.Second)
				}
				p, m := pushed[*oadr.CreateReport](r)
				if agrees {
					r.answered(ven, p, &oadr.CreatedReport{Response: ok(p), VENID: "ven1"})
					r.until(m.Requests[0].ReportRequestID, core.ReportActive)
				} else {
					r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
				}
				r.settled()
				r.requestsInReply(ven, telemetry("ven1"))
			}
		})
	}
}

// A VEN refuses one of several orders that are requested again, and only that one.
func TestR2OrdersAreAskedAgainOneByOne(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	a, b := r.unanswered(ven, periodic(venIDs("ven1")...)), r.unanswered(ven, core.ReportSpec{Targets: venIDs("ven1"), SpecifierID: "status"})
	r.requestsInReply(ven, telemetry("ven1"))
	for range 2 {
		p, m := pushed[*oadr.CreateReport](r)
		answer := ok(p)
		if m.Requests[0].ReportRequestID == b.ReportRequestID {
			answer.Code = oadr.CodeReport
		}
		r.answered(ven, p, &oadr.CreatedReport{Response: answer, VENID: "ven1"})
	}
	r.until(a.ReportRequestID, core.ReportActive)
	r.until(b.ReportRequestID, core.ReportRefused)
}

// A standing order leaves out what it cannot request from a VEN, and requests the rest.
func TestR3StandingOrderAsksForWhatCanBe(t *testing.T) {
	r := start(t, func(c *core.Config) { c.MaxPayload = 8000 })
	ven := r.join("ven1")
	for _, spec := range []core.ReportSpec{
		{SpecifierID: "telemetry", Granularity: time.Second, ReportBack: time.Minute}, // it reads every minute at most
		{SpecifierID: "telemetry", RIDs: []string{"power", "never"}},                  // has no such data point
		{SpecifierID: "many", ReportBack: time.Minute},                                // makes a message too large
		{SpecifierID: "telemetry", RIDs: []string{"power"}, Granularity: time.Minute, ReportBack: time.Minute},
	} {
		spec.Targets, spec.Standing, spec.Piggyback = []core.Target{{Kind: core.TargetAll}}, true, true
		r.request(spec)
	}
	m := telemetry("ven1")
	many := oadr.Report{ReportSpecifierID: "many", ReportName: "METADATA_TELEMETRY_USAGE", ReportRequestID: "0", CreatedDateTime: t0}
	for i := range 100 {
		many.Descriptions = append(many.Descriptions, oadr.ReportDescription{RID: fmt.Sprint("point ", i), ReportType: "reading", ReadingType: "Direct Read"})
	}
	m.Reports = append(m.Reports, many)
	reply := must[*oadr.RegisteredReport](r, ven, m)
	if len(reply.Requests) != 1 || len(reply.Requests[0].Specifier.Payloads) != 1 || reply.Requests[0].Specifier.Payloads[0].RID != "power" {
		t.Errorf("rides %+v", reply.Requests)
	}
	if ids := r.listed(core.ReportFilter{VENID: "ven1"}, 10); len(ids) != 1 {
		t.Errorf("requests %v were made", ids)
	}
	r.quiet()
}

func TestR2LastReportIsNotOwedAfterARestart(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	request := r.accepted(ven, periodic(venIDs("ven1")...))
	if _, err := r.CancelReport(t.Context(), request.ReportRequestID, core.ReportCancellation{ToFollow: true}, "test"); err != nil {
		t.Fatal(err)
	}
	p, _ := pushed[*oadr.CancelReport](r)
	r.answered(ven, p, &oadr.CanceledReport{Response: ok(p), VENID: "ven1"})
	r.until(request.ReportRequestID, core.ReportCancelled)
	r.requestsInReply(ven, telemetry("ven1"))
	r.code(ven, update(request, t0, 1), oadr.CodeInvalidID)
	if got := r.until(request.ReportRequestID, core.ReportCancelled); got.LastOwed {
		t.Error("the report is still owed")
	}
}

func TestR3RequestForMetadataAndOtherRegistrations(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	once := r.unanswered(ven, core.ReportSpec{Targets: venIDs("ven1"), SpecifierID: "METADATA"})
	hourly := r.unanswered(ven, core.ReportSpec{Targets: venIDs("ven1"), SpecifierID: "METADATA", ReportBack: time.Hour})
	other := r.accepted(ven, periodic(venIDs("ven1")...))
	m := telemetry("ven1")
	m.ReportRequestID = other.ReportRequestID // which no registration answers
	r.requestsInReply(ven, m)
	if got := r.state(once.ReportRequestID); got != core.ReportCompleted {
		t.Errorf("what was to come once is %s", got)
	}
	if got := r.state(other.ReportRequestID); got != core.ReportEnded {
		t.Errorf("telemetry is %s", got)
	}
	p, create := pushed[*oadr.CreateReport](r)
	if len(create.Requests) != 1 || create.Requests[0].ReportRequestID != hourly.ReportRequestID {
		t.Fatalf("pushed %+v", create)
	}
	r.answered(ven, p, &oadr.CreatedReport{Response: ok(p), VENID: "ven1"})
	r.quiet()
}

// A data point that is registered anew and differently is another data point: the result
// of an earlier search does not count for a request that is sent again.
func TestR6DataOfARequestThatIsAskedAgain(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	made := r.unanswered(ven, periodic(venIDs("ven1")...))
	bad := update(made, t0, 1)
	bad.Reports[0].Intervals[0].Payloads = append(bad.Reports[0].Intervals[0].Payloads, oadr.ReportPayload{RID: "unknown", Value: 1})
	r.code(ven, bad, oadr.CodeInvalidID)
	again := telemetry("ven1")
	again.Reports[0].Descriptions[0].Unit.Scale = "M"
	r.requestsInReply(ven, again)
	pushed[*oadr.CreateReport](r)
	r.code(ven, update(made, t0, 7), oadr.CodeOK)
	if got := r.data(made.ReportRequestID); len(got) != 1 || got[0].RID != "power" || got[0].Value != 7 {
		t.Errorf("stored %+v", got)
	}
}

func TestR10OpenRequestsGoOnAfterARestart(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	open, owing := r.accepted(ven, periodic(venIDs("ven1")...)), r.accepted(ven, periodic(venIDs("ven1")...))
	r.code(ven, update(open, t0, 1), oadr.CodeOK)
	if _, err := r.CancelReport(t.Context(), owing.ReportRequestID, core.ReportCancellation{ToFollow: true}, "test"); err != nil {
		t.Fatal(err)
	}
	p, _ := pushed[*oadr.CancelReport](r)
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
	cancelled := r.accepted(ven, periodic(venIDs("ven1")...))
	r.until(cancelled.ReportRequestID, core.ReportActive)
	r.Disconnected("xmpp")
	untold := r.request(periodic(venIDs("ven1")...))[0]
	if _, err := r.CancelReport(t.Context(), cancelled.ReportRequestID, core.ReportCancellation{}, "test"); err != nil {
		t.Fatal(err)
	}

	r.restart()
	p, create := pushed[*oadr.CreateReport](r)
	if len(create.Requests) != 1 || create.Requests[0].ReportRequestID != untold.ReportRequestID {
		t.Errorf("requested %+v, want %s", create, untold.ReportRequestID)
	}
	r.answered(ven, p, &oadr.CreatedReport{Response: ok(p), Pending: []string{untold.ReportRequestID}, VENID: "ven1"})
	r.until(untold.ReportRequestID, core.ReportActive)
	p, cancel := pushed[*oadr.CancelReport](r)
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
		p, m := pushed[*oadr.RegisterReport](r)
		if m.ReportRequestID != "minute" {
			t.Fatalf("pushed %+v", m)
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
