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

// steps are intervals of so many minutes, with the values 1, 2, 3, 1 …
func steps(minutes ...int) (list []core.Interval) {
	for i, m := range minutes {
		list = append(list, core.Interval{Duration: time.Duration(m) * time.Minute, Value: float64(i%3 + 1)})
	}
	return list
}

// long is an event of three intervals that starts at t0, with a setpoint beside the
// level and a baseline that begins ten minutes later.
func long(id string) core.EventSpec {
	s := at(id, 0, time.Hour)
	s.Notification, s.RampUp, s.StartAfter = 5*time.Minute, 10*time.Minute, time.Minute
	s.Signals[0].Intervals = steps(20, 20, 20)
	s.Signals = append(s.Signals, core.Signal{Name: "LOAD_DISPATCH", Type: "setpoint", Unit: kW, Intervals: steps(30, 30)})
	s.Baseline = &core.Baseline{Start: t0.Add(10 * time.Minute), Duration: time.Hour, ID: "b", Name: "n", Resources: []string{"r"}, Intervals: steps(10, 20, 30)}
	return s
}

// lasting gives the event and its signals other ends.
func lasting(d time.Duration, intervals ...[]core.Interval) func(*core.EventSpec) {
	return func(s *core.EventSpec) {
		s.Duration = d
		for i := range s.Signals {
			s.Signals[i].Intervals = intervals[i]
		}
	}
}

// midway is how long after the test begins a long event is changed.
const midway = 25*time.Minute + 10*time.Second

func ofSignal(i int, change func(*core.Signal)) func(*core.EventSpec) {
	return func(s *core.EventSpec) { change(&s.Signals[i]) }
}

func ofBaseline(change func(*core.Baseline)) func(*core.EventSpec) {
	return func(s *core.EventSpec) { change(s.Baseline) }
}

