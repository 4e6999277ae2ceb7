package core

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/internal/label"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

const signalSimple = "SIMPLE"

// signal checks one signal of an event. What it has in common with a signal of the event
// before the change is not checked, since earlier versions stored more, and the operator
// may change something else.
func (c *check) signal(field string, s Signal, before []Signal, period time.Duration) {
	if !slices.ContainsFunc(before, s.goesOn) {
		c.meaning(field, s)
		c.deviceClasses(field, s.DeviceClasses)
	}
	c.intervals(field, s.Intervals, period)
}

// goesOn reports whether a signal equals another, except for its times.
func (s Signal) goesOn(before Signal) bool {
	was := map[float64]bool{}
	for _, n := range before.Intervals {
		was[n.Value] = true
	}
	return s.Name == before.Name && s.Type == before.Type && reflect.DeepEqual(s.Unit, before.Unit) && slices.Equal(s.DeviceClasses, before.DeviceClasses) &&
		!slices.ContainsFunc(s.Intervals, func(n Interval) bool { return !was[n.Value] })
}

// meaning checks that name, type, unit and values belong together (rule E8).
func (c *check) meaning(field string, s Signal) {
	row, types := rowOf(s.Name, s.Type)
	switch {
	case row == nil && types == nil:
		c.bad(field+".name", "E8", "%q is no signal; use one of %s, or a name of your own that begins with x-", excerpt.Of(s.Name), strings.Join(signalNames(), ", "))
		return
	case row == nil:
		c.bad(field+".type", "E8", "%q does not fit %s; use one of %s", excerpt.Of(s.Type), s.Name, strings.Join(types, ", "))
		return
	}
	if at, reason := row.badUnit(s.Unit); reason != "" {
		c.bad(field+".unit"+at, "E8", "%s", reason)
	} else if s.Unit != nil {
		c.knownUnit(field+".unit", s.Unit)
	}
	for i, n := range s.Intervals {
		if !row.values.has(n.Value) && finite(n.Value) && len(c.problems) < maxProblems {
			c.bad(fmt.Sprintf("%s.intervals[%d].value", field, i), "E8", "%v is no value of %s %s; use %s", n.Value, s.Name, s.Type, row.values)
		}
	}
}

// deviceClasses checks that device classes are listed in the profile or begin with x-
// (rule E12).
func (c *check) deviceClasses(field string, classes []string) {
	for i, class := range classes {
		at := fmt.Sprintf("%s.deviceClasses[%d]", field, i)
		if reason := label.Check(class); reason != "" {
			c.bad(at, "E12", "%s", reason)
		} else if err := oadr.CheckDeviceClass(class); err != nil {
			c.bad(at, "E12", "%s", err)
		}
		if len(c.problems) >= maxProblems {
			return
		}
	}
}

// knownUnit checks a unit against the schema.
func (c *check) knownUnit(field string, u *oadr.Unit) {
	var wrong *oadr.UnitError
	if errors.As(u.Check(), &wrong) {
		c.bad(field+"."+wrong.Field, "E8", "%s", wrong.Reason)
	}
}

// intervals checks that intervals add up to their period (rule E6).
func (c *check) intervals(field string, intervals []Interval, period time.Duration) {
	var sum time.Duration
	for i, n := range intervals {
		at := fmt.Sprintf("%s.intervals[%d]", field, i)
		if !finite(n.Value) {
			c.bad(at+".value", "E6", "must be a finite number")
		}
		switch {
		case n.Duration < 0 || n.Duration == 0 && period != 0:
			c.bad(at+".duration", "E6", "must be longer than PT0S")
		case n.Duration%time.Second != 0:
			c.bad(at+".duration", "", wholeSeconds)
		}
		sum += n.Duration
	}
	switch {
	case len(intervals) == 0:
		c.bad(field+".intervals", "E6", "must have at least one interval")
	case period == 0 && (len(intervals) > 1 || sum != 0):
		c.bad(field+".intervals", "E6", "an open-ended period (duration PT0S) has exactly one interval, of PT0S")
	case sum != period:
		c.bad(field+".intervals", "E6", "durations add up to %s, the period lasts %s", oadr.FormatDuration(sum), oadr.FormatDuration(period))
	}
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }
