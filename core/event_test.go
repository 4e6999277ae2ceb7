package core_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

func TestE1ConcernsByEveryKindOfTarget(t *testing.T) {
	r := start(t)
	r.join("ven1")
	ven := r.join("ven2", func(v *core.VEN) {
		v.Groups, v.Resources, v.Parties, v.MarketContexts = []string{"g"}, []string{"res"}, []string{"p"}, []string{"http://example.org/m"}
	})
	for _, target := range []core.Target{
		{Kind: core.TargetAll}, {Kind: core.TargetVENID, Value: "ven2"}, {Kind: core.TargetGroup, Value: "g"},
		{Kind: core.TargetResource, Value: "res"}, {Kind: core.TargetParty, Value: "p"}, {Kind: core.TargetMarketContext, Value: "http://example.org/m"},
	} {
		spec := simple(target)
		spec.EventID, spec.Overlap = "for-"+string(target.Kind), "allow"
		r.create(spec)
	}
	if got := ids(r.set(ven)); len(got) != 6 {
		t.Errorf("ven2 has %v", got)
	}
	if got := ids(r.set(peer("ven1"))); !slices.Equal(got, []string{"for-all"}) {
		t.Errorf("ven1 has %v", got)
	}
}

func TestE1ReportOnlyVENsGetNone(t *testing.T) {
	r := start(t)
	r.join("ven1")
	ven := r.join("ven2")
	m := registration()
	m.ReportOnly = true
	must[created](r, ven, m)
	r.create(simple(venIDs("ven1", "ven2")...))
	p, _ := r.pushedEvents()
	if p.To != peer("ven1").Address {
		t.Errorf("pushed to %s", p.To)
	}
	r.Settle(peer("ven1"), p.Token, core.Outcome{Result: core.Acknowledged})
	r.quiet()
	if got := r.set(ven); len(got) != 0 {
		t.Errorf("a report-only VEN has %v", ids(got))
	}
}

func TestE2Order(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.join("ven2")
	priority := func(p uint32) func(*core.EventSpec) { return func(s *core.EventSpec) { s.Priority = p } }
	after := func(s *core.EventSpec) { s.StartAfter = 3 * time.Hour }
	r.create(at("far-late", 5*time.Hour, time.Hour, priority(1)))
	r.create(at("far-b", 3*time.Hour, time.Hour))
	r.create(at("far-a", 3*time.Hour, time.Hour))
	r.create(at("cancelled", 4*time.Hour, time.Hour, priority(1)))
	r.create(at("cancelled-early", 70*time.Minute, time.Hour, priority(1)))
	r.create(at("taken-off", 75*time.Minute, time.Hour, priority(1)))
	r.create(at("active-cancelled", 0, 2*time.Hour, priority(2)))
	r.create(at("done", 0, 10*time.Minute, after))
	r.create(at("active-none", 0, 2*time.Hour))
	r.create(at("active-2-late", time.Minute, 2*time.Hour, priority(2)))
	r.create(at("active-2", 0, 2*time.Hour, priority(2)))
	r.create(at("active-1", 2*time.Minute, 2*time.Hour, priority(1)))
	r.clock.Move(time.Hour)
	want := []string{"active-1", "active-2", "active-cancelled", "active-2-late", "active-none", "cancelled-early", "taken-off", "far-a", "far-b", "cancelled", "far-late", "done"}
	check := func(when string) {
		t.Helper()
		if got := ids(r.set(ven)); !slices.Equal(got, want) {
			t.Errorf("%s: order\n%v, want\n%v", when, got, want)
		}
	}
	check("before")
	for _, id := range []string{"cancelled", "cancelled-early", "active-cancelled"} {
		r.cancel(id)
	}
	r.modify("taken-off", func(s *core.EventSpec) { s.Targets = venIDs("ven2") })
	check("cancelled")
	r.clock.Move(30 * time.Minute) // one that was pending would have begun
	check("later")
}

