package test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// ofUsage returns a request to a puppet for power every five minutes.
func (p *puppet) ofUsage() client.ReportRequestSpec {
	return client.ReportRequestSpec{VENID: p.id, ReportSpecifierID: "usage", RIDs: []string{"power"}, ReportBackDuration: "PT5M"}
}

// reports sends an update with a value of power for each request, and returns the cancellation that the answer hands out.
func (p *puppet) reports(reportRequestIDs ...string) *oadr.CancelReport {
	p.t.Helper()
	m := &oadr.UpdateReport{RequestID: "u", VENID: p.id}
	for _, id := range reportRequestIDs {
		m.Reports = append(m.Reports, reading(id, time.Now(), 1))
	}
	return p.says("oadrUpdatedReport 200", m).(*oadr.UpdatedReport).Cancel
}

// getsMetadata awaits the VTN's oadrRegisterReport for a request; an empty ID stands for none.
func (p *puppet) getsMetadata(reportRequestID string, asks ...oadr.ReportRequest) {
	p.t.Helper()
	q := p.expect(oadr.KindRegisterReport)
	m := q.Message.(*oadr.RegisterReport)
	if m.ReportRequestID != reportRequestID || len(m.Reports) != 0 || m.VENID != p.id {
		p.t.Fatalf("the VTN registers %s, want it for %q", q.Raw, reportRequestID)
	}
	q.answer(&oadr.RegisteredReport{Response: agreed(q), Requests: asks, VENID: p.id})
}

// asksFor requests reports of the VTN, and returns those that the answer lists as pending.
func (p *puppet) asksFor(want string, requests ...oadr.ReportRequest) []string {
	p.t.Helper()
	return p.says(want, &oadr.CreateReport{RequestID: "c", Requests: requests, VENID: p.id}).(*oadr.CreatedReport).Pending
}

// takesBack cancels report requests to the VTN, and returns those that the answer lists as pending.
func (p *puppet) takesBack(want string, follow bool, reportRequestIDs ...string) []string {
	p.t.Helper()
	return p.says(want, &oadr.CancelReport{RequestID: "x", ReportRequestIDs: reportRequestIDs, ReportToFollow: follow, VENID: p.id}).(*oadr.CanceledReport).Pending
}

// TestSpec300OfWhatIsOffered: the API refuses a request for a report that the VEN has not registered.
func TestSpec300OfWhatIsOffered(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		spec := p.ofUsage()
		spec.RIDs = []string{"power", "state"} // of another report
		s.refusesReports(spec, "rIDs[1]", 0)
		spec = p.ofUsage()
		spec.ReportSpecifierID = "Usage"
		s.refusesReports(spec, "reportSpecifierID", 0)
		if told, _ := s.agrees(p, p.ofUsage()); told.Specifier.ReportSpecifierID != "usage" || len(told.Specifier.Payloads) != 1 || told.Specifier.Payloads[0].RID != "power" {
			t.Errorf("the VEN is asked for %+v", told)
		}
	})
}

// TestSpec304Spec8_3_2_3WrongIDs: the VTN checks each ID of an update. The answer to a wrong one is 452 and names it, and nothing
// is stored. The same goes for a reportSpecifierID in a request to the VTN.
func TestSpec304Spec8_3_2_3WrongIDs(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p, other := s.puppet(), s.puppet()
		asked, _ := s.agrees(p, p.ofUsage())
		theirs, _ := s.agrees(other, other.ofUsage())
		id := asked.ReportRequestID
		for name, x := range map[string]struct {
			spoil func(*oadr.UpdateReport)
			wrong string
		}{
			"venID":                      {func(m *oadr.UpdateReport) { m.VENID = other.id }, "venID"},
			"reportRequestID":            {func(m *oadr.UpdateReport) { m.Reports[1].ReportRequestID = "never" }, "never"},
			"reportRequestID of another": {func(m *oadr.UpdateReport) { m.Reports[1].ReportRequestID = theirs.ReportRequestID }, theirs.ReportRequestID},
			"reportSpecifierID":          {func(m *oadr.UpdateReport) { m.Reports[1].ReportSpecifierID = "status" }, "reportSpecifierID status"},
			"rID that is not asked for":  {func(m *oadr.UpdateReport) { m.Reports[1].Intervals[0].Payloads[0].RID = "energy" }, "rID energy"},
			"rID that is unknown":        {func(m *oadr.UpdateReport) { m.Reports[1].Intervals[0].Payloads[0].RID = "never" }, "rID never"},
		} {
			m := &oadr.UpdateReport{RequestID: "u", VENID: p.id, Reports: []oadr.Report{reading(id, time.Now(), 1), reading(id, time.Now(), 2)}}
			x.spoil(m)
			a := p.ask(m)
			a.expectOutcome(t, "oadrUpdatedReport 452")
			if !strings.Contains(a.description(), x.wrong) {
				t.Errorf("%s: %q does not name %s", name, a.description(), x.wrong)
			}
		}
		s.onRecord(id, nil)
		unknown := metadataFor("m", 0)
		unknown.Specifier.ReportSpecifierID = "usage"
		if got := p.asksFor("oadrCreatedReport 452", metadataFor("n", 0), unknown); len(got) != 0 {
			t.Errorf("pending is %q", got)
		}
		p.reports(id)
	})
}

