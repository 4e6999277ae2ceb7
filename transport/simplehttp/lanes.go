package simplehttp

import (
	"errors"
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// Bounds of the work that waits.
const (
	laneLength   = 16       // requests of one identity, the one that runs included
	laneOwing    = 2        // of one whose budget is used up
	laneRequests = 4096     // of all
	laneBytes    = 64 << 20 // of all, in bytes of bodies
	laneShare    = 4 << 20  // of one identity, of those
)

// The budget of work of one identity, in seconds of work. All identities together
// have two processors, and one store that only one at a time can write to.
const (
	workPerSecond = 0.05
	workAtOnce    = 0.5
	workFree      = 0.25     // an identity with less budget left has been busy, and its requests are heavy
	heavySize     = 64 << 10 // bytes of a body that makes a request heavy whoever sends it
	heavySlots    = 4        // heavy requests that run at once
)

var (
	errQueueFull  = errors.New("queue full")
	errOverBudget = errors.New("over budget")
)

// lanes let the requests of one identity run one after another, in the order in which
// they were read, and those of different identities side by side. An identity that uses
// up more work than its share waits in its lane and holds up nobody else. Few heavy
// requests run at a time.
type lanes struct {
	clock  core.Clock
	budget *core.Allowances // of work, in seconds
	slots  chan struct{}    // taken by heavy requests
	paused func(who string)

	mu       sync.Mutex
	busy     map[string]*lane
	requests int
	bytes    int
}

// lane is that of one identity that has requests.
type lane struct {
	requests int
	bytes    int
	runs     bool            // one of them
	waits    []chan struct{} // the others that were read; a value is the turn
}

// newLanes makes lanes. paused is called each time that a request waits for its
// identity's budget.
func newLanes(clock core.Clock, paused func(who string)) *lanes {
	return &lanes{
		clock: clock, budget: core.NewAllowances(workPerSecond, workAtOnce, clock), slots: make(chan struct{}, heavySlots),
		paused: paused, busy: map[string]*lane{},
	}
}

// ticket is one request's place in a lane.
type ticket struct {
	*lanes
	who   string
	lane  *lane
	bytes int
	runs  bool
	heavy bool
}

// enter counts a request, which must leave. It never waits.
func (l *lanes) enter(who string) (*ticket, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	x := l.busy[who]
	switch {
	case l.requests >= laneRequests || x != nil && x.requests >= laneLength:
		return nil, errQueueFull
	case x != nil && x.requests >= laneOwing && l.budget.Until(who, 0) > 0:
		return nil, errOverBudget
	case x == nil:
		x = new(lane)
		l.busy[who] = x
	}
	l.requests++
	x.requests++
	return &ticket{lanes: l, who: who, lane: x}, nil
}

// room takes room for more bytes of the request's body. It never waits.
func (t *ticket) room(bytes int) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lane.bytes+bytes > laneShare || t.lanes.bytes+bytes > laneBytes {
		return errQueueFull
	}
	t.bytes += bytes
	t.lane.bytes += bytes
	t.lanes.bytes += bytes
	return nil
}

// turn waits until the request may run, no longer than the bound.
func (t *ticket) turn(bound time.Duration) error {
	first, turn := t.line()
	owes := t.budget.Until(t.who, 0)
	if first && owes == 0 && !t.isHeavy() {
		return nil // no timer for nearly all requests
	}
	timer, stop := t.clock.After(bound)
	defer stop()
	if !first {
		select {
		case <-turn:
			t.runs = true
		case <-timer:
			t.giveUp(turn)
			return errQueueFull
		}
	}
	from := t.clock.Now()
	for owes = t.budget.Until(t.who, 0); owes > 0; owes = t.budget.Until(t.who, 0) {
		t.paused(t.who)
		if t.clock.Now().Sub(from)+owes > bound || !t.rest(owes, timer) {
			return errOverBudget
		}
	}
	if t.isHeavy() {
		select {
		case t.slots <- struct{}{}:
			t.heavy = true
		case <-timer:
			return errQueueFull
		}
	}
	return nil
}

func (t *ticket) isHeavy() bool {
	return t.bytes >= heavySize || t.budget.Until(t.who, workFree) > 0
}

// rest waits for d. It returns false if the timer fires before.
func (t *ticket) rest(d time.Duration, timer <-chan time.Time) bool {
	after, stop := t.clock.After(d)
	defer stop()
	select {
	case <-after:
		return true
	case <-timer:
		return false
	}
}

// line begins to run if none of the identity runs; otherwise it queues behind them, for
// a turn.
func (t *ticket) line() (first bool, turn chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.lane.runs {
		t.lane.runs, t.runs = true, true
		return true, nil
	}
	turn = make(chan struct{}, 1)
	t.lane.waits = append(t.lane.waits, turn)
	return false, turn
}

// giveUp leaves the queue for a turn, which may have come just now.
func (t *ticket) giveUp(turn chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, w := range t.lane.waits {
		if w == turn {
			t.lane.waits = append(t.lane.waits[:i], t.lane.waits[i+1:]...)
			return
		}
	}
	t.runs = true
}

// leave ends the request, after the work that it took, and lets the next one run.
func (t *ticket) leave(worked time.Duration) {
	if t.heavy {
		<-t.slots
	}
	if worked > 0 {
		t.budget.Spend(t.who, worked.Seconds())
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	x := t.lane
	if t.runs {
		if x.runs = len(x.waits) > 0; x.runs {
			x.waits[0] <- struct{}{}
			x.waits = x.waits[1:]
		}
	}
	t.lanes.requests--
	t.lanes.bytes -= t.bytes
	x.bytes -= t.bytes
	if x.requests--; x.requests == 0 {
		delete(t.busy, t.who)
	}
}
