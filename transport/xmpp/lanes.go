package xmpp

import (
	"errors"
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// Bounds of the work that waits.
const (
	laneLength = 16       // jobs of one identity
	laneOwing  = 2        // of one whose budget is used up, counting the job that runs or waits for budget
	laneJobs   = 4096     // of all
	laneBytes  = 64 << 20 // of all, in bytes of payload
	laneShare  = 8 << 20  // of one identity, of those
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

var (
	errQueueFull  = errors.New("queue full")
	errOverBudget = errors.New("over budget")
)

// lanes run the jobs of one identity in order and those of different identities in
// parallel: each identity that has jobs has a goroutine. An identity that uses up
// more work than its share waits in its lane and holds up nobody else. Few heavy
// jobs run at a time.
type lanes struct {
	clock  core.Clock
	budget *core.Allowances // of work, in seconds
	slots  chan struct{}    // taken by heavy jobs
	ending chan struct{}    // closed when jobs must not wait for a budget any more
	paused func(payer string)

	mu     sync.Mutex
	busy   map[string][]job // the first is running
	jobs   int
	bytes  int
	closed bool
	wg     sync.WaitGroup
}

// job is something to run for an identity. The payer's budget pays for the work;
// no payer means that nobody pays, since no peer caused the work.
type job struct {
	payer string
	size  int
	run   func() (worked time.Duration)
}

// newLanes makes lanes. paused is called each time that a job waits for its payer's
// budget.
func newLanes(clock core.Clock, paused func(payer string)) *lanes {
	return &lanes{
		clock: clock, budget: core.NewAllowances(workPerSecond, workAtOnce, clock), slots: make(chan struct{}, heavySlots),
		ending: make(chan struct{}), paused: paused, busy: map[string][]job{},
	}
}

// add queues a job. It never waits. It fails with errQueueFull or errOverBudget.
func (l *lanes) add(identity string, j job) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	lane := l.busy[identity]
	size := j.size // of the identity's jobs
	for _, waits := range lane {
		size += waits.size
	}
	switch {
	case l.closed || len(lane) >= laneLength || size > laneShare || l.jobs >= laneJobs || l.bytes+j.size > laneBytes:
		return errQueueFull
	case j.payer != "" && len(lane) >= laneOwing && l.budget.Until(j.payer, 0) > 0:
		return errOverBudget
	}
	l.busy[identity] = append(lane, j)
	l.jobs++
	l.bytes += j.size
	if len(lane) == 0 {
		l.wg.Go(func() { l.work(identity) })
	}
	return nil
}

// has reports whether an identity has jobs that wait or run.
func (l *lanes) has(identity string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.busy[identity]) > 0
}

// work runs the jobs of one identity until there are none.
func (l *lanes) work(identity string) {
	j := l.first(identity)
	for some := true; some; j, some = l.next(identity) {
		if j.payer == "" {
			j.run()
		} else {
			l.paid(j)
		}
	}
}

// paid runs a job once its payer has budget left, and takes the cost from that
// budget.
func (l *lanes) paid(j job) {
	for wait := l.budget.Until(j.payer, 0); wait > 0; wait = l.budget.Until(j.payer, 0) {
		l.paused(j.payer)
		if !l.rest(wait) {
			break
		}
	}
	if j.size >= heavySize || l.budget.Until(j.payer, workFree) > 0 {
		l.slots <- struct{}{}
		defer func() { <-l.slots }()
	}
	l.budget.Spend(j.payer, j.run().Seconds())
}

// rest waits. It returns false when the lanes end.
func (l *lanes) rest(d time.Duration) bool {
	timer, stop := l.clock.After(d)
	defer stop()
	select {
	case <-timer:
		return true
	case <-l.ending:
		return false
	}
}

// first returns the first job of an identity that has some.
func (l *lanes) first(identity string) job {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.busy[identity][0]
}

// next drops the job that ran and returns the one to run next. some is false if
// there is none.
func (l *lanes) next(identity string) (j job, some bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lane := l.busy[identity]
	l.jobs--
	l.bytes -= lane[0].size
	lane[0] = job{}
	if lane = lane[1:]; len(lane) == 0 {
		delete(l.busy, identity)
		return job{}, false
	}
	l.busy[identity] = lane
	return lane[0], true
}

// close takes no more jobs and waits until those there are have run, but no longer
// than the bound.
func (l *lanes) close(bound time.Duration) (finished bool) {
	l.mu.Lock()
	if !l.closed {
		l.closed = true
		close(l.ending)
	}
	l.mu.Unlock()
	done := make(chan struct{})
	go func() {
		l.wg.Wait()
		close(done)
	}()
	timer, stop := l.clock.After(bound)
	defer stop()
	select {
	case <-done:
		return true
	case <-timer:
		return false
	}
}
