package core

import (
	"sync"
	"time"
)

// maxAllowances bounds the identities that are remembered.
const maxAllowances = 100_000

// Allowances are token buckets, one for each identity, full until it takes something.
// A bucket that nobody took from for the time it needs to fill is as good as none, so
// two generations of that length are all there is to remember. Its methods are safe
// for concurrent use.
type Allowances struct {
	clock            Clock
	perSecond, burst float64
	span             time.Duration // in which the emptiest bucket fills

	mu       sync.Mutex
	turned   time.Time
	now, old map[string]allowance
}

type allowance struct {
	left float64
	at   time.Time
}

// NewAllowances makes buckets that hold burst tokens and get so many each second.
func NewAllowances(perSecond, burst float64, clock Clock) *Allowances {
	return &Allowances{
		clock: clock, perSecond: perSecond, burst: burst,
		span: time.Duration(2 * burst / perSecond * float64(time.Second)), // from a debt as large as the burst
		now:  map[string]allowance{},
	}
}

// Take takes one token of somebody's, if there is one.
func (a *Allowances) Take(who string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	of := a.of(who)
	allowed := of.left >= 1
	if allowed {
		of.left--
	}
	a.now[who] = of
	return allowed
}

// Spend takes tokens of somebody's whether there are so many or not. What is not there
// is owed, but never more than a burst.
func (a *Allowances) Spend(who string, tokens float64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	of := a.of(who)
	of.left = max(of.left-tokens, -a.burst)
	a.now[who] = of
}

// Until is how long it takes until somebody has so many tokens, 0 where it has.
func (a *Allowances) Until(who string, tokens float64) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	of := a.of(who)
	if of.left >= tokens {
		return 0
	}
	// Rounded up: the tokens are there when it has passed.
	return time.Duration((tokens-of.left)/a.perSecond*float64(time.Second)) + 1
}

// of is a bucket as it is now. The lock must be held.
func (a *Allowances) of(who string) allowance {
	now := a.clock.Now()
	if now.Sub(a.turned) >= a.span || len(a.now) >= maxAllowances {
		a.old, a.now, a.turned = a.now, map[string]allowance{}, now
	}
	of, known := a.now[who]
	if !known {
		if of, known = a.old[who]; !known {
			return allowance{a.burst, now}
		}
	}
	if passed := now.Sub(of.at).Seconds(); passed > 0 {
		of.left = min(a.burst, of.left+passed*a.perSecond)
	}
	of.at = now
	return of
}
