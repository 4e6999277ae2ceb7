package lane

import (
	"sync"
	"time"
)

// Runner runs jobs in lanes, in the order in which they were added, for who must not
// wait. Its methods are safe for concurrent use.
type Runner struct {
	*Lanes

	adding sync.Mutex // so that jobs queue as they are added, and none once it is closed
	closed bool
	wg     sync.WaitGroup
}

// Job is something to run.
type Job struct {
	Payer string // see [Lanes.Enter]
	Size  int    // bytes of payload
	Run   func() (worked time.Duration)
}

// NewRunner makes a runner; see [New].
func NewRunner(b *Budget, paused func(payer string)) *Runner { return &Runner{Lanes: New(b, paused)} }

// Add queues a job of an identity. It never waits. It fails with [ErrQueueFull] or
// [ErrOverBudget].
func (r *Runner) Add(identity string, j Job) error {
	r.adding.Lock()
	defer r.adding.Unlock()
	if r.closed {
		return ErrQueueFull
	}
	t, err := r.Enter(identity, j.Payer)
	if err != nil {
		return err
	}
	if err := t.Room(j.Size); err != nil {
		t.Leave(0)
		return err
	}
	t.Queue()
	r.wg.Go(func() {
		_ = t.Turn(0) // without a bound it does not fail
		t.Leave(j.Run())
	})
	return nil
}

// Wait waits until the jobs that were added have run.
func (r *Runner) Wait() { r.wg.Wait() }

// Close takes no more jobs and waits until those there are have run, no longer than the
// bound. They wait for no budget any more.
func (r *Runner) Close(bound time.Duration) (finished bool) {
	r.adding.Lock()
	if !r.closed {
		r.closed = true
		close(r.ending)
	}
	r.adding.Unlock()
	done := make(chan struct{})
	go func() {
		r.Wait()
		close(done)
	}()
	timer, stop := r.clock.After(bound)
	defer stop()
	select {
	case <-done:
		return true
	case <-timer:
		return false
	}
}
