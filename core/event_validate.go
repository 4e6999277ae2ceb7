package core

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/internal/label"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Values of EventSpec.Overlap.
const (
	overlapRefuse = "refuse"
	overlapAllow  = "allow"
)

const (
	wholeSeconds = "must be in whole seconds"
	endless      = "ends after the year 9999; PT0S is open ended"
	maxComment   = 10000 // bytes of a vtnComment
	maxDuration  = 100 * 365 * 24 * time.Hour
)

// check collects the problems of an operator's input.
type check struct {
	problems []Problem
}

func (c *check) bad(field, rule, reason string, args ...any) {
	c.problems = append(c.problems, Problem{field, rule, fmt.Sprintf(reason, args...)})
}

// checkEvent finds all that is wrong with an event itself, without regard to the time, VENs
// and other events. before is the spec that it had, empty for a new event.
func (s *EventService) checkEvent(spec, before EventSpec) error {
	var c check
	if reason := label.Check(spec.EventID); reason != "" {
		c.bad("eventID", "", "%s", reason)
	}
	if reason := label.Check(spec.MarketContext); reason != "" {
		c.bad("marketContext", "", "%s", reason)
	} else if err := oadr.CheckURI(spec.MarketContext); err != nil {
		c.bad("marketContext", "", "%s; use one such as http://example.org/dr", err)
	}
	if reason := label.CheckText(spec.Comment, maxComment); reason != "" {
		c.bad("comment", "", "%s", reason)
	}
	if spec.ResponseRequired != oadr.ResponseAlways && spec.ResponseRequired != oadr.ResponseNever {
		c.bad("responseRequired", "E15", "%q is neither always nor never", spec.ResponseRequired)
	}
	if spec.Overlap != overlapRefuse && spec.Overlap != overlapAllow {
		c.bad("overlap", ruleOverlap, "%q is neither refuse nor allow", spec.Overlap)
	}
	c.period(spec)
	if len(spec.Signals) == 0 {
		c.bad("signals", "E8", "must have at least one signal")
	}
	for i, sig := range spec.Signals {
		c.signal(fmt.Sprintf("signals[%d]", i), sig, before.Signals, spec.Duration)
	}
	if spec.Baseline != nil {
		c.baseline(*spec.Baseline)
	}
	c.targets("", spec.Targets)
	if c.problems == nil {
		c.size(spec, s.cfg.MaxPayload-s.signing())
	}
	if c.problems != nil {
		return &InvalidError{c.problems}
	}
	return nil
}

func (c *check) period(s EventSpec) {
	c.start("start", s.Start)
	for _, d := range []struct {
		field    string
		value    time.Duration
		negative bool
	}{
		{"duration", s.Duration, false}, {"notification", s.Notification, false}, {"startAfter", s.StartAfter, false},
		{"rampUp", s.RampUp, true}, {"recovery", s.Recovery, false},
	} {
		switch {
		case d.value < 0 && !d.negative:
			c.bad(d.field, "", "must not be negative")
		case d.value > maxDuration || d.value < -maxDuration:
			c.bad(d.field, "", "must not be longer than a hundred years")
		case d.value%time.Second != 0:
			c.bad(d.field, "", wholeSeconds)
		}
	}
	if !oadr.Writable(s.Start.Add(s.Duration).Add(s.StartAfter)) {
		c.bad("duration", "", endless)
	}
}

func (c *check) start(field string, t time.Time) {
	switch {
	case t.IsZero():
		c.bad(field, "", "is missing; use a time such as 2026-11-24T17:00:00Z")
	case t.Year() < 1970 || t.Year() > 9999:
		c.bad(field, "", "must be between the years 1970 and 9999")
	case t.Nanosecond() != 0:
		c.bad(field, "", wholeSeconds)
	}
}

func (c *check) baseline(b Baseline) {
	c.start("baseline.start", b.Start)
	if b.Duration <= 0 || b.Duration > maxDuration || b.Duration%time.Second != 0 {
		c.bad("baseline.duration", "E6", "must be longer than PT0S, in whole seconds")
	} else if !oadr.Writable(b.Start.Add(b.Duration)) {
		c.bad("baseline.duration", "E6", "ends after the year 9999")
	} else {
		c.intervals("baseline", b.Intervals, b.Duration)
	}
	if reason := label.Check(b.ID); reason != "" {
		c.bad("baseline.id", "", "%s", reason)
	}
	if reason := label.Check(b.Name); reason != "" {
		c.bad("baseline.name", "", "%s", reason)
	}
	for i, r := range b.Resources {
		if reason := label.Check(r); reason != "" {
			c.bad(fmt.Sprintf("baseline.resources[%d]", i), "", "%s", reason)
		}
	}
	if b.Unit != nil {
		c.knownUnit("baseline.unit", b.Unit)
	}
}

func (c *check) targets(at string, targets []Target) {
	if len(targets) == 0 {
		c.bad(at+"targets", "E1", "must name at least one of all, venIDs, groups, resources, parties, marketContexts")
	}
	for _, t := range targets {
		if t.Kind == TargetAll {
			continue
		}
		if reason := label.Check(t.Value); reason != "" {
			c.bad(at+t.Kind.field(), "E1", "%q %s", excerpt.Of(t.Value), reason)
		}
	}
}

// size notes a problem if the event alone is too large for a payload.
func (c *check) size(s EventSpec, most int) {
	e := Event{EventSpec: s}
	m := &oadr.DistributeEvent{RequestID: "e-0", Events: []oadr.Event{
		e.message(Concern{Matched: s.Targets}, "", s.Start),
	}}
	if n := len(oadr.Append(nil, oadr.Form{}, m)); n > most*9/10 {
		c.bad("signals", "G5", "the event makes a payload of %d bytes, %d are possible; use fewer intervals or targets", n, most*9/10)
	}
}

// normal returns a copy of the spec with times in UTC, targets sorted and without
// duplicates, and nil for empty lists, so that specs of the same meaning are equal.
func (s EventSpec) normal() EventSpec {
	s.Start = s.Start.UTC()
	s.Targets = slices.Clone(s.Targets)
	slices.SortFunc(s.Targets, func(a, b Target) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key().Value, b.Key().Value), cmp.Compare(a.Value, b.Value))
	})
	s.Targets = slices.CompactFunc(s.Targets, func(a, b Target) bool { return a.Key() == b.Key() })
	s.Signals = slices.Clone(s.Signals)
	for i := range s.Signals {
		s.Signals[i].DeviceClasses = cloned(s.Signals[i].DeviceClasses)
		s.Signals[i].Intervals = cloned(s.Signals[i].Intervals)
	}
	if s.Baseline != nil {
		b := *s.Baseline
		b.Start = b.Start.UTC()
		b.Resources, b.Intervals = cloned(b.Resources), cloned(b.Intervals)
		s.Baseline = &b
	}
	return s
}

// cloned returns a copy, nil if it is empty.
func cloned[E any](s []E) []E { return append([]E(nil), s...) }
