package test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// offered returns the reports of a VEN with a meter.
func offered() []ven.Report {
	rate := &oadr.SamplingRate{MinPeriod: time.Second, MaxPeriod: time.Hour}
	boiler := &oadr.Target{Resources: []string{"boiler"}}
	power := oadr.ReportDescription{
		RID: "power", DataSource: boiler, ReportType: "demand", ReadingType: "Direct Read", MarketContext: "http://example.org/dr", SamplingRate: rate,
		Unit: &oadr.Unit{Type: "powerReal", Scale: "k", Hertz: 50, Voltage: 230, AC: true},
	}
	energy := oadr.ReportDescription{
		RID: "energy", DataSource: boiler, ReportType: "usage", ReadingType: "Direct Read", SamplingRate: rate,
		Unit: &oadr.Unit{Type: "energyReal", Scale: "k"},
	}
	state := oadr.ReportDescription{RID: "state", DataSource: boiler, ReportType: "x-resourceStatus", ReadingType: oadr.ReadingNotApplicable}
	bill := oadr.ReportDescription{RID: "bill", ReportType: "usage", ReadingType: "Direct Read"}
	return []ven.Report{
		{SpecifierID: "usage", Name: oadr.ReportTelemetryUsage, Duration: 2 * time.Hour, Points: []oadr.ReportDescription{power, energy}},
		{SpecifierID: "status", Name: oadr.ReportTelemetryStatus, Duration: 2 * time.Hour, Points: []oadr.ReportDescription{state}},
		{SpecifierID: "history", Name: oadr.ReportHistoryUsage, Duration: 4 * time.Hour, Points: []oadr.ReportDescription{energy}},
		{SpecifierID: "green", Name: oadr.ReportHistoryGreenButton, Duration: 24 * time.Hour, Points: []oadr.ReportDescription{bill}},
	}
}

// greenButton is Green Button data in the form that servers leave alone.
const greenButton = `<feed xmlns='http://www.w3.org/2005/Atom'><id>urn:uuid:0d1f</id><title>Usage &amp; cost, Größe 3</title><entry><content>` +
	`<IntervalBlock xmlns='http://naesb.org/espi'><IntervalReading><cost>1250</cost><value>17</value></IntervalReading></IntervalBlock></content></entry></feed>`

// meter reads what was measured: how many seconds after its beginning.
type meter struct {
	begin time.Time

	mu   sync.Mutex
	said []client.ReportValue // as an operator should see it
}

func (m *meter) Read(_ context.Context, _ string, rIDs []string, start time.Time, span time.Duration) (all []oadr.ReportPayload, _ error) {
	for _, rID := range rIDs {
		p := oadr.ReportPayload{RID: rID, Confidence: new(uint32(95)), Accuracy: new(0.25), Quality: "Quality Good - Non Specific", Value: start.Sub(m.begin).Seconds() + 0.5}
		if rID == "state" {
			p = oadr.ReportPayload{RID: rID, Status: &oadr.ResourceStatus{
				Online: true, ManualOverride: true, LoadControlState: &oadr.LoadControlState{Capacity: &oadr.LoadControl{Min: new(0.0), Max: new(10.0), Current: 7.5}},
			}}
		}
		all = append(all, p)
	}
	m.say(start, span, all, nil)
	return all, nil
}

// History is in half hours where nothing else is asked for.
func (m *meter) History(_ context.Context, specifierID string, rIDs []string, from, to time.Time, granularity time.Duration) (all []oadr.ReportInterval, _ error) {
	if granularity == 0 {
		granularity = 30 * time.Minute
	}
	if specifierID == "green" {
		feeds := []oadr.XML{greenButton, greenButton}
		m.say(from, to.Sub(from), nil, feeds)
		return []oadr.ReportInterval{{Start: from, Duration: new(to.Sub(from)), GreenButton: feeds}}, nil
	}
	for ; from.Before(to); from = from.Add(granularity) {
		var payloads []oadr.ReportPayload
		for _, rID := range rIDs {
			payloads = append(payloads, oadr.ReportPayload{RID: rID, Value: from.Sub(m.begin).Seconds()})
		}
		m.say(from, granularity, payloads, nil)
		all = append(all, oadr.ReportInterval{Start: from, Duration: new(granularity), Payloads: payloads})
	}
	return all, nil
}

