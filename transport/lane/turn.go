package lane

import "time"

// Turn waits until the job may run: until those of its identity that queued before it
// have left, until its payer owes no work, and, if it is heavy, until few heavy jobs
// run. It queues unless that was done. It waits no longer than the bound; 0 is none. It
// fails with [ErrQueueFull] or [ErrOverBudget].
func (t *Ticket) Turn(bound time.Duration) error {
	if !t.queued {
		t.Queue()
	}
	if t.runs && (t.payer == "" || t.budget.owes(t.payer) == 0 && !t.budget.heavy(t.payer, t.bytes)) {
		return nil // no timer for nearly all jobs
	}
	var late <-chan time.Time
	if bound > 0 {
		timer, stop := t.clock.After(bound)
		defer stop()
		late = timer
	}
	if !t.runs {
		select {
		case <-t.turn:
			t.runs = true
		case <-late:
			t.giveUp()
			return ErrQueueFull
		}
	}
	if t.payer == "" {
		return nil
	}
	if err := t.afford(bound, late); err != nil {
		return err
	}
	if t.budget.heavy(t.payer, t.bytes) {
		select {
		case t.budget.slots <- struct{}{}:
			t.heavy = true
		case <-late:
			return ErrQueueFull
		}
	}
	return nil
}

// afford waits until the payer owes no work, or the lanes end.
func (t *Ticket) afford(bound time.Duration, late <-chan time.Time) error {
	from := t.clock.Now()
	for owes := t.budget.owes(t.payer); owes > 0; owes = t.budget.owes(t.payer) {
		t.paused(t.payer)
		if bound > 0 && t.clock.Now().Sub(from)+owes > bound {
			return ErrOverBudget
		}
		paid, stop := t.clock.After(owes)
		select {
		case <-paid:
		case <-late:
			stop()
			return ErrOverBudget
		case <-t.ending:
			stop()
			return nil
		}
	}
	return nil
}

// giveUp leaves the queue for a turn, which may have come just now.
func (t *Ticket) giveUp() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, w := range t.lane.waits {
		if w == t.turn {
			t.lane.waits = append(t.lane.waits[:i], t.lane.waits[i+1:]...)
			return
		}
	}
	t.runs = true
}
