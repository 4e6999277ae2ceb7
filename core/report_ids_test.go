package core_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// An update must match its request: the report and its data points.
func TestSpec304R5AnUpdateIsWhatItsRequestAsksFor(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*oadr.Report)
		says  string
	}{
		"another report of its VEN":  {func(r *oadr.Report) { r.ReportSpecifierID = "status" }, "reportSpecifierID status"},
		"an unknown report":          {func(r *oadr.Report) { r.ReportSpecifierID = "never" }, "reportSpecifierID never"},
		"its report in another case": {func(r *oadr.Report) { r.ReportSpecifierID = "Telemetry" }, "reportSpecifierID Telemetry"},
		"not asked for":              {func(r *oadr.Report) { r.Intervals[1].Payloads[0].RID = "voltage" }, "rID voltage"},
		"more than was asked for": {func(r *oadr.Report) {
			r.Intervals[1].Payloads = append(r.Intervals[1].Payloads, oadr.ReportPayload{RID: "voltage", Value: 230})
		}, "rID voltage"},
		"of another report": {func(r *oadr.Report) { r.Intervals[1].Payloads[0].RID = "state" }, "rID state"},
		"unknown":           {func(r *oadr.Report) { r.Intervals[1].Payloads[0].RID = "never" }, "rID never"},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t)
			ven := r.reporting("ven1")
			spec := periodic(venIDs("ven1")...)
			spec.RIDs = []string{"power"}
			request, all := r.accepted(ven, spec), r.running(ven, "ven1")
			whole := update(all, t0, 1)
			whole.Reports[0].Intervals[0].Payloads = append(whole.Reports[0].Intervals[0].Payloads, oadr.ReportPayload{RID: "voltage", Value: 230})
			for range 2 { // also when the other's data points are known
				m := update(all, t0.Add(time.Hour), 1)
				bad := update(request, t0.Add(time.Hour), 1, 2).Reports[0]
				c.spoil(&bad)
				m.Reports = append(m.Reports, bad)
				if reason := r.code(ven, m, oadr.CodeInvalidID); !strings.Contains(reason, c.says) || !strings.Contains(reason, request.ReportRequestID) {
					t.Errorf("reason %q", reason)
				}
				r.code(ven, whole, oadr.CodeOK)
				r.code(ven, update(request, t0, 1), oadr.CodeOK)
			}
			if one, two := r.data(request.ReportRequestID), r.data(all.ReportRequestID); len(one) != 1 || len(two) != 2 {
				t.Errorf("stored %+v and %+v", one, two)
			}
		})
	}
}

// No data answers a request for the registration of reports.
func TestSpec304R5MetadataIsNoData(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	request := r.accepted(ven, core.ReportSpec{Targets: venIDs("ven1"), SpecifierID: oadr.SpecifierMetadata, ReportBack: time.Hour})
	m := update(request, t0, 1)
	for _, rID := range []string{"0", "power"} {
		m.Reports[0].Intervals[0].Payloads[0].RID = rID
		r.code(ven, m, oadr.CodeInvalidID)
	}
}

func TestSpec304R9AskedForAReportThatTheVTNHasNot(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	for _, id := range []string{"power", "metadata", "telemetry"} {
		m := metadata("a", 0)
		m.Requests = append(m.Requests, metadata("b", 0).Requests[0])
		m.Requests[1].Specifier.ReportSpecifierID = id
		if reason := r.code(ven, m, oadr.CodeInvalidID); !strings.Contains(reason, "reportSpecifierID "+id) {
			t.Errorf("reason %q", reason)
		}
		if got := must[*oadr.CreatedReport](r, ven, m).Pending; len(got) != 0 { // all of a message or nothing
			t.Errorf("pending is %q", got)
		}
	}
	r.quiet()
}

