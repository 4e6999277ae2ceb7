package core

import (
	"context"
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
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
	some    wake.Signal // there are some
	enough  wake.Signal // there is nothing more to wait for
}

func newOutcomes() *outcomes {
	return &outcomes{some: wake.New(), enough: wake.New()}
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
		q.some.Wake()
	}
	if last || len(q.waiting) >= settleBatch {
		q.enough.Wake()
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
	q.some.Wake()
	q.enough.Wake() // they have waited
	return batch
}
