package oadr

import "time"

// Period is xcal:properties: when something begins, how long it lasts, and how far
// that may shift. A nil duration is absent.
type Period struct {
	Start        time.Time
	Duration     time.Duration // 0: open ended
	StartAfter   *time.Duration
	Notification *time.Duration
	RampUp       *time.Duration
	Recovery     *time.Duration
}

// ActivePeriod is the Period of an event, ei:eiActivePeriod.
type ActivePeriod = Period

// Available is a Period of a schedule, xcal:available (rule P4).
type Available = Period
