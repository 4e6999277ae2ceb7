package core

import (
	"context"
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
)

const (
	settleQueue = 16384                 // outcomes that wait
	settleBatch = 1000                  // outcomes in one commit
	settleGroup = 40 * time.Millisecond // how long a commit waits for more
	settleAwait = time.Second           // how long a poll waits for a commit
)

// settling is a settlement on its way to the store.
type settling struct {
	Settlement
	first bool   // of the first attempt of this process
	spoke string // where the VEN had last spoken OpenADR when it was pushed to, if known
	// The peer that told it in OpenADR, and the number of that word, see [presence];
	// otherwise empty.
	said Peer
	word uint64
	// stranded: it was not pushed, since its transport is not connected and others are.
	stranded bool
	unsigned bool // told in OpenADR without signature, of a push that this process does not know
	also     bool // the VEN may tell it twice: in a separate answer and in a result
	// The address that told it, and whether nobody was known to be there when the push
	// came back.
	at      string
	unknown bool
}

// outcomeQueue holds the outcomes that are not stored yet. While pushes are in flight,
// all outcomes of 40 ms are one commit; an outcome that ends the last flight is stored at
// once. So ten thousand outcomes cost a few commits. The goroutine that stores is woken
// for a group, since waking it for each outcome costs as much as all other work on it.
type outcomeQueue struct {
	mu      sync.Mutex
	waiting []settling
	vens    map[int64]int // how many outcomes of each VEN are not stored
	stored  chan struct{} // closed when a group is stored; nil if nobody waits for that
	some    wake.Signal   // an outcome waits
	enough  wake.Signal   // the group is complete
}

func newOutcomeQueue() *outcomeQueue {
	return &outcomeQueue{vens: map[int64]int{}, some: wake.New(), enough: wake.New()}
}

// add queues an outcome. last says that no push is in flight any more. add returns false
// if the queue is full.
func (q *outcomeQueue) add(o settling, last bool) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) >= settleQueue {
		return false
	}
	q.waiting = append(q.waiting, o)
	q.vens[o.Token.VENNo]++
	if len(q.waiting) == 1 {
		q.some.Wake()
	}
	if last || len(q.waiting) >= settleBatch {
		q.enough.Wake()
	}
	return true
}

// await waits until no outcome of a VEN is left to be stored. It gives up when the store
// takes long, or ctx ends.
func (q *outcomeQueue) await(ctx context.Context, venNo int64) {
	stored := q.left(venNo)
	if stored == nil {
		return
	}
	ctx, stop := context.WithTimeout(ctx, settleAwait)
	defer stop()
	for ; stored != nil; stored = q.left(venNo) {
		select {
		case <-stored:
		case <-ctx.Done():
			return
		}
	}
}

// left returns what is closed when the next group is stored. It returns nil if no outcome
// of the VEN is left.
func (q *outcomeQueue) left(venNo int64) (stored <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.vens[venNo] == 0 {
		return nil
	}
	if q.stored == nil {
		q.stored = make(chan struct{})
	}
	return q.stored
}

// done notes that a group is stored.
func (q *outcomeQueue) done(batch []settling) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range batch {
		no := batch[i].Token.VENNo
		if q.vens[no]--; q.vens[no] == 0 {
			delete(q.vens, no)
		}
	}
	if q.stored != nil {
		close(q.stored)
		q.stored = nil
	}
}

// take waits for a group and returns it, for [outcomeQueue.done] once it is stored. It
// returns nothing once ctx has ended and nothing is left. It uses the machine's own clock, since no rule is about this wait.
func (q *outcomeQueue) take(ctx context.Context) []settling {
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

func (q *outcomeQueue) batch() []settling {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(q.waiting), settleBatch)
	batch := q.waiting[:n:n]
	if q.waiting = q.waiting[n:]; len(q.waiting) == 0 {
		q.waiting = nil
		return batch
	}
	q.some.Wake()
	q.enough.Wake() // these have waited already
	return batch
}
