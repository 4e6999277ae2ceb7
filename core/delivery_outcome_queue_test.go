package core

import (
	"context"
	"testing"
)

func end(rev int64) settling {
	return settling{Settlement: Settlement{Token: Token{TopicEvents, 1, rev}}}
}

func TestOutcomesShareACommitWhilePushesAreOnTheirWay(t *testing.T) {
	q := newOutcomeQueue()
	for rev := range int64(10) {
		q.add(end(rev), rev == 9)
	}
	batch := q.take(t.Context())
	if len(batch) != 10 || batch[0].Token.Rev != 0 || batch[9].Token.Rev != 9 {
		t.Errorf("the first commit has %+v", batch)
	}
	q.add(end(10), true)
	if batch := q.take(t.Context()); len(batch) != 1 {
		t.Errorf("the second commit has %d", len(batch))
	}
	q.add(end(11), false)
	if batch := q.take(t.Context()); len(batch) != 1 { // the others are silent
		t.Errorf("the third commit has %d", len(batch))
	}
}

func TestOutcomesAreBounded(t *testing.T) {
	q := newOutcomeQueue()
	n := 0
	for q.add(end(int64(n)), false) {
		n++
	}
	if n != settleQueue {
		t.Errorf("%d were queued", n)
	}
	ended, end := context.WithCancel(t.Context())
	end() // what has arrived is still stored
	for n > 0 {
		batch := q.take(ended)
		if len(batch) == 0 || len(batch) > settleBatch {
			t.Fatalf("a commit of %d with %d left", len(batch), n)
		}
		n -= len(batch)
	}
	if batch := q.take(ended); len(batch) != 0 {
		t.Errorf("%d more", len(batch))
	}
}
