// Package lane queues what peers have a transport do: the jobs of one identity run one
// after another and those of different identities side by side. An identity that causes
// more work than its share waits in its lane and holds up nobody else. Few heavy jobs
// run at a time. Every bound of the work that waits stands here.
package lane

import (
	"errors"
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// Bounds of the work that waits at one transport.
const (
	Length    = 16       // jobs of one identity, the one that runs included
	Owing     = 2        // of one whose payer's budget is used up
	mostJobs  = 4096     // of all
	mostRun   = 256      // of all, that run at once while somebody waits for each; see [Ticket.Turn]
	mostBytes = 64 << 20 // of all, in bytes of payload
	mostShare = 8 << 20  // of one identity, of those
	alwaysTo  = 4 << 10  // of one job: up to here there is room whatever others took
)

// Why there is no room or no time for a job.
var (
	ErrQueueFull  = errors.New("queue full")
	ErrOverBudget = errors.New("over budget")
)

// Lanes are those of one transport. Its methods are safe for concurrent use.
type Lanes struct {
	clock  core.Clock
	budget *Budget
	paused func(payer string)
	ending chan struct{} // closed when jobs must not wait for a budget any more
	places chan struct{} // taken by jobs that run, if somebody waits for them

	mu    sync.Mutex
	busy  map[string]*lane
	jobs  int
	bytes int
}

// lane is that of one identity that has jobs.
type lane struct {
	jobs  int
	bytes int
	runs  bool            // one of them
	waits []chan struct{} // the others that have queued; a value is the turn
}

// New makes lanes. paused is called each time that a job waits for its payer's budget.
func New(b *Budget, paused func(payer string)) *Lanes {
	return &Lanes{clock: b.clock, budget: b, paused: paused, ending: make(chan struct{}), places: make(chan struct{}, mostRun), busy: map[string]*lane{}}
}

// Held returns how many jobs of an identity wait or run, and for how many bytes they
// took room.
func (l *Lanes) Held(identity string) (jobs, bytes int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if x := l.busy[identity]; x != nil {
		return x.jobs, x.bytes
	}
	return 0, 0
}

// Ticket is one job's place in the lane of its identity. One goroutine at a time uses it.
type Ticket struct {
	*Lanes
	identity string
	payer    string
	lane     *lane
	bytes    int
	turn     chan struct{} // of one that queued behind others
	queued   bool
	runs     bool
	heavy    bool // it has a slot
	placed   bool // it has a place
}

// Enter counts a job of an identity, which must leave. The payer's budget pays for the
// work; no payer means that nobody pays, since no peer caused the work. Enter never
// waits. It fails with [ErrQueueFull] or [ErrOverBudget].
func (l *Lanes) Enter(identity, payer string) (*Ticket, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	x := l.busy[identity]
	switch {
	case l.jobs >= mostJobs || x != nil && x.jobs >= Length:
		return nil, ErrQueueFull
	case payer != "" && x != nil && x.jobs >= Owing && l.budget.owes(payer) > 0:
		return nil, ErrOverBudget
	case x == nil:
		x = new(lane)
		l.busy[identity] = x
	}
	l.jobs++
	x.jobs++
	return &Ticket{Lanes: l, identity: identity, payer: payer, lane: x}, nil
}

// Room takes room for more bytes of the job's payload. It never waits. It fails with
// [ErrQueueFull], but never for a small payload: a few who hold back the rest of large
// ones must not keep anybody's poll out.
func (t *Ticket) Room(bytes int) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.bytes+bytes > alwaysTo && (t.lane.bytes+bytes > mostShare || t.Lanes.bytes+bytes > mostBytes) {
		return ErrQueueFull
	}
	t.bytes += bytes
	t.lane.bytes += bytes
	t.Lanes.bytes += bytes
	return nil
}

// Queue puts the job behind those of its identity that have queued.
func (t *Ticket) Queue() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.queued = true
	if !t.lane.runs {
		t.lane.runs, t.runs = true, true
		return
	}
	t.turn = make(chan struct{}, 1)
	t.lane.waits = append(t.lane.waits, t.turn)
}

// Leave ends the job, after the work that it took, and lets the next one run.
func (t *Ticket) Leave(worked time.Duration) {
	if t.heavy {
		<-t.budget.slots
	}
	if t.placed {
		<-t.places
	}
	if t.payer != "" && worked > 0 {
		t.budget.work.Spend(t.payer, worked.Seconds())
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
	t.jobs--
	t.Lanes.bytes -= t.bytes
	x.bytes -= t.bytes
	if x.jobs--; x.jobs == 0 {
		delete(t.busy, t.identity)
	}
}
