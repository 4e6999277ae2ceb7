package ven

import "time"

// task is when something is to be sent, and when again if it did not get
// through.
type task struct {
	due   time.Time
	again time.Time // not before this time; zero: at once
	retry time.Duration
}

// when is the time to send it.
func (t *task) when() time.Time {
	if t.again.After(t.due) {
		return t.again
	}
	return t.due
}

// postpone puts it off, for longer each time.
func (t *task) postpone(now time.Time) {
	t.retry = min(max(2*t.retry, retryFirst), retryMost)
	t.again = now.Add(t.retry)
}

// hurry makes up for having been put off: there is a connection again.
func (t *task) hurry() { t.again, t.retry = time.Time{}, 0 }
