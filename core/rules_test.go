package core_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

func TestE3TimePassingPushesNothing(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	e := r.create(simple(venIDs("ven1")...))
	r.acknowledge(ven)
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	for range 5 { // near, active, completed, and gone
		r.clock.Move(30 * time.Minute)
		r.quiet()
	}
	if now, err := r.Event(t.Context(), e.EventID); err != nil || now.ModificationNumber != 0 {
		t.Errorf("it is %+v, %v", now, err)
	}
}

func TestE4StatusAndCreatedDateTimeAreOfTheMoment(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.create(at("e", time.Hour, time.Hour, func(s *core.EventSpec) { s.RampUp, s.StartAfter = 10*time.Minute, time.Hour }))
	for _, c := range []struct {
		move time.Duration
		want string
	}{{0, oadr.StatusFar}, {50 * time.Minute, oadr.StatusNear}, {10 * time.Minute, oadr.StatusActive}, {time.Hour, oadr.StatusCompleted}} {
		r.clock.Move(c.move)
		if d := r.set(ven)[0].Descriptor; d.Status != c.want || !d.CreatedDateTime.Equal(r.clock.Now()) {
			t.Errorf("at %s it is %s as of %s, want %s", r.clock.Now(), d.Status, d.CreatedDateTime, c.want)
		}
	}
}

func TestE6DurationsAddUp(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	intervals := func(minutes ...int) (n []core.Interval) {
		for _, m := range minutes {
			n = append(n, core.Interval{Duration: time.Duration(m) * time.Minute, Value: 1})
		}
		return n
	}
	for i, c := range []struct {
		duration          int // minutes
		first, second     []core.Interval
		baseline          []core.Interval // of 60 minutes
		wrong             string          // field, empty where all is right
		baselineNeedsNone bool
	}{
		{60, intervals(60), intervals(20, 40), intervals(30, 30), "", false},
		{60, intervals(60), intervals(20, 30), intervals(60), "signals[1].intervals", false},
		{60, intervals(60, 1), intervals(60), intervals(60), "signals[0].intervals", false},
		{60, intervals(60), intervals(60), intervals(59), "baseline.intervals", false},
		{60, intervals(60), intervals(61, -1), intervals(60), "signals[1].intervals[1].duration", false},
		{60, intervals(60), intervals(60, 0), intervals(60), "signals[1].intervals[1].duration", false},
		{0, intervals(0), intervals(0), intervals(60), "", false}, // open ended; the baseline is not
		{0, intervals(0), intervals(0, 0), intervals(60), "signals[1].intervals", false},
		{0, intervals(60), intervals(0), intervals(60), "signals[0].intervals", false},
		{60, intervals(0), intervals(60), intervals(60), "signals[0].intervals", false},
	} {
		spec := at(fmt.Sprint("e", i), 0, time.Duration(c.duration)*time.Minute)
		spec.Signals = []core.Signal{{Name: "SIMPLE", Type: "level", Intervals: c.first}, {Name: "x-own", Type: "level", Intervals: c.second}}
		spec.Baseline = &core.Baseline{Start: t0, Duration: time.Hour, ID: "b", Name: "b", Intervals: c.baseline}
		_, err := r.CreateEvent(t.Context(), spec, "test")
		var invalid *core.InvalidError
		switch {
		case c.wrong == "" && err != nil:
			t.Errorf("%d: %v", i, err)
		case c.wrong != "" && !errors.As(err, &invalid):
			t.Errorf("%d: taken, want a problem with %s (%v)", i, c.wrong, err)
		case c.wrong != "" && !slices.ContainsFunc(invalid.Problems, func(p core.Problem) bool { return p.Field == c.wrong && p.Rule == "E6" }):
			t.Errorf("%d: %v, want a problem with %s", i, err, c.wrong)
		}
	}
	for _, e := range r.set(ven) {
		for _, s := range e.Signals {
			var sum time.Duration
			for _, n := range s.Intervals {
				sum += n.Duration
			}
			if sum != e.ActivePeriod.Duration || sum == 0 && len(s.Intervals) != 1 {
				t.Errorf("%s: %d intervals last %s, the event %s", e.Descriptor.EventID, len(s.Intervals), sum, e.ActivePeriod.Duration)
			}
		}
	}
}

