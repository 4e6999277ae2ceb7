package core_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// eventSteps are what an operator and a VEN do with events and opts.
type eventSteps struct{ *testVTN }

// simple is an event of one SIMPLE level that starts in an hour and lasts one.
func simple(targets ...core.Target) core.EventSpec {
	return core.EventSpec{
		MarketContext: "http://example.org/dr", Start: t0.Add(time.Hour), Duration: time.Hour,
		ResponseRequired: "always", Overlap: "refuse", Targets: targets,
		Signals: []core.Signal{{Name: "SIMPLE", Type: "level", Intervals: []core.Interval{{Duration: time.Hour, Value: 1}}}},
	}
}

// create makes an event that must be valid.
func (r eventSteps) create(spec core.EventSpec) *core.Event {
	r.t.Helper()
	e, err := r.CreateEvent(r.t.Context(), spec, "test")
	if err != nil {
		r.t.Fatal(err)
	}
	return e
}

// set is what a VEN gets when it requests its events.
func (r eventSteps) set(from core.Peer) []oadr.Event {
	r.t.Helper()
	return must[*oadr.DistributeEvent](r, from, &oadr.RequestEvent{RequestID: "q", VENID: r.venID(from)}).Events
}

// status is a VEN's status in an event.
func (r eventSteps) status(eventID, venID string) core.VENStatus {
	r.t.Helper()
	vens, _, err := r.EventVENs(r.t.Context(), eventID, "", 100)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, v := range vens {
		if v.VENID == venID {
			return v
		}
	}
	r.t.Fatalf("event %s does not list %s: %+v", eventID, venID, vens)
	return core.VENStatus{}
}

// answer is an oadrCreatedEvent for one event.
func answer(venID, requestID, eventID string, modification uint32, opt string) *oadr.CreatedEvent {
	return &oadr.CreatedEvent{
		Response: oadr.EIResponse{Code: oadr.CodeOK},
		VENID:    venID,
		Responses: []oadr.EventResponse{{
			Code: oadr.CodeOK, RequestID: requestID, EventID: eventID, ModificationNumber: modification, OptType: opt,
		}},
	}
}

// quiet checks that nothing more is pushed: twice it creates an event for a sentinel
// VEN, whose push must be the next. The outcome of the first is stored after all earlier
// outcomes, so the second push comes after all that those made due.
func (r eventSteps) quiet() {
	r.t.Helper()
	sentinel := peer("sentinel")
	if _, err := r.VEN(r.t.Context(), "sentinel"); err != nil {
		r.join("sentinel")
	}
	for range 2 {
		spec := simple(venIDs("sentinel")...)
		spec.Start, spec.Overlap = r.clock.Now().Add(time.Hour), "allow"
		e := r.create(spec)
		p, d := r.pushedEvents()
		if p.To != sentinel.Address {
			r.t.Fatalf("an unexpected push to %s: %+v", p.To, d.Events)
		}
		r.Settle(sentinel, p.Token, core.Outcome{Result: core.Acknowledged})
		r.wantDelivery(e, "sentinel", core.DeliveryAcknowledged)
	}
}

func (r eventSteps) wantDelivery(e *core.Event, venID string, want core.DeliveryState) {
	r.t.Helper()
	r.waitFor(func() bool { return r.status(e.EventID, venID).Delivery == want })
}

// history reads all of an event's history.
func (r eventSteps) history(eventID, venID string) []core.HistoryEntry {
	r.t.Helper()
	entries, next, err := r.EventHistory(r.t.Context(), eventID, venID, core.HistoryCursor{}, 1000)
	if err != nil || next != (core.HistoryCursor{}) {
		r.t.Fatalf("history: %v, next %v", err, next)
	}
	return entries
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		g, w := "nothing", "nothing"
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			t.Errorf("%s: entry %d is %q, want %q", what, i, g, w)
		}
	}
}

// wantPart waits for a push of exactly these events, as "eventID status".
func (r eventSteps) wantPart(want ...string) core.Push {
	r.t.Helper()
	p, d := r.pushedEvents()
	if len(p.Bytes) > r.cfg.MaxPayload {
		r.t.Errorf("the push has %d bytes of %d", len(p.Bytes), r.cfg.MaxPayload)
	}
	var got []string
	for _, e := range d.Events {
		got = append(got, e.Descriptor.EventID+" "+e.Descriptor.Status)
	}
	if !slices.Equal(got, want) {
		r.t.Fatalf("pushed %q, want %q", got, want)
	}
	return p
}

// wantLeftOut checks which events the operator sees as left out for a VEN.
func (r eventSteps) wantLeftOut(venID string, want ...string) {
	r.t.Helper()
	v, err := r.VEN(r.t.Context(), venID)
	if err != nil {
		r.t.Fatal(err)
	}
	if !slices.Equal(v.LeftOut, want) {
		r.t.Errorf("shown as left out are %q, want %q", v.LeftOut, want)
	}
	for _, id := range want {
		if s := r.status(id, venID); !s.LeftOut || s.Delivery != core.DeliveryPending || !strings.Contains(s.LastError, "left out") || !s.AcknowledgedAt.IsZero() {
			r.t.Errorf("%s is left out and shown as %+v", id, s)
		}
	}
}

