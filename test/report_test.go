package test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// TestBadReports sends updates of which nothing may be stored. Each case is a good
// update with one thing wrong in it, the answer, and what the answer names.
func TestBadReports(t *testing.T) {
	s := start(t, "VTN_LOG_LEVEL=info")
	r, other := s.reporter(), s.reporter()
	id, theirs := s.agreed(r.periodic()), s.agreed(other.periodic())
	for _, c := range badReports(r, other, id, theirs) {
		t.Run(c.name, func(t *testing.T) {
			a := askRaw(t, r.VEN, "", c.sent)
			a.expectOutcome(t, c.want)
			if !strings.Contains(a.description(), c.says) {
				t.Errorf("the description %q does not name %q", a.description(), c.says)
			}
		})
	}
	// Of a message with a good report and a bad one, neither is stored.
	m := &oadr.UpdateReport{RequestID: "x", VENID: r.id, Reports: []oadr.Report{reading(id, r.begin, 1), reading(theirs, r.begin, 1)}}
	ask(t, r.VEN, "", m).expectOutcome(t, "oadrUpdatedReport 452")
	s.onRecord(id, nil)
	s.onRecord(theirs, nil)

	// G6: what is sent twice is stored once; a new value for the same time replaces the old one.
	for _, value := range []float64{3, 3, 4} {
		ask(t, r.VEN, "", &oadr.UpdateReport{RequestID: "x", VENID: r.id, Reports: []oadr.Report{reading(id, r.begin, value, 5)}}).expectOutcome(t, "oadrUpdatedReport 200")
	}
	s.onRecord(id, []client.ReportValue{{RID: "power", Start: r.begin, Duration: "PT1M", Value: new(4.0)}, {RID: "power", Start: r.begin.Add(time.Minute), Duration: "PT1M", Value: new(5.0)}})

	registerTwice(t, r)
	s.request(id, "active")
	r.pass(5 * time.Minute)
	r.update(id)
}

// badReport is an update that the VTN must refuse.
type badReport struct{ name, sent, want, says string }

// badReports returns updates of a reporter with a report request; theirs is the request of the other reporter.
func badReports(r, other *reporter, id, theirs string) []badReport {
	good := func(changes ...func(*oadr.Report)) string {
		report := reading(id, r.begin, 1.5, 2.5)
		for _, f := range changes {
			f(&report)
		}
		return written(&oadr.UpdateReport{RequestID: "x", VENID: r.id, Reports: []oadr.Report{report}})
	}
	first := oadr.FormatTime(r.begin)
	word := func(text string) string { return strings.Replace(good(), ">1.5<", ">"+text+"<", 1) }
	date := func(text string) string { return strings.ReplaceAll(good(), first, text) }
	return []badReport{
		{"another VEN's report request", good(func(p *oadr.Report) { p.ReportRequestID = theirs }), "oadrUpdatedReport 452", theirs},
		{"a reportRequestID of nobody", good(func(p *oadr.Report) { p.ReportRequestID = "nowhere" }), "oadrUpdatedReport 452", "nowhere"},
		{"an empty reportRequestID", good(func(p *oadr.Report) { p.ReportRequestID = "" }), "oadrUpdatedReport 459", "reportRequestID"},
		{"another VEN's venID", strings.Replace(good(), ">"+r.id+"<", ">"+other.id+"<", 1), "oadrUpdatedReport 452", "venID"},
		{"a value that is a word", word("much"), "oadrUpdatedReport 459", "much"},
		{"a value that is no NaN", word("nan"), "oadrUpdatedReport 459", "nan"},
		{"a value that is no xs:float", word("1e300"), "oadrUpdatedReport 454", "1e300"},
		{"a value that is empty", word(""), "oadrUpdatedReport 459", "payloadFloat is empty"},
		{"the year 1900", date("1900-01-01T00:00:00Z"), "oadrUpdatedReport 454", "dtstart 1900"},
		{"the year 3000", date("3000-01-01T00:00:00Z"), "oadrUpdatedReport 454", "dtstart 3000"},
		{"no date at all", good(func(p *oadr.Report) {
			p.Start, p.Intervals[0].Start, p.Intervals[1].Start = time.Time{}, time.Time{}, time.Time{}
		}), "oadrUpdatedReport 459", "dtstart"},
		{"an rID twice", good(func(p *oadr.Report) {
			p.Intervals[1].Payloads = append(p.Intervals[1].Payloads, p.Intervals[1].Payloads[0])
		}), "oadrUpdatedReport 454", "rID power"},
		{"an rID never registered", good(func(p *oadr.Report) { p.Intervals[1].Payloads[0].RID = "never" }), "oadrUpdatedReport 452", "rID never"},
		{"no intervals", good(func(p *oadr.Report) { p.Intervals[0].Payloads, p.Intervals[1].Payloads = nil, nil }), "oadrUpdatedReport 459", "oadrReportPayload"},
	}
}

