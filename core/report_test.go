package core_test

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

func TestR1RegistersWhatAVENCanReport(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	offers, err := r.VENReports(t.Context(), "ven1")
	if err != nil || len(offers) != 2 {
		t.Fatal(offers, err)
	}
	want := telemetry("ven1").Reports
	want[0].Descriptions[0].Unit.Units = "W" // as it is written
	if o := offers[1]; o.SpecifierID != "telemetry" || o.Name != "TELEMETRY_USAGE" || *o.Keeps != 48*time.Hour || !reflect.DeepEqual(o.Points, want[0].Descriptions) {
		t.Errorf("stored %s\nof %s", asJSON(o.Points), asJSON(want[0].Descriptions))
	}

	twice := telemetry("ven1")
	twice.Reports[1].ReportSpecifierID = "telemetry"
	if reason := r.code(ven, twice, oadr.CodeInvalidData); !strings.Contains(reason, "reportSpecifierID telemetry") {
		t.Errorf("reason %q", reason)
	}
	twice = telemetry("ven1")
	twice.Reports[0].Descriptions[1].RID = "power"
	if reason := r.code(ven, twice, oadr.CodeInvalidData); !strings.Contains(reason, "rID power") {
		t.Errorf("reason %q", reason)
	}
	if offers, _ := r.VENReports(t.Context(), "ven1"); len(offers) != 2 {
		t.Errorf("a refused registration left %+v", offers)
	}
	odd := telemetry("ven1") // deviations that leave no doubt
	odd.Reports[0].ReportName, odd.Reports[0].Duration, odd.Reports[0].ReportRequestID = "x-own", nil, "7"
	r.code(ven, odd, oadr.CodeOK)
	if offers, _ := r.VENReports(t.Context(), "ven1"); offers[1].Name != "x-own" || offers[1].Keeps != nil {
		t.Errorf("stored %+v", offers[1])
	}
}

func TestR2RegisteringAgainReplacesAllAndEndsRequests(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	request := r.accepted(ven, periodic(venIDs("ven1")...))
	r.code(ven, update(request, t0, 1), oadr.CodeOK)
	fewer := telemetry("ven1")
	fewer.Reports = fewer.Reports[:1]
	r.code(ven, fewer, oadr.CodeOK)
	if got := r.state(request.ReportRequestID); got != core.ReportEnded {
		t.Errorf("the request is %s", got)
	}
	if offers, _ := r.VENReports(t.Context(), "ven1"); len(offers) != 1 {
		t.Errorf("offers %+v", offers)
	}
	r.code(ven, update(request, t0.Add(time.Minute), 2), oadr.CodeInvalidID)
	if got := r.data(request.ReportRequestID); len(got) != 1 || got[0].RID != "power" {
		t.Errorf("data %+v", got)
	}
}

func TestR2StandingOrderAsksAgain(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1", group("north"))
	spec := periodic(core.Target{Kind: core.TargetGroup, Value: "north"})
	spec.Standing = true
	first := r.accepted(ven, spec)
	takes := func(ven core.Peer, venID string) (id string) {
		t.Helper()
		p, m := pushed[*oadr.CreateReport](r)
		if m.VENID != venID || len(m.Requests) != 1 || m.Requests[0].Specifier.ReportSpecifierID != "telemetry" {
			t.Fatalf("pushed %+v", m)
		}
		id = m.Requests[0].ReportRequestID
		r.answered(ven, p, &oadr.CreatedReport{Response: ok(p), Pending: []string{id}, VENID: venID})
		r.until(id, core.ReportActive)
		return id
	}
	if got := r.requestsInReply(ven, telemetry("ven1")); got != nil {
		t.Errorf("rides %v", got)
	}
	if id := takes(ven, "ven1"); id == first.ReportRequestID {
		t.Error("requested again under the same ID")
	}
	// A VEN that comes later gets a request, too; one that the order does not name does not.
	later := r.reporting("ven2", group("north"))
	takes(later, "ven2")
	r.reporting("ven3")
	r.quiet()
	if _, err := r.CancelReportOrder(t.Context(), first.OrderID, core.ReportCancellation{}, "test"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		p, m := pushed[*oadr.CancelReport](r)
		r.answered(peer(m.VENID), p, &oadr.CanceledReport{Response: ok(p), VENID: m.VENID})
	}
	r.settled()
	if got := r.requestsInReply(ven, telemetry("ven1")); got != nil {
		t.Errorf("rides %v", got)
	}
	r.quiet()
}