// TestSpec301Spec305Spec311Spec327Metadata: a request for METADATA is served by an oadrRegisterReport. It names the request at its
// root, which no other one does, and has no oadrReport if there is nothing to report.
func TestSpec301Spec305Spec311Spec327Metadata(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		if err := s.PublishReports(t.Context(), p.id); err != nil {
			t.Fatal(err)
		}
		q := p.expect(oadr.KindRegisterReport)
		for _, never := range []string{"reportRequestID", "oadrReport>", "intervals", "dtstart"} {
			if strings.Contains(q.Raw, never) {
				t.Errorf("unasked, the VTN registers %s with %s", q.Raw, never)
			}
		}
		q.ok()
		if got := p.asksFor("oadrCreatedReport 200", metadataFor("m", 0)); !slices.Equal(got, []string{"m"}) {
			t.Errorf("pending is %q", got)
		}
		p.getsMetadata("m")
	})
}

// TestSpec306NewMetadataReplacesAll: when a VEN registers its reports anew, all its requests end, except periodic ones for
// METADATA, in both directions.
func TestSpec306NewMetadataReplacesAll(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		data, _ := s.agrees(p, p.ofUsage())
		hourly, _ := s.agrees(p, client.ReportRequestSpec{VENID: p.id, ReportSpecifierID: "METADATA", ReportBackDuration: "PT1H"})
		p.asksFor("oadrCreatedReport 200", metadataFor("own", time.Hour))
		p.getsMetadata("own")

		p.says("oadrRegisteredReport 200", &oadr.RegisterReport{RequestID: "reports", VENID: p.id, Reports: offers()[:1]})
		s.request(data.ReportRequestID, "ended")
		s.request(hourly.ReportRequestID, "active")
		p.says("oadrUpdatedReport 452", &oadr.UpdateReport{RequestID: "u", VENID: p.id, Reports: []oadr.Report{reading(data.ReportRequestID, time.Now(), 1)}})
		s.refusesReports(client.ReportRequestSpec{VENID: p.id, ReportSpecifierID: "status"}, "reportSpecifierID", 0)
		p.says("oadrRegisteredReport 200", &oadr.RegisterReport{RequestID: "reports", VENID: p.id, Reports: offers(), ReportRequestID: hourly.ReportRequestID})
		s.request(hourly.ReportRequestID, "active")
		if got := p.takesBack("oadrCanceledReport 200", false, "own"); len(got) != 0 {
			t.Errorf("then pending is %q", got)
		}
	})
}

// TestSpec308MetadataHasRID0: the VTN ignores the rID in a VEN's request for METADATA.
func TestSpec308MetadataHasRID0(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		told, _ := s.agrees(p, client.ReportRequestSpec{VENID: p.id, ReportSpecifierID: "METADATA"})
		if !slices.Equal(told.Specifier.Payloads, []oadr.SpecifierPayload{{RID: "0", ReadingType: oadr.ReadingNotApplicable}}) {
			t.Errorf("the VEN is asked for %+v", told)
		}
		odd := metadataFor("m", 0)
		odd.Specifier.Payloads[0].RID = "METADATA"
		p.asksFor("oadrCreatedReport 200", odd)
		p.getsMetadata("m")
	})
}