func TestE8EveryScale(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	spec := simple(venIDs("ven1")...)
	spec.Signals = nil
	for _, scale := range oadr.ScaleCodes {
		spec.Signals = append(spec.Signals, signal("LOAD_DISPATCH", "setpoint", &oadr.Unit{Type: "powerReal", Scale: scale, Hertz: 60, Voltage: 120, AC: true}, 1))
	}
	r.create(spec)
	for i, s := range r.set(ven)[0].Signals {
		if s.Unit.Scale != oadr.ScaleCodes[i] || s.Unit.Hertz != 60 || s.Unit.Voltage != 120 || !s.Unit.AC {
			t.Errorf("signal %d is in %+v", i, s.Unit)
		}
	}
	for _, scale := range []string{"", "K", "kilo", "da", "P"} {
		spec.Signals = []core.Signal{signal("LOAD_DISPATCH", "setpoint", &oadr.Unit{Type: "powerReal", Scale: scale, Hertz: 60, Voltage: 120}, 1)}
		var invalid *core.InvalidError
		if _, err := r.CreateEvent(t.Context(), spec, "test"); !errors.As(err, &invalid) || invalid.Problems[0].Field != "signals[0].unit.scale" {
			t.Errorf("the scale %q: %v", scale, err)
		}
	}
}

func TestE9CurrentValue(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	half := 30 * time.Minute
	signals := func(s *core.EventSpec) {
		s.StartAfter = 2 * time.Hour
		s.Signals = []core.Signal{
			{Name: "SIMPLE", Type: "level", Intervals: []core.Interval{{Duration: half, Value: 1}, {Duration: half, Value: 3}}},
			{Name: "LOAD_DISPATCH", Type: "level", Intervals: []core.Interval{{Duration: half, Value: -4}, {Duration: half, Value: 0}}},
		}
	}
	r.create(at("a-ends", time.Hour, time.Hour, signals))
	r.create(at("b-open", time.Hour, 0))
	value := func(v *float64) string {
		if v == nil {
			return "none"
		}
		return fmt.Sprint(*v)
	}
	for _, c := range []struct {
		at                    time.Duration
		level, dispatch, open string
	}{
		{0, "0", "none", "0"}, {time.Hour - 1, "0", "none", "0"}, {time.Hour, "1", "-4", "1"}, {time.Hour + half - 1, "1", "-4", "1"},
		{time.Hour + half, "3", "0", "1"}, {2*time.Hour - 1, "3", "0", "1"}, {2 * time.Hour, "0", "none", "1"}, {3 * time.Hour, "0", "none", "1"},
	} {
		r.clock.Move(t0.Add(c.at).Sub(r.clock.Now()))
		got := map[string][]oadr.EventSignal{}
		for _, e := range r.set(ven) {
			got[e.Descriptor.EventID] = e.Signals
		}
		if a, b := got["a-ends"], got["b-open"]; value(a[0].CurrentValue) != c.level || value(a[1].CurrentValue) != c.dispatch || value(b[0].CurrentValue) != c.open {
			t.Errorf("after %s: %s, %s and %s, want %s, %s and %s", c.at, value(a[0].CurrentValue), value(a[1].CurrentValue), value(b[0].CurrentValue), c.level, c.dispatch, c.open)
		}
	}
	r.cancel("b-open")
	for _, e := range r.set(ven) {
		if e.Descriptor.EventID == "b-open" && value(e.Signals[0].CurrentValue) != "0" {
			t.Errorf("cancelled, it has %s", value(e.Signals[0].CurrentValue))
		}
	}
}

func TestE11NotificationStandsInEveryActivePeriod(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.create(at("none", time.Hour, time.Hour))
	r.create(at("some", time.Hour, time.Hour, func(s *core.EventSpec) { s.Notification = 10 * time.Minute }))
	r.create(at("open", time.Hour, 0))
	r.create(at("cancelled", time.Hour, time.Hour))
	r.cancel("cancelled")
	for _, e := range r.set(ven) {
		want := time.Duration(0)
		if e.Descriptor.EventID == "some" {
			want = 10 * time.Minute
		}
		if n := e.ActivePeriod.Notification; n == nil || *n != want {
			t.Errorf("%s has x-eiNotification %v, want %s", e.Descriptor.EventID, n, want)
		}
	}
}

