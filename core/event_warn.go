package core

import (
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
)

const (
	farAhead  = 31 * 24 * time.Hour // further ahead, a start may be a slip
	longBegun = time.Minute         // longer past, it may be one, too
)

// warnings are what may be a slip in an event that can be: the operator is told,
// and the event stands. Of a change they tell what it changed from before on.
func (e *Event) warnings(r VENReader, before EventSpec, now time.Time) ([]Problem, error) {
	var c check
	if !e.Start.Equal(before.Start) {
		c.unusual(e.Start, now)
	}
	if u, err := url.Parse(e.MarketContext); e.MarketContext != before.MarketContext && (err != nil || !u.IsAbs()) {
		c.bad("marketContext", "", "%q is no whole URI such as http://example.org/dr; VENs compare it with their program's", excerpt.Of(e.MarketContext))
	}
	if slices.Equal(e.Targets, before.Targets) {
		return c.problems, nil
	}
	unreached, err := r.UnreachedTargets(e.Targets)
	if err != nil {
		return nil, err
	}
	err = eachTarget(e.Targets, func(t Target, field string) error {
		if unreached[t] && len(c.problems) < maxProblems {
			c.bad(field, "E1", "reaches nobody so far: %s that gets events is registered", t.none())
		}
		return nil
	})
	return c.problems, err
}

// unusual tells of a start that may be another one than was meant.
func (c *check) unusual(start, now time.Time) {
	switch ahead := start.Sub(now); {
	case ahead > farAhead:
		c.bad("start", "", "%s is %d days ahead", start.Format(time.RFC3339), ahead/(24*time.Hour))
	case ahead < -longBegun:
		c.bad("start", "", "%s is past: VENs act as soon as they are told", start.Format(time.RFC3339))
	}
}

// none names nobody of those whom a target names.
func (t Target) none() string {
	switch t.Kind {
	case TargetAll:
		return "no VEN"
	case TargetVENID:
		return fmt.Sprintf("no VEN %q", t.Value)
	}
	return fmt.Sprintf("no VEN with the %s %q", t.Kind, t.Value)
}

// eachTarget calls fn for each target, with the field of the event's JSON that it stands in.
func eachTarget(targets []Target, fn func(t Target, field string) error) error {
	count := map[TargetKind]int{}
	for _, t := range targets {
		field := t.Kind.field()
		if t.Kind != TargetAll {
			field = fmt.Sprintf("%s[%d]", field, count[t.Kind])
		}
		count[t.Kind]++
		if err := fn(t, field); err != nil {
			return err
		}
	}
	return nil
}