// TestSpec317Spec324Spec340Refused: requests that the API refuses.
func TestSpec317Spec324Spec340Refused(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		with := func(change func(*client.ReportRequestSpec)) client.ReportRequestSpec {
			spec := p.ofUsage()
			change(&spec)
			return spec
		}
		history := func(change func(*client.ReportRequestSpec)) client.ReportRequestSpec {
			spec := client.ReportRequestSpec{VENID: p.id, ReportSpecifierID: "history", Duration: new("PT1H")}
			change(&spec)
			return spec
		}
		past := time.Now().UTC().Truncate(time.Second).Add(-240 * time.Hour)
		for _, x := range []struct {
			spec  client.ReportRequestSpec
			field string
			rule  int
		}{
			{with(func(q *client.ReportRequestSpec) { q.Granularity, q.ReportBackDuration = "PT2H", "PT2H" }), "granularity", 0}, // offered is an hour at most
			{with(func(q *client.ReportRequestSpec) { q.Granularity = "PT6M" }), "reportBackDuration", 0},
			{history(func(q *client.ReportRequestSpec) { q.Granularity = "PT5M" }), "granularity", 317},
			{history(func(q *client.ReportRequestSpec) { q.ReportBackDuration = "PT1H" }), "reportBackDuration", 324},
			{history(func(q *client.ReportRequestSpec) { q.Duration = nil }), "start", 324},
			{with(func(q *client.ReportRequestSpec) { q.Granularity, q.ReportBackDuration = "PT1M", "" }), "granularity", 324},
			{with(func(q *client.ReportRequestSpec) { q.Start, q.ReportBackDuration = &past, "" }), "start", 324},
			{history(func(q *client.ReportRequestSpec) { q.Start = &past }), "start", 340},
			{history(func(q *client.ReportRequestSpec) { q.Duration = new("PT5H") }), "duration", 340},
			{with(func(q *client.ReportRequestSpec) { q.ReportBackDuration = "PT3H" }), "reportBackDuration", 340},
		} {
			s.refusesReports(x.spec, x.field, x.rule)
		}
	})
}

// never lists elements that no request has.
var never = regexp.MustCompile(`tolerance|x-ei|powerReal|energyReal|itemBase`)

// TestSpec321Spec322Spec324Spec325Spec341Spec338Requests: when and how often each kind of request asks for reports.
func TestSpec321Spec322Spec324Spec325Spec341Spec338Requests(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		begin := time.Now().UTC().Truncate(time.Second)
		past, later := begin.Add(-time.Hour), begin.Add(time.Hour)
		ids := map[string]bool{}
		for name, x := range map[string]struct {
			specifierID string
			change      func(*client.ReportRequestSpec)
			want        string // granularity, reportBackDuration and reportInterval
		}{
			"telemetry once":            {"usage", func(*client.ReportRequestSpec) {}, "PT0S PT0S"},
			"status once":               {"status", func(*client.ReportRequestSpec) {}, "PT0S PT0S"},
			"a history of a time":       {"history", func(q *client.ReportRequestSpec) { q.Start, q.Duration = &past, new("PT30M") }, "PT0S PT0S " + oadr.FormatTime(past) + " PT30M"},
			"green button of a time":    {"green", func(q *client.ReportRequestSpec) { q.Start, q.Duration = &past, new("PT1H") }, "PT0S PT0S " + oadr.FormatTime(past) + " PT1H"},
			"telemetry until cancelled": {"usage", func(q *client.ReportRequestSpec) { q.ReportBackDuration, q.Start = "PT5M", &begin }, "PT0S PT5M " + oadr.FormatTime(begin) + " PT0S"},
			"telemetry for a time, later": {"usage", func(q *client.ReportRequestSpec) {
				q.Granularity, q.ReportBackDuration, q.Start, q.Duration = "PT1M", "PT5M", &later, new("PT1H")
			}, "PT1M PT5M " + oadr.FormatTime(later) + " PT1H"},
			"status for a time": {"status", func(q *client.ReportRequestSpec) {
				q.ReportBackDuration, q.Start, q.Duration = "PT5M", &begin, new("PT1H")
			}, "PT0S PT5M " + oadr.FormatTime(begin) + " PT1H"},
			"metadata once":            {"METADATA", func(*client.ReportRequestSpec) {}, "PT0S PT0S"},
			"metadata until cancelled": {"METADATA", func(q *client.ReportRequestSpec) { q.ReportBackDuration, q.Start = "PT5M", &later }, "PT0S PT5M " + oadr.FormatTime(later) + " PT0S"},
		} {
			spec := client.ReportRequestSpec{VENID: p.id, ReportSpecifierID: x.specifierID}
			x.change(&spec)
			told, raw := s.agrees(p, spec)
			got := oadr.FormatDuration(told.Specifier.Granularity) + " " + oadr.FormatDuration(told.Specifier.ReportBackDuration)
			if i := told.Specifier.ReportInterval; i != nil {
				got += " " + oadr.FormatTime(i.Start) + " " + oadr.FormatDuration(i.Duration)
			}
			if got != x.want {
				t.Errorf("%s: asked for %s, want %s", name, got, x.want)
			}
			if found := never.FindString(raw); found != "" {
				t.Errorf("%s: there is %s in %s", name, found, raw)
			}
			for _, payload := range told.Specifier.Payloads {
				if payload.ReadingType != oadr.ReadingNotApplicable {
					t.Errorf("%s: a readingType is %s", name, payload.ReadingType)
				}
			}
			if ids[told.ReportRequestID] || told.ReportRequestID == "0" {
				t.Errorf("%s: the reportRequestID is %s again", name, told.ReportRequestID)
			}
			ids[told.ReportRequestID] = true
		}
	})
}

