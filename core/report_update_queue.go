package core

import (
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
)

// updates gathers messages while others are being stored, and for 40 ms if there were several.
// Messages that come together are stored in one commit and answered after it. A message that
// comes alone is stored at once.
type updates struct {
	mu      sync.Mutex
	waiting []*update
	storing bool
	enough  wake.Signal // a whole batch is waiting
}

// add queues a message, and reports whether there was room.
func (q *updates) add(u *update, store func([]*update)) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) >= updateQueue {
		return false
	}
	q.waiting = append(q.waiting, u)
	if len(q.waiting) == updateBatch {
		q.enough.Wake()
	}
	if !q.storing {
		q.storing = true
		go q.work(store)
	}
	return true
}

// work stores what waits until nothing does. It waits on the machine's own clock:
// this is about the disk, not a rule.
func (q *updates) work(store func([]*update)) {
	for batch, rest := q.next(); batch != nil; batch, rest = q.next() {
		next := time.After(updateGroup)
		store(batch)
		if len(batch) == 1 || rest {
			continue
		}
		select {
		case <-next:
		case <-q.enough:
		}
	}
}

// next is what one commit is to store: what waits longest, and whatever there is
// room for beside it, so that small messages do not wait for large ones. rest says
// that more were waiting.
func (q *updates) next() (batch []*update, rest bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	weight := 0
	var later []*update
	for _, u := range q.waiting {
		if len(batch) == updateBatch || len(batch) > 0 && weight+u.weight > updateWeight {
			later = append(later, u)
			continue
		}
		batch = append(batch, u)
		weight += u.weight
	}
	q.waiting, q.storing = later, len(batch) > 0
	return batch, len(later) > 0
}
