package core

import (
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

const (
	farAhead  = 31 * 24 * time.Hour // a start further ahead may be a slip
	longBegun = time.Minute         // a start longer ago may be one, too
)

// warnings returns what may be a slip in a valid event. Of a change they concern only what
// it changed.
func (e *Event) warnings(r Reader, before EventSpec, now time.Time) ([]Problem, error) {
	var c check
	if !e.Start.Equal(before.Start) {
		c.unusual(e.Start, now)
	}
	if u, err := url.Parse(e.MarketContext); e.MarketContext != before.MarketContext && (err != nil || !u.IsAbs()) {
		c.bad("marketContext", "", "%q is no whole URI such as http://example.org/dr; VENs compare it with their program's", excerpt.Of(e.MarketContext))
	}
	sameTargets := slices.Equal(e.Targets, before.Targets)
	if !sameTargets || e.unsaid(oadr.Profile20a) != before.unsaid(oadr.Profile20a) {
		if err := c.warnUnsaid(r, e); err != nil {
			return nil, err
		}
	}
	if sameTargets {
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

// unusual warns of a start that may not be the one that was meant.
func (c *check) unusual(start, now time.Time) {
	switch ahead := start.Sub(now); {
	case ahead > farAhead:
		c.bad("start", "", "%s is %d days ahead", start.Format(time.RFC3339), ahead/(24*time.Hour))
	case ahead < -longBegun:
		c.bad("start", "", "%s is past: VENs act as soon as they are told", start.Format(time.RFC3339))
	}
}

// none warns of a target that reaches no VEN now.
func (t Target) none() string {
	switch t.Kind {
	case TargetAll:
		return "no VEN"
	case TargetVENID:
		return fmt.Sprintf("no VEN %q", t.Value)
	}
	return fmt.Sprintf("no VEN with the %s %q", t.Kind, t.Value)
}

// eachTarget calls fn with each target and its field in the event's JSON.
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
