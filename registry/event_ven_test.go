package registry_test

import (
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

var (
	yes = core.Outcome{Result: core.Acknowledged, Code: 200}
	no  = core.Outcome{Result: core.Refused, Code: 460, Error: "no such signal"}
)

func TestLaterPushLeavesAnEventsRecord(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		a := w.event("a", all)
		w.push(yes)
		acknowledged := w.now
		w.pass(time.Minute)
		b := w.event("b", all)
		w.cameBy(b, v, 0, time.Time{}, -1)
		w.push(no)
		w.cameBy(a, v, core.Acknowledged, acknowledged, 0)
		w.cameBy(b, v, core.Refused, w.now, -1)
		w.pass(time.Minute)
		w.mark(v, core.UrgencyNormal)
		w.push(no)
		w.cameBy(b, v, core.Refused, w.now, -1) // the last push that was refused
		w.pass(time.Minute)
		w.mark(v, core.UrgencyNormal)
		w.push(yes)
		w.cameBy(b, v, core.Acknowledged, w.now, 0)
		first := w.now
		w.pass(time.Minute)
		w.mark(v, core.UrgencyNormal)
		w.push(yes)
		w.cameBy(b, v, core.Acknowledged, first, 0)

		a.ModificationNumber = 1
		w.put(a)
		w.cameBy(a, v, 0, time.Time{}, 0) // it holds the version of an earlier push
		w.push(no)
		w.cameBy(a, v, core.Refused, w.now, 0)
		w.cameBy(b, v, core.Acknowledged, first, 0)
	})
}

func TestPushAfterTheEndCarriesNoEvent(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		missed := w.event("missed", all)
		open := &core.Event{EventSpec: core.EventSpec{EventID: "open", Start: w.now, Targets: []core.Target{all}}}
		w.put(open)
		w.now = missed.End()
		w.push(yes)
		w.cameBy(missed, v, 0, time.Time{}, -1)
		w.cameBy(open, v, core.Acknowledged, w.now, 0)

		// A push that was sent just before the end and answered after it counts.
		late := w.event("late", all)
		w.now = late.End().Add(-time.Millisecond)
		w.push(yes)
		w.cameBy(late, v, core.Acknowledged, w.now, 0)

		// A registration without events does not count.
		unheard := w.event("unheard", all)
		w.now = unheard.End()
		w.change(func(tx core.Tx, rev int64) error { return tx.OpenOutbox(v.No, rev, core.OutboxIdle, w.now) })
		w.cameBy(unheard, v, 0, time.Time{}, -1)
	})
}

// A new label does not change the record of events that reach the VEN by another label,
// and a label that matches an event does not mean that a push carried the event.
func TestLabelsLeaveAnEventsRecord(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1", "g1")
		b, a := w.event("b", group("g2")), w.event("a", group("g1")) // one push for both
		w.push(yes)
		acknowledged := w.now
		w.change(func(tx core.Tx, rev int64) error {
			v.Groups, v.LabelsRev = []string{"g1", "g2"}, rev
			if err := tx.PutVEN(v); err != nil {
				return err
			}
			return tx.MarkVEN(core.TopicEvents, v.No, rev, core.UrgencyNormal, w.now)
		})
		w.cameBy(a, v, core.Acknowledged, acknowledged, 0)
		w.cameBy(b, v, 0, time.Time{}, -1)
		w.push(yes)
		w.cameBy(a, v, core.Acknowledged, acknowledged, 0)
		w.cameBy(b, v, core.Acknowledged, w.now, 0)
	})
}

func TestRetiringKeepsTheLastPushOfEachResult(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		open := &core.Event{EventSpec: core.EventSpec{EventID: "open", Start: w.now, Targets: []core.Target{all}}}
		w.put(open)
		for _, o := range []core.Outcome{yes, yes, no, no} {
			w.push(o)
			w.mark(v, core.UrgencyNormal)
		}
		w.retire(w.now.Add(time.Hour))
		w.cameBy(open, v, core.Acknowledged, w.now.Add(-2*time.Second), 0)
		if n := w.count(`SELECT count(*) FROM push`); n != 2 {
			t.Errorf("%d pushes kept, want the last of each result", n)
		}
	})
}

func TestFirstAttemptHasNoErrorOfAnEarlierPush(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		e := w.event("e", all)
		w.push(no)
		w.mark(v, core.UrgencyNormal)
		c := w.claimOne()
		if got := w.stand(e, v); got.Code != 0 || got.Error != "" || got.Attempts != 1 {
			t.Errorf("first attempt: %+v", got)
		}
		w.settle(c, core.Outcome{Result: core.Retry, Error: "resource-constraint"})
		w.pass(time.Minute)
		w.claimOneSilent()
		if got := w.stand(e, v); got.Error != "resource-constraint" || got.Attempts != 2 {
			t.Errorf("second attempt: %+v", got)
		}
	})
}
