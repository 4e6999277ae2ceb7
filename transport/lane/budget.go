package lane

import (
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// The budget of work of one identity, in seconds of work. All identities together
// have two processors, and one store that only one at a time can write to.
const (
	workPerSecond = 0.05
	workAtOnce    = 0.5
	workFree      = 0.25     // an identity with less budget left has been busy, and its jobs are heavy
	heavySize     = 64 << 10 // bytes of a payload that makes a job heavy whoever sends it
	heavySlots    = 4        // heavy jobs that run at once
)

// Budget shares out the work that a process can do among identities. Transports share
// one, so whoever speaks over two of them gets no more, and heavy jobs of all run few at
// a time. Its methods are safe for concurrent use.
type Budget struct {
	clock core.Clock
	work  *core.Allowances // in seconds
	slots chan struct{}    // taken by heavy jobs
}

// NewBudget makes the budget of a process.
func NewBudget(clock core.Clock) *Budget { return newBudget(workPerSecond, workAtOnce, clock) }

// Unlimited makes a budget that no identity uses up, for tests and benchmarks, whose
// outcome must not depend on how long work takes.
func Unlimited(clock core.Clock) *Budget { return newBudget(1e6, 1e6, clock) }

func newBudget(perSecond, atOnce float64, clock core.Clock) *Budget {
	return &Budget{clock: clock, work: core.NewAllowances(perSecond, atOnce, clock), slots: make(chan struct{}, heavySlots)}
}

// owes returns how long it takes until a payer owes no work.
func (b *Budget) owes(payer string) time.Duration { return b.work.Until(payer, 0) }

// heavy says whether a job of so many bytes takes a slot.
func (b *Budget) heavy(payer string, bytes int) bool {
	return bytes >= heavySize || b.work.Until(payer, workFree) > 0
}
