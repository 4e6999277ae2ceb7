package core

import (
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// updateOf is a message of one interval with so many values.
func updateOf(values int) *update {
	report := oadr.Report{Intervals: []oadr.ReportInterval{{Payloads: make([]oadr.ReportPayload, values)}}}
	m := &oadr.UpdateReport{Reports: []oadr.Report{report}}
	return &update{m: m, weight: weightOf(m), done: make(chan error, 1)}
}

// A message as large as can be is stored with others as long as a commit bears
// it: small ones go before it, but it is not overtaken twice.
func TestLargeReportsHoldUpNobodyElse(t *testing.T) {
	q := updates{enough: wake.New()}
	batches, goOn := make(chan []*update), make(chan struct{})
	store := func(batch []*update) {
		batches <- batch
		<-goOn
		for _, u := range batch {
			u.done <- nil
		}
	}
	first := updateOf(1)
	if !q.add(first, store) {
		t.Fatal("no room for the first")
	}
	if got := <-batches; len(got) != 1 || got[0] != first {
		t.Fatalf("%d messages are stored, want the one that is there", len(got))
	}
	small, large, larger, last := updateOf(5), updateOf(updateWeight/2), updateOf(2*updateWeight), updateOf(5)
	later := updateOf(5)
	for _, u := range []*update{small, large, larger, last} {
		q.add(u, store)
	}
	for _, want := range [][]*update{{small, large, last}, {larger}, {later}} {
		goOn <- struct{}{}
		got := <-batches
		if got[0] == small {
			q.add(later, store)
		}
		if len(got) != len(want) {
			t.Fatalf("%d messages in one commit, want %d", len(got), len(want))
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("message %d of the commit is of %d values, want %d", i, got[i].weight, want[i].weight)
			}
		}
	}
	select {
	case <-small.done: // answered with its own commit, while others wait
	default:
		t.Error("a message that is stored has no answer")
	}
	select {
	case <-later.done:
		t.Error("a message has an answer before it is stored")
	default:
	}
	boundsWhatWaits(t, &q, store, batches, goOn)
}

// boundsWhatWaits checks that the queue takes updateQueue messages and no more, and
// that none of the commits that follow stores more than updateBatch.
func boundsWhatWaits(t *testing.T, q *updates, store func([]*update), batches <-chan []*update, goOn chan<- struct{}) {
	t.Helper()
	for range updateQueue {
		if !q.add(updateOf(1), store) {
			t.Fatal("refused with room left")
		}
	}
	if q.add(updateOf(1), store) {
		t.Error("the queue takes more than updateQueue messages")
	}
	for stored := 0; stored < updateQueue; {
		goOn <- struct{}{}
		batch := <-batches
		if len(batch) > updateBatch {
			t.Fatalf("%d messages in one commit", len(batch))
		}
		stored += len(batch)
	}
	goOn <- struct{}{}
}

// A commit is the work of those whose messages it stores, by what each has.
func TestMessagesOfOneCommitShareItsWork(t *testing.T) {
	batch := []*update{updateOf(0), updateOf(9), updateOf(99)}
	shareWork(batch, 111*time.Millisecond)
	for i, want := range []time.Duration{time.Millisecond, 10 * time.Millisecond, 100 * time.Millisecond} {
		if batch[i].worked != want {
			t.Errorf("message %d counts %v of work, want %v", i, batch[i].worked, want)
		}
	}
}
