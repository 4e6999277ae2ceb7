package ven

import (
	"math/rand/v2"
	"time"
)

// Backoff is the time between attempts. It doubles from one second to one minute,
// and each wait is a random time between half of it and all of it, so that a
// thousand VENs do not come back to a server at the same moment. The zero Backoff is
// ready to use.
type Backoff struct {
	next time.Duration
}

const (
	backoffFirst = time.Second
	backoffMost  = time.Minute
)

// Next returns how long to wait before the next attempt.
func (b *Backoff) Next() time.Duration {
	b.next = min(max(b.next, backoffFirst), backoffMost)
	wait := b.next/2 + rand.N(b.next/2)
	b.next *= 2
	return wait
}
