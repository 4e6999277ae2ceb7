package lane

import (
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// DefaultShare is an identity's share of a processor's time, in percent, see
// [NewShares]. All identities together have two processors, and one store that only one
// at a time can write to.
const DefaultShare = 5

const (
	shareTime  = 10       // seconds of its share that an identity may use at once
	heavySize  = 64 << 10 // bytes of a payload that makes a job heavy whoever sends it
	heavySlots = 4        // heavy jobs that run at once
)

// Budget shares out the work that a process can do among identities. Transports share
// one, so whoever speaks over two of them gets no more, and heavy jobs of all run few at
// a time. Its methods are safe for concurrent use.
type Budget struct {
	clock core.Clock
	work  *core.Allowances // in seconds
	free  float64          // an identity with less left has been busy, and its jobs are heavy
	slots chan struct{}    // taken by heavy jobs
}

// NewBudget makes the budget of a process, with the default share for each identity.
func NewBudget(clock core.Clock) *Budget { return NewShares(DefaultShare, clock) }

// NewShares makes the budget of a process in which each identity may use this share of
// a processor's time, in percent, and ten seconds' share at once. 0 is [Unlimited].
func NewShares(percent int, clock core.Clock) *Budget {
	if percent == 0 {
		return Unlimited(clock)
	}
	share := float64(percent) / 100
	return newBudget(share, shareTime*share, clock)
}

// Unlimited makes a budget that no identity uses up, for tests and benchmarks, whose
// outcome must not depend on how long work takes.
func Unlimited(clock core.Clock) *Budget { return newBudget(1e6, 1e6, clock) }

func newBudget(perSecond, atOnce float64, clock core.Clock) *Budget {
	return &Budget{clock: clock, work: core.NewAllowances(perSecond, atOnce, clock), free: atOnce / 2, slots: make(chan struct{}, heavySlots)}
}

// owes returns how long it takes until a payer owes no work.
func (b *Budget) owes(payer string) time.Duration { return b.work.Until(payer, 0) }

// heavy says whether a job of so many bytes takes a slot.
func (b *Budget) heavy(payer string, bytes int) bool {
	return bytes >= heavySize || b.work.Until(payer, b.free) > 0
}