func (m *meter) say(start time.Time, span time.Duration, payloads []oadr.ReportPayload, feeds []oadr.XML) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range payloads {
		one := client.ReportValue{RID: p.RID, Start: start.UTC(), Duration: oadr.FormatDuration(span), Quality: p.Quality, Confidence: p.Confidence, Accuracy: p.Accuracy}
		if s := p.Status; s != nil {
			one.Status = &client.ResourceStatus{Online: s.Online, ManualOverride: s.ManualOverride, LoadControlState: &client.LoadControlState{
				Capacity: (*client.LoadControl)(s.LoadControlState.Capacity),
			}}
		} else {
			one.Value = new(p.Value)
		}
		m.said = append(m.said, one)
	}
	if feeds != nil {
		one := client.ReportValue{Start: start.UTC(), Duration: oadr.FormatDuration(span)}
		for _, f := range feeds {
			one.GreenButton = append(one.GreenButton, string(f))
		}
		m.said = append(m.said, one)
	}
}

// saw returns all values that the meter has returned so far.
func (m *meter) saw() []client.ReportValue {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.said)
}

// reporter is a VEN with a meter, whose clock the test moves.
type reporter struct {
	*ven.VEN
	s     *stack
	id    string
	begin time.Time // what the clock showed first
	clock *coretest.Clock
	meter *meter
	// What the VTN sent about reports, and the updates that it took.
	created   chan *oadr.CreateReport
	cancelled chan *oadr.CancelReport
	own       chan *oadr.RegisterReport
	updates   chan *oadr.UpdateReport
}

// pass moves the VEN's clock by d, once the VEN waits for that time.
func (r *reporter) pass(d time.Duration) {
	r.s.t.Helper()
	r.clock.AwaitWait(r.s.t, d)
	r.clock.Move(d)
}

// update returns the next update that the VTN accepted, which must be for one request.
func (r *reporter) update(reportRequestID string) *oadr.Report {
	r.s.t.Helper()
	m := next(r.s.t, "an update for "+reportRequestID, r.updates)
	if len(m.Reports) != 1 || m.Reports[0].ReportRequestID != reportRequestID {
		r.s.t.Fatalf("the VEN sent %+v, want an update for %s", m, reportRequestID)
	}
	return &m.Reports[0]
}

// updateInTime lets time pass as the VEN waits for it, until an update for one request
// comes.
func (r *reporter) updateInTime(reportRequestID string) {
	r.s.t.Helper()
	giveUp := time.After(patience)
	for {
		select {
		case m := <-r.updates:
			if len(m.Reports) == 1 && m.Reports[0].ReportRequestID == reportRequestID {
				return
			}
		case <-r.clock.Waits():
			r.clock.Move(5 * time.Minute)
		case <-giveUp:
			r.s.t.Fatalf("no update for %s came", reportRequestID)
		}
	}
}

// noUpdate fails the test if the VTN has accepted an update.
func (r *reporter) noUpdate() {
	r.s.t.Helper()
	if err := roundTrip(r.s.t, r.VEN); err != nil {
		r.s.t.Fatal(err)
	}
	select {
	case m := <-r.updates:
		r.s.t.Errorf("the VTN took %+v", m)
	default:
	}
}

// sends waits until the VEN serves these report requests.
func (r *reporter) sends(reportRequestIDs ...string) {
	r.s.t.Helper()
	r.s.eventually(fmt.Sprintf("the VEN to have %q still to send", reportRequestIDs), func() bool {
		return slices.Equal(r.PendingReports(), reportRequestIDs)
	})
}

// once returns a request for one report, now.
func (r *reporter) once(specifierID string, rIDs ...string) client.ReportRequestSpec {
	return client.ReportRequestSpec{VENID: r.id, ReportSpecifierID: specifierID, RIDs: rIDs}
}

// periodic returns a request for power by the minute, every five minutes.
func (r *reporter) periodic() client.ReportRequestSpec {
	spec := r.once("usage", "power")
	spec.Granularity, spec.ReportBackDuration, spec.Start = "PT1M", "PT5M", &r.begin
	return spec
}