func TestR4StandingOrderRidesIfItIsTo(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	spec := periodic(venIDs("ven1")...)
	spec.Standing, spec.Piggyback = true, true
	made := r.request(spec)[0]
	if got := r.requestsInReply(ven, telemetry("ven1")); !slices.Equal(got, []string{made.ReportRequestID}) {
		t.Errorf("rides %v", got)
	}
	r.code(ven, update(made, t0, 1), oadr.CodeOK)
	if got := r.requestsInReply(ven, telemetry("ven1")); len(got) != 1 || got[0] == made.ReportRequestID {
		t.Errorf("then rides %v", got)
	}
	r.quiet()
}

func TestG5StandingOrdersThatDoNotFitTheAnswerArePushed(t *testing.T) {
	const n = 40
	r := start(t, func(c *core.Config) { c.MaxPayload = 8000 })
	r.join("ven1")
	for range n {
		spec := periodic(core.Target{Kind: core.TargetAll})
		spec.Standing, spec.Piggyback = true, true
		r.request(spec)
	}
	reply := must[*oadr.RegisteredReport](r, peer("ven1"), telemetry("ven1"))
	requested := len(reply.Requests)
	if requested == 0 || requested == n {
		t.Fatalf("%d requests ride", requested)
	}
	for requested < n { // as many in one message as fit
		p, m := pushed[*oadr.CreateReport](r)
		if len(p.Bytes) > r.cfg.MaxPayload {
			t.Errorf("a message of %d requests has %d bytes", len(m.Requests), len(p.Bytes))
		}
		requested += len(m.Requests)
		r.answered(peer("ven1"), p, &oadr.CreatedReport{Response: ok(p), VENID: "ven1"})
	}
	r.quiet()
}

func TestG5WaitingRequestsThatDoNotFitTheAnswerArePushed(t *testing.T) {
	r := start(t, func(c *core.Config) { c.MaxPayload = 8000 })
	ven := r.reporting("ven1")
	untold := map[string]bool{}
	for range 4 {
		spec := periodic(venIDs("ven1")...)
		spec.Piggyback = true
		untold[r.request(spec)[0].ReportRequestID] = true
	}
	reply := must[*oadr.RegisteredReport](r, ven, telemetry("ven1"))
	if n := len(reply.Requests); n == 0 || n == 4 {
		t.Fatalf("%d requests ride", n)
	}
	for _, request := range reply.Requests {
		delete(untold, request.ReportRequestID)
	}
	for len(untold) > 0 {
		p, m := pushed[*oadr.CreateReport](r)
		for _, request := range m.Requests {
			if !untold[request.ReportRequestID] {
				t.Fatalf("pushed %+v", m)
			}
			delete(untold, request.ReportRequestID)
		}
		r.answered(ven, p, &oadr.CreatedReport{Response: ok(p), VENID: "ven1"})
	}
	r.quiet()
}

// The answer of the first was lost.
func TestG6RegisteringReportsTwiceAsksAgainWhatRode(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	spec := periodic(venIDs("ven1")...)
	spec.Piggyback = true
	made := r.request(spec)[0]
	for range 2 {
		reply := must[*oadr.RegisteredReport](r, ven, telemetry("ven1"))
		if len(reply.Requests) != 1 || reply.Requests[0].ReportRequestID != made.ReportRequestID {
			t.Fatalf("rides: %+v", reply.Requests)
		}
	}
	r.code(ven, update(made, t0, 1), oadr.CodeOK)
	if got := r.state(made.ReportRequestID); got != core.ReportActive {
		t.Errorf("it is %s", got)
	}
}

func TestR3RequestsAreToldWhole(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	begin := t0.Add(time.Hour)
	for name, c := range map[string]struct {
		spec     core.ReportSpec
		back     time.Duration
		interval *oadr.Period
		rIDs     []string
	}{
		"one-shot":         {core.ReportSpec{SpecifierID: "telemetry", RIDs: []string{"voltage"}}, 0, nil, []string{"voltage"}},
		"delayed":          {core.ReportSpec{SpecifierID: "telemetry", ReportBack: time.Hour, Start: begin, Duration: time.Hour}, time.Hour, &oadr.Period{Start: begin, Duration: time.Hour}, []string{"power", "voltage"}},
		"periodic":         {periodic(), 5 * time.Minute, &oadr.Period{Start: t0}, []string{"power", "voltage"}},
		"by measurement":   {core.ReportSpec{Measurement: "powerReal"}, 0, nil, []string{"power"}},
		"by type and name": {core.ReportSpec{ReportType: "reading", ReportName: "TELEMETRY_USAGE"}, 0, nil, []string{"voltage"}},
	} {
		c.spec.Targets = venIDs("ven1")
		made := r.request(c.spec)
		p, m := pushed[*oadr.CreateReport](r)
		r.answered(ven, p, &oadr.CreatedReport{Response: ok(p), Pending: []string{made[0].ReportRequestID}, VENID: "ven1"})
		if len(m.Requests) != 1 || m.VENID != "ven1" || m.RequestID != p.Token.String() {
			t.Fatalf("%s: %+v", name, m)
		}
		got := m.Requests[0]
		var rIDs []string
		for _, payload := range got.Specifier.Payloads {
			rIDs = append(rIDs, payload.RID)
			if payload.ReadingType != oadr.ReadingNotApplicable {
				t.Errorf("%s: readingType %q", name, payload.ReadingType)
			}
		}
		if got.ReportRequestID != made[0].ReportRequestID || got.Specifier.ReportBackDuration != c.back || !slices.Equal(rIDs, c.rIDs) {
			t.Errorf("%s: %+v", name, got)
		}
		if i := got.Specifier.ReportInterval; (i == nil) != (c.interval == nil) || i != nil && (!i.Start.Equal(c.interval.Start) || i.Duration != c.interval.Duration) {
			t.Errorf("%s: interval %+v, want %+v", name, i, c.interval)
		}
		r.until(made[0].ReportRequestID, core.ReportActive)
	}
}

