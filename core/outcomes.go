package core

import (
	"context"
	"sync"
	"time"
)

const (
	settleQueue = 16384                 // outcomes waiting to be recorded
	settleBatch = 1000                  // outcomes in one commit
	settleGroup = 40 * time.Millisecond // how long a commit waits for more
)

// outcome is a settlement on its way to the store.
type outcome struct {
	Settlement
	first bool   // of a first attempt of this process
	spoke string // where its VEN last spoke OpenADR when it was pushed to, if that is known
	// Who said it, as the word of that number, see [presence]; empty where it was
	// not said in OpenADR.
	said Peer
	word uint64
	also bool // the VEN may have told it already: by a request of its own, or before such a one
}

// outcomes are those that are not stored so far. As long as more pushes are on
// their way, what comes within 40 ms is one commit: so one outcome is stored at
// once, and ten thousand cost a few commits. Whoever stores them is woken for a
// group and not for each, which would cost as much as all else that is done for
// an answer.
type outcomes struct {
	mu      sync.Mutex
	waiting []outcome
	some    chan struct{} // there are some
	enough  chan struct{} // there is nothing more to wait for
}

func newOutcomes() *outcomes {
	return &outcomes{some: make(chan struct{}, 1), enough: make(chan struct{}, 1)}
}

// add queues an outcome; last says that no push is on its way any more. False
// says that there is no room.
func (q *outcomes) add(o outcome, last bool) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) >= settleQueue {
		return false
	}
	q.waiting = append(q.waiting, o)
	if len(q.waiting) == 1 {
		poke(q.some)
	}
	if last || len(q.waiting) >= settleBatch {
		poke(q.enough)
	}
	return true
}

// take returns what one commit is to store, once there is something and nothing
// more to wait for; none when ctx has ended and nothing is left. It waits on the
// machine's own clock: this is about the disk, not a rule.
func (q *outcomes) take(ctx context.Context) []outcome {
	for {
		select {
		case <-q.some:
		case <-ctx.Done():
			return q.batch()
		}
		end := time.NewTimer(settleGroup)
		select {
		case <-q.enough:
		case <-end.C:
		case <-ctx.Done():
		}
		end.Stop()
		if batch := q.batch(); len(batch) > 0 {
			return batch
		}
	}
}

func (q *outcomes) batch() []outcome {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(q.waiting), settleBatch)
	batch := q.waiting[:n:n]
	if q.waiting = q.waiting[n:]; len(q.waiting) == 0 {
		q.waiting = nil
		return batch
	}
	poke(q.some)
	poke(q.enough) // they have waited
	return batch
}

// poke wakes whoever waits for c. It never blocks.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