// Rule E2, the profile's 15: an event that is cancelled, for all or for one VEN, keeps
// its place in the order, so that no replyLimit hides it.
func TestE2CancellingMovesNothing(t *testing.T) {
	for seed := range uint64(10) {
		random := rand.New(rand.NewPCG(seed, 15))
		r := start(t)
		ven := r.join("ven1", group("g"))
		r.join("ven2", group("g"))
		for n := range 12 {
			r.create(at(fmt.Sprint("event", n), time.Duration(random.IntN(180)-30)*time.Minute, time.Hour, func(s *core.EventSpec) {
				s.Priority, s.StartAfter, s.RampUp = uint32(random.IntN(3)), time.Hour, time.Duration(random.IntN(60))*time.Minute
			}))
		}
		before := ids(r.set(ven))
		for n := range 12 {
			switch id := fmt.Sprint("event", n); random.IntN(3) {
			case 0:
				r.cancel(id)
			case 1:
				r.modify(id, func(s *core.EventSpec) { s.Targets = venIDs("ven2") })
			}
		}
		if after := ids(r.set(ven)); !slices.Equal(after, before) {
			t.Fatalf("seed %d: order\n%v, before\n%v", seed, after, before)
		}
		limit := uint32(random.IntN(12))
		if part := must[*oadr.DistributeEvent](r, ven, &oadr.RequestEvent{RequestID: "q", VENID: "ven1", ReplyLimit: &limit}); !slices.Equal(ids(part.Events), before[:limit]) {
			t.Fatalf("seed %d: the first %d are %v, want %v", seed, limit, ids(part.Events), before[:limit])
		}
	}
}