func TestR3SeveralRequestsInOneMessage(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	made := r.request(periodic(venIDs("ven1")...), core.ReportSpec{Targets: venIDs("ven1"), SpecifierID: "status"})
	p, m := pushed[*oadr.CreateReport](r)
	if len(m.Requests) != 2 || len(made) != 2 {
		t.Fatalf("pushed %+v", m)
	}
	r.answered(ven, p, &oadr.CreatedReport{Response: ok(p), VENID: "ven1"})
	for _, one := range made {
		r.until(one.ReportRequestID, core.ReportActive)
	}
}

func TestR3ImpossibleRequestsAreRefused(t *testing.T) {
	r := start(t)
	r.reporting("ven1")
	r.join("mute")
	cases := []struct {
		name, field, says string
		spec              core.ReportSpec
	}{
		{"rID", "rIDs[1]", "power, voltage", core.ReportSpec{Targets: venIDs("ven1"), SpecifierID: "telemetry", RIDs: []string{"power", "never"}}},
		{"specifier", "reportSpecifierID", "status, telemetry", core.ReportSpec{Targets: venIDs("ven1"), SpecifierID: "never"}},
		{"measurement", "reportSpecifierID", "status, telemetry", core.ReportSpec{Targets: venIDs("ven1"), Measurement: "frequency"}},
		{"nothing registered", "venID", "no reports", core.ReportSpec{Targets: venIDs("mute"), SpecifierID: "telemetry"}},
		{"granularity below", "granularity", "PT1M to PT1H", core.ReportSpec{Targets: venIDs("ven1"), SpecifierID: "telemetry", Granularity: time.Second, ReportBack: time.Hour}},
		{"granularity above", "granularity", "PT1M to PT1H", core.ReportSpec{Targets: venIDs("ven1"), SpecifierID: "telemetry", Granularity: 2 * time.Hour, ReportBack: 2 * time.Hour}},
		{"unknown VEN", "targets.venIDs[0]", "nobody", core.ReportSpec{Targets: venIDs("nobody"), SpecifierID: "telemetry"}},
		{"no target", "targets", "", core.ReportSpec{SpecifierID: "telemetry"}},
		{"negative", "duration", "negative", core.ReportSpec{Targets: venIDs("ven1"), SpecifierID: "telemetry", Duration: -time.Second}},
		{"year 1900", "start", "1970", core.ReportSpec{Targets: venIDs("ven1"), SpecifierID: "telemetry", Start: time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)}},
		{"twice", "rIDs[1]", "twice", core.ReportSpec{Targets: venIDs("ven1"), SpecifierID: "telemetry", RIDs: []string{"power", "power"}}},
	}
	for _, c := range cases {
		_, _, err := r.RequestReports(t.Context(), []core.ReportSpec{c.spec}, "test")
		var invalid *core.InvalidError
		if !errors.As(err, &invalid) || invalid.Problems[0].Field != c.field || !strings.Contains(invalid.Problems[0].Reason, c.says) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if all, _, _ := r.ReportRequests(t.Context(), core.ReportFilter{}, 0, 10); len(all) != 0 {
		t.Errorf("refused requests were stored: %+v", all)
	}
}

