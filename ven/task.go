package ven

import "time"

// task is when something is due to be sent, at first and after it did not get through.
type task struct {
	due   time.Time
	again time.Time // not before this time; zero: at once
	retry time.Duration
}

// when is when to send it.
func (t *task) when() time.Time {
	if t.again.After(t.due) {
		return t.again
	}
	return t.due
}

// postpone makes it due again later, each time after twice the time.
func (t *task) postpone(now time.Time) {
	t.retry = min(max(2*t.retry, retryFirst), retryMost)
	t.again = now.Add(t.retry)
}

// hurry ends the effect of postpone: there is a connection again.
func (t *task) hurry() { t.again, t.retry = time.Time{}, 0 }
