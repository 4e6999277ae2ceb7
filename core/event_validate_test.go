package core_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

var (
	kW      = &oadr.Unit{Type: "powerReal", Scale: "k", Units: "W", Hertz: 50, Voltage: 230, AC: true}
	kWh     = &oadr.Unit{Type: "energyReal", Scale: "k", Units: "Wh"}
	eurKWh  = &oadr.Unit{Type: "currencyPerKWh", Scale: "none", Units: "EUR"}
	eurKW   = &oadr.Unit{Type: "currencyPerKW", Scale: "none", Units: "EUR"}
	eur     = &oadr.Unit{Type: "currency", Scale: "none", Units: "EUR"}
	celsius = &oadr.Unit{Type: "temperature", Scale: "none", Units: "celsius"}
)

func TestE8SignalsThatFit(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	fits := []core.Signal{
		signal("SIMPLE", "level", nil, 3),
		signal("ELECTRICITY_PRICE", "price", eurKWh, 0.25), signal("ELECTRICITY_PRICE", "priceRelative", eurKWh, -0.1), signal("ENERGY_PRICE", "priceMultiplier", nil, 1.5),
		signal("DEMAND_CHARGE", "price", eurKW, 7), signal("BID_PRICE", "price", eur, 20), signal("BID_LOAD", "setpoint", kW, 5),
		signal("BID_ENERGY", "setpoint", kWh, 5), signal("CHARGE_STATE", "delta", kWh, -2), signal("CHARGE_STATE", "multiplier", nil, 0.8),
		signal("LOAD_DISPATCH", "setpoint", kW, 40), signal("LOAD_DISPATCH", "delta", kW, -40), signal("LOAD_DISPATCH", "level", nil, -10),
		signal("LOAD_CONTROL", "x-loadControlCapacity", nil, 0.5), signal("LOAD_CONTROL", "x-loadControlSetpoint", celsius, 21),
		signal("LOAD_CONTROL", "x-loadControlLevelOffset", celsius, -2), signal("LOAD_CONTROL", "x-loadControlLevelOffset", nil, 1),
		signal("x-mine", "delta", kW, 1), signal("x-mine", "level", nil, 99),
	}
	spec := simple(venIDs("ven1")...)
	spec.Signals = fits
	r.create(spec)
	if got := r.set(ven); len(got) != 1 || len(got[0].Signals) != len(fits) {
		t.Errorf("the VEN has %+v", got)
	}
}

