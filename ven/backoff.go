package ven

import (
	"math/rand/v2"
	"time"
)

// Backoff is the time between attempts: it doubles from one second to one
// minute. Each wait is a random one between half of that and all of it, so that
// a thousand VENs do not all come back to a server in the same moment. The zero
// Backoff is ready to use.
type Backoff struct {
	next time.Duration
}

const (
	backoffFirst = time.Second
	backoffMost  = time.Minute
)

// Next is how long to wait before the next attempt.
func (b *Backoff) Next() time.Duration {
	b.next = min(max(b.next, backoffFirst), backoffMost)
	wait := b.next/2 + rand.N(b.next/2)
	b.next *= 2
	return wait
}
