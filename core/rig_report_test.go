package core_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// reportSteps are what an operator and a VEN do with reports.
type reportSteps struct{ *testVTN }

func (r reportSteps) historian(venID string, labels ...func(*core.VEN)) core.Peer {
	r.t.Helper()
	ven := r.reporting(venID, labels...)
	r.code(ven, historian(venID), oadr.CodeOK)
	r.settled()
	return ven
}

// problemOf is the first problem with a spec; the zero Problem if it is accepted.
func (r reportSteps) problemOf(spec core.ReportSpec) core.Problem {
	r.t.Helper()
	_, _, err := r.RequestReports(r.t.Context(), []core.ReportSpec{spec}, "test")
	var invalid *core.InvalidError
	switch {
	case err == nil:
		return core.Problem{}
	case !errors.As(err, &invalid):
		r.t.Fatal(err)
	}
	return invalid.Problems[0]
}

// misfits are the misfits of an order, a line each.
func (r reportSteps) misfits(orderID string) (lines []string) {
	r.t.Helper()
	o, err := r.ReportOrder(r.t.Context(), orderID)
	if err != nil {
		r.t.Fatal(err)
	}
	misfits, err := r.Misfits(r.t.Context(), o)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, m := range misfits {
		lines = append(lines, m.VENID+" "+m.SpecifierID+" "+m.Field)
	}
	return lines
}

// unanswered is a request whose push the VEN acknowledged and never answered.
func (r reportSteps) unanswered(ven core.Peer, spec core.ReportSpec) *core.ReportRequest {
	r.t.Helper()
	made := r.request(spec)[0]
	p, _ := pushed[*oadr.CreateReport](r)
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
	r.settled()
	r.clock.Move(10 * time.Second)
	return made
}

// requestsInReply registers reports and returns the IDs of the requests in the answer.
func (r reportSteps) requestsInReply(ven core.Peer, m *oadr.RegisterReport) (ids []string) {
	r.t.Helper()
	for _, request := range must[*oadr.RegisteredReport](r, ven, m).Requests {
		ids = append(ids, request.ReportRequestID)
	}
	return ids
}

func (r reportSteps) answeredCreated(ven core.Peer, p core.Push, m *oadr.CreatedReport) {
	r.answered(ven, p, m)
}

func (r reportSteps) cancels(how core.ReportCancellation, requests ...*core.ReportRequest) {
	r.t.Helper()
	for _, one := range requests {
		if _, err := r.CancelReport(r.t.Context(), one.ReportRequestID, how, "test"); err != nil {
			r.t.Fatal(err)
		}
	}
}

// running is a periodic request that the VEN has agreed to.
func (r reportSteps) running(ven core.Peer, venID string) *core.ReportRequest {
	r.t.Helper()
	request := r.accepted(ven, periodic(venIDs(venID)...))
	r.until(request.ReportRequestID, core.ReportActive)
	return request
}

// updated sends one update for some requests and returns the cancellation that rides in
// the answer.
func (r reportSteps) updated(ven core.Peer, requests ...*core.ReportRequest) *oadr.CancelReport {
	r.t.Helper()
	m := update(requests[0], t0, 1)
	for _, more := range requests[1:] {
		m.Reports = append(m.Reports, update(more, t0, 1).Reports...)
	}
	reply := must[*oadr.UpdatedReport](r, ven, m)
	if reply.Response.Code != oadr.CodeOK {
		r.t.Fatalf("the update is answered %+v", reply.Response)
	}
	return reply.Cancel
}

// takesCancellation answers the push of a cancellation.
func (r reportSteps) takesCancellation(ven core.Peer, follow bool, requests ...*core.ReportRequest) {
	r.t.Helper()
	p, m := pushed[*oadr.CancelReport](r)
	var ids []string
	for _, one := range requests {
		ids = append(ids, one.ReportRequestID)
	}
	if m.ReportToFollow != follow || !slices.Equal(m.ReportRequestIDs, ids) {
		r.t.Fatalf("pushed %+v, want the cancellation of %v", m, ids)
	}
	r.answered(ven, p, &oadr.CanceledReport{Response: ok(p), VENID: m.VENID})
	for _, id := range ids {
		r.until(id, core.ReportCancelled)
	}
}

