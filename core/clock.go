package core

import "time"

// Clock is where time comes from, so that rules can be tested at any moment.
type Clock interface {
	Now() time.Time
	// After delivers once, when d has passed; stop releases it earlier.
	After(d time.Duration) (c <-chan time.Time, stop func() bool)
}

// SystemClock is the time of the machine.
type SystemClock struct{}

// Now is the current time. It keeps the monotonic reading, which UTC would strip:
// what has passed between two readings does not change when the clock is set.
func (SystemClock) Now() time.Time { return time.Now() }

// After is a timer of the machine's monotonic clock.
func (SystemClock) After(d time.Duration) (<-chan time.Time, func() bool) {
	t := time.NewTimer(d)
	return t.C, t.Stop
}
