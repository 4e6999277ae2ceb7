package ven

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// reporter is a registered VEN with registered reports, whose clock shows noon.
func reporter(t *testing.T, srv *rig.Ejabberd, vtn *scriptedVTN, change ...func(*Config)) (*VEN, *coretest.Clock) {
	t.Helper()
	clock := coretest.NewClock(noon)
	cfg := account(srv, "ven1")
	cfg.VTN, cfg.SkipCatchUp = vtn.service(), true
	cfg.Reports, cfg.Meter, cfg.Clock = offered(), &counter{}, clock
	for _, f := range change {
		f(&cfg)
	}
	v := connect(t, cfg)
	register(t, v, vtn)
	request[*oadr.RegisterReport](t, vtn)
	return v, clock
}

// update is the next request, which must be an update of one report whose intervals
// follow one another (rule R7).
func update(t *testing.T, vtn *scriptedVTN, reportRequestID string) oadr.Report {
	t.Helper()
	m := request[*oadr.UpdateReport](t, vtn)
	if len(m.Reports) != 1 || m.VENID != "ven-7" || m.RequestID == "" {
		t.Fatalf("sent %+v", m)
	}
	r := m.Reports[0]
	if r.ReportRequestID != reportRequestID || len(r.Descriptions) > 0 || strings.HasPrefix(r.ReportName, oadr.MetadataPrefix) {
		t.Fatalf("sent %+v", r)
	}
	at := r.Start
	for i, interval := range r.Intervals {
		if !interval.Start.Equal(at) || interval.Duration == nil {
			t.Fatalf("interval %d begins %v for %v, want %v", i, interval.Start, interval.Duration, at)
		}
		at = at.Add(*interval.Duration)
	}
	if r.Duration == nil || !at.Equal(r.Start.Add(*r.Duration)) {
		t.Fatalf("intervals end %v after %v, the report lasts %v", at, r.Start, r.Duration)
	}
	return r
}

// values are those of a report's first data point.
func values(r oadr.Report) (list []float64) {
	for _, i := range r.Intervals {
		list = append(list, i.Payloads[0].Value)
	}
	return list
}

func wantValues(t *testing.T, r oadr.Report, want ...float64) {
	t.Helper()
	got := values(r)
	if len(got) != len(want) {
		t.Fatalf("values %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("values %v, want %v", got, want)
		}
	}
}

// pass moves the clock by d once the VEN waits for that.
func pass(t *testing.T, clock *coretest.Clock, d time.Duration) {
	t.Helper()
	clock.AwaitWait(t, d)
	clock.Move(d)
}

// point is a data point that can be read once in a minute to once in an hour.
func point(rID string) oadr.ReportDescription {
	return oadr.ReportDescription{
		RID: rID, ReportType: "usage", ReadingType: "Direct Read", MarketContext: "http://example.org/dr",
		Unit:         &oadr.Unit{Type: "energyReal", Scale: "k"},
		DataSource:   &oadr.Target{Resources: []string{"meter-1"}},
		SamplingRate: &oadr.SamplingRate{MinPeriod: time.Minute, MaxPeriod: time.Hour},
	}
}

// offered are the reports of the VENs in these tests.
func offered() []Report {
	return []Report{
		{"usage", oadr.ReportTelemetryUsage, time.Hour, []oadr.ReportDescription{point("a"), point("b")}},
		{"status", oadr.ReportTelemetryStatus, time.Hour, []oadr.ReportDescription{{RID: "s", ReportType: "x-resourceStatus", ReadingType: "x-notApplicable"}}},
		{"history", oadr.ReportHistoryUsage, 4 * time.Hour, []oadr.ReportDescription{point("a")}},
		{"green", oadr.ReportHistoryGreenButton, time.Hour, []oadr.ReportDescription{point("g")}},
	}
}

// asks is a request for one update of data points of a report, now.
func asks(id, specifierID string, rIDs ...string) oadr.ReportRequest {
	r := oadr.ReportRequest{ReportRequestID: id, Specifier: oadr.ReportSpecifier{ReportSpecifierID: specifierID}}
	for _, rID := range rIDs {
		r.Specifier.Payloads = append(r.Specifier.Payloads, oadr.SpecifierPayload{RID: rID, ReadingType: oadr.ReadingNotApplicable})
	}
	return r
}

// every makes a request periodic: an update each back, of values each granularity.
func every(r oadr.ReportRequest, back, granularity time.Duration) oadr.ReportRequest {
	r.Specifier.ReportBackDuration, r.Specifier.Granularity = back, granularity
	return r
}

// during gives a request a reportInterval.
func during(r oadr.ReportRequest, start time.Time, d time.Duration) oadr.ReportRequest {
	r.Specifier.ReportInterval = &oadr.Period{Start: start, Duration: d}
	return r
}

// counter is a Meter whose values are the minutes from noon to their start.
type counter struct {
	broken bool
}

func (c *counter) Read(_ context.Context, _ string, rIDs []string, start time.Time, _ time.Duration) ([]oadr.ReportPayload, error) {
	if c.broken {
		return nil, errors.New("the meter is broken")
	}
	var payloads []oadr.ReportPayload
	for _, rID := range rIDs {
		p := oadr.ReportPayload{RID: rID, Value: start.Sub(noon).Minutes()}
		if rID == "s" {
			p = oadr.ReportPayload{RID: rID, Status: &oadr.ResourceStatus{Online: true}}
		}
		payloads = append(payloads, p)
	}
	return payloads, nil
}

func (c *counter) History(ctx context.Context, specifierID string, rIDs []string, from, to time.Time, granularity time.Duration) ([]oadr.ReportInterval, error) {
	if c.broken {
		return nil, errors.New("the meter is broken")
	}
	if specifierID == "green" {
		return []oadr.ReportInterval{{Start: from, GreenButton: []oadr.XML{`<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:uuid:1</id><title>usage</title><updated>2026-11-24T12:00:00Z</updated></feed>`}}}, nil
	}
	if granularity == 0 {
		granularity = 30 * time.Minute
	}
	var intervals []oadr.ReportInterval
	for ; from.Before(to); from = from.Add(granularity) {
		payloads, _ := c.Read(ctx, specifierID, rIDs, from, granularity)
		intervals = append(intervals, oadr.ReportInterval{Start: from, Duration: &granularity, Payloads: payloads})
	}
	return intervals, nil
}
