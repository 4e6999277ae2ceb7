package core

import (
	"sync"
	"time"
)

// maxAllowances bounds the buckets of one generation.
const maxAllowances = 100_000

// Allowances are token buckets, one for each identity, full at first. A bucket that is
// full again need not be remembered, so two generations, each as long as filling takes,
// are kept. Its methods are safe for concurrent use.
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

// NewAllowances makes buckets that hold burst tokens and get perSecond tokens a second.
func NewAllowances(perSecond, burst float64, clock Clock) *Allowances {
	return &Allowances{
		clock: clock, perSecond: perSecond, burst: burst,
		span: time.Duration(2 * burst / perSecond * float64(time.Second)), // from a debt as large as the burst
		now:  map[string]allowance{},
	}
}

// Take takes one token of an identity and reports whether there was one.
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

// Spend takes tokens of an identity even if it has fewer. The rest is owed, up to a burst.
func (a *Allowances) Spend(who string, tokens float64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	of := a.of(who)
	of.left = max(of.left-tokens, -a.burst)
	a.now[who] = of
}

// Until returns how long it takes until an identity has so many tokens.
func (a *Allowances) Until(who string, tokens float64) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	of := a.of(who)
	if of.left >= tokens {
		return 0
	}
	// Rounded up, so that the tokens are there afterwards.
	return time.Duration((tokens-of.left)/a.perSecond*float64(time.Second)) + 1
}

// of returns the bucket of an identity as it is now. The lock must be held.
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
