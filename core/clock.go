package core

import (
	"context"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
)

// Clock tells the time, so that tests can choose it.
type Clock interface {
	Now() time.Time
	// After delivers once d has passed; stop releases it earlier.
	After(d time.Duration) (c <-chan time.Time, stop func() bool)
}

// SystemClock is the time of the machine.
type SystemClock struct{}

// Now returns the current time with its monotonic reading, which UTC would strip: setting
// the clock does not change the time between two readings.
func (SystemClock) Now() time.Time { return time.Now() }

// After starts a timer of the machine's monotonic clock.
func (SystemClock) After(d time.Duration) (<-chan time.Time, func() bool) {
	t := time.NewTimer(d)
	return t.C, t.Stop
}

// waitUntil waits for a time, a signal, or the end of ctx, whichever comes first. A zero
// time never comes, nor does a nil signal.
func waitUntil(ctx context.Context, c Clock, at time.Time, signal wake.Signal) {
	var timer <-chan time.Time
	if !at.IsZero() {
		after, stop := c.After(at.Sub(c.Now()))
		defer stop()
		if !c.Now().Before(at) { // it came while the timer was set
			return
		}
		timer = after
	}
	select {
	case <-ctx.Done():
	case <-signal:
	case <-timer:
	}
}