// TestSpec328Spec335RidingCancellation: a cancellation in the answer to an update names only requests of that update. If the VEN
// goes on nevertheless, the cancellation is pushed.
func TestSpec328Spec335RidingCancellation(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		a, _ := s.agrees(p, p.ofUsage())
		b, _ := s.agrees(p, p.ofUsage())
		s.cancelReport(b.ReportRequestID, client.ReportCancellation{Piggyback: true})
		if c := p.reports(a.ReportRequestID); c != nil {
			t.Errorf("with an update of another request rides %+v", c)
		}
		if c := p.reports(b.ReportRequestID); c == nil || !slices.Equal(c.ReportRequestIDs, []string{b.ReportRequestID}) || c.VENID != p.id || c.RequestID == "" {
			t.Fatalf("with its update rides %+v", c)
		}
		if c := p.reports(b.ReportRequestID); c != nil { // which ignores it
			t.Errorf("it rides again: %+v", c)
		}
		s.isCancelled(p, false, b.ReportRequestID)
		p.reports(a.ReportRequestID)

		s.cancelReport(a.ReportRequestID, client.ReportCancellation{Piggyback: true})
		c := p.reports(a.ReportRequestID)
		if c == nil {
			t.Fatal("nothing rides")
		}
		p.says("oadrResponse 200", &oadr.CanceledReport{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: c.RequestID}, VENID: p.id})
		s.request(a.ReportRequestID, "cancelled")
	})
}

// TestSpec329Spec336PendingReports: the lists of pending reports are complete. A cancellation that cannot be carried out as a
// whole is refused and changes nothing.
func TestSpec329Spec336PendingReports(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		if got := p.asksFor("oadrCreatedReport 200", metadataFor("a", time.Hour), metadataFor("b", time.Hour)); !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("pending is %q", got)
		}
		p.getsMetadata("a")
		p.getsMetadata("b")
		if got := p.asksFor("oadrCreatedReport 200", metadataFor("c", time.Hour)); !slices.Equal(got, []string{"a", "b", "c"}) {
			t.Errorf("with another pending is %q", got)
		}
		p.getsMetadata("c")
		if got := p.takesBack("oadrCanceledReport 452", false, "b", "never"); !slices.Equal(got, []string{"a", "b", "c"}) {
			t.Errorf("refused, pending is %q", got)
		}
		if got := p.takesBack("oadrCanceledReport 200", false, "b", "c"); !slices.Equal(got, []string{"a"}) {
			t.Errorf("cancelled, pending is %q", got)
		}
	})
}

// TestSpec330Spec331Names: an rID may be any string, and a report's name loses its prefix METADATA_.
func TestSpec330Spec331Names(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.newcomer()
		p.register()
		rIDs := []string{"0", "METADATA", `a <b> & "c" 'd' äöü 🔌`, strings.Repeat("r", 200)}
		report := offers()[0]
		point := report.Descriptions[0]
		report.Descriptions = nil
		for _, rID := range rIDs {
			point.RID = rID
			report.Descriptions = append(report.Descriptions, point)
		}
		own := offers()[1]
		own.ReportName = "x-OWN"
		p.says("oadrRegisteredReport 200", &oadr.RegisterReport{RequestID: "reports", VENID: p.id, Reports: []oadr.Report{report, own}})
		p.getsMetadata("")
		offered, err := s.VENReports(t.Context(), p.id)
		if err != nil || len(offered) != 2 {
			t.Fatalf("offered are %+v, %v", offered, err)
		}
		names := map[string]string{}
		for _, r := range offered {
			names[r.ReportSpecifierID] = r.ReportName
		}
		if names["usage"] != "TELEMETRY_USAGE" || names["status"] != "x-OWN" {
			t.Errorf("the reports are named %v", names)
		}
		told, _ := s.agrees(p, client.ReportRequestSpec{VENID: p.id, ReportSpecifierID: "usage"})
		m := &oadr.UpdateReport{RequestID: "u", VENID: p.id, Reports: []oadr.Report{reading(told.ReportRequestID, time.Now(), 1)}}
		interval := &m.Reports[0].Intervals[0]
		interval.Payloads = nil
		var asked []string
		for _, payload := range told.Specifier.Payloads {
			asked = append(asked, payload.RID)
			interval.Payloads = append(interval.Payloads, oadr.ReportPayload{RID: payload.RID, Value: 1})
		}
		if !slices.Equal(asked, rIDs) {
			t.Errorf("asked for are %q, want %q", asked, rIDs)
		}
		p.says("oadrUpdatedReport 200", m)
		if got := s.data(told.ReportRequestID); len(got) != len(rIDs) {
			t.Errorf("stored are %+v", got)
		}
	})
}