// A VEN that registers its reports ends all requests for them, but not a request to
// register them periodically.
func TestSpec306R2PeriodicMetadataStands(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	data := r.running(ven, "ven1")
	hourly := core.ReportSpec{Targets: venIDs("ven1"), SpecifierID: oadr.SpecifierMetadata, ReportBack: time.Hour}
	active, cancelled := r.accepted(ven, hourly), r.accepted(ven, hourly)
	r.until(active.ReportRequestID, core.ReportActive)
	r.until(cancelled.ReportRequestID, core.ReportActive)
	must[*oadr.CreatedReport](r, ven, metadata("own", time.Minute)) // the VEN's, of the VTN
	r.takesVTNReport(ven, "own")
	r.cancels(core.ReportCancellation{}, cancelled)
	p, _ := pushed[*oadr.CancelReport](r)

	r.requestsInReply(ven, telemetry("ven1")) // unasked
	for id, want := range map[string]core.ReportState{data.ReportRequestID: core.ReportEnded, active.ReportRequestID: core.ReportActive, cancelled.ReportRequestID: core.ReportCancelling} {
		if got := r.state(id); got != want {
			t.Errorf("%s is %s, want %s", id, got, want)
		}
	}
	r.answered(ven, p, &oadr.CanceledReport{Response: ok(p), VENID: "ven1"})
	r.until(cancelled.ReportRequestID, core.ReportCancelled)
	r.settled()
	r.clock.Move(time.Minute)
	r.takesVTNReport(ven, "own")
	r.settled()
	// Nor does the VTN's registration of its reports end anything.
	r.wire.greets.Store(true)
	if err := r.PublishReports(t.Context(), "ven1", "test"); err != nil {
		t.Fatal(err)
	}
	r.takesVTNReport(ven, "")
	r.settled()
	r.clock.Move(time.Minute)
	r.takesVTNReport(ven, "own")

	for range 2 { // as the VEN requested
		m := telemetry("ven1")
		m.ReportRequestID = active.ReportRequestID
		r.requestsInReply(ven, m)
	}
	if got := r.until(active.ReportRequestID, core.ReportActive); got.DataAt.IsZero() {
		t.Error("the registration of reports was not noted")
	}
	r.cancels(core.ReportCancellation{}, active)
	r.takesCancellation(ven, false, active)
	r.quiet()
}

// A last report that is owed stays owed, until the registration that names it.
func TestSpec306R8LastMetadataOutlastsOtherRegistrations(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	request := r.accepted(ven, core.ReportSpec{Targets: venIDs("ven1"), SpecifierID: oadr.SpecifierMetadata, ReportBack: time.Hour})
	r.cancels(core.ReportCancellation{ToFollow: true}, request)
	r.takesCancellation(ven, true, request)
	r.requestsInReply(ven, telemetry("ven1"))
	if got := r.until(request.ReportRequestID, core.ReportCancelled); !got.LastOwed {
		t.Error("another registration counts as the last")
	}
	m := telemetry("ven1")
	m.ReportRequestID = request.ReportRequestID
	r.requestsInReply(ven, m)
	if got := r.until(request.ReportRequestID, core.ReportCancelled); got.LastOwed {
		t.Error("the report is still owed")
	}
}

// In the VTN's requests for metadata the rID is 0, whatever the operator names; in a
// VEN's request the VTN ignores it.
func TestSpec308R3R9MetadataHasRID0(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	for _, rIDs := range [][]string{nil, {"0"}} {
		r.request(core.ReportSpec{Targets: venIDs("ven1"), SpecifierID: oadr.SpecifierMetadata, RIDs: rIDs})
		p, m := pushed[*oadr.CreateReport](r)
		if s := m.Requests[0].Specifier; len(s.Payloads) != 1 || s.Payloads[0] != (oadr.SpecifierPayload{RID: "0", ReadingType: oadr.ReadingNotApplicable}) {
			t.Errorf("pushed %+v", s)
		}
		r.answered(ven, p, &oadr.CreatedReport{Response: ok(p), VENID: "ven1"})
		r.settled()
	}
	for _, rID := range []string{"0", "any", "", "METADATA"} {
		m := metadata("of-"+rID, 0)
		m.Requests[0].Specifier.Payloads[0].RID = rID
		r.code(ven, m, oadr.CodeOK)
		r.takesVTNReport(ven, "of-"+rID)
		r.settled()
	}
}