func TestE12DeviceClassesStandInTheSignals(t *testing.T) {
	r := start(t)
	ven := r.join("ven1", func(v *core.VEN) { v.Resources = []string{"r1"}; v.MarketContexts = []string{"m"} })
	spec := simple(append(venIDs("ven1"), core.Target{Kind: core.TargetAll}, core.Target{Kind: core.TargetResource, Value: "r1"}, core.Target{Kind: core.TargetMarketContext, Value: "m"})...)
	spec.Signals = []core.Signal{signal("SIMPLE", "level", nil, 1), signal("x-own", "level", nil, 1)}
	spec.Signals[1].DeviceClasses = []string{"Thermostat", "Pool_Pump"}
	r.create(spec)
	e := r.set(ven)[0]
	if to := e.Target; len(to.VENs) != 1 || to.VENs[0] != "ven1" || !slices.Equal(to.Resources, []string{"r1"}) || to.EndDeviceAssets != nil || to.Groups != nil || to.Parties != nil {
		t.Errorf("the event's eiTarget is %+v", to)
	}
	if e.Signals[0].Target != nil || e.Signals[1].Target == nil || !slices.Equal(e.Signals[1].Target.EndDeviceAssets, []string{"Thermostat", "Pool_Pump"}) {
		t.Errorf("the signals' are %+v and %+v", e.Signals[0].Target, e.Signals[1].Target)
	}
}

func TestE18SignalRefusedWith460IsShownSo(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	spec := simple(venIDs("ven1")...)
	spec.Signals = []core.Signal{signal("x-strange", "level", nil, 1)}
	strange := r.create(spec)
	r.acknowledge(ven)
	r.wantDelivery(strange, "ven1", core.DeliveryAcknowledged)
	plain := r.create(at("plain", time.Hour, time.Hour))
	r.acknowledge(ven)
	r.wantDelivery(plain, "ven1", core.DeliveryAcknowledged)
	m := answer("ven1", "x", strange.EventID, 0, "optOut")
	m.Responses[0].Code, m.Responses[0].Description = oadr.CodeSignal, "x-strange is not known here"
	m.Responses = append(m.Responses, answer("ven1", "x", "plain", 0, "optIn").Responses...)
	wantCode(t, must[response](r, ven, m).Response, oadr.CodeOK, "")
	if s := r.status(strange.EventID, "ven1"); s.Delivery != core.DeliveryRefused || s.ResponseCode != 460 || s.LastError != "x-strange is not known here" || s.Opt != core.OptNone || !s.AcknowledgedAt.IsZero() {
		t.Errorf("refused, its status is %+v", s)
	}
	if s := r.status("plain", "ven1"); s.Delivery != core.DeliveryAcknowledged || s.Opt != "optIn" {
		t.Errorf("the other has the status %+v", s)
	}
	if c, err := r.EventCounts(t.Context(), strange.EventID); err != nil || c.Deliveries[core.DeliveryRefused] != 1 || c.Opts[core.OptNone] != 1 {
		t.Errorf("counted as %+v, %v", c, err)
	}
	// The refusal is of that modificationNumber: the next one is unanswered, and a change of mind counts.
	r.modify(strange.EventID, func(s *core.EventSpec) { s.Signals = []core.Signal{signal("SIMPLE", "level", nil, 1)} })
	if s := r.status(strange.EventID, "ven1"); s.Delivery == core.DeliveryRefused || s.ResponseCode != 0 {
		t.Errorf("changed, its status is %+v", s)
	}
	wantCode(t, must[response](r, ven, answer("ven1", "x", strange.EventID, 1, "optIn")).Response, oadr.CodeOK, "")
	if s := r.status(strange.EventID, "ven1"); s.Delivery != core.DeliveryAcknowledged || s.Opt != "optIn" {
		t.Errorf("taken, its status is %+v", s)
	}
}