func TestR3RefusedRequestIsOnRecord(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	made := r.request(periodic(venIDs("ven1")...))
	p, _ := pushed[*oadr.CreateReport](r)
	no := ok(p)
	no.Code, no.Description = oadr.CodeReport, "not now"
	r.answered(ven, p, &oadr.CreatedReport{Response: no, VENID: "ven1"})
	if got := r.until(made[0].ReportRequestID, core.ReportRefused); got.Code != 461 || got.Error != "not now" {
		t.Errorf("%+v", got)
	}
	r.code(ven, update(made[0], t0, 1), oadr.CodeInvalidID)
}

func TestR4RequestRidesInRegisteredReport(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	spec := periodic(venIDs("ven1")...)
	spec.Piggyback = true
	made := r.request(spec)[0]
	reply := must[*oadr.RegisteredReport](r, ven, telemetry("ven1"))
	if len(reply.Requests) != 1 || reply.Requests[0].ReportRequestID != made.ReportRequestID {
		t.Fatalf("rides: %+v", reply.Requests)
	}
	// The VEN confirms by a request of its own, which lists what is pending.
	r.code(ven, &oadr.CreatedReport{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: "reg-1"}, Pending: []string{made.ReportRequestID}, VENID: "ven1"}, oadr.CodeOK)
	if got := r.state(made.ReportRequestID); got != core.ReportActive {
		t.Errorf("it is %s", got)
	}
	r.code(ven, update(made, t0, 1), oadr.CodeOK)
}

// A VTN report goes out while requests ride: its answer says nothing about them.
func TestR4RidingRequestIsNotAgreedToByAnotherAnswer(t *testing.T) {
	r := start(t)
	r.wire.greets.Store(true)
	r.join("ven1", group("north"))
	spec := periodic(core.Target{Kind: core.TargetGroup, Value: "north"})
	spec.Standing, spec.Piggyback = true, true
	r.request(spec)
	reply := must[*oadr.RegisteredReport](r, peer("ven1"), telemetry("ven1"))
	if len(reply.Requests) != 1 {
		t.Fatalf("rides: %+v", reply.Requests)
	}
	p, _ := pushed[*oadr.RegisterReport](r)
	r.answered(peer("ven1"), p, &oadr.RegisteredReport{Response: ok(p), VENID: "ven1"})
	again := periodic(venIDs("ven1")...) // its push comes when the one before is settled
	r.request(again)
	pushed[*oadr.CreateReport](r)
	if got := r.state(reply.Requests[0].ReportRequestID); got != core.ReportPending {
		t.Errorf("the riding request is %s", got)
	}
}

func TestR5UpdateForUnknownRequestIs452AndStoresNothing(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	request := r.accepted(ven, periodic(venIDs("ven1")...))
	other := r.reporting("ven2")
	theirs := r.accepted(other, periodic(venIDs("ven2")...))
	for name, wrong := range map[string]string{"unknown": "rr-never", "another VEN's": theirs.ReportRequestID} {
		m := update(request, t0, 1)
		second := update(request, t0, 1).Reports[0]
		second.ReportRequestID = wrong
		m.Reports = append(m.Reports, second)
		if reason := r.code(ven, m, oadr.CodeInvalidID); !strings.Contains(reason, wrong) {
			t.Errorf("%s: reason %q", name, reason)
		}
	}
	if got := append(r.data(request.ReportRequestID), r.data(theirs.ReportRequestID)...); len(got) != 0 {
		t.Errorf("stored %+v", got)
	}
}

func TestR6KeepsWhatWasMeasured(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	made := r.request(periodic(venIDs("ven1")...), core.ReportSpec{Targets: venIDs("ven1"), SpecifierID: "status"})
	p, _ := pushed[*oadr.CreateReport](r)
	r.answered(ven, p, &oadr.CreatedReport{Response: ok(p), VENID: "ven1"})
	confidence := uint32(95)
	five := 5 * time.Minute
	m := update(made[0], t0, 1.25)
	m.Reports[0].Intervals[0].Payloads[0].Confidence = &confidence
	m.Reports[0].Intervals[0].Payloads = append(m.Reports[0].Intervals[0].Payloads, oadr.ReportPayload{RID: "voltage", Value: 229.5})
	state := &oadr.ResourceStatus{Online: true, ManualOverride: true, LoadControlState: &oadr.LoadControlState{Capacity: &oadr.LoadControl{Current: 0.5, Min: number(0), Max: number(1)}}}
	const feed = oadr.XML(`<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:uuid:1</id><title>Green Button</title><updated>2026-11-24T12:00:00Z</updated></feed>`)
	m.Reports = append(m.Reports, oadr.Report{Start: t0, ReportRequestID: made[1].ReportRequestID, ReportSpecifierID: "status", ReportName: "TELEMETRY_STATUS", CreatedDateTime: t0,
		Intervals: []oadr.ReportInterval{
			{Start: t0, Duration: &five, Payloads: []oadr.ReportPayload{{RID: "state", Status: state}}},
			{Start: t0.Add(five), GreenButton: []oadr.XML{feed}},
		}})
	r.code(ven, m, oadr.CodeOK)
	got := r.data(made[0].ReportRequestID)
	if len(got) != 2 || got[0].RID != "power" || got[0].Value != 1.25 || *got[0].Confidence != 95 || *got[0].Accuracy != 0.5 ||
		got[0].Quality != "Quality Good - Non Specific" || !got[0].Start.Equal(t0) || got[0].Duration != time.Minute ||
		got[1].RID != "voltage" || got[1].Value != 229.5 || got[1].Accuracy != nil || got[1].Confidence != nil {
		t.Errorf("data %+v", got)
	}
	got = r.data(made[1].ReportRequestID)
	if len(got) != 2 || !reflect.DeepEqual(got[0].Status, state) || !reflect.DeepEqual(got[1].GreenButton, []oadr.XML{feed}) {
		t.Errorf("status and Green Button %+v", got)
	}
}