// midwayChanges are changes of a long event that is midway: first those that
// conflict with what has begun or passed, then those that are allowed.
var midwayChanges = map[string]struct {
	change func(*core.EventSpec)
	want   string // fields of the conflict; empty if the change is allowed
}{
	"the start later":       {func(s *core.EventSpec) { s.Start = s.Start.Add(time.Hour) }, "start"},
	"the start now":         {func(s *core.EventSpec) { s.Start = t0.Add(midway).Truncate(time.Second) }, "start"},
	"the start earlier":     {func(s *core.EventSpec) { s.Start = s.Start.Add(-time.Minute) }, "start"},
	"the ramp-up":           {func(s *core.EventSpec) { s.RampUp = 0 }, "rampUp"},
	"the notification":      {func(s *core.EventSpec) { s.Notification = time.Hour }, "notification"},
	"the tolerance":         {func(s *core.EventSpec) { s.StartAfter = time.Hour }, "startAfter"},
	"a passed value":        {ofSignal(0, func(s *core.Signal) { s.Intervals[0].Value = 3 }), "signals[0].intervals[0].value"},
	"a passed length":       {ofSignal(0, func(s *core.Signal) { s.Intervals = steps(19, 21, 20) }), "signals[0].intervals[0].duration"},
	"the running value":     {ofSignal(0, func(s *core.Signal) { s.Intervals[1].Value = 3 }), "signals[0].intervals[1].value"},
	"its end before now":    {ofSignal(0, func(s *core.Signal) { s.Intervals = steps(20, 5, 35) }), "signals[0].intervals[1].duration"},
	"a passed one split":    {ofSignal(0, func(s *core.Signal) { s.Intervals = steps(10, 10, 20, 20) }), "signals[0].intervals[0].duration"},
	"one alone is left":     {ofSignal(0, func(s *core.Signal) { s.Intervals = steps(60) }), "signals[0].intervals[0].duration signals[0].intervals"},
	"the other's value":     {ofSignal(1, func(s *core.Signal) { s.Intervals[0].Value = 7 }), "signals[1].intervals[0].value"},
	"a signal's name":       {ofSignal(1, func(s *core.Signal) { s.Name = "BID_LOAD" }), "signals[1].name"},
	"a signal's type":       {ofSignal(1, func(s *core.Signal) { s.Type = "delta" }), "signals[1].type"},
	"a signal's unit":       {ofSignal(1, func(s *core.Signal) { u := *kW; u.Scale = "M"; s.Unit = &u }), "signals[1].unit"},
	"a signal's devices":    {ofSignal(0, func(s *core.Signal) { s.DeviceClasses = []string{"Thermostat"} }), "signals[0].deviceClasses"},
	"another signal":        {func(s *core.EventSpec) { s.Signals = append(s.Signals, s.Signals[1]) }, "signals[2]"},
	"one signal less":       {func(s *core.EventSpec) { s.Signals = s.Signals[:1] }, "signals"},
	"signals change places": {func(s *core.EventSpec) { slices.Reverse(s.Signals) }, "signals[0].name signals[0].type signals[0].unit signals[0].intervals[0].duration signals[1].name signals[1].type signals[1].unit signals[1].intervals[0].duration"},
	"no baseline":           {func(s *core.EventSpec) { s.Baseline = nil }, "baseline"},
	"the baseline's start":  {ofBaseline(func(b *core.Baseline) { b.Start = b.Start.Add(time.Minute) }), "baseline.start"},
	"the baseline's ID":     {ofBaseline(func(b *core.Baseline) { b.ID = "else" }), "baseline.id"},
	"the baseline's name":   {ofBaseline(func(b *core.Baseline) { b.Name = "else" }), "baseline.name"},
	"what it is of":         {ofBaseline(func(b *core.Baseline) { b.Resources = nil }), "baseline.resources"},
	"the baseline's unit":   {ofBaseline(func(b *core.Baseline) { b.Unit = kW }), "baseline.unit"},
	"its passed value":      {ofBaseline(func(b *core.Baseline) { b.Intervals[0].Value = 7 }), "baseline.intervals[0].value"},
	"its running value":     {ofBaseline(func(b *core.Baseline) { b.Intervals[1].Value = 7 }), "baseline.intervals[1].value"},
	"its running end":       {ofBaseline(func(b *core.Baseline) { b.Intervals = steps(10, 5, 45) }), "baseline.intervals[1].duration"},
	"an end before now":     {lasting(25*time.Minute, steps(20, 5), steps(25)), "duration signals[0].intervals[1].duration signals[1].intervals[0].duration"},
	"open ended":            {lasting(0, steps(0), steps(0)), "signals[0].intervals[0].duration signals[0].intervals"},

	"a priority, a comment and recovery":   {func(s *core.EventSpec) { s.Priority, s.Comment, s.Recovery = 1, "new", time.Hour }, ""},
	"more VENs":                            {func(s *core.EventSpec) { s.Targets = venIDs("ven1", "ven2") }, ""},
	"other VENs":                           {func(s *core.EventSpec) { s.Targets = venIDs("ven2") }, ""},
	"a value yet to come":                  {ofSignal(0, func(s *core.Signal) { s.Intervals[2].Value = 0 }), ""},
	"the running one ends earlier":         {ofSignal(0, func(s *core.Signal) { s.Intervals = steps(20, 6, 34) }), ""},
	"the running one ends later":           {ofSignal(0, func(s *core.Signal) { s.Intervals = steps(20, 30, 10) }), ""},
	"more intervals yet to come":           {ofSignal(0, func(s *core.Signal) { s.Intervals = steps(20, 20, 10, 10) }), ""},
	"longer":                               {lasting(2*time.Hour, steps(20, 20, 80), steps(30, 90)), ""},
	"shorter":                              {lasting(26*time.Minute, steps(20, 6), steps(26)), ""},
	"a baseline value yet to come":         {ofBaseline(func(b *core.Baseline) { b.Intervals[2].Value = 7 }), ""},
	"a baseline that lasts longer":         {ofBaseline(func(b *core.Baseline) { b.Duration, b.Intervals = 70*time.Minute, steps(10, 20, 40) }), ""},
	"a baseline that ends":                 {ofBaseline(func(b *core.Baseline) { b.Duration, b.Intervals = 20*time.Minute, steps(10, 10) }), ""},
	"a longer one that passed at the ends": {lasting(90*time.Minute, steps(20, 20, 20, 30), steps(30, 60)), ""},
}

