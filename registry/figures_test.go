package registry_test

import (
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

func TestFigures(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		w.lacking("nobody is there", 0, 0, 0, 0)
		a, b := w.registered("ven-1", "north"), w.registered("ven-2", "north")
		w.ven("ven-3")
		if got := w.figures().Registered; got["xmpp"] != 2 || len(got) != 1 {
			t.Errorf("registered %v", got)
		}
		w.lacking("no event", 0, 0, 0, 0)
		later := w.event("later", group("north"))
		at := func(e *core.Event, start time.Time) {
			t.Helper()
			e.Start = start
			e.ModificationNumber++
			w.put(e)
		}
		at(later, w.now.Add(2*time.Hour))
		w.lacking("in two hours", 0, 0, 0, 2)
		w.notHeld(1)
		at(later, w.now.Add(time.Hour-time.Second))
		w.lacking("within the hour", 0, 0, 2, 0)
		at(later, w.now.Add(time.Minute))
		w.lacking("within ten minutes", 0, 2, 0, 0)
		at(later, w.now)
		w.lacking("now", 2, 0, 0, 0)

		claims := w.claim(core.UrgencyNormal)
		var ofA, ofB core.Claim
		for _, c := range claims {
			switch c.VENNo {
			case a.No:
				ofA = c
			case b.No:
				ofB = c
			}
		}
		w.lacking("in flight", 2, 0, 0, 0)
		if n := w.figures().Unanswered; n != 0 {
			t.Errorf("%d pushes are unanswered before the lease ends", n)
		}
		w.settle(ofA, core.Outcome{Result: core.Acknowledged})
		w.lacking("one has it", 1, 0, 0, 0)
		w.pass(core.Lease)
		if n := w.figures().Unanswered; n == 0 {
			t.Error("no push is unanswered after the lease")
		}
		w.settle(ofB, core.Outcome{Result: core.Unreachable})
		w.lacking("one is not there", 1, 0, 0, 0)
		if n := w.figures().Unanswered; n != 0 {
			t.Errorf("%d pushes are unanswered, want none: both have an outcome", n)
		}

		soon := w.event("soon", only("ven-1"), only("ven-2"))
		at(soon, w.now.Add(5*time.Minute))
		w.lacking("another event", 1, 1, 0, 0)
		soon.CancelledAt = w.now
		at(soon, soon.Start)
		w.lacking("its cancellation", 1, 1, 0, 0)
	})
}