// badEvents are changes that make an event wrong, with the field and the rule of
// the problem that the VTN names.
var badEvents = []struct {
	name, field, rule string
	change            func(*core.EventSpec)
}{
	{"a comment that XML cannot hold", "comment", "", func(s *core.EventSpec) { s.Comment = "a\x01b" }},
	{"a level of 7", "signals[0].intervals[0].value", "E8", func(s *core.EventSpec) { s.Signals[0].Intervals[0].Value = 7 }},
	{"a level of 1.5", "signals[0].intervals[0].value", "E8", func(s *core.EventSpec) { s.Signals[0].Intervals[0].Value = 1.5 }},
	{"a value that is no number", "signals[0].intervals[0].value", "E6", func(s *core.EventSpec) {
		s.Signals[0] = signal("x-mine", "level", nil, math.NaN())
	}},
	{"SIMPLE with a unit", "signals[0].unit", "E8", func(s *core.EventSpec) { s.Signals[0].Unit = kW }},
	{"a price without unit", "signals[0].unit", "E8", func(s *core.EventSpec) { s.Signals[0] = signal("ENERGY_PRICE", "price", nil, 1) }},
	{"a price in kW", "signals[0].unit.type", "E8", func(s *core.EventSpec) { s.Signals[0] = signal("ENERGY_PRICE", "price", eurKW, 1) }},
	{"an offset in kW", "signals[0].unit.type", "E8", func(s *core.EventSpec) { s.Signals[0] = signal("LOAD_CONTROL", "x-loadControlLevelOffset", kW, 1) }},
	{"a currency that is none", "signals[0].unit.currency", "E8", func(s *core.EventSpec) {
		s.Signals[0] = signal("ENERGY_PRICE", "price", &oadr.Unit{Type: "currencyPerKWh", Scale: "none", Units: "EURO"}, 1)
	}},
	{"a scale that is none", "signals[0].unit.scale", "E8", func(s *core.EventSpec) {
		s.Signals[0] = signal("BID_ENERGY", "setpoint", &oadr.Unit{Type: "energyReal", Scale: "kilo", Units: "Wh"}, 1)
	}},
	{"a type that does not fit", "signals[0].type", "E8", func(s *core.EventSpec) { s.Signals[0].Type = "price" }},
	{"an unknown signal", "signals[0].name", "E8", func(s *core.EventSpec) { s.Signals[0].Name = "SHED" }},
	{"the 2.0a signal", "signals[0].name", "E8", func(s *core.EventSpec) { s.Signals[0].Name = "simple" }},
	{"no signal", "signals", "E8", func(s *core.EventSpec) { s.Signals = nil }},
	{"no interval", "signals[0].intervals", "E6", func(s *core.EventSpec) { s.Signals[0].Intervals = nil }},
	{"durations that do not add up", "signals[0].intervals", "E6", func(s *core.EventSpec) { s.Duration = 2 * time.Hour }},
	{"an open end with two intervals", "signals[0].intervals", "E6", func(s *core.EventSpec) {
		s.Duration, s.Signals[0].Intervals = 0, []core.Interval{{Value: 1}, {Value: 2}}
	}},
	{"an interval of nothing", "signals[0].intervals[1].duration", "E6", func(s *core.EventSpec) {
		s.Signals[0].Intervals = append(s.Signals[0].Intervals, core.Interval{Value: 2})
	}},
	{"a baseline that does not add up", "baseline.intervals", "E6", func(s *core.EventSpec) {
		s.Baseline = &core.Baseline{Start: t0, Duration: time.Hour, ID: "b", Name: "n", Intervals: []core.Interval{{Duration: time.Minute, Value: 1}}}
	}},
	{"no target", "targets", "E1", func(s *core.EventSpec) { s.Targets = nil }},
	{"an unknown VEN", "targets.venIDs[1]", "E1", func(s *core.EventSpec) { s.Targets = venIDs("ven1", "ven9") }},
	{"a venID in another case", "targets.venIDs[0]", "E1", func(s *core.EventSpec) { s.Targets = venIDs("VEN1") }},
	{"an unknown group", "targets.groups[0]", "E1", func(s *core.EventSpec) { s.Targets = []core.Target{{Kind: core.TargetGroup, Value: "h"}} }},
	{"it is over already", "start", "E4", func(s *core.EventSpec) { s.Start = t0.Add(-2 * time.Hour) }},
	{"it ends after the year 9999", "duration", "", func(s *core.EventSpec) { s.Start = time.Date(9999, 12, 31, 23, 30, 0, 0, time.UTC) }},
	{"its window ends after the year 9999", "duration", "", func(s *core.EventSpec) {
		s.Start, s.StartAfter = time.Date(9999, 12, 31, 22, 0, 0, 0, time.UTC), 2*time.Hour
	}},
	{"a baseline that ends after the year 9999", "baseline.duration", "E6", func(s *core.EventSpec) {
		s.Baseline = &core.Baseline{Start: time.Date(9999, 12, 31, 23, 30, 0, 0, time.UTC), Duration: time.Hour, ID: "b", Name: "n", Intervals: []core.Interval{{Duration: time.Hour, Value: 1}}}
	}},
	{"no start", "start", "", func(s *core.EventSpec) { s.Start = time.Time{} }},
	{"a fraction of a second", "start", "", func(s *core.EventSpec) { s.Start = s.Start.Add(time.Millisecond) }},
	{"a negative notification", "notification", "", func(s *core.EventSpec) { s.Notification = -time.Second }},
	{"no market context", "marketContext", "", func(s *core.EventSpec) { s.MarketContext = "" }},
	{"a market context that is no URI", "marketContext", "", func(s *core.EventSpec) { s.MarketContext = "http://my program" }},
	{"an unknown responseRequired", "responseRequired", "E15", func(s *core.EventSpec) { s.ResponseRequired = "maybe" }},
	{"a payload over the limit", "signals", "G5", func(s *core.EventSpec) {
		s.Duration, s.Signals[0].Intervals = 2000*time.Second, make([]core.Interval, 2000)
		for i := range s.Signals[0].Intervals {
			s.Signals[0].Intervals[i].Duration = time.Second
		}
	}},
}