// listed reads a list of requests to its end, in parts.
func (r reportSteps) listed(f core.ReportFilter, limit int) (ids []string) {
	r.t.Helper()
	for before := int64(0); ; {
		requests, next, err := r.ReportRequests(r.t.Context(), f, before, limit)
		if err != nil {
			r.t.Fatal(err)
		}
		if len(requests) > limit {
			r.t.Fatalf("%d requests in a part of %d", len(requests), limit)
		}
		for _, one := range requests {
			ids = append(ids, one.ReportRequestID)
		}
		if before = next; next == 0 {
			return ids
		}
	}
}

// telemetry is the registration of a report of power and voltage.
func telemetry(venID string) *oadr.RegisterReport {
	keeps := 48 * time.Hour
	return &oadr.RegisterReport{RequestID: "reg-1", VENID: venID, Reports: []oadr.Report{{
		ReportSpecifierID: "telemetry", ReportName: "METADATA_TELEMETRY_USAGE", ReportRequestID: "0", CreatedDateTime: t0, Duration: &keeps,
		Descriptions: []oadr.ReportDescription{
			{RID: "power", ReportType: "demand", ReadingType: "Direct Read", MarketContext: "http://example.org/dr",
				Unit:         &oadr.Unit{Type: "powerReal", Scale: "k", Hertz: 50, Voltage: 230, AC: true},
				SamplingRate: &oadr.SamplingRate{MinPeriod: time.Minute, MaxPeriod: time.Hour}},
			{RID: "voltage", ReportType: "reading", ReadingType: "Direct Read", Unit: &oadr.Unit{Type: "voltage", Scale: "none"},
				SamplingRate: &oadr.SamplingRate{MinPeriod: time.Minute, MaxPeriod: time.Hour}},
		},
	}, {
		ReportSpecifierID: "status", ReportName: "METADATA_TELEMETRY_STATUS", ReportRequestID: "0", CreatedDateTime: t0, Duration: &keeps,
		Descriptions: []oadr.ReportDescription{{RID: "state", ReportType: "x-resourceStatus", ReadingType: oadr.ReadingNotApplicable}},
	}}}
}

// reporting joins a VEN that registers its reports.
func (r reportSteps) reporting(name string, labels ...func(*core.VEN)) core.Peer {
	r.t.Helper()
	ven := r.join(name, labels...)
	if got := must[*oadr.RegisteredReport](r, ven, telemetry(name)); got.Response.Code != oadr.CodeOK {
		r.t.Fatalf("the reports of %s: %+v", name, got.Response)
	}
	return ven
}

func ok(p core.Push) oadr.EIResponse {
	return oadr.EIResponse{Code: oadr.CodeOK, Description: "OK", RequestID: p.Token.String()}
}

// periodic requests telemetry every five minutes.
func periodic(targets ...core.Target) core.ReportSpec {
	return core.ReportSpec{Targets: targets, SpecifierID: "telemetry", Granularity: time.Minute, ReportBack: 5 * time.Minute}
}

func (r reportSteps) request(specs ...core.ReportSpec) []*core.ReportRequest {
	r.t.Helper()
	_, requests, err := r.RequestReports(r.t.Context(), specs, "test")
	if err != nil {
		r.t.Fatal(err)
	}
	return requests
}

// accepted requests a report that the VEN agrees to.
func (r reportSteps) accepted(ven core.Peer, spec core.ReportSpec) *core.ReportRequest {
	r.t.Helper()
	made := r.request(spec)
	p, m := pushed[*oadr.CreateReport](r)
	var pending []string
	for _, one := range m.Requests {
		pending = append(pending, one.ReportRequestID)
	}
	r.answered(ven, p, &oadr.CreatedReport{Response: ok(p), Pending: pending, VENID: m.VENID})
	return made[0]
}

