package registry_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// A push of another topic than events tells one change: when it is settled, the
// next is due at once, and what was told has its record in the same transaction.
func TestTopicsTellOneChangeAfterTheOther(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		var revs []int64
		for range 3 {
			revs = append(revs, w.change(func(tx core.Tx, rev int64) error {
				return tx.MarkVEN(core.TopicReports, v.No, rev, core.UrgencyNormal, w.now)
			}))
		}
		e := w.event("event", all)
		reports := claimBothTopics(w, e)
		if reports.Rev != revs[2] || reports.Settled != 0 {
			t.Fatalf("claim %+v", reports)
		}
		var told []int64
		settle := func(rev int64, r core.Result) bool {
			c := reports
			c.Rev = rev
			applied, err := w.Settle(ctx, w.now, []core.Settlement{{Token: c.Token(), By: jid("ven-1"), Outcome: core.Outcome{Result: r}}},
				func(tx core.Tx, s core.Settlement) error {
					told = append(told, s.Token.Rev)
					_, err := tx.VEN("ven-1")
					return err
				})
			w.must(err)
			return applied[0] == core.Counted
		}
		for i, rev := range revs {
			if i > 0 {
				claims := w.claim(core.UrgencyNormal)
				if len(claims) != 1 || claims[0].Settled != revs[i-1] {
					t.Fatalf("after %d changes told, claimed %+v", i, claims)
				}
			}
			if i == 1 { // unreachable parks it, whichever change was on its way
				if !settle(rev, core.Unreachable) {
					t.Fatal("an unreachable VEN was not parked")
				}
				w.claimNone()
				_, err := w.Unpark(ctx, w.now, []int64{v.No}, core.SignHeard)
				w.must(err)
				w.claim(core.UrgencyNormal)
			}
			if !settle(rev, core.Acknowledged) {
				t.Fatalf("the outcome of change %d did not count", i)
			}
		}
		w.claimNone()
		if !reflect.DeepEqual(told, revs) {
			t.Errorf("told of %v, want %v", told, revs)
		}
		if n := w.count(`SELECT count(*) FROM push`); n != 0 {
			t.Errorf("%d records of pushes that are no events'", n)
		}
		w.now = w.now.Add(time.Minute)
		if settle(revs[1], core.Acknowledged) {
			t.Error("an answer counted twice")
		}
	})
}

// claimBothTopics claims an event and a change of reports, and returns the latter.
func claimBothTopics(w *world, e *core.Event) (reports core.Claim) {
	w.Helper()
	var topics []core.Topic
	for _, c := range w.claim(core.UrgencyNormal) {
		topics = append(topics, c.Topic)
		if c.Topic == core.TopicReports {
			reports = c
		} else if c.Rev != e.Rev {
			w.Errorf("the events' claim is %+v", c)
		}
	}
	if len(topics) != 2 || topics[0] == topics[1] {
		w.Fatalf("claimed topics %q, want one of each", topics)
	}
	return reports
}