func TestBadEventsNameFieldAndRule(t *testing.T) {
	r := start(t)
	r.join("ven1", group("g"))
	for _, c := range badEvents {
		t.Run(c.name, func(t *testing.T) {
			spec := simple(venIDs("ven1")...)
			c.change(&spec)
			_, err := r.CreateEvent(t.Context(), spec, "test")
			var invalid *core.InvalidError
			if !errors.As(err, &invalid) {
				t.Fatalf("got %v", err)
			}
			found := false
			for _, p := range invalid.Problems {
				found = found || p.Field == c.field && p.Rule == c.rule && strings.TrimSpace(p.Reason) != ""
			}
			if !found {
				t.Errorf("problems %+v, want %s by rule %q", invalid.Problems, c.field, c.rule)
			}
		})
	}
	if events, _, err := r.Events(t.Context(), 0, 10); len(events) != 0 || err != nil {
		t.Errorf("%d events were stored, %v", len(events), err)
	}
}

func TestEventIDsAreUnique(t *testing.T) {
	r := start(t)
	r.join("ven1")
	spec := simple(venIDs("ven1")...)
	spec.EventID, spec.Overlap = "e", "allow"
	r.create(spec)
	if _, err := r.CreateEvent(t.Context(), spec, "test"); !errors.Is(err, core.ErrConflict) {
		t.Errorf("got %v", err)
	}
}

func TestBadVENsNameTheField(t *testing.T) {
	r := start(t)
	r.join("ven1")
	for name, c := range map[string]struct {
		field string
		ven   core.VEN
	}{
		"a long resource":      {"resources[0]", core.VEN{Resources: []string{strings.Repeat("x", 1000)}}},
		"an empty group":       {"groups[1]", core.VEN{Groups: []string{"a", ""}}},
		"a group twice":        {"groups[1]", core.VEN{Groups: []string{"a", "a"}}},
		"a name with a NUL":    {"venName", core.VEN{Name: "a\x00b"}},
		"a name of two lines":  {"groups[0]", core.VEN{Name: "a\nb", Groups: []string{"a\nb"}}},
		"a control character":  {"venID", core.VEN{VENID: "a\x00b"}},
		"an unknown form":      {"payloadRoot", core.VEN{PayloadRoot: "envelope"}},
		"an unknown profile":   {"profile", core.VEN{Profile: "3.0"}},
		"an identity of blank": {"identities[0].identity", core.VEN{Identities: []core.Identity{{Transport: "xmpp"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := r.AddVEN(t.Context(), c.ven)
			var invalid *core.InvalidError
			if !errors.As(err, &invalid) || invalid.Problems[0].Field != c.field {
				t.Errorf("got %v, want a problem with %s", err, c.field)
			}
		})
	}
	for name, ven := range map[string]core.VEN{
		"a venID that is taken":     {VENID: "ven1"},
		"an identity that is taken": {Identities: []core.Identity{{Transport: "xmpp", Name: "ven1@example.org"}}},
	} {
		if _, err := r.AddVEN(t.Context(), ven); !errors.Is(err, core.ErrConflict) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTokensHaveOneSpelling(t *testing.T) {
	want := core.Token{Topic: core.TopicEvents, VENNo: 46655, Rev: 1295}
	if got, err := core.ParseToken(want.String()); err != nil || got != want || want.String() != "ezzz-zz" {
		t.Errorf("%s reads as %+v, %v", want, got, err)
	}
	for _, s := range []string{"", "e", "e1", "e1-", "e-1", "ezzz-ZZ", "e01-1", "e1-01", "e+1-1", "e-1-1", "x1-1", "e0-1", strings.Repeat("e1-1", 20), "e9223372036854775807-1"} {
		if got, err := core.ParseToken(s); err == nil {
			t.Errorf("%q reads as %+v", s, got)
		}
	}
}