func TestE20EmptyDistributeEventWithdrawsTheLast(t *testing.T) {
	r := start(t)
	ven := r.join("ven1", group("g"))
	e := r.create(simple(core.Target{Kind: core.TargetGroup, Value: "g"}))
	r.acknowledge(ven)
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	r.cancel(e.EventID)
	if d := r.acknowledge(ven); len(d.Events) != 1 {
		t.Fatalf("cancelled, pushed are %v", ids(d.Events))
	}
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	must[response](r, ven, answer("ven1", "x", e.EventID, 1, "optIn"))
	if _, err := r.ModifyVEN(t.Context(), "ven1", func(v *core.VEN) error { v.Groups = []string{"other"}; return nil }); err != nil {
		t.Fatal(err)
	}
	if d := r.acknowledge(ven); len(d.Events) != 0 || d.RequestID == "" { // recorded, so it is seen to validate
		t.Errorf("pushed are %v", ids(d.Events))
	}
}

// A cancelled event stays in the set until it is answered or over.
func TestE22CancelledEventStaysUntilAnsweredOrOver(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	for _, e := range []struct {
		id, wanted string
		length     time.Duration
	}{{"silent", "always", time.Hour}, {"open", "always", 0}, {"answered", "always", time.Hour}, {"never-answered", "never", time.Hour}} {
		r.create(at(e.id, time.Hour, e.length, func(s *core.EventSpec) { s.ResponseRequired, s.StartAfter = e.wanted, 30*time.Minute }))
	}
	r.create(at("far", 24*time.Hour, time.Hour))
	for _, id := range []string{"silent", "open", "answered", "never-answered"} {
		r.cancel(id)
	}
	set := func(want ...string) {
		t.Helper()
		if got := ids(r.set(ven)); !slices.Equal(got, want) {
			t.Errorf("the set is %v, want %v", got, want)
		}
	}
	set("answered", "never-answered", "open", "silent", "far")
	must[response](r, ven, answer("ven1", "x", "answered", 1, "optIn"))
	must[response](r, ven, answer("ven1", "x", "never-answered", 1, "optIn"))
	set("open", "silent", "far")
	r.clock.Move(2*time.Hour + 30*time.Minute - 1)
	set("open", "silent", "far")
	r.clock.Move(1)
	set("open", "far")
}

// A VEN's answer to a cancellation concerns the cancellation: it changes no opt, and an
// earlier refusal of the event is no refusal of the cancellation.
func TestE23AnswerToACancellation(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	for i, c := range []struct {
		name               string
		before             oadr.EventResponse // the answer to the event
		changed            bool               // after that
		code               oadr.Code          // of the answer to the cancellation
		opt                string
		delivery           core.DeliveryState
		open, openDelivery string
	}{
		{"opted in", oadr.EventResponse{Code: 200, OptType: "optIn"}, false, 200, "optIn", core.DeliveryAcknowledged, "optIn", ""},
		{"refused before", oadr.EventResponse{Code: 460, OptType: "optIn"}, false, 200, core.OptNone, core.DeliveryAcknowledged, core.OptNone, ""},
		{"cancellation refused", oadr.EventResponse{Code: 200, OptType: "optIn"}, false, 452, "optIn", core.DeliveryRefused, "optIn", ""},
		{"an opt of another modificationNumber", oadr.EventResponse{Code: 200, OptType: "optIn"}, true, 200, core.OptNone, core.DeliveryAcknowledged, core.OptNone, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			id := fmt.Sprint("e", i)
			r.create(at(id, time.Hour, time.Hour))
			c.before.EventID, c.before.RequestID = id, "x"
			must[response](r, ven, &oadr.CreatedEvent{VENID: "ven1", Response: oadr.EIResponse{Code: 200}, Responses: []oadr.EventResponse{c.before}})
			number := uint32(1)
			if c.changed {
				r.modify(id, func(s *core.EventSpec) { s.Comment = "new" })
				number = 2
			}
			r.cancel(id)
			if s := r.status(id, "ven1"); s.Opt != c.open || s.Delivery == core.DeliveryRefused || s.Delivery == core.DeliveryAcknowledged {
				t.Errorf("before the answer its status is %+v", s)
			}
			m := answer("ven1", "x", id, number, "optOut")
			m.Responses[0].Code = c.code
			for range 2 {
				must[response](r, ven, m)
				s := r.status(id, "ven1")
				if s.Opt != c.opt || s.Delivery != c.delivery || s.OptAt.IsZero() != (c.opt == core.OptNone) {
					t.Errorf("after the answer its status is %+v", s)
				}
				if c.delivery == core.DeliveryRefused && s.ResponseCode != int(c.code) {
					t.Errorf("refused with %d", s.ResponseCode)
				}
			}
		})
	}
}