// Rule E26, the profile's 13 and 20: each kind of change to an event that has run for
// 25 minutes and 10 seconds.
func TestE26WhatHasBegunOrPassedCannotBeChanged(t *testing.T) {
	for name, c := range midwayChanges {
		t.Run(name, func(t *testing.T) {
			r := start(t)
			ven := r.join("ven1")
			r.join("ven2")
			e := r.create(long("event"))
			r.clock.Move(midway)
			before := r.set(ven)
			_, err := r.ModifyEvent(t.Context(), e.EventID, func(s core.EventSpec) (core.EventSpec, error) { c.change(&s); return s, nil }, "test")
			if got := conflicting(t, err); strings.Join(got, " ") != c.want {
				t.Fatalf("refused for %v, want %q: %v", got, c.want, err)
			}
			set := r.set(ven)
			if c.want != "" && (len(set) != 1 || set[0].Descriptor.ModificationNumber != 0 || set[0].Descriptor.Status != before[0].Descriptor.Status) {
				t.Errorf("the refused change changed something: %+v", set)
			}
		})
	}
}

// conflicting are the fields of a conflict; none if the change was accepted.
func conflicting(t *testing.T, err error) (fields []string) {
	t.Helper()
	var conflict *core.ConflictError
	if err == nil {
		return nil
	}
	if !errors.As(err, &conflict) || !errors.Is(err, core.ErrConflict) {
		t.Fatalf("refused with %T: %v", err, err)
	}
	for _, p := range conflict.Problems {
		if p.Rule != "E26" || p.Reason == "" {
			t.Errorf("refused for %+v", p)
		}
		fields = append(fields, p.Field)
	}
	return fields
}

// An event that has not begun may be moved, but not into the past. No change takes a
// near event back to far.
func TestE26StatusNeverGoesBack(t *testing.T) {
	for name, c := range map[string]struct {
		at     time.Duration // from t0; the event starts an hour later, with a ramp-up of 10 minutes
		change func(*core.EventSpec)
		status string // after it
		want   string // fields
	}{
		"far, later":               {0, func(s *core.EventSpec) { s.Start = s.Start.Add(time.Hour) }, "far", ""},
		"far, now":                 {0, func(s *core.EventSpec) { s.Start = t0 }, "active", ""},
		"far, past":                {0, func(s *core.EventSpec) { s.Start = t0.Add(-time.Second) }, "far", "start"},
		"far, near by its ramp-up": {0, func(s *core.EventSpec) { s.RampUp = time.Hour }, "near", ""},
		"near, sooner":             {51 * time.Minute, func(s *core.EventSpec) { s.Start = t0.Add(55 * time.Minute) }, "near", ""},
		"near, now":                {51 * time.Minute, func(s *core.EventSpec) { s.Start = t0.Add(51 * time.Minute) }, "active", ""},
		"near, past":               {51 * time.Minute, func(s *core.EventSpec) { s.Start = t0.Add(50 * time.Minute) }, "near", "start"},
		"near, a minute later":     {51 * time.Minute, func(s *core.EventSpec) { s.Start = s.Start.Add(time.Minute) }, "near", ""},
		"near, too much later":     {51 * time.Minute, func(s *core.EventSpec) { s.Start = s.Start.Add(2 * time.Minute) }, "near", "start"},
		"near, with more ramp-up":  {51 * time.Minute, func(s *core.EventSpec) { s.Start, s.RampUp = s.Start.Add(time.Hour), 70*time.Minute }, "near", ""},
		"near, less ramp-up":       {51 * time.Minute, func(s *core.EventSpec) { s.RampUp = 9 * time.Minute }, "near", ""},
		"near, too little ramp-up": {51 * time.Minute, func(s *core.EventSpec) { s.RampUp = 8 * time.Minute }, "near", "rampUp"},
		"near, none":               {51 * time.Minute, func(s *core.EventSpec) { s.RampUp = -time.Minute }, "near", "rampUp"},
		"active, far":              {61 * time.Minute, func(s *core.EventSpec) { s.Start = s.Start.Add(time.Hour) }, "active", "start"},
		"active, another baseline": {61 * time.Minute, func(s *core.EventSpec) {
			s.Baseline = &core.Baseline{Start: t0, Duration: time.Hour, ID: "b", Name: "n", Intervals: steps(60)}
		}, "active", "baseline.start"},
		"active, a baseline from now": {61 * time.Minute, func(s *core.EventSpec) {
			s.Baseline = &core.Baseline{Start: t0.Add(61 * time.Minute), Duration: time.Hour, ID: "b", Name: "n", Intervals: steps(60)}
		}, "active", ""},
		"far, a past baseline": {0, func(s *core.EventSpec) {
			s.Baseline = &core.Baseline{Start: t0.AddDate(0, 0, -1), Duration: time.Hour, ID: "b", Name: "n", Intervals: steps(60)}
		}, "far", ""},
		"completed": {121 * time.Minute, func(s *core.EventSpec) { s.Comment = "late" }, "completed", "status"},
		"extended too late": {120 * time.Minute, func(s *core.EventSpec) {
			s.Duration, s.Signals[0].Intervals = 2*time.Hour, steps(120)
		}, "completed", "status"},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t)
			r.join("ven1")
			spec := at("event", time.Hour, time.Hour)
			spec.RampUp = 10 * time.Minute
			r.create(spec)
			r.clock.Move(c.at)
			_, err := r.ModifyEvent(t.Context(), "event", func(s core.EventSpec) (core.EventSpec, error) { c.change(&s); return s, nil }, "test")
			if got := strings.Join(conflicting(t, err), " "); got != c.want {
				t.Errorf("refused for %q, want %q: %v", got, c.want, err)
			}
			if e, err := r.Event(t.Context(), "event"); err != nil || r.Status(e) != c.status {
				t.Errorf("it is %s now, want %s; %v", r.Status(e), c.status, err)
			}
		})
	}
}

