package core

import (
	"fmt"
	"reflect"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// rulePast is the rule of a [Problem] with a change of what has begun or passed.
const rulePast = "E26"

// checkPast refuses a change of what has begun or passed of an event at now, and a change
// that would make its status go back (rule E26, rules 13 and 20 of the profile). What is to
// come may change: of a running event its end, if that is not past, and the intervals after
// the running one.
func checkPast(before, after EventSpec, now time.Time) error {
	var c check
	switch is := before.timed(now); {
	case is == oadr.StatusActive:
		c.running(before, after, now)
	case !after.Start.Equal(before.Start) && after.Start.Before(now.Truncate(time.Second)):
		c.bad("start", rulePast, "%s is past; let it start now (\"now\") or later", oadr.FormatTime(after.Start))
	case is == oadr.StatusNear && after.timed(now) == oadr.StatusFar:
		c.farAgain(before, after, now)
	}
	if c.problems != nil {
		return &ConflictError{c.problems}
	}
	return nil
}

// farAgain notes a problem if an event that is near would be far again.
func (c *check) farAgain(before, after EventSpec, now time.Time) {
	left := (after.Start.Sub(now) + time.Second - 1).Truncate(time.Second)
	if after.Start.Equal(before.Start) {
		c.bad("rampUp", rulePast, "the ramp-up has begun, and the event would be far again; use at least %s", oadr.FormatDuration(left))
		return
	}
	c.bad("start", rulePast, "the ramp-up has begun, and the event would be far again; let it start by %s, set rampUp to at least %s, or cancel it and create another",
		oadr.FormatTime(now.Truncate(time.Second).Add(max(after.RampUp, 0))), oadr.FormatDuration(left))
}

// running checks a change of an active event.
func (c *check) running(before, after EventSpec, now time.Time) {
	if !after.Start.Equal(before.Start) {
		c.bad("start", rulePast, "the event has begun; leave its start at %s, or cancel it and create another", oadr.FormatTime(before.Start))
		return // all other fields follow from the start
	}
	for _, d := range []struct {
		field      string
		was, is    time.Duration
		whyNotElse string
	}{
		{"rampUp", before.RampUp, after.RampUp, "the ramp-up has passed"},
		{"notification", before.Notification, after.Notification, "the time of notification has passed"},
		{"startAfter", before.StartAfter, after.StartAfter, "the event has begun, and VENs start and stop by it"},
	} {
		if d.is != d.was {
			c.bad(d.field, rulePast, "%s; leave it %s", d.whyNotElse, oadr.FormatDuration(d.was))
		}
	}
	if end := after.Start.Add(after.Duration); after.Duration > 0 && !end.After(now) {
		c.bad("duration", rulePast, "the event has run for longer; let it last at least %s, or cancel it", oadr.FormatDuration(atLeast(now.Sub(after.Start))))
	}
	c.runningSignals(before, after, now)
	c.runningBaseline(before.Baseline, after.Baseline, now)
}

func (c *check) runningSignals(before, after EventSpec, now time.Time) {
	for i, is := range after.Signals {
		field := fmt.Sprintf("signals[%d]", i)
		if i >= len(before.Signals) {
			c.bad(field, rulePast, "would have begun with the event, at %s; create another event for it", oadr.FormatTime(before.Start))
			continue
		}
		was := before.Signals[i]
		c.same(field+".name", was.Name, is.Name)
		c.same(field+".type", was.Type, is.Type)
		c.same(field+".unit", was.Unit, is.Unit)
		c.same(field+".deviceClasses", was.DeviceClasses, is.DeviceClasses)
		c.passed(field, before.Start, was.Intervals, is.Intervals, now)
	}
	if n := len(after.Signals); n < len(before.Signals) {
		c.bad("signals", rulePast, "signal %s, at place %d, has begun and cannot be taken away; cancel the event instead", before.Signals[n].Name, n)
	}
}

func (c *check) runningBaseline(before, after *Baseline, now time.Time) {
	begun := before != nil && !before.Start.After(now)
	switch {
	case !begun && after != nil && after.Start.Before(now.Truncate(time.Second)):
		c.bad("baseline.start", rulePast, "%s is past, and the event has begun; let a baseline start now or later", oadr.FormatTime(after.Start))
	case !begun:
	case after == nil:
		c.bad("baseline", rulePast, "has begun and cannot be taken away")
	case !after.Start.Equal(before.Start):
		c.bad("baseline.start", rulePast, "the baseline has begun; leave its start at %s", oadr.FormatTime(before.Start))
	default:
		c.same("baseline.id", before.ID, after.ID)
		c.same("baseline.name", before.Name, after.Name)
		c.same("baseline.resources", before.Resources, after.Resources)
		c.same("baseline.unit", before.Unit, after.Unit)
		c.passed("baseline", before.Start, before.Intervals, after.Intervals, now)
	}
}

// same notes a problem if a part that has begun would change.
func (c *check) same(field string, was, is any) {
	if !reflect.DeepEqual(was, is) {
		c.bad(field, rulePast, "has begun with the event; leave it as it was")
	}
}

// passed notes a problem if intervals that have passed would change, if the value of the
// running one would, or if the running one would end before now.
func (c *check) passed(field string, start time.Time, before, after []Interval, now time.Time) {
	elapsed := now.Sub(start)
	for i, was := range before {
		if elapsed < 0 { // this one and all after it are to come
			return
		}
		runs := was.Duration == 0 || elapsed < was.Duration
		state := "has passed"
		if runs {
			state = "has begun"
		}
		if i >= len(after) {
			c.bad(field+".intervals", rulePast, "interval %d %s and cannot be taken away", i, state)
			return
		}
		is, at := after[i], fmt.Sprintf("%s.intervals[%d]", field, i)
		if is.Value != was.Value {
			c.bad(at+".value", rulePast, "the interval %s; leave it %v, and let another interval follow", state, was.Value)
		}
		switch {
		case !runs && is.Duration != was.Duration:
			c.bad(at+".duration", rulePast, "the interval has passed; leave it %s", oadr.FormatDuration(was.Duration))
		case runs && is.Duration != 0 && is.Duration < elapsed:
			c.bad(at+".duration", rulePast, "the interval has run for longer; use at least %s", oadr.FormatDuration(atLeast(elapsed)))
		}
		if runs {
			return
		}
		elapsed -= was.Duration
	}
	if len(after) > len(before) && elapsed > 0 {
		c.bad(fmt.Sprintf("%s.intervals[%d]", field, len(before)), rulePast, "would begin in the past; leave it out")
	}
}

// atLeast returns the least whole seconds that are not less than a duration.
func atLeast(elapsed time.Duration) time.Duration {
	return elapsed.Truncate(time.Second) + time.Second
}
