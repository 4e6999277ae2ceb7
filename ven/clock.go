package ven

import "time"

// Clock is where the time of reports comes from, so that a test can move it.
type Clock interface {
	Now() time.Time
	// After delivers once, when d has passed; stop releases it earlier.
	After(d time.Duration) (c <-chan time.Time, stop func() bool)
}

// systemClock is the time of the machine.
type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) After(d time.Duration) (<-chan time.Time, func() bool) {
	t := time.NewTimer(d)
	return t.C, t.Stop
}