func TestG6UpdateDeliveredTwiceIsStoredOnce(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	request := r.accepted(ven, periodic(venIDs("ven1")...))
	r.code(ven, update(request, t0, 1, 2, 3), oadr.CodeOK)
	r.code(ven, update(request, t0, 1, 2, 3), oadr.CodeOK)
	corrected := update(request, t0.Add(time.Minute), 20)
	again := corrected.Reports[0].Intervals[0]
	again.Payloads = []oadr.ReportPayload{{RID: "power", Value: 21}}
	corrected.Reports[0].Intervals = append(corrected.Reports[0].Intervals, again)
	r.code(ven, corrected, oadr.CodeOK)
	var values []float64
	for _, v := range r.data(request.ReportRequestID) {
		values = append(values, v.Value)
	}
	if !slices.Equal(values, []float64{1, 21, 3}) {
		t.Errorf("stored %v", values)
	}
}

func TestR7IntervalWithoutDtstartFollowsTheLast(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	request := r.accepted(ven, periodic(venIDs("ven1")...))
	m := update(request, t0, 1, 2, 3)
	for i := range m.Reports[0].Intervals {
		m.Reports[0].Intervals[i].Start = time.Time{}
	}
	m.Reports[0].Intervals[1].Duration = nil // the granularity's minute
	r.code(ven, m, oadr.CodeOK)
	values := r.data(request.ReportRequestID)
	if len(values) != 3 {
		t.Fatalf("stored %+v", values)
	}
	for i, v := range values {
		if want := t0.Add(time.Duration(i) * time.Minute); !v.Start.Equal(want) {
			t.Errorf("interval %d begins %s, want %s", i, v.Start, want)
		}
	}
	m.Reports[0].Start = time.Time{}
	if reason := r.code(ven, m, oadr.CodeCompliance); !strings.Contains(reason, "dtstart") {
		t.Errorf("reason %q", reason)
	}
}

func TestR6BadValuesAreRefusedWhole(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	request := r.accepted(ven, periodic(venIDs("ven1")...))
	for name, c := range map[string]struct {
		spoil func(*oadr.ReportInterval)
		code  oadr.Code
		says  string
	}{
		"the year 1900":  {func(i *oadr.ReportInterval) { i.Start = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC) }, 454, "dtstart 1900"},
		"the year 3000":  {func(i *oadr.ReportInterval) { i.Start = time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC) }, 454, "dtstart 3000"},
		"an rID twice":   {func(i *oadr.ReportInterval) { i.Payloads = append(i.Payloads, i.Payloads[0]) }, 454, "rID power stands twice"},
		"an unknown rID": {func(i *oadr.ReportInterval) { i.Payloads[0].RID = "never" }, 452, "rID never"},
	} {
		m := update(request, t0, 1, 2)
		c.spoil(&m.Reports[0].Intervals[1])
		if reason := r.code(ven, m, c.code); !strings.Contains(reason, c.says) {
			t.Errorf("%s: reason %q", name, reason)
		}
	}
	raw := oadr.Append(nil, oadr.Form{}, update(request, t0, 1.5))
	for _, word := range []string{"nan", "Infinity", "much", ""} {
		reply, err := r.sendRaw(ven, []byte(strings.Replace(string(raw), ">1.5<", ">"+word+"<", 1)))
		if err != nil || reply.(*oadr.UpdatedReport).Response.Code != oadr.CodeCompliance {
			t.Errorf("value %q: %+v, %v", word, reply, err)
		}
	}
	if got := r.data(request.ReportRequestID); len(got) != 0 {
		t.Errorf("stored %+v", got)
	}
	r.code(ven, update(request, t0, math.MaxFloat32), oadr.CodeOK)
}