// An open-ended event may be ended, or its level changed, from now on.
func TestE26OpenEndedEvent(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.create(at("event", 0, 0))
	r.clock.Move(time.Hour)
	change := func(d time.Duration, intervals []core.Interval) error {
		_, err := r.ModifyEvent(t.Context(), "event", func(s core.EventSpec) (core.EventSpec, error) { lasting(d, intervals)(&s); return s, nil }, "test")
		return err
	}
	if got := conflicting(t, change(2*time.Hour, []core.Interval{{Duration: 2 * time.Hour, Value: 2}})); !slices.Equal(got, []string{"signals[0].intervals[0].value"}) {
		t.Errorf("another level from the start: refused for %v", got)
	}
	if got := conflicting(t, change(time.Minute, steps(1))); !slices.Equal(got, []string{"duration", "signals[0].intervals[0].duration"}) {
		t.Errorf("an end that is past: refused for %v", got)
	}
	if err := change(2*time.Hour, steps(60, 60)); err != nil {
		t.Fatal(err)
	}
	if e := r.set(ven)[0]; e.ActivePeriod.Duration != 2*time.Hour || *e.Signals[0].CurrentValue != 2 {
		t.Errorf("it goes on as %+v", e)
	}
	if got := conflicting(t, change(0, steps(0))); len(got) == 0 {
		t.Error("accepted: without an end, the interval of its first hour is gone")
	}
}

// said is what an event says of a time: by the value of each signal and the
// baseline, and whether it is active then.
func said(s core.EventSpec, at time.Time) string {
	value := func(start time.Time, intervals []core.Interval) string {
		for _, i := range intervals {
			if at.Before(start) {
				return "-"
			}
			if start = start.Add(i.Duration); i.Duration == 0 || at.Before(start) {
				return fmt.Sprint(i.Value)
			}
		}
		return "-"
	}
	var all []string
	for _, signal := range s.Signals {
		all = append(all, signal.Name, value(s.Start, signal.Intervals))
	}
	if s.Baseline != nil {
		all = append(all, s.Baseline.ID, value(s.Baseline.Start, s.Baseline.Intervals))
	}
	return strings.Join(all, " ")
}