func (r reportSteps) state(id string) core.ReportState {
	r.t.Helper()
	got, err := r.ReportRequest(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	return r.ReportStatus(got)
}

// until waits for a state that comes with the commit of an outcome.
func (r reportSteps) until(id string, want core.ReportState) *core.ReportRequest {
	r.t.Helper()
	var got *core.ReportRequest
	r.waitFor(func() bool {
		var err error
		if got, err = r.ReportRequest(r.t.Context(), id); err != nil {
			r.t.Fatal(err)
		}
		return r.ReportStatus(got) == want
	})
	return got
}

func number(f float64) *float64 { return &f }

// update is an oadrUpdateReport of power, an interval a minute from start.
func update(r *core.ReportRequest, start time.Time, power ...float64) *oadr.UpdateReport {
	minute := time.Minute
	report := oadr.Report{Start: start, ReportRequestID: r.ReportRequestID, ReportSpecifierID: r.SpecifierID, ReportName: "TELEMETRY_USAGE", CreatedDateTime: t0}
	for i, value := range power {
		report.Intervals = append(report.Intervals, oadr.ReportInterval{
			Start: start.Add(time.Duration(i) * minute), Duration: &minute,
			Payloads: []oadr.ReportPayload{{RID: "power", Value: value, Accuracy: number(0.5), Quality: "Quality Good - Non Specific"}},
		})
	}
	return &oadr.UpdateReport{RequestID: "up-1", VENID: r.VENID, Reports: []oadr.Report{report}}
}

func (r reportSteps) data(id string) []core.Value {
	r.t.Helper()
	values, next, err := r.ReportData(r.t.Context(), id, core.ValueQuery{Limit: 10000})
	if err != nil || next != nil {
		r.t.Fatal(err, next)
	}
	return values
}

// metadata is a VEN's request for the VTN's reports.
func metadata(id string, every time.Duration) *oadr.CreateReport {
	m := &oadr.CreateReport{RequestID: "c-1", VENID: "ven1", Requests: []oadr.ReportRequest{{ReportRequestID: id, Specifier: oadr.ReportSpecifier{
		ReportSpecifierID: "METADATA", ReportBackDuration: every, Payloads: []oadr.SpecifierPayload{{RID: "any", ReadingType: oadr.ReadingNotApplicable}},
	}}}}
	if every > 0 {
		m.Requests[0].Specifier.ReportInterval = &oadr.Period{Start: t0}
	}
	return m
}

func asJSON(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// reporters enters registered VENs, each with an open request for its five points.
func (r reportSteps) reporters(b *testing.B, n int) (requests []*core.ReportRequest) {
	b.Helper()
	now := time.Now().UTC()
	err := r.reg.Change(b.Context(), func(tx core.Tx, rev int64) error {
		for i := range n {
			id := fmt.Sprintf("ven-%05d", i)
			v := &core.VEN{VENID: id, Identities: []core.Identity{{Transport: "xmpp", Name: peer(id).Identity}}, LabelsRev: rev, CreatedAt: now}
			if err := tx.PutVEN(v); err != nil {
				return err
			}
			if err := tx.Register(v.No, &core.Registration{RegistrationID: "reg-" + id, Profile: "2.0b", Transport: "xmpp", StartedAt: now}); err != nil {
				return err
			}
			offer := core.ReportOffer{SpecifierID: "telemetry", Name: oadr.ReportTelemetryUsage, CreatedAt: now, RegisteredAt: now}
			request := &core.ReportRequest{ReportRequestID: "rr-" + id, OrderID: "order", VENNo: v.No, VENID: id, SpecifierID: "telemetry",
				Granularity: time.Minute, ReportBack: time.Minute, State: core.ReportActive, Rev: rev, CreatedAt: now, ToldAt: now}
			for _, rID := range fiveRIDs {
				offer.Points = append(offer.Points, oadr.ReportDescription{RID: rID, ReportType: "reading", ReadingType: "Direct Read"})
				request.RIDs = append(request.RIDs, rID)
			}
			if err := tx.PutOffers(v.No, []core.ReportOffer{offer}, now); err != nil {
				return err
			}
			requests = append(requests, request)
		}
		return tx.PutReportRequests(requests)
	})
	if err != nil {
		b.Fatal(err)
	}
	return requests
}

// takesVTNReport has the VEN take the VTN's report for one of its requests.
func (r reportSteps) takesVTNReport(ven core.Peer, id string, asks ...oadr.ReportRequest) {
	r.t.Helper()
	p, m := pushed[*oadr.RegisterReport](r)
	if m.ReportRequestID != id {
		r.t.Fatalf("pushed %+v, want request %q", m, id)
	}
	r.answered(ven, p, &oadr.RegisteredReport{Response: ok(p), Requests: asks, VENID: m.VENID})
}

// pendingRequests are the IDs of a VEN's open requests for VTN reports. The VEN learns
// them by cancelling a request that does not exist.
func (r reportSteps) pendingRequests(ven core.Peer, venID string) []string {
	r.t.Helper()
	return must[*oadr.CanceledReport](r, ven, &oadr.CancelReport{RequestID: "x", VENID: venID, ReportRequestIDs: []string{"never"}}).Pending
}