func TestR8UpdatesCountUntilTheCancellationIsConfirmed(t *testing.T) {
	for _, follow := range []bool{false, true} {
		t.Run(fmt.Sprintf("last report %v", follow), func(t *testing.T) {
			r := start(t)
			ven := r.reporting("ven1")
			request := r.accepted(ven, periodic(venIDs("ven1")...))
			r.until(request.ReportRequestID, core.ReportActive)
			if _, err := r.CancelReport(t.Context(), request.ReportRequestID, core.ReportCancellation{ToFollow: follow}, "test"); err != nil {
				t.Fatal(err)
			}
			p, m := pushed[*oadr.CancelReport](r)
			if m.ReportToFollow != follow || !slices.Equal(m.ReportRequestIDs, []string{request.ReportRequestID}) {
				t.Fatalf("pushed %+v", m)
			}
			r.code(ven, update(request, t0, 1), oadr.CodeOK)
			r.answered(ven, p, &oadr.CanceledReport{Response: ok(p), VENID: "ven1"})
			r.until(request.ReportRequestID, core.ReportCancelled)
			want := oadr.CodeInvalidID
			if follow {
				r.code(ven, update(request, t0.Add(time.Minute), 2), oadr.CodeOK)
			}
			r.code(ven, update(request, t0.Add(2*time.Minute), 3), want)
		})
	}
}

func TestR8ACancellationTheVENDoesNotKnowIsOver(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	request := r.accepted(ven, periodic(venIDs("ven1")...))
	r.until(request.ReportRequestID, core.ReportActive)
	if _, err := r.CancelReport(t.Context(), request.ReportRequestID, core.ReportCancellation{}, "test"); err != nil {
		t.Fatal(err)
	}
	p, _ := pushed[*oadr.CancelReport](r)
	no := ok(p)
	no.Code, no.Description = oadr.CodeInvalidID, "never heard of"
	r.answered(ven, p, &oadr.CanceledReport{Response: no, VENID: "ven1"})
	if got := r.until(request.ReportRequestID, core.ReportCancelled); got.Code != 452 {
		t.Errorf("%+v", got)
	}
}

func TestR9VENAsksForTheVTNsReports(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	take := func(id string) {
		t.Helper()
		p, m := pushed[*oadr.RegisterReport](r)
		if m.ReportRequestID != id {
			t.Fatalf("pushed %+v, want request %q", m, id)
		}
		r.answered(ven, p, &oadr.RegisteredReport{Response: ok(p), VENID: "ven1"})
		r.settled()
	}
	pending := func(got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("pending %v, want %v", got, want)
		}
	}
	pending(must[*oadr.CreatedReport](r, ven, metadata("once", 0)).Pending, "once")
	take("once")
	pending(must[*oadr.CreatedReport](r, ven, metadata("minute", time.Minute)).Pending, "minute")
	take("minute")
	for range 2 {
		r.clock.Move(time.Minute)
		take("minute")
	}
	canceled := must[*oadr.CanceledReport](r, ven, &oadr.CancelReport{RequestID: "x", VENID: "ven1", ReportRequestIDs: []string{"minute", "never"}})
	if canceled.Response.Code != oadr.CodeInvalidID {
		t.Errorf("an unknown request was cancelled: %+v", canceled)
	}
	pending(canceled.Pending, "minute")
	canceled = must[*oadr.CanceledReport](r, ven, &oadr.CancelReport{RequestID: "x", VENID: "ven1", ReportRequestIDs: []string{"minute"}, ReportToFollow: true})
	pending(canceled.Pending)
	take("minute")
	r.clock.Move(time.Hour)
	r.code(ven, &oadr.CreateReport{RequestID: "c", VENID: "ven1", Requests: []oadr.ReportRequest{{ReportRequestID: "a", Specifier: oadr.ReportSpecifier{
		ReportSpecifierID: "power", Payloads: []oadr.SpecifierPayload{{RID: "r", ReadingType: oadr.ReadingNotApplicable}}}}}}, oadr.CodeInvalidID)
	r.code(ven, metadata("often", time.Second), oadr.CodeInvalidData)
	if len(r.wire.pushes) != 0 {
		t.Errorf("pushed more: %s", (<-r.wire.pushes).Bytes)
	}
}