// The property of rule E26: no change at any time alters what a running event says of
// the time until then, and no status goes back.
func TestE26NoChangeReachesThePast(t *testing.T) {
	rank := map[string]int{oadr.StatusFar: 0, oadr.StatusNear: 1, oadr.StatusActive: 2, oadr.StatusCompleted: 3}
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := start(t)
			if _, err := r.AddVEN(t.Context(), core.VEN{VENID: "ven1"}); err != nil { // nobody is pushed to
				t.Fatal(err)
			}
			random := rand.New(rand.NewPCG(seed, 20))
			taken, refused := 0, 0
			for n := range 15 {
				spec := long(fmt.Sprint("event", n))
				spec.Start = r.clock.Now().Add(15 * time.Minute).Truncate(time.Second)
				spec.Baseline.Start = spec.Start.Add(time.Duration(random.IntN(40)-20) * time.Minute)
				spec = r.create(spec).EventSpec
				for range 15 {
					r.clock.Move(time.Duration(random.IntN(500)) * time.Second)
					now := r.clock.Now()
					stored, err := r.Event(t.Context(), spec.EventID)
					if err != nil {
						t.Fatal(err)
					}
					was := r.Status(stored)
					e, err := r.ModifyEvent(t.Context(), spec.EventID, func(s core.EventSpec) (core.EventSpec, error) {
						return scrambled(random, s), nil
					}, "test")
					var invalid *core.InvalidError
					switch {
					case errors.As(err, &invalid):
						t.Fatalf("not a change to speak of: %v", err)
					case err != nil:
						conflicting(t, err)
						refused++
						continue
					}
					taken++
					if is := r.Status(e); rank[is] < rank[was] {
						t.Fatalf("%s became %s by %+v", was, is, e.EventSpec)
					}
					if was != oadr.StatusActive {
						continue
					}
					for past := stored.Start.Add(-time.Hour); !past.After(now); past = past.Add(10 * time.Second) {
						if before, after := said(stored.EventSpec, past), said(e.EventSpec, past); before != after {
							t.Fatalf("at %s it said of %s %q, and says %q now:\n%+v\n%+v", now, past, before, after, stored.EventSpec, e.EventSpec)
						}
					}
				}
			}
			if taken < 15 || refused < 15 {
				t.Errorf("%d changes were accepted and %d refused: too few of one kind to show anything", taken, refused)
			}
		})
	}
}

// scrambled is a spec with something else in it.
func scrambled(random *rand.Rand, s core.EventSpec) core.EventSpec {
	list := func(intervals []core.Interval) (time.Duration, []core.Interval) {
		i := random.IntN(len(intervals))
		switch random.IntN(4) {
		case 0:
			intervals[i].Value = float64(random.IntN(4))
		case 1:
			intervals[i].Duration = time.Duration(random.IntN(30)+1) * time.Minute
		case 2:
			intervals = slices.Insert(intervals, i, core.Interval{Duration: 5 * time.Minute, Value: float64(random.IntN(4))})
		case 3:
			if len(intervals) > 1 {
				intervals = slices.Delete(intervals, i, i+1)
			}
		}
		var sum time.Duration
		for _, n := range intervals {
			sum += n.Duration
		}
		return sum, intervals
	}
	switch random.IntN(6) {
	case 0:
		s.Start = s.Start.Add(time.Duration(random.IntN(21)-10) * time.Minute)
	case 1:
		s.RampUp = time.Duration(random.IntN(20)) * time.Minute
	case 2:
		s.Baseline.Start = s.Baseline.Start.Add(time.Duration(random.IntN(3)-1) * time.Minute)
	case 3:
		s.Baseline.Duration, s.Baseline.Intervals = list(s.Baseline.Intervals)
	default: // the first signal, and the others' last intervals as long as that makes it
		s.Duration, s.Signals[0].Intervals = list(s.Signals[0].Intervals)
		for i := range s.Signals[1:] {
			last := &s.Signals[i+1].Intervals
			rest := s.Duration
			for n, interval := range *last {
				if n == len(*last)-1 || interval.Duration >= rest {
					(*last)[n].Duration, *last = rest, (*last)[:n+1]
					break
				}
				rest -= interval.Duration
			}
		}
	}
	return s
}
