package registry_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// A push of another topic than events delivers one change. When it is settled, the next
// change is due at once, and the settled change is recorded in the same transaction.
func TestTopicsPushOneChangeAfterTheOther(t *testing.T) {
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
		var recorded []int64
		settle := func(rev int64, r core.Result) bool {
			c := reports
			c.Rev = rev
			applied, err := w.Settle(ctx, w.now, []core.Settlement{{Token: c.Token(), By: jid("ven-1"), Outcome: core.Outcome{Result: r}}},
				func(tx core.Tx, s core.Settlement) error {
					recorded = append(recorded, s.Token.Rev)
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
					t.Fatalf("after %d changes, claimed %+v", i, claims)
				}
			}
			if i == 1 { // unreachable parks the outbox, whichever change is in flight
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
		if !reflect.DeepEqual(recorded, revs) {
			t.Errorf("recorded %v, want %v", recorded, revs)
		}
		if n := w.count(`SELECT count(*) FROM push`); n != 0 {
			t.Errorf("%d records of pushes of other topics than events", n)
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
			w.Errorf("the claim of events is %+v", c)
		}
	}
	if len(topics) != 2 || topics[0] == topics[1] {
		w.Fatalf("claimed topics %q, want one of each", topics)
	}
	return reports
}