func TestN8CancellingTheRegistrationEndsReports(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	request := r.accepted(ven, periodic(venIDs("ven1")...))
	r.until(request.ReportRequestID, core.ReportActive)
	id := must[*oadr.CreatedPartyRegistration](r, ven, &oadr.QueryRegistration{RequestID: "q"}).RegistrationID
	must[*oadr.CanceledPartyRegistration](r, ven, &oadr.CancelPartyRegistration{RequestID: "c", RegistrationID: id, VENID: "ven1"})
	if got := r.state(request.ReportRequestID); got != core.ReportEnded {
		t.Errorf("the request is %s", got)
	}
	if offers, _ := r.VENReports(t.Context(), "ven1"); len(offers) != 0 {
		t.Errorf("still offers %+v", offers)
	}
}

func TestEmptyAnswerLeavesTheRequestPendingUntilTheVENSpeaks(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	made := r.request(periodic(venIDs("ven1")...))[0]
	p, _ := pushed[*oadr.CreateReport](r)
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
	r.waitFor(func() bool {
		got, err := r.ReportRequest(t.Context(), made.ReportRequestID)
		if err != nil {
			t.Fatal(err)
		}
		if got.State != core.ReportPending {
			t.Fatalf("%+v", got)
		}
		return !got.ToldAt.IsZero()
	})
	r.code(ven, &oadr.CreatedReport{Response: ok(p), VENID: "ven1"}, oadr.CodeOK)
	if got := r.state(made.ReportRequestID); got != core.ReportActive {
		t.Errorf("it is %s", got)
	}
}

// A VEN may send data before it answers the request. Its answer is noted all the same.
func TestR3AnswerAfterTheFirstData(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	made := r.request(periodic(venIDs("ven1")...))[0]
	p, _ := pushed[*oadr.CreateReport](r)
	r.code(ven, update(made, t0, 1), oadr.CodeOK)
	r.until(made.ReportRequestID, core.ReportActive)
	r.code(ven, &oadr.CreatedReport{Response: ok(p), VENID: "ven1"}, oadr.CodeOK)
	if got := r.until(made.ReportRequestID, core.ReportActive); got.Code != 200 || got.ToldAt.IsZero() {
		t.Errorf("on record is %+v", got)
	}
}

func TestRequestCancelledBeforeItWasToldIsNotTold(t *testing.T) {
	r := start(t)
	r.reporting("ven1")
	spec := periodic(venIDs("ven1")...)
	spec.Piggyback = true
	made := r.request(spec)[0]
	if _, err := r.CancelReport(t.Context(), made.ReportRequestID, core.ReportCancellation{}, "test"); err != nil {
		t.Fatal(err)
	}
	if got := r.state(made.ReportRequestID); got != core.ReportCancelled {
		t.Errorf("it is %s", got)
	}
	if reply := must[*oadr.RegisteredReport](r, peer("ven1"), telemetry("ven1")); len(reply.Requests) != 0 {
		t.Errorf("rides: %+v", reply.Requests)
	}
}

func TestOneShotIsCompletedByItsData(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	request := r.accepted(ven, core.ReportSpec{Targets: venIDs("ven1"), SpecifierID: "telemetry"})
	r.code(ven, update(request, t0, 1), oadr.CodeOK)
	r.until(request.ReportRequestID, core.ReportCompleted)
	r.code(ven, update(request, t0, 1), oadr.CodeOK) // its answer was lost
}

func TestMetadataOfAVENAskedByTheOperator(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	request := r.accepted(ven, core.ReportSpec{Targets: venIDs("ven1"), SpecifierID: "METADATA"})
	r.until(request.ReportRequestID, core.ReportActive)
	m := telemetry("ven1")
	m.ReportRequestID = request.ReportRequestID
	r.code(ven, m, oadr.CodeOK)
	if got := r.state(request.ReportRequestID); got != core.ReportCompleted {
		t.Errorf("it is %s", got)
	}
}

// The VEN registered its reports for the request before it heard of the
// cancellation, which stays to be confirmed.
func TestR8CancellationOfMetadataOutlastsItsAnswer(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	request := r.accepted(ven, core.ReportSpec{Targets: venIDs("ven1"), SpecifierID: "METADATA", ReportBack: time.Minute})
	r.until(request.ReportRequestID, core.ReportActive)
	if _, err := r.CancelReport(t.Context(), request.ReportRequestID, core.ReportCancellation{}, "test"); err != nil {
		t.Fatal(err)
	}
	p, _ := pushed[*oadr.CancelReport](r)
	m := telemetry("ven1")
	m.ReportRequestID = request.ReportRequestID
	r.code(ven, m, oadr.CodeOK)
	if got := r.state(request.ReportRequestID); got != core.ReportCancelling {
		t.Errorf("it is %s", got)
	}
	r.answered(ven, p, &oadr.CanceledReport{Response: ok(p), VENID: "ven1"})
	r.until(request.ReportRequestID, core.ReportCancelled)
}

