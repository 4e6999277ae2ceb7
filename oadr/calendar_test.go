package oadr_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Years and months are as long as the calendar says if it is known when they begin,
// whether that comes before or after them in the message. Otherwise they have 365
// and 30 days.
func TestSpec8_1CalendarDurations(t *testing.T) {
	const days = 24 * time.Hour
	for _, test := range []struct {
		start, duration string
		want            time.Duration
	}{
		{"2026-01-31T12:00:00Z", "P1M", 28 * days},
		{"2028-01-31T12:00:00Z", "P1M", 29 * days},
		{"2026-01-31T12:00:00Z", "P2M", 59 * days},
		{"2026-03-01T00:00:00Z", "P1Y2M", 426 * days},
		{"2026-12-15T00:00:00Z", "P1MT1H", 31*days + time.Hour},
		{"2026-12-15T00:00:00Z", "P1Y1M1W1DT1H1M1S", 396*days + 8*days + time.Hour + time.Minute + time.Second},
		{"1900-02-28T00:00:00Z", "P1D", days},
		{"1900-02-28T00:00:00Z", "P292Y", 106651 * days},
		{"3000-01-01T00:00:00Z", "P292Y", 106651 * days},
		{"9707-12-31T23:59:59Z", "P292Y", 106651 * days},
		{"2026-01-01T00:00:00Z", "P", 0}, // the schema's pattern allows this and the next two
		{"2026-01-01T00:00:00Z", "PT", 0},
		{"2026-01-01T00:00:00Z", "2W", 14 * days},
		{"2026-01-01T24:00:00Z", "P1M", 31 * days},
		{"2026-02-01T00:00:00Z", "P0.5M", 14 * days}, // half of February
		{"2026-01-01T00:00:00Z", "P1.5M", 45 * days},
		{"2026-01-01T00:00:00Z", "P0.5Y", 181 * days},
		{"2026-01-01T00:00:00Z", "P0,25Y", 90 * days},
		{"2026-01-01T00:00:00Z", "P1M0.5D", 31*days + 12*time.Hour},
		{"2026-01-01T00:00:00Z", "PT1.5H", 90 * time.Minute},
		{"2026-01-01T00:00:00.5Z", "PT0.25S", 250 * time.Millisecond},
	} {
		parts := []string{
			`<dtstart><date-time>` + test.start + `</date-time></dtstart>`,
			`<duration><duration>` + test.duration + `</duration></duration>`,
		}
		for _, properties := range []string{parts[0] + parts[1], parts[1] + parts[0]} {
			_, rest, _ := strings.Cut(createOptXML, `<properties>`)
			head, _, _ := strings.Cut(createOptXML, `<dtstart>`)
			_, tail, _ := strings.Cut(rest, `</properties>`)
			m := decode(t, []byte(expand.Replace(head+properties+`</properties>`+tail))).Message.(*oadr.CreateOpt)
			if got := m.Availability[0].Duration; got != test.want {
				t.Errorf("%s from %s is %v, want %v", test.duration, test.start, got, test.want)
			}
		}
	}
	register := strings.Replace(registerReportXML, "PT1H", "P2Y3M", 1)
	if got := *decode(t, []byte(expand.Replace(register))).Message.(*oadr.RegisterReport).Reports[0].Duration; got != (2*365+3*30)*days {
		t.Errorf("P2Y3M without start is %v", got)
	}
}

// R7: an interval without a start follows the one before it, even if that is some
// months long, and even if the report's own start comes later in the message.
func TestR7Spec8_1IntervalsOfMonthsFollowOneAnother(t *testing.T) {
	interval := func(inside string) string {
		return `<interval %ei>` + inside + `<oadrReportPayload %oadr><rID %ei>r</rID><payloadFloat %ei><value>1</value></payloadFloat></oadrReportPayload></interval>`
	}
	length := func(d string) string { return `<duration %xcal><duration>` + d + `</duration></duration>` }
	raw := `<oadrUpdateReport %oadr><requestID %pyld>r</requestID><oadrReport><intervals %strm>` +
		interval(length("P1M")) + interval(length("P1M")) + interval(`<dtstart %xcal><date-time>2028-02-01T00:00:00Z</date-time></dtstart>`+length("P1M")) + interval("") + interval(length("P1M")) +
		`</intervals><dtstart %xcal><date-time>2026-01-01T00:00:00Z</date-time></dtstart>` + length("P1Y") +
		`<reportRequestID %ei>q</reportRequestID><reportSpecifierID %ei>s</reportSpecifierID><createdDateTime %ei>2026-11-24T12:00:00Z</createdDateTime></oadrReport></oadrUpdateReport>`
	report := decode(t, []byte(expand.Replace(raw))).Message.(*oadr.UpdateReport).Reports[0]
	if *report.Duration != 365*24*time.Hour {
		t.Errorf("the report has %v", *report.Duration)
	}
	var got []any
	for _, i := range report.Intervals {
		if i.Duration == nil {
			got = append(got, "none")
		} else {
			got = append(got, int(*i.Duration/(24*time.Hour)))
		}
	}
	if want := []any{31, 28, 29, "none", 31}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("intervals of %v days, want %v", got, want)
	}
}