func TestE3ModificationNumber(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	e := r.create(simple(venIDs("ven1")...))
	if e.ModificationNumber != 0 {
		t.Errorf("begins at %d", e.ModificationNumber)
	}
	comment := func(text string) *core.Event {
		e, err := r.ModifyEvent(t.Context(), e.EventID, func(s core.EventSpec) (core.EventSpec, error) {
			s.Comment = text
			return s, nil
		}, "test")
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	if got := comment("a").ModificationNumber; got != 1 {
		t.Errorf("a change makes it %d", got)
	}
	if got := comment("a").ModificationNumber; got != 1 {
		t.Errorf("no change makes it %d", got)
	}
	r.clock.Move(90 * time.Minute)
	if got := r.set(ven)[0].Descriptor; got.ModificationNumber != 1 || got.Status != oadr.StatusActive || !got.CreatedDateTime.Equal(r.clock.Now()) {
		t.Errorf("time passing gave %+v", got)
	}
	cancelled, err := r.CancelEvent(t.Context(), e.EventID, "test")
	if err != nil || cancelled.ModificationNumber != 2 {
		t.Errorf("cancelling makes it %d, %v", cancelled.ModificationNumber, err)
	}
}

func TestE4Status(t *testing.T) {
	for _, c := range []struct {
		name             string
		rampUp, duration time.Duration
		at               time.Duration // relative to dtstart
		want             string
	}{
		{"far", 10 * time.Minute, time.Hour, -10*time.Minute - 1, oadr.StatusFar},
		{"near from ramp-up", 10 * time.Minute, time.Hour, -10 * time.Minute, oadr.StatusNear},
		{"far until dtstart without ramp-up", 0, time.Hour, -1, oadr.StatusFar},
		{"negative ramp-up is none", -10 * time.Minute, time.Hour, -1, oadr.StatusFar},
		{"active at dtstart", 0, time.Hour, 0, oadr.StatusActive},
		{"active at dtstart with negative ramp-up", -10 * time.Minute, time.Hour, 0, oadr.StatusActive},
		{"active to the end", 0, time.Hour, time.Hour - 1, oadr.StatusActive},
		{"completed", 0, time.Hour, time.Hour, oadr.StatusCompleted},
		{"open-ended", 0, 0, 1000 * time.Hour, oadr.StatusActive},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := core.Event{EventSpec: core.EventSpec{Start: t0, RampUp: c.rampUp, Duration: c.duration}}
			if got := e.Status(t0.Add(c.at)); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestE5E7E9E10E11Signals(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	spec := simple(venIDs("ven1")...)
	half := 30 * time.Minute
	spec.Notification = 10 * time.Minute
	spec.Signals = []core.Signal{
		{Name: "SIMPLE", Type: "level", Intervals: []core.Interval{{Duration: half, Value: 1}, {Duration: half, Value: 2}}, DeviceClasses: []string{"Thermostat"}},
		{Name: "ELECTRICITY_PRICE", Type: "price", Unit: &oadr.Unit{Type: "currencyPerKWh", Scale: "none", Units: "EUR"},
			Intervals: []core.Interval{{Duration: half, Value: 0.5}, {Duration: half, Value: 0.7}}},
	}
	spec.Baseline = &core.Baseline{Start: t0.Add(-24 * time.Hour), Duration: time.Hour, ID: "b", Name: "yesterday",
		Intervals: []core.Interval{{Duration: half, Value: 3}, {Duration: half, Value: 4}}}
	r.create(spec)
	e := r.set(ven)[0]
	if *e.ActivePeriod.Notification != spec.Notification {
		t.Errorf("x-eiNotification %v", e.ActivePeriod.Notification)
	}
	ids := map[string]bool{}
	for _, s := range e.Signals {
		ids[s.ID] = true
		for i, n := range s.Intervals {
			if n.UID != string(rune('0'+i)) || n.Start != nil {
				t.Errorf("interval %d of %s: uid %s, dtstart %v", i, s.Name, n.UID, n.Start)
			}
		}
	}
	if len(ids) != 2 {
		t.Errorf("signalIDs %v", ids)
	}
	if e.Baseline.Intervals[1].UID != "1" || e.Baseline.Intervals[1].Start != nil {
		t.Errorf("baseline interval %+v", e.Baseline.Intervals[1])
	}
	if e.Signals[0].Target == nil || !slices.Equal(e.Signals[0].Target.EndDeviceAssets, []string{"Thermostat"}) {
		t.Errorf("device classes stand in %+v (E12)", e.Signals[0].Target)
	}
	if v := e.Signals[0].CurrentValue; v == nil || *v != 0 {
		t.Errorf("SIMPLE before it is active has %v", v)
	}
	if v := e.Signals[1].CurrentValue; v != nil {
		t.Errorf("a price before it is active has %v", *v)
	}
	r.clock.Move(100 * time.Minute)
	e = r.set(ven)[0]
	if *e.Signals[0].CurrentValue != 2 || *e.Signals[1].CurrentValue != 0.7 {
		t.Errorf("running values %v, %v", *e.Signals[0].CurrentValue, *e.Signals[1].CurrentValue)
	}
}

func TestE12TargetHoldsOnlyWhatIsTheVENs(t *testing.T) {
	r := start(t)
	a := r.join("ven1", group("g1"), group("g2"))
	b := r.join("ven2", group("g2"))
	r.create(simple(core.Target{Kind: core.TargetGroup, Value: "g1"}, core.Target{Kind: core.TargetGroup, Value: "g2"},
		core.Target{Kind: core.TargetVENID, Value: "ven2"}))
	if got := r.set(a)[0].Target; !slices.Equal(got.Groups, []string{"g1", "g2"}) || got.VENs != nil {
		t.Errorf("ven1 sees %+v", got)
	}
	if got := r.set(b)[0].Target; !slices.Equal(got.Groups, []string{"g2"}) || !slices.Equal(got.VENs, []string{"ven2"}) {
		t.Errorf("ven2 sees %+v", got)
	}
}

func TestE13OverlapIsRefused(t *testing.T) {
	r := start(t)
	r.join("ven1", group("g"))
	r.join("ven2")
	first := simple(core.Target{Kind: core.TargetGroup, Value: "g"})
	first.StartAfter = 5 * time.Minute
	r.create(first)
	next := simple(venIDs("ven1")...)
	next.Start = first.Start.Add(time.Hour + 4*time.Minute)
	var conflict *core.ConflictError
	if _, err := r.CreateEvent(t.Context(), next, "test"); !errors.As(err, &conflict) || conflict.Problems[0].Rule != "E13" || conflict.Problems[0].Field != "start" {
		t.Fatalf("overlap was answered with %v", err)
	}
	if events, _, _ := r.Events(t.Context(), 0, 10); len(events) != 1 {
		t.Fatalf("%d events are stored", len(events))
	}
	for name, change := range map[string]func(*core.EventSpec){
		"after startafter":       func(s *core.EventSpec) { s.Start = s.Start.Add(time.Minute) },
		"another VEN":            func(s *core.EventSpec) { s.Targets = venIDs("ven2") },
		"another market context": func(s *core.EventSpec) { s.MarketContext = "http://example.org/other" },
		"the operator insists":   func(s *core.EventSpec) { s.Overlap = "allow" },
	} {
		s := next
		change(&s)
		e, err := r.CreateEvent(t.Context(), s, "test")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		r.cancel(e.EventID)
	}
}

// Rule E13, the profile's 18: the error names the events that overlap and the VENs.
// A cancelled event counts for a VEN until that has acknowledged it, and for its
// startafter then; the operator may insist.
func TestE13CancelledEventsCountUntilAcknowledged(t *testing.T) {
	r := start(t)
	var vens []core.Peer
	for n := range 12 {
		vens = append(vens, r.join(fmt.Sprintf("ven%02d", n), group("g")))
	}
	first := simple(core.Target{Kind: core.TargetGroup, Value: "g"})
	first.EventID = "first"
	r.create(first)
	first.EventID = "second"
	refused := func(want ...string) {
		t.Helper()
		_, err := r.CreateEvent(t.Context(), first, "test")
		var conflict *core.ConflictError
		if !errors.As(err, &conflict) || len(conflict.Problems) != 1 || conflict.Problems[0].Rule != "E13" || conflict.Problems[0].Field != "start" {
			t.Fatalf("overlap was answered with %v", err)
		}
		for _, word := range want {
			if !strings.Contains(conflict.Problems[0].Reason, word) {
				t.Errorf("%q does not say %q", conflict.Problems[0].Reason, word)
			}
		}
	}
	refused("event first", "ven00, ven01, ven02", "ven09 and 2 more VENs", "allow")
	for _, ven := range vens {
		r.set(ven)
	}
	r.cancel("first")
	refused("event first", "cancelled", "acknowledged", "ven00, ven01", "allow")
	for _, ven := range vens[1:] {
		must[response](r, ven, answer(r.venID(ven), "x", "first", 1, "optIn"))
	}
	refused("so far for ven00;")
	insisting := first
	insisting.EventID, insisting.Overlap = "insisting", "allow"
	r.create(insisting)
	r.cancel("insisting")
	for _, ven := range vens {
		must[response](r, ven, answer(r.venID(ven), "x", "insisting", 1, "optIn"))
	}
	must[response](r, vens[0], answer("ven00", "x", "first", 1, "optOut"))
	r.create(first)
}

func TestE14RequestEventIsAnsweredWithTheSet(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	e := r.create(simple(venIDs("ven1")...))
	if _, pushed := r.pushedEvents(); pushed.Response != nil {
		t.Error("a push has an eiResponse")
	}
	got := must[*oadr.DistributeEvent](r, ven, &oadr.RequestEvent{RequestID: "q1", VENID: "ven1"})
	wantCode(t, *got.Response, oadr.CodeOK, "q1")
	if got.RequestID == "" || got.RequestID == "q1" || got.VTNID != "VTN" || len(got.Events) != 1 {
		t.Errorf("got %+v", got)
	}
	// Its token settles (G1).
	must[response](r, ven, answer("ven1", got.RequestID, e.EventID, 0, "optIn"))
	r.waitFor(func() bool { return r.status(e.EventID, "ven1").Delivery == core.DeliveryAcknowledged })
}

func TestE16CreatedEvent(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	one, two := at("one", time.Hour, time.Hour), at("two", time.Hour, time.Hour)
	r.create(one)
	r.create(two)
	m := answer("ven1", "x", "one", 0, "optIn")
	other := func(id string, modification uint32, opt string) oadr.EventResponse {
		return oadr.EventResponse{Code: 200, RequestID: "x", EventID: id, ModificationNumber: modification, OptType: opt}
	}

	m.Responses = append(m.Responses, other("two", 7, "optIn"), other("nothing", 0, "optIn"))
	got := must[response](r, ven, m)
	wantCode(t, got.Response, oadr.CodeInvalidID, "") // 452 outranks 450
	if want := "event nothing is unknown"; got.Response.Description != want {
		t.Errorf("description %q does not name the event", got.Response.Description)
	}
	if s := r.status("one", "ven1"); s.Opt != "optIn" {
		t.Errorf("the right response was not kept: %+v", s)
	}
	if s := r.status("two", "ven1"); s.Opt != core.OptNone {
		t.Errorf("the wrong one was: %+v", s)
	}
	wantCode(t, must[response](r, ven, answer("ven1", "x", "two", 1, "optIn")).Response, oadr.CodeOutOfSequence, "")
	for range 2 { // G6: twice is once
		wantCode(t, must[response](r, ven, answer("ven1", "x", "two", 0, "optOut")).Response, oadr.CodeOK, "")
	}
	if s := r.status("two", "ven1"); s.Opt != "optOut" || s.OptAt.IsZero() {
		t.Errorf("opt %+v", s)
	}
}

func TestE24OnlyWhatIsInTheReplyCountsAsDelivered(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.create(at("third", 3*time.Hour, time.Hour))
	r.pushedEvents()                                                                           // and not answered, so nothing more is pushed
	r.create(at("second", 2*time.Hour, time.Hour, func(s *core.EventSpec) { s.Priority = 1 })) // of no account while far
	r.create(at("first", time.Hour, time.Hour))
	request := func(limit uint32, want ...string) string {
		t.Helper()
		got := must[*oadr.DistributeEvent](r, ven, &oadr.RequestEvent{RequestID: "q", VENID: "ven1", ReplyLimit: &limit})
		if !slices.Equal(ids(got.Events), want) || got.RequestID == "" {
			t.Errorf("up to %d are %v, requestID %q", limit, ids(got.Events), got.RequestID)
		}
		return got.RequestID
	}
	part := request(2, "first", "second")
	m := answer("ven1", part, "second", 0, "optIn")
	wantCode(t, must[response](r, ven, m).Response, oadr.CodeOK, "")
	r.quiet() // so the outcome is stored
	if s := r.status("second", "ven1"); s.Delivery != core.DeliveryAcknowledged || s.Opt != "optIn" || s.ModificationNumber == nil || *s.ModificationNumber != 0 || !s.AcknowledgedAt.Equal(t0) {
		t.Errorf("what it answered has the status %+v", s)
	}
	for id, want := range map[string]core.DeliveryState{"first": core.DeliveryPending, "third": core.DeliverySent} { // by the push
		if s := r.status(id, "ven1"); s.Delivery != want || s.ModificationNumber != nil {
			t.Errorf("%s, not answered, has the status %+v, want %s", id, s, want)
		}
	}
	// An answer to an earlier modificationNumber does not count.
	r.modify("second", func(s *core.EventSpec) { s.Comment = "new" })
	if s := r.status("second", "ven1"); s.Delivery == core.DeliveryAcknowledged {
		t.Errorf("changed, its status is %+v", s)
	}
	request(0)
	// A replyLimit that all events fit in gives the whole set, and settles like a push.
	whole := request(3, "first", "second", "third")
	must[response](r, ven, answer("ven1", whole, "first", 0, "optIn"))
	for _, id := range []string{"first", "second", "third"} {
		r.waitFor(func() bool { return r.status(id, "ven1").Delivery == core.DeliveryAcknowledged })
	}
}

func TestModifyKeepsTheEventID(t *testing.T) {
	r := start(t)
	r.join("ven1")
	e := r.create(simple(venIDs("ven1")...))
	var invalid *core.InvalidError
	_, err := r.ModifyEvent(t.Context(), e.EventID, func(s core.EventSpec) (core.EventSpec, error) { s.EventID = "other"; return s, nil }, "test")
	if !errors.As(err, &invalid) || invalid.Problems[0].Field != "eventID" {
		t.Errorf("got %v", err)
	}
}

func TestE16AnotherVENsEventIsUnknown(t *testing.T) {
	r := start(t)
	r.join("ven1")
	ven2 := r.join("ven2")
	e := r.create(simple(venIDs("ven1")...))
	wantCode(t, must[response](r, ven2, answer("ven2", "x", e.EventID, 0, "optIn")).Response, oadr.CodeInvalidID, "")
}

func TestE17CreateOptOutranksCreatedEvent(t *testing.T) {
	r := start(t)
	ven := r.join("ven1", func(v *core.VEN) { v.Resources = []string{"r1", "r2"} })
	e := r.create(simple(venIDs("ven1")...))
	opt := &oadr.CreateOpt{OptID: "o1", OptType: "optOut", OptReason: "economic", VENID: "ven1", CreatedDateTime: t0, RequestID: "r",
		Event: &oadr.QualifiedEventID{EventID: e.EventID}}
	wantOpt := func(want string) {
		t.Helper()
		if s := r.status(e.EventID, "ven1"); s.Opt != want {
			t.Errorf("opt %s, want %s", s.Opt, want)
		}
	}
	must[response](r, ven, answer("ven1", "x", e.EventID, 0, "optIn"))
	got := must[*oadr.CreatedOpt](r, ven, opt)
	wantCode(t, got.Response, oadr.CodeOK, "r")
	wantOpt("optOut")
	must[response](r, ven, answer("ven1", "x", e.EventID, 0, "optIn"))
	wantOpt("optOut")
	wantCode(t, must[*oadr.CanceledOpt](r, ven, &oadr.CancelOpt{RequestID: "c", OptID: "o1", VENID: "ven1"}).Response, oadr.CodeOK, "c")
	wantOpt("optIn")

	// An opt with resourceIDs is for those only.
	opt.OptID, opt.Target.Resources = "o2", []string{"r2"}
	must[*oadr.CreatedOpt](r, ven, opt)
	wantOpt("optIn")
	if s := r.status(e.EventID, "ven1"); s.ResourceOpts["r2"] != "optOut" || len(s.ResourceOpts) != 1 {
		t.Errorf("resource opts %v", s.ResourceOpts)
	}

	// Also when the event changes, and the VEN answers it as it is then.
	opt.OptID, opt.Target.Resources = "o3", nil
	must[*oadr.CreatedOpt](r, ven, opt)
	wantOpt("optOut")
	if _, err := r.ModifyEvent(t.Context(), e.EventID, func(s core.EventSpec) (core.EventSpec, error) { s.Comment = "new"; return s, nil }, "test"); err != nil {
		t.Fatal(err)
	}
	wantOpt("optOut")
	must[response](r, ven, answer("ven1", "x", e.EventID, 1, "optIn"))
	wantOpt("optOut")
}

func TestP1OptForOneThingOnly(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	e := r.create(simple(venIDs("ven1")...))
	open := []oadr.Available{{Start: t0}}
	base := oadr.CreateOpt{OptID: "o", OptType: "optOut", OptReason: "economic", VENID: "ven1", CreatedDateTime: t0, RequestID: "r"}
	for name, c := range map[string]struct {
		change func(*oadr.CreateOpt)
		want   oadr.Code
	}{
		"neither": {func(*oadr.CreateOpt) {}, 454},
		"both": {func(m *oadr.CreateOpt) {
			m.Event, m.Schedule, m.Availability = &oadr.QualifiedEventID{EventID: e.EventID}, true, open
		}, 454},
		"unknown event":        {func(m *oadr.CreateOpt) { m.Event = &oadr.QualifiedEventID{EventID: "x"} }, 452},
		"wrong modification":   {func(m *oadr.CreateOpt) { m.Event = &oadr.QualifiedEventID{EventID: e.EventID, ModificationNumber: 3} }, 450},
		"another's venID (P5)": {func(m *oadr.CreateOpt) { m.Schedule, m.Availability, m.Target.VENs = true, open, []string{"ven2"} }, 452},
		"resource of 1,000 characters": {func(m *oadr.CreateOpt) {
			m.Schedule, m.Availability, m.Target.Resources = true, open, []string{strings.Repeat("r", 1000)}
		}, 454},
		"a schedule": {func(m *oadr.CreateOpt) { m.Schedule, m.Availability = true, open }, 200},
	} {
		t.Run(name, func(t *testing.T) {
			m := base
			c.change(&m)
			wantCode(t, must[*oadr.CreatedOpt](r, ven, &m).Response, c.want, "r")
		})
	}
	wantCode(t, must[*oadr.CanceledOpt](r, ven, &oadr.CancelOpt{RequestID: "c", OptID: "nothing", VENID: "ven1"}).Response, 452, "c") // P3
}

func TestE15NeverWaitsForNoAnswer(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	spec := simple(venIDs("ven1")...)
	spec.ResponseRequired = "never"
	e := r.create(spec)
	p, d := r.pushedEvents()
	if d.Events[0].ResponseRequired != "never" {
		t.Errorf("oadrResponseRequired %s", d.Events[0].ResponseRequired)
	}
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
	r.waitFor(func() bool { return r.status(e.EventID, "ven1").Delivery == core.DeliveryAcknowledged })
	// An answer that comes all the same is stored.
	wantCode(t, must[response](r, ven, answer("ven1", "x", e.EventID, 0, "optOut")).Response, oadr.CodeOK, "")
	if s := r.status(e.EventID, "ven1"); s.Opt != "optOut" {
		t.Errorf("opt %s", s.Opt)
	}
	// E22: cancelled, it stays until the push has a result.
	if _, err := r.CancelEvent(t.Context(), e.EventID, "test"); err != nil {
		t.Fatal(err)
	}
	p, d = r.pushedEvents()
	if len(d.Events) != 1 || d.Events[0].Descriptor.Status != oadr.StatusCancelled {
		t.Fatalf("cancelled as %+v", d.Events)
	}
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
	r.waitFor(func() bool { return len(r.set(ven)) == 0 })
}

func TestE18RefusedEventShowsItsCode(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	e := r.create(simple(venIDs("ven1")...))
	m := answer("ven1", "x", e.EventID, 0, "optOut")
	m.Responses[0].Code = oadr.CodeSignal
	wantCode(t, must[response](r, ven, m).Response, oadr.CodeOK, "")
	if s := r.status(e.EventID, "ven1"); s.Delivery != core.DeliveryRefused || s.ResponseCode != 460 {
		t.Errorf("shown as %+v", s)
	}
}

func TestE18EiResponseErrorRefusesTheWholePush(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	e := r.create(simple(venIDs("ven1")...))
	r.pushedEvents()
	must[response](r, ven, &oadr.CreatedEvent{VENID: "ven1", Response: oadr.EIResponse{Code: 454, Description: "no"}})
	r.waitFor(func() bool {
		s := r.status(e.EventID, "ven1")
		return s.Delivery == core.DeliveryRefused && s.ResponseCode == 454
	})
}

func TestE19TestEvent(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.create(at("real", time.Hour, time.Hour))
	r.create(at("test", 2*time.Hour, time.Hour, func(s *core.EventSpec) { s.TestEvent = true }))
	set := r.set(ven)
	if set[0].Descriptor.TestEvent != "false" || set[1].Descriptor.TestEvent == "false" {
		t.Errorf("testEvent %q and %q", set[0].Descriptor.TestEvent, set[1].Descriptor.TestEvent)
	}
}

func TestE20E23CancelledEventLeavesTheSetWhenAnswered(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	e := r.create(simple(venIDs("ven1")...))
	must[response](r, ven, answer("ven1", "x", e.EventID, 0, "optIn"))
	if _, err := r.CancelEvent(t.Context(), e.EventID, "test"); err != nil {
		t.Fatal(err)
	}
	got := r.set(ven)
	if len(got) != 1 || got[0].Descriptor.Status != oadr.StatusCancelled || got[0].Descriptor.ModificationNumber != 1 || len(got[0].Signals) != 1 {
		t.Fatalf("cancelled as %+v", got)
	}
	must[response](r, ven, answer("ven1", "x", e.EventID, 1, "optOut"))
	if got := r.set(ven); len(got) != 0 {
		t.Errorf("still there: %v", ids(got))
	}
	if s := r.status(e.EventID, "ven1"); s.Opt != "optIn" {
		t.Errorf("the answer to a cancellation changed the opt to %s", s.Opt)
	}
	if again, err := r.CancelEvent(t.Context(), e.EventID, "test"); err != nil || again.ModificationNumber != 1 {
		t.Errorf("cancelling again: %+v, %v", again, err)
	}
}

func TestE23CompletedEventCannotBeCancelled(t *testing.T) {
	r := start(t)
	r.join("ven1")
	e := r.create(simple(venIDs("ven1")...))
	r.clock.Move(3 * time.Hour)
	if _, err := r.CancelEvent(t.Context(), e.EventID, "test"); !errors.Is(err, core.ErrConflict) {
		t.Errorf("got %v", err)
	}
}

func TestE21StartAfterKeepsTheEvent(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.create(at("e", 0, time.Hour, func(s *core.EventSpec) { s.StartAfter = time.Hour }))
	r.clock.Move(90 * time.Minute)
	if set := r.set(ven); len(set) != 1 || set[0].Descriptor.Status != oadr.StatusCompleted {
		t.Errorf("set %+v", set)
	}
	r.clock.Move(30 * time.Minute)
	if set := r.set(ven); len(set) != 0 {
		t.Errorf("set %v", ids(set))
	}
}

func TestE23VENTakenOffTheTargets(t *testing.T) {
	r := start(t)
	r.join("ven1")
	ven := r.join("ven2")
	e := r.create(simple(venIDs("ven1", "ven2")...))
	for range 2 {
		p, _ := r.pushedEvents()
		r.Settle(peer(strings.TrimSuffix(p.To, "@example.org/client")), p.Token, core.Outcome{Result: core.Acknowledged})
	}
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	r.wantDelivery(e, "ven2", core.DeliveryAcknowledged)
	targets := func(ids ...string) {
		t.Helper()
		if _, err := r.ModifyEvent(t.Context(), e.EventID, func(s core.EventSpec) (core.EventSpec, error) { s.Targets = venIDs(ids...); return s, nil }, "test"); err != nil {
			t.Fatal(err)
		}
	}
	targets("ven1")
	statuses := map[string]string{}
	for range 2 {
		p, d := r.pushedEvents()
		statuses[p.To] = d.Events[0].Descriptor.Status
	}
	if statuses[ven.Address] != oadr.StatusCancelled || statuses[peer("ven1").Address] != oadr.StatusFar {
		t.Fatalf("pushed %v", statuses)
	}
	set := r.set(ven)
	if len(set) != 1 || set[0].Descriptor.Status != oadr.StatusCancelled || set[0].Descriptor.ModificationNumber != 1 || !slices.Equal(set[0].Target.VENs, []string{"ven2"}) {
		t.Fatalf("ven2 has %+v", set)
	}
	if set := r.set(peer("ven1")); set[0].Descriptor.Status == oadr.StatusCancelled {
		t.Error("it was cancelled for ven1, too")
	}
	must[response](r, ven, answer("ven2", "x", e.EventID, 1, "optIn"))
	if set := r.set(ven); len(set) != 0 {
		t.Errorf("after its answer ven2 has %v", ids(set))
	}
	targets("ven1", "ven2")
	if set := r.set(ven); len(set) != 1 || set[0].Descriptor.Status != oadr.StatusFar || set[0].Descriptor.ModificationNumber != 2 {
		t.Errorf("back again, ven2 has %+v", set)
	}
}

func TestE23VENLeavesAndRejoinsAGroup(t *testing.T) {
	r := start(t)
	r.join("ven1", group("g"))
	ven := r.join("ven2", group("g"))
	e := r.create(simple(core.Target{Kind: core.TargetGroup, Value: "g"}))
	r.set(ven)
	groups := func(g ...string) {
		t.Helper()
		if _, err := r.ModifyVEN(t.Context(), "ven2", func(v *core.VEN) error { v.Groups = g; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	groups()
	set := r.set(ven)
	if len(set) != 1 || set[0].Descriptor.Status != oadr.StatusCancelled || set[0].Descriptor.ModificationNumber != 1 {
		t.Fatalf("ven2 has %+v", set)
	}
	if set := r.set(peer("ven1")); set[0].Descriptor.ModificationNumber != 0 {
		t.Errorf("ven1 was told a new modificationNumber: %+v", set[0].Descriptor)
	}
	groups("g")
	set = r.set(ven)
	if len(set) != 1 || set[0].Descriptor.Status != oadr.StatusFar || set[0].Descriptor.ModificationNumber != 2 {
		t.Fatalf("back again, ven2 has %+v", set)
	}
	if now, _ := r.Event(t.Context(), e.EventID); now.ModificationNumber != 0 {
		t.Errorf("the changes of ven2 made the event's modificationNumber %d", now.ModificationNumber)
	}
}

func TestE22LateAnswerStillCounts(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	e := r.create(simple(venIDs("ven1")...))
	r.clock.Move(5 * time.Hour)
	wantCode(t, must[response](r, ven, answer("ven1", "x", e.EventID, 0, "optIn")).Response, oadr.CodeOK, "")
}