// prices is a day of prices, five minutes each, some days ahead: 96 kB.
func prices(day int, targets ...core.Target) core.EventSpec {
	s := simple(targets...)
	s.EventID, s.Start, s.Duration = fmt.Sprint("day", day), t0.Add(time.Duration(day)*24*time.Hour), 24*time.Hour
	signal := core.Signal{Name: "ELECTRICITY_PRICE", Type: "price", Unit: &oadr.Unit{Type: "currencyPerKWh", Units: "EUR", Scale: "none"}}
	for i := range 288 {
		signal.Intervals = append(signal.Intervals, core.Interval{Duration: 5 * time.Minute, Value: 0.05 + 0.00137*float64(i%97)})
	}
	s.Signals = []core.Signal{signal}
	return s
}

// later is an event like simple that may overlap others.
func later(targets ...core.Target) core.EventSpec {
	spec := simple(targets...)
	spec.Overlap = "allow"
	return spec
}

// refused is the problem with a signal that no event may have.
func (r eventSteps) refused(s core.Signal) core.Problem {
	r.t.Helper()
	spec := simple(venIDs("ven1")...)
	spec.Signals = []core.Signal{s}
	_, err := r.CreateEvent(r.t.Context(), spec, "test")
	var invalid *core.InvalidError
	if !errors.As(err, &invalid) || len(invalid.Problems) != 1 || invalid.Problems[0].Rule != "E8" {
		r.t.Errorf("%q %q in %+v: %v, want one problem by rule E8", s.Name, s.Type, s.Unit, err)
		return core.Problem{}
	}
	return invalid.Problems[0]
}

func ids(set []oadr.Event) (out []string) {
	for _, e := range set {
		out = append(out, e.Descriptor.EventID)
	}
	return out
}

// at is a simple event, in a market context of its own, that begins at start after t0.
func at(id string, start, duration time.Duration, change ...func(*core.EventSpec)) core.EventSpec {
	s := simple(venIDs("ven1")...)
	s.EventID, s.MarketContext, s.Start, s.Duration = id, "http://example.org/"+id, t0.Add(start), duration
	s.Signals[0].Intervals[0].Duration = duration
	for _, c := range change {
		c(&s)
	}
	return s
}

func groups(ids ...string) func(*oadr.CreateOpt) {
	return func(m *oadr.CreateOpt) { m.Target.Groups = ids }
}

// schedule sends an opt schedule, after change, that the VTN must accept.
func (r eventSteps) schedule(from core.Peer, optID, optType string, spans []oadr.Available, change ...func(*oadr.CreateOpt)) {
	r.t.Helper()
	m := &oadr.CreateOpt{OptID: optID, OptType: optType, OptReason: "x-schedule", VENID: r.venID(from), CreatedDateTime: t0, RequestID: "r",
		Schedule: true, Availability: spans}
	for _, c := range change {
		c(m)
	}
	wantCode(r.t, must[*oadr.CreatedOpt](r, from, m).Response, oadr.CodeOK, "r")
}

// span is from one hour after t0 to another; without an end where they are the same.
func span(from, to float64) []oadr.Available {
	hours := func(h float64) time.Duration { return time.Duration(h * float64(time.Hour)) }
	return []oadr.Available{{Start: t0.Add(hours(from)), Duration: hours(to - from)}}
}

func createdAt(minute int) func(*oadr.CreateOpt) {
	return func(m *oadr.CreateOpt) { m.CreatedDateTime = t0.Add(time.Duration(minute) * time.Minute) }
}

func resources(ids ...string) func(*oadr.CreateOpt) {
	return func(m *oadr.CreateOpt) { m.Target.Resources = ids }
}

func classes(ids ...string) func(*oadr.CreateOpt) {
	return func(m *oadr.CreateOpt) { m.DeviceClass = &oadr.Target{EndDeviceAssets: ids} }
}

func marketContext(uri string) func(*oadr.CreateOpt) {
	return func(m *oadr.CreateOpt) { m.MarketContext = uri }
}

// optedOut checks that exactly these VENs are listed and counted as opted out by schedule.
func (r eventSteps) optedOut(eventID string, want bool, venIDs ...string) {
	r.t.Helper()
	if !want {
		venIDs = nil
	}
	var got []string
	for after := ""; ; {
		vens, next, err := r.VENsOptedOutBySchedule(r.t.Context(), eventID, after, 2)
		if err != nil || len(vens) > 2 {
			r.t.Fatalf("%d VENs, %v", len(vens), err)
		}
		for _, v := range vens {
			got = append(got, v.VENID)
		}
		if after = next; next == "" {
			break
		}
	}
	if !slices.Equal(got, venIDs) {
		r.t.Errorf("of %s, %v are listed as opted out by schedule, want %v", eventID, got, venIDs)
	}
	if c, err := r.EventCounts(r.t.Context(), eventID); err != nil || c.OptedOutBySchedule != len(venIDs) {
		r.t.Errorf("of %s, %d are counted, want %d, %v", eventID, c.OptedOutBySchedule, len(venIDs), err)
	}
}

