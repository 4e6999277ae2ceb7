package ven

import "time"

// Clock gives the time of reports, so that a test can move it.
type Clock interface {
	Now() time.Time
	// After returns a channel that is sent to once, when d has passed. Calling
	// stop earlier releases it.
	After(d time.Duration) (c <-chan time.Time, stop func() bool)
}

// systemClock is the machine's clock.
type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) After(d time.Duration) (<-chan time.Time, func() bool) {
	t := time.NewTimer(d)
	return t.C, t.Stop
}