// The intervals of signals and baselines count from where those begin.
func TestSpec8_1IntervalsOfEventsCountFromItsStart(t *testing.T) {
	raw := strings.NewReplacer("PT60M", "P1M", "PT1H", "P1M", "2026-11-24T13:00:00Z", "2026-02-01T00:00:00Z",
		`</eiEventSignals>`, `<eiEventBaseline><dtstart %xcal><date-time>2026-03-01T00:00:00Z</date-time></dtstart><duration %xcal><duration>P1M</duration></duration>`+
			`<intervals %strm><interval %ei><duration %xcal><duration>P1M</duration></duration><signalPayload><payloadFloat><value>1</value></payloadFloat></signalPayload></interval></intervals>`+
			`<baselineID>b</baselineID><baselineName>n</baselineName></eiEventBaseline></eiEventSignals>`).Replace(distributeEventXML)
	e := decode(t, []byte(expand.Replace(raw))).Message.(*oadr.DistributeEvent).Events[0]
	got := []time.Duration{e.ActivePeriod.Duration, e.Signals[0].Intervals[0].Duration, e.Baseline.Duration, e.Baseline.Intervals[0].Duration}
	for i, days := range []time.Duration{28, 28, 31, 31} {
		if got[i] != days*24*time.Hour {
			t.Errorf("durations of %v", got)
		}
	}
}

// Durations that begin or end at a start are counted on the calendar, wherever the
// start is in the message.
func TestSpec8_1CountsFromWhereItBelongs(t *testing.T) {
	const days = 24 * time.Hour
	create := strings.NewReplacer("PT1M", "P1M", "PT2M", "P2M", "2026-11-24T13:00:00Z", "2026-02-01T00:00:00Z").Replace(createReportXML)
	s := decode(t, []byte(expand.Replace(create))).Message.(*oadr.CreateReport).Requests[0].Specifier
	if s.Granularity != 28*days || s.ReportBackDuration != 59*days {
		t.Errorf("from February: granularity %v, reportBackDuration %v", s.Granularity, s.ReportBackDuration)
	}
	_, rest, _ := strings.Cut(create, "<reportInterval>")
	_, rest, _ = strings.Cut(rest, "</reportInterval>")
	head, _, _ := strings.Cut(create, "<reportInterval>")
	s = decode(t, []byte(expand.Replace(head+rest))).Message.(*oadr.CreateReport).Requests[0].Specifier
	if s.Granularity != 30*days || s.ReportBackDuration != 60*days {
		t.Errorf("from nowhere: granularity %v, reportBackDuration %v", s.Granularity, s.ReportBackDuration)
	}
	event := strings.NewReplacer("2026-11-24T13:00:00Z", "2026-03-01T00:00:00Z", "<startafter>PT1M<", "<startafter>P1M<", "-PT5M", "P1M",
		"</properties>", "<x-eiRecovery %ei><duration %xcal>P1M</duration></x-eiRecovery><x-eiNotification %ei><duration %xcal>P0.5M</duration></x-eiNotification></properties>").Replace(distributeEventXML)
	p := decode(t, []byte(expand.Replace(event))).Message.(*oadr.DistributeEvent).Events[0].ActivePeriod
	if *p.StartAfter != 31*days || *p.RampUp != 28*days || *p.Recovery != 31*days || *p.Notification != 14*days {
		t.Errorf("startafter %v, rampUp %v, recovery %v, notification %v", *p.StartAfter, *p.RampUp, *p.Recovery, *p.Notification)
	}
}