// modify makes a change of an event that must be valid.
func (r eventSteps) modify(eventID string, change func(*core.EventSpec)) *core.Event {
	r.t.Helper()
	e, err := r.ModifyEvent(r.t.Context(), eventID, func(s core.EventSpec) (core.EventSpec, error) { change(&s); return s, nil }, "test")
	if err != nil {
		r.t.Fatal(err)
	}
	return e
}

func (r eventSteps) cancel(eventID string) {
	r.t.Helper()
	if _, err := r.CancelEvent(r.t.Context(), eventID, "test"); err != nil {
		r.t.Fatal(err)
	}
}

// acknowledge waits for the next push and acknowledges it.
func (r eventSteps) acknowledge(from core.Peer) *oadr.DistributeEvent {
	r.t.Helper()
	p, d := r.pushedEvents()
	r.Settle(from, p.Token, core.Outcome{Result: core.Acknowledged, Code: 200})
	return d
}

// acknowledgePushes waits for n pushes of events and acknowledges each.
func (r eventSteps) acknowledgePushes(n int) {
	r.t.Helper()
	for range n {
		p, _ := r.pushedEvents()
		r.acknowledged(p)
	}
}

// acknowledgeAll acknowledges every push until the test ends.
func (r eventSteps) acknowledgeAll() {
	for {
		select {
		case p := <-r.wire.pushes:
			r.acknowledged(p)
		case <-r.t.Context().Done():
			return
		}
	}
}

func (r eventSteps) acknowledged(p core.Push) {
	r.Settle(peer(strings.TrimSuffix(p.To, "@example.org/client")), p.Token, core.Outcome{Result: core.Acknowledged})
}

// wantReason checks that the reason why ven1 does not hold event e contains some
// texts, or is empty if there are none.
func (r eventSteps) wantReason(when string, want ...string) core.VENStatus {
	r.t.Helper()
	s := r.status("e", "ven1")
	for _, text := range want {
		if !strings.Contains(s.Reason, text) {
			r.t.Errorf("%s: %q lacks %q", when, s.Reason, text)
		}
	}
	if len(want) == 0 && s.Reason != "" {
		r.t.Errorf("%s: %q", when, s.Reason)
	}
	return s
}

// wantOpts lists opts two at a time and checks their venIDs and optIDs.
func (r eventSteps) wantOpts(q core.OptQuery, want ...string) []core.ListedOpt {
	r.t.Helper()
	var all []core.ListedOpt
	var got []string
	for after := (core.OptCursor{}); ; {
		opts, next, err := r.Opts(r.t.Context(), q, after, 2)
		if err != nil || len(opts) > 2 {
			r.t.Fatalf("%d opts, %v", len(opts), err)
		}
		for _, o := range opts {
			got = append(got, o.VENID+"/"+o.OptID)
		}
		all = append(all, opts...)
		if after = next; next == (core.OptCursor{}) {
			break
		}
	}
	if !slices.Equal(got, want) {
		r.t.Errorf("%+v lists %v, want %v", q, got, want)
	}
	return all
}

// historyInParts reads an event's history in parts of at most limit entries, and
// checks that each cursor reads back from its text.
func (r eventSteps) historyInParts(id string, limit int) []core.HistoryEntry {
	r.t.Helper()
	var parts []core.HistoryEntry
	for after := (core.HistoryCursor{}); ; {
		some, next, err := r.EventHistory(r.t.Context(), id, "", after, limit)
		if err != nil || len(some) > limit {
			r.t.Fatalf("%d entries, %v", len(some), err)
		}
		parts = append(parts, some...)
		if next == (core.HistoryCursor{}) {
			break
		}
		if after, err = core.ParseHistoryCursor(next.String()); err != nil || after != next {
			r.t.Fatalf("%s reads as %s, %v", next, after, err)
		}
	}
	return parts
}

// optOutOf has ven1 opt out of an event under optID o.
func (r eventSteps) optOutOf(ven core.Peer, e *core.Event) {
	r.t.Helper()
	wantCode(r.t, must[*oadr.CreatedOpt](r, ven, &oadr.CreateOpt{OptID: "o", OptType: oadr.OptOut, OptReason: "economic", VENID: "ven1", RequestID: "o", CreatedDateTime: t0,
		Event: &oadr.QualifiedEventID{EventID: e.EventID}}).Response, oadr.CodeOK, "o")
}