// registerTwice registers reports with a reportSpecifierID or an rID twice (R1). The VTN refuses that.
func registerTwice(t *testing.T, r *reporter) {
	t.Helper()
	for _, change := range []func(*oadr.RegisterReport){
		func(m *oadr.RegisterReport) { m.Reports[1].ReportSpecifierID = m.Reports[0].ReportSpecifierID },
		func(m *oadr.RegisterReport) {
			m.Reports[0].Descriptions = append(m.Reports[0].Descriptions, m.Reports[0].Descriptions[0])
		},
	} {
		m := &oadr.RegisterReport{RequestID: "x", VENID: r.id}
		for _, o := range offered() {
			m.Reports = append(m.Reports, oadr.Report{
				ReportSpecifierID: o.SpecifierID, ReportName: oadr.MetadataPrefix + o.Name, ReportRequestID: "0", CreatedDateTime: r.begin, Duration: &o.Duration, Descriptions: o.Points,
			})
		}
		change(m)
		ask(t, r.VEN, "", m).expectOutcome(t, "oadrRegisteredReport 454")
	}
}

// TestG5R7LargestReport: as many intervals as fit into VTN_MAX_PAYLOAD are stored
// whole, and one more is refused whole.
func TestG5R7LargestReport(t *testing.T) {
	s := start(t)
	r := s.reporter()
	id := s.agreed(r.periodic())
	const most = 262144 // VTN_MAX_PAYLOAD
	message := func(intervals int) string {
		values := make([]float64, intervals)
		for i := range values {
			values[i] = float64(i % 10) // each of one length
		}
		report := reading(id, r.begin, values...)
		for i := range report.Intervals[1:] {
			report.Intervals[i+1].Start, report.Intervals[i+1].Duration = time.Time{}, nil // R7: it follows
		}
		return written(&oadr.UpdateReport{RequestID: "x", VENID: r.id, Reports: []oadr.Report{report}})
	}
	size := func(intervals int) int { return oadr.Written([]byte(message(intervals))) }
	one, two := size(1), size(2)
	fit := 1 + (most-one)/(two-one)
	if size(fit) > most || size(fit+1) <= most {
		t.Fatalf("%d intervals are %d bytes", fit, size(fit))
	}
	askRaw(t, r.VEN, "", message(fit+1)).expectOutcome(t, "error modify policy-violation")
	s.onRecord(id, nil)
	askRaw(t, r.VEN, "", message(fit)).expectOutcome(t, "oadrUpdatedReport 200")
	var file bytes.Buffer
	if err := s.DownloadReportData(t.Context(), client.DataSource{ReportRequestID: id}, client.DataFilter{}, client.FormatJSON, &file); err != nil {
		t.Fatal(err)
	}
	var all client.Page[client.ReportValue]
	if err := json.Unmarshal(file.Bytes(), &all); err != nil {
		t.Fatal(err)
	}
	if len(all.Items) != fit {
		t.Fatalf("stored are %d values, sent were %d", len(all.Items), fit)
	}
	for i, v := range all.Items {
		if !v.Start.Equal(r.begin.Add(time.Duration(i)*time.Minute)) || *v.Value != float64(i%10) || v.Duration != "PT1M" {
			t.Fatalf("value %d is %+v", i, v)
		}
	}
	t.Logf("%d intervals in %d bytes", fit, size(fit))
}

// TestR10ReportsSurviveAKill of the VTN between the request and the data: open
// requests go on, what was measured meanwhile comes as well, and what is cancelled
// stays so.
func TestR10ReportsSurviveAKill(t *testing.T) {
	s := start(t)
	r := s.reporter()
	once := r.periodic() // and over after the first
	once.RIDs, once.Granularity, once.ReportBackDuration, once.Duration = []string{"energy"}, "PT10M", "PT10M", new("PT10M")
	open, cancelled, single := s.agreed(r.periodic()), s.agreed(r.periodic()), s.agreed(once)
	s.cancelReport(cancelled, client.ReportCancellation{})
	s.request(cancelled, "cancelled")
	r.pass(5 * time.Minute)
	r.update(open)

	s.vtn.Kill()
	s.restart()
	for id, state := range map[string]string{open: "active", cancelled: "cancelled", single: "active"} {
		if got := s.request(id, state); got.State != state {
			t.Errorf("%s is %s", id, got.State)
		}
	}
	r.pass(5 * time.Minute)
	r.update(open)
	r.update(single)
	late := &oadr.UpdateReport{RequestID: "late", VENID: r.id, Reports: []oadr.Report{reading(cancelled, r.begin, 1)}}
	ask(t, r.VEN, "", late).expectOutcome(t, "oadrUpdatedReport 452")

	// Nobody takes what is due while the VTN is gone. The VEN has it still.
	s.vtn.Kill()
	r.pass(5 * time.Minute)
	const retry = 5 * time.Second
	r.clock.AwaitWait(t, retry)
	s.restart()
	r.clock.Move(retry)
	r.update(open)

	var want, energy []client.ReportValue
	for _, v := range r.meter.saw() {
		switch {
		case v.RID == "energy":
			energy = append(energy, v)
		case len(want) == 0 || v.Start.After(want[len(want)-1].Start): // the meter is read again for what is sent again
			want = append(want, v)
		}
	}
	if len(want) != 15 {
		t.Errorf("the meter said %+v, want fifteen minutes", want)
	}
	s.onRecord(open, want)
	s.onRecord(single, energy)
	s.onRecord(cancelled, nil)
	r.sends(open)
}