// The newest opt for each resource counts. When it is cancelled, the one before counts
// again.
func TestE17OptsByResource(t *testing.T) {
	r := start(t)
	ven := r.join("ven1", func(v *core.VEN) { v.Resources = []string{"r1", "r2", "r3"} })
	e := r.create(simple(core.Target{Kind: core.TargetResource, Value: "r1"}, core.Target{Kind: core.TargetResource, Value: "r2"}))
	must[response](r, ven, answer("ven1", "x", e.EventID, 0, "optIn"))
	number := uint32(0)
	minutes := 0
	opt := func(optID, typ string, resources ...string) {
		t.Helper()
		minutes++
		got := must[*oadr.CreatedOpt](r, ven, &oadr.CreateOpt{OptID: optID, OptType: typ, OptReason: "economic", VENID: "ven1", RequestID: "r",
			CreatedDateTime: t0.Add(time.Duration(minutes) * time.Minute), Target: oadr.Target{Resources: resources},
			Event: &oadr.QualifiedEventID{EventID: e.EventID, ModificationNumber: number}})
		wantCode(t, got.Response, oadr.CodeOK, "r")
	}
	cancel := func(optID string) {
		t.Helper()
		wantCode(t, must[*oadr.CanceledOpt](r, ven, &oadr.CancelOpt{RequestID: "c", OptID: optID, VENID: "ven1"}).Response, oadr.CodeOK, "c")
	}
	stands := func(whole string, parts map[string]string) {
		t.Helper()
		if s := r.status(e.EventID, "ven1"); s.Opt != whole || !maps.Equal(s.ResourceOpts, parts) {
			t.Errorf("the status is %s %v, want %s %v", s.Opt, s.ResourceOpts, whole, parts)
		}
	}
	opt("a", "optOut", "r1", "r2")
	stands("optIn", map[string]string{"r1": "optOut", "r2": "optOut"})
	opt("b", "optIn", "r2")
	stands("optIn", map[string]string{"r1": "optOut", "r2": "optIn"})
	must[response](r, ven, answer("ven1", "x", e.EventID, 0, "optOut"))
	stands("optOut", map[string]string{"r1": "optOut", "r2": "optIn"}) // for those resources, the opts go before
	cancel("b")
	stands("optOut", map[string]string{"r1": "optOut", "r2": "optOut"})
	opt("a", "optIn", "r1") // P2: beside the one for both
	stands("optOut", map[string]string{"r1": "optIn", "r2": "optOut"})
	opt("whole", "optIn") // r1 and r2, too
	stands("optIn", nil)
	must[response](r, ven, answer("ven1", "x", e.EventID, 0, "optIn"))
	cancel("whole")
	stands("optIn", map[string]string{"r1": "optIn", "r2": "optOut"})
	r.modify(e.EventID, func(s *core.EventSpec) { s.Comment = "new" })
	number = 1
	stands(core.OptNone, map[string]string{"r1": "optIn", "r2": "optOut"}) // the answer was to what was
	opt("a", "optIn", "r2", "r1")                                          // P2: in place of the first
	stands(core.OptNone, map[string]string{"r1": "optIn", "r2": "optIn"})
	opt("c", "optOut", "r2")
	cancel("a") // both
	stands(core.OptNone, map[string]string{"r2": "optOut"})
}