// TestSpec339Spec346Updates: the VTN ignores eiReportID, and data that is sent again replaces the former.
func TestSpec339Spec346Updates(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		told, _ := s.agrees(p, p.ofUsage())
		at := time.Now().UTC().Truncate(time.Second)
		for i, values := range [][]float64{{1, 2, 3}, {4, 5}} {
			report := reading(told.ReportRequestID, at.Add(time.Duration(i)*time.Minute), values...)
			report.ReportID = "the same" // of what is another report
			p.says("oadrUpdatedReport 200", &oadr.UpdateReport{RequestID: "u", VENID: p.id, Reports: []oadr.Report{report}})
		}
		var got []float64
		for _, v := range s.data(told.ReportRequestID) {
			got = append(got, *v.Value)
		}
		if !slices.Equal(got, []float64{1, 4, 5}) {
			t.Errorf("stored are %v", got)
		}
	})
}

// TestSpec344RidingRequests: requests that the VTN hands out in oadrRegisteredReport are not pushed. The VTN accepts a VEN's
// requests in the same message.
func TestSpec344RidingRequests(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		spec := p.ofUsage()
		spec.Piggyback = true
		id := s.ask(spec)
		m := p.says("oadrRegisteredReport 200", &oadr.RegisterReport{RequestID: "reports", VENID: p.id, Reports: offers()}).(*oadr.RegisteredReport)
		if len(m.Requests) != 1 || m.Requests[0].ReportRequestID != id {
			t.Fatalf("rides: %+v", m.Requests)
		}
		p.says("oadrResponse 200", &oadr.CreatedReport{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: "reports"}, Pending: []string{id}, VENID: p.id})
		s.request(id, "active")
		p.reports(id)

		if err := s.PublishReports(t.Context(), p.id); err != nil {
			t.Fatal(err)
		}
		p.getsMetadata("", metadataFor("m", 0))
		p.getsMetadata("m")
	})
}

// TestSpec345LastReport: after a cancellation with reportToFollow the VTN accepts one more report, and sends one more.
func TestSpec345LastReport(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		told, _ := s.agrees(p, p.ofUsage())
		s.cancelReport(told.ReportRequestID, client.ReportCancellation{ReportToFollow: true})
		s.isCancelled(p, true, told.ReportRequestID)
		p.reports(told.ReportRequestID)
		p.says("oadrUpdatedReport 452", &oadr.UpdateReport{RequestID: "u", VENID: p.id, Reports: []oadr.Report{reading(told.ReportRequestID, time.Now(), 1)}})

		p.asksFor("oadrCreatedReport 200", metadataFor("m", time.Hour))
		p.getsMetadata("m")
		if got := p.takesBack("oadrCanceledReport 200", true, "m"); len(got) != 0 {
			t.Errorf("cancelled, pending is %q", got)
		}
		p.getsMetadata("m")
		if err := s.PublishReports(t.Context(), p.id); err != nil {
			t.Fatal(err)
		}
		s.create(event(p.id))
		p.getsMetadata("")
		p.expect(oadr.KindDistributeEvent).ok() // which waited for that, so the last is settled
		p.takesBack("oadrCanceledReport 452", false, "m")
	})
}

// TestSpec510Spec8_3_2_2PeriodicMetadata: the VTN serves a periodic request for its metadata even if it has no reports. It
// requests no reports of a VEN before the VEN has registered some.
func TestSpec510Spec8_3_2_2PeriodicMetadata(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.newcomer()
		p.register()
		s.refusesReports(client.ReportRequestSpec{VENID: p.id, ReportSpecifierID: "usage"}, "venID", 0)
		p.says("oadrRegisteredReport 200", &oadr.RegisterReport{RequestID: "reports", VENID: p.id})
		p.getsMetadata("")
		p.asksFor("oadrCreatedReport 200", metadataFor("m", time.Minute))
		p.getsMetadata("m")
		if got := p.asksFor("oadrCreatedReport 200", metadataFor("n", 0)); !slices.Equal(got, []string{"m", "n"}) { // it is still to come
			t.Errorf("pending is %q", got)
		}
		p.getsMetadata("n")
	})
}
