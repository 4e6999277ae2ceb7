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

// tell pushes what is due to the only VEN and settles it.
func (w *world) tell(o core.Outcome) core.Claim {
	w.Helper()
	c := w.claimOne(false)
	w.pass(time.Second)
	if !w.settle(c, o) {
		w.Fatal("the outcome did not count")
	}
	return c
}

// told says by which result of which second the VEN knows of the event.
func (w *world) told(e *core.Event, v *core.VEN, result core.Result, at time.Time, held int64) {
	w.Helper()
	got := w.stand(e, v)
	switch {
	case result == 0 && got.Push != nil:
		w.Errorf("event %s came by %+v, want by no push", e.EventID, got.Push)
	case result != 0 && (got.Push == nil || got.Push.Result != result || !got.Push.SettledAt.Equal(at)):
		w.Errorf("event %s came by %+v, want by %s at %s", e.EventID, got.Push, result, at)
	}
	if got.Held != held {
		w.Errorf("of event %s the VEN holds %d, want %d", e.EventID, got.Held, held)
	}
}

func TestLaterPushLeavesAnEventsRecord(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		a := w.event("a", all)
		w.tell(yes)
		acknowledged := w.now
		w.pass(time.Minute)
		b := w.event("b", all)
		w.told(b, v, 0, time.Time{}, -1)
		w.tell(no)
		w.told(a, v, core.Acknowledged, acknowledged, 0)
		w.told(b, v, core.Refused, w.now, -1)
		w.pass(time.Minute)
		w.mark(v, core.UrgencyNormal)
		w.tell(no)
		w.told(b, v, core.Refused, w.now, -1) // the last refusal
		w.pass(time.Minute)
		w.mark(v, core.UrgencyNormal)
		w.tell(yes)
		w.told(b, v, core.Acknowledged, w.now, 0)
		first := w.now
		w.pass(time.Minute)
		w.mark(v, core.UrgencyNormal)
		w.tell(yes)
		w.told(b, v, core.Acknowledged, first, 0)

		a.ModificationNumber = 1
		w.put(a)
		w.told(a, v, 0, time.Time{}, 0) // it holds what it was told before
		w.tell(no)
		w.told(a, v, core.Refused, w.now, 0)
		w.told(b, v, core.Acknowledged, first, 0)
	})
}

func TestPushAfterTheEndTellsNothing(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		missed := w.event("missed", all)
		open := &core.Event{EventSpec: core.EventSpec{EventID: "open", Start: w.now, Targets: []core.Target{all}}}
		w.put(open)
		w.now = missed.End()
		w.tell(yes)
		w.told(missed, v, 0, time.Time{}, -1)
		w.told(open, v, core.Acknowledged, w.now, 0)

		// Sent just before the end and answered after it, it counts.
		late := w.event("late", all)
		w.now = late.End().Add(-time.Millisecond)
		w.tell(yes)
		w.told(late, v, core.Acknowledged, w.now, 0)

		// Nor does a registration without anything to tell.
		unheard := w.event("unheard", all)
		w.now = unheard.End()
		w.change(func(tx core.Tx, rev int64) error { return tx.OpenOutbox(v.No, rev, false, w.now) })
		w.told(unheard, v, 0, time.Time{}, -1)
	})
}

// A label says nothing of events that reach the VEN by another; one that
// matches an event tells nothing of it by itself.
func TestLabelsLeaveAnEventsRecord(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1", "g1")
		b, a := w.event("b", group("g2")), w.event("a", group("g1")) // one push after both
		w.tell(yes)
		acknowledged := w.now
		w.change(func(tx core.Tx, rev int64) error {
			v.Groups, v.LabelsRev = []string{"g1", "g2"}, rev
			if err := tx.PutVEN(v); err != nil {
				return err
			}
			return tx.MarkVEN(core.TopicEvents, v.No, rev, core.UrgencyNormal, w.now)
		})
		w.told(a, v, core.Acknowledged, acknowledged, 0)
		w.told(b, v, 0, time.Time{}, -1)
		w.tell(yes)
		w.told(a, v, core.Acknowledged, acknowledged, 0)
		w.told(b, v, core.Acknowledged, w.now, 0)
	})
}

func TestRetiringKeepsWhatToldOfAnEvent(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		open := &core.Event{EventSpec: core.EventSpec{EventID: "open", Start: w.now, Targets: []core.Target{all}}}
		w.put(open)
		for _, o := range []core.Outcome{yes, yes, no, no} {
			w.tell(o)
			w.mark(v, core.UrgencyNormal)
		}
		w.retire(w.now.Add(time.Hour))
		w.told(open, v, core.Acknowledged, w.now.Add(-2*time.Second), 0)
		if n := w.count(`SELECT count(*) FROM push`); n != 2 {
			t.Errorf("%d pushes kept, want the last of each result", n)
		}
	})
}

func TestFirstAttemptHasNoErrorOfAnEarlierPush(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		e := w.event("e", all)
		w.tell(no)
		w.mark(v, core.UrgencyNormal)
		c := w.claimOne(false)
		if got := w.stand(e, v); got.Code != 0 || got.Error != "" || got.Attempts != 1 {
			t.Errorf("first attempt: %+v", got)
		}
		w.settle(c, core.Outcome{Result: core.Retry, Error: "resource-constraint"})
		w.pass(time.Minute)
		w.claimOne(true)
		if got := w.stand(e, v); got.Error != "resource-constraint" || got.Attempts != 2 {
			t.Errorf("second attempt: %+v", got)
		}
	})
}
