package lane

import "time"

// Turn waits until the job may run: until those of its identity that queued before it
// have left, until its payer owes no work, and, if it is heavy, until few heavy jobs
// run. It queues unless that was done. With a bound, somebody waits for the job: Turn
// then waits no longer, and also until so few others run that the job will not take long.
// 0 is no bound. It fails with [ErrQueueFull] or [ErrOverBudget].
func (t *Ticket) Turn(bound time.Duration) error {
	if !t.queued {
		t.Queue()
	}
	if t.runs && (t.payer == "" || t.budget.owes(t.payer) == 0 && !t.budget.heavy(t.payer, t.bytes)) && t.place(bound) {
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
	if t.payer != "" {
		if err := t.pays(bound, late); err != nil {
			return err
		}
	}
	if t.place(bound) {
		return nil
	}
	select {
	case t.places <- struct{}{}:
		t.placed = true
		return nil
	case <-late:
		return ErrQueueFull
	}
}

// pays waits until the payer can afford the job, and for a slot if it is heavy.
func (t *Ticket) pays(bound time.Duration, late <-chan time.Time) error {
	if err := t.afford(bound, late); err != nil {
		return err
	}
	if !t.budget.heavy(t.payer, t.bytes) {
		return nil
	}
	select {
	case t.budget.slots <- struct{}{}:
		t.heavy = true
		return nil
	case <-late:
		return ErrQueueFull
	}
}

// place takes a place if one is free. It reports whether the job has one or needs none.
func (t *Ticket) place(bound time.Duration) bool {
	if bound == 0 || t.placed {
		return true
	}
	select {
	case t.places <- struct{}{}:
		t.placed = true
	default:
	}
	return t.placed
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