func TestR8LastMetadataIsOwedOnce(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	request := r.accepted(ven, core.ReportSpec{Targets: venIDs("ven1"), SpecifierID: "METADATA", ReportBack: time.Minute})
	if _, err := r.CancelReport(t.Context(), request.ReportRequestID, core.ReportCancellation{ToFollow: true}, "test"); err != nil {
		t.Fatal(err)
	}
	p, _ := pushed[*oadr.CancelReport](r)
	r.answered(ven, p, &oadr.CanceledReport{Response: ok(p), VENID: "ven1"})
	if got := r.until(request.ReportRequestID, core.ReportCancelled); !got.LastOwed {
		t.Error("no last report is owed")
	}
	m := telemetry("ven1")
	m.ReportRequestID = request.ReportRequestID
	r.code(ven, m, oadr.CodeOK)
	if got := r.until(request.ReportRequestID, core.ReportCancelled); got.LastOwed {
		t.Error("a last report is still owed")
	}
}

// R6: a NaN or an infinity of one meter spoils nothing: the VTN keeps the other values,
// and that this one had none.
func TestR6ReadingThatIsNoneSpoilsNothing(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	offered := telemetry("ven1")
	first := offered.Reports[0].Descriptions[0]
	for _, rID := range []string{"second", "third"} {
		first.RID = rID
		offered.Reports[0].Descriptions = append(offered.Reports[0].Descriptions, first)
	}
	must[*oadr.RegisteredReport](r, ven, offered)
	request := r.accepted(ven, core.ReportSpec{Targets: venIDs("ven1"), SpecifierID: "telemetry", ReportBack: 5 * time.Minute})
	for i, none := range []string{"NaN", "INF", "-INF", " NaN\n"} {
		m := update(request, t0.Add(time.Duration(i)*time.Minute), 1)
		p := &m.Reports[0].Intervals[0].Payloads
		*p = []oadr.ReportPayload{{RID: "power", Value: 1}, {RID: "second", Value: 777, Quality: "Quality Bad - Sensor Failure", Accuracy: new(777.0)}, {RID: "third", Value: math.MaxFloat32}}
		raw := strings.ReplaceAll(string(oadr.Append(nil, oadr.Form{}, m)), ">777<", ">"+none+"<")
		raw = strings.ReplaceAll(raw, ">340282346638528860000000000000000000000<", ">3.4028235E38<")
		reply, err := r.sendRaw(ven, []byte(raw))
		if err != nil || reply.(*oadr.UpdatedReport).Response.Code != oadr.CodeOK {
			t.Fatalf("%s: %+v, %v", none, reply, err)
		}
		got := r.data(request.ReportRequestID)[3*i:]
		slices.SortFunc(got, func(a, b core.Value) int { return strings.Compare(a.RID, b.RID) })
		if len(got) != 3 || got[0].NoValue || got[0].Value != 1 || got[2].NoValue || got[2].Value != math.MaxFloat32 {
			t.Errorf("%s: kept %+v", none, got)
		}
		if one := got[1]; !one.NoValue || one.Value != 0 || one.Accuracy != nil || one.Quality != "Quality Bad - Sensor Failure" {
			t.Errorf("%s: kept of it %+v", none, one)
		}
	}
	// Sent again with a value, it has one (rule G6).
	m := update(request, t0, 1)
	m.Reports[0].Intervals[0].Payloads[0].RID = "second"
	r.code(ven, m, oadr.CodeOK)
	if i := slices.IndexFunc(r.data(request.ReportRequestID), func(v core.Value) bool { return v.RID == "second" && !v.NoValue && v.Value == 1 }); i < 0 {
		t.Errorf("kept %+v", r.data(request.ReportRequestID))
	}
}

// R1: the reportRequestID of what a VEN registers can only be 0; one that is left
// out is.
func TestR1RegistrationWithoutReportRequestID(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	raw := string(oadr.Append(nil, oadr.Form{}, telemetry("ven1")))
	without := regexp.MustCompile(`<reportRequestID[^>]*>0</reportRequestID>`).ReplaceAllString(raw, "")
	if without == raw {
		t.Fatalf("there is no reportRequestID in %s", raw)
	}
	reply, err := r.sendRaw(ven, []byte(without))
	if err != nil || reply.(*oadr.RegisteredReport).Response.Code != oadr.CodeOK {
		t.Fatalf("%+v, %v", reply, err)
	}
	if offers, err := r.VENReports(t.Context(), "ven1"); err != nil || len(offers) != len(telemetry("ven1").Reports) {
		t.Errorf("offered are %+v, %v", offers, err)
	}
}
