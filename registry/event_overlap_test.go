package registry_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// Rule E13.
func TestE13Overlaps(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		w.ven("ven-a", "a", "both")
		w.ven("ven-b", "b", "both")
		event := func(id string, start, duration, startAfter time.Duration, to core.Target) *core.Event {
			e := &core.Event{EventSpec: core.EventSpec{EventID: id, MarketContext: "m", Start: w.now.Add(start), Duration: duration, StartAfter: startAfter, Targets: []core.Target{to}}}
			w.put(e)
			return e
		}
		first := event("first", time.Hour, time.Hour, 10*time.Minute, group("a"))
		for _, c := range []struct {
			name                        string
			start, duration, startAfter time.Duration
			to                          core.Target
			context, want               string
		}{
			{name: "same time", start: time.Hour, duration: time.Hour, to: all, want: "first: ven-a"},
			{name: "same VEN by another label", start: time.Hour, duration: time.Hour, to: group("both"), want: "first: ven-a"},
			{name: "other VEN", start: time.Hour, duration: time.Hour, to: group("b")},
			{name: "no VEN", start: time.Hour, duration: time.Hour, to: group("nobody's")},
			{name: "ends where it starts", start: 0, duration: time.Hour, to: all},
			{name: "its startafter reaches in", start: 0, duration: time.Hour, startAfter: time.Second, to: all, want: "first: ven-a"},
			{name: "within the other's startafter", start: 2 * time.Hour, duration: time.Hour, to: all, want: "first: ven-a"},
			{name: "after the other's startafter", start: 2*time.Hour + 10*time.Minute, duration: time.Hour, to: all},
			{name: "open ended from before", start: 0, to: all, want: "first: ven-a"},
			{name: "open ended from after", start: 3 * time.Hour, to: all},
			{name: "another market context", start: time.Hour, duration: time.Hour, to: all, context: "other"},
		} {
			e := event(c.name, c.start, c.duration, c.startAfter, c.to)
			if c.context != "" {
				e.MarketContext = c.context
				w.put(e)
			}
			if got := w.overlaps(e, 1); got != c.want {
				t.Errorf("%s: overlaps %q, want %q", c.name, got, c.want)
			}
			e.CancelledAt = w.now
			w.put(e)
			if got := w.overlaps(first, 9); got != "" { // no VEN was told of the event
				t.Errorf("%s: a cancelled event overlaps", c.name)
			}
		}
		open := event("open", 5*time.Hour, 0, 0, all)
		late := event("late", 1000*time.Hour, time.Hour, 0, all)
		if got := w.overlaps(late, 1); got != "open: ven-a +1" {
			t.Errorf("after the start of an open-ended one: overlaps %q", got)
		}
		if got := w.overlaps(open, 1); got != "late: ven-a +1" {
			t.Errorf("open-ended: overlaps %q", got)
		}
	})
}

// Rule E13 and rule 18 of the profile: a cancelled event counts for a VEN that was told
// of it until the VEN acknowledges the cancellation, and for the event's startafter
// from then on.
func TestE13CancelledEventCountsUntilItIsAcknowledged(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		a, b, off := w.ven("ven-a", "g"), w.ven("ven-b", "g"), w.ven("ven-off", "g")
		w.ven("ven-unsent", "g")
		first := w.event("first", group("g"))
		first.StartAfter = 10 * time.Minute
		w.put(first)
		acknowledge := func(vens ...*core.VEN) {
			t.Helper()
			for _, v := range vens {
				c, err := w.ClaimVEN(ctx, core.TopicEvents, v.No, w.now)
				w.must(err)
				if !w.settle(c, core.Outcome{Result: core.Acknowledged}) {
					t.Fatalf("the acknowledgement of %s did not count", v.VENID)
				}
			}
		}
		acknowledge(a, b, off)
		next := w.event("next", group("g"))
		next.Start = first.Start.Add(30 * time.Minute)
		w.put(next)
		check := func(when, want string) {
			t.Helper()
			if got := w.overlaps(next, 9); got != want {
				t.Errorf("%s: overlaps %q, want %q", when, got, want)
			}
		}
		check("before", "first: ven-a ven-b ven-off ven-unsent")
		first.ModificationNumber, first.CancelledAt = 1, w.now
		w.put(first)
		check("cancelled", "first: ven-a ven-b ven-off cancelled")
		w.change(func(tx core.Tx, rev int64) error { return tx.CloseOutbox(off.No) })
		check("a VEN is gone", "first: ven-a ven-b cancelled")
		answer := func(v *core.VEN, number uint32) {
			w.change(func(tx core.Tx, rev int64) error {
				return tx.PutAnswer(core.Answer{EventNo: first.No, VENNo: v.No, ModificationNumber: number, Code: 200, At: w.now})
			})
		}
		answer(b, 0)
		acknowledge(a, b)
		check("only the earlier version is answered", "first: ven-a ven-b cancelled")
		answer(b, 1)
		check("one has answered", "first: ven-a cancelled")
		w.pass(80*time.Minute + time.Millisecond) // the next event begins at 90 minutes
		answer(a, 1)
		check("within its startafter", "first: ven-a cancelled")
		w.pass(-time.Millisecond)
		answer(a, 1)
		check("after its startafter", "")
	})
}

// An event also counts for VENs that were taken off it, with the start that they were
// sent. If it wants no answer, it counts until a push with the cancellation was settled.
func TestE13TakenOffAndNeverAnswered(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		a, b := w.ven("ven-a", "g"), w.ven("ven-b", "h")
		first := w.event("first", group("g"), group("h"))
		first.ResponseRequired = "never"
		w.put(first)
		acknowledge := func(v *core.VEN) {
			t.Helper()
			c, err := w.ClaimVEN(ctx, core.TopicEvents, v.No, w.now)
			w.must(err)
			w.settle(c, core.Outcome{Result: core.Acknowledged})
		}
		acknowledge(a)
		acknowledge(b)
		first.ModificationNumber, first.Targets = 1, []core.Target{group("h")}
		w.put(first)
		first.ModificationNumber, first.Start = 2, first.Start.Add(5*time.Hour) // for the other VEN alone
		w.put(first)
		for _, c := range []struct {
			name  string
			start time.Duration
			to    string
			want  string
		}{
			{"when it was", time.Hour, "g", "first: ven-a cancelled"}, {"when it is", 6 * time.Hour, "g", ""}, {"before", 0, "g", ""}, {"after", 2 * time.Hour, "g", ""},
			{"the other, when it was", time.Hour, "h", ""}, {"the other, when it is", 6 * time.Hour, "h", "first: ven-b"},
		} {
			e := w.event(c.name, group(c.to))
			e.Start = w.now.Add(c.start)
			w.put(e)
			if got := w.overlaps(e, 9); got != c.want {
				t.Errorf("%s: overlaps %q, want %q", c.name, got, c.want)
			}
			acknowledge(a)
			if got := w.overlaps(e, 9); got != strings.Replace(c.want, "first: ven-a cancelled", "", 1) {
				t.Errorf("%s, cancellation acknowledged: overlaps %q", c.name, got)
			}
			w.must(w.Exec(ctx, `UPDATE outbox SET settled = 0 WHERE ven_no = $1`, a.No))
			w.must(w.Exec(ctx, `DELETE FROM event WHERE no = $1`, e.No))
		}
	})
}