// An opt by device class is not for the whole VEN, and with a resource not for the
// whole resource.
func TestP5OptsByDeviceClass(t *testing.T) {
	r := start(t)
	ven := r.join("ven1", func(v *core.VEN) { v.Resources = []string{"r1"} })
	e := r.create(simple(venIDs("ven1")...))
	must[response](r, ven, answer("ven1", "x", e.EventID, 0, "optIn"))
	answered := r.status(e.EventID, "ven1").OptAt
	opt := func(optID, typ string, change func(*oadr.CreateOpt)) {
		t.Helper()
		r.clock.Move(time.Second)
		m := &oadr.CreateOpt{OptID: optID, OptType: typ, OptReason: "economic", VENID: "ven1", RequestID: "r", CreatedDateTime: r.clock.Now(), Event: &oadr.QualifiedEventID{EventID: e.EventID}}
		change(m)
		wantCode(t, must[*oadr.CreatedOpt](r, ven, m).Response, oadr.CodeOK, "r")
	}
	stands := func(whole string, resources, classes map[string]string) {
		t.Helper()
		s := r.status(e.EventID, "ven1")
		if s.Opt != whole || !maps.Equal(s.ResourceOpts, resources) || !maps.Equal(s.DeviceClassOpts, classes) {
			t.Errorf("the status is %s %v %v, want %s %v %v", s.Opt, s.ResourceOpts, s.DeviceClassOpts, whole, resources, classes)
		}
	}
	opt("a", "optOut", func(m *oadr.CreateOpt) {
		m.DeviceClass = &oadr.Target{EndDeviceAssets: []string{"Thermostat", "Smart_Appliance"}}
	})
	opt("b", "optIn", func(m *oadr.CreateOpt) { m.Target.EndDeviceAssets = []string{"Smart_Appliance"} })
	classes := map[string]string{"Thermostat": "optOut", "Smart_Appliance": "optIn"}
	stands("optIn", nil, classes)
	if s := r.status(e.EventID, "ven1"); !s.OptAt.Equal(answered) {
		t.Errorf("the whole VEN opted at %s, want %s", s.OptAt, answered)
	}
	if c, err := r.EventCounts(t.Context(), e.EventID); err != nil || c.Opts["optIn"] != 1 || c.Opts["optOut"] != 0 {
		t.Errorf("counts %+v, %v", c, err)
	}
	opt("c", "optOut", func(m *oadr.CreateOpt) {
		m.Target.Resources, m.DeviceClass = []string{"r1"}, &oadr.Target{EndDeviceAssets: []string{"Thermostat"}}
	})
	stands("optIn", nil, classes)
	if s := r.status(e.EventID, "ven1"); !maps.Equal(s.PartOpts, map[core.Part]string{{Kind: core.TargetResource, Name: "r1", DeviceClass: "Thermostat"}: "optOut"}) {
		t.Errorf("the opts of its parts are %v", s.PartOpts)
	}
	opt("d", "optOut", func(*oadr.CreateOpt) {}) // all devices, too
	stands("optOut", nil, nil)
	must[*oadr.CanceledOpt](r, ven, &oadr.CancelOpt{RequestID: "c", OptID: "d", VENID: "ven1"})
	must[*oadr.CanceledOpt](r, ven, &oadr.CancelOpt{RequestID: "c", OptID: "b", VENID: "ven1"})
	stands("optIn", nil, map[string]string{"Thermostat": "optOut", "Smart_Appliance": "optOut"})
}

// The same opt again, also after a newer one, changes nothing.
func TestG6OptDeliveredTwiceIsOnce(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	e := r.create(simple(venIDs("ven1")...))
	opt := func(optID, typ string, created time.Time) {
		t.Helper()
		r.clock.Move(time.Second)
		must[*oadr.CreatedOpt](r, ven, &oadr.CreateOpt{OptID: optID, OptType: typ, OptReason: "economic", VENID: "ven1", RequestID: "r",
			CreatedDateTime: created, Event: &oadr.QualifiedEventID{EventID: e.EventID}})
	}
	opt("a", "optOut", t0) // by a clock that stands still
	opt("b", "optIn", t0)
	opt("a", "optOut", t0)
	if s := r.status(e.EventID, "ven1"); s.Opt != "optIn" {
		t.Errorf("the opt is %s", s.Opt)
	}
	var opts []string
	for _, h := range r.history(e.EventID, "ven1") {
		if h.OptID != "" {
			opts = append(opts, h.OptID)
		}
	}
	if !slices.Equal(opts, []string{"a", "b"}) {
		t.Errorf("recorded are %v", opts)
	}
}
