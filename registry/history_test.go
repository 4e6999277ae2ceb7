package registry_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
)

func TestRecordSkipsWhatIsRecordedAlready(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v, other := w.ven("ven-1"), w.ven("ven-2")
		e, f := w.event("e", all), w.event("f", all)
		h := core.HistoryEntry{EventNo: e.No, VENNo: v.No, What: core.HistoryAnswered, ModificationNumber: 3, OptType: "optOut", Code: 460, Error: "no \x00such signal"}
		o := core.HistoryEntry{EventNo: e.No, VENNo: v.No, What: core.HistoryOptCreated, OptType: "optIn", OptID: "o", Resources: []string{"r1", "r2"}}
		of := func(h core.HistoryEntry, change func(*core.HistoryEntry)) core.HistoryEntry { change(&h); return h }
		for _, h := range []core.HistoryEntry{h, h, o, o, h,
			of(h, func(h *core.HistoryEntry) { h.EventNo = f.No }),
			of(h, func(h *core.HistoryEntry) { h.VENNo = other.No }),
			h,
			of(h, func(h *core.HistoryEntry) { h.Error = "" }),
			of(h, func(h *core.HistoryEntry) { h.OptType = "optIn" }),
			of(o, func(h *core.HistoryEntry) { h.Resources = nil }),
		} {
			w.pass(time.Second)
			w.record(h)
		}
		began := w.now.Add(-11 * time.Second)
		want := []string{"0 created 0 ", "1 answered 3 ven-1", "3 optCreated 0 ven-1", "5 answered 3 ven-1", "9 answered 3 ven-1", "10 answered 3 ven-1", "11 optCreated 0 ven-1"}
		got := w.history(e, v, 100)
		if h := w.happened(began, got); !reflect.DeepEqual(h, want) {
			t.Errorf("recorded is %q, want %q", h, want)
		}
		if h := got[1]; h.OptType != "optOut" || h.Code != 460 || h.Error != "no such signal" || h.Resources != nil {
			t.Errorf("the answer is %+v", h)
		}
		if h := got[2]; h.OptType != "optIn" || h.OptID != "o" || !reflect.DeepEqual(h.Resources, []string{"r1", "r2"}) {
			t.Errorf("the opt is %+v", h)
		}
		if n := len(w.history(e, nil, 2)); n != len(want)+1 {
			t.Errorf("the history of all VENs has %d entries", n)
		}
		w.remove(v.No)
		if h := w.happened(began, w.history(e, nil, 1)); !reflect.DeepEqual(h, []string{"0 created 0 ", "7 answered 3 ven-2"}) {
			t.Errorf("the history without the VEN is %q", h)
		}
		w.retire(e.End().Add(time.Hour))
		if n := w.count(`SELECT count(*) FROM history`); n != 0 {
			t.Errorf("%d records are left of deleted events", n)
		}
	})
}

// Entries of the same moment are each read once, whatever the size of the parts.
func TestHistoryInParts(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		for i := range 6 {
			w.ven(fmt.Sprint("ven-", i))
		}
		e := w.event("e", all)
		for _, c := range w.claim(core.UrgencyNormal) {
			w.settle(c, yes)
			w.record(core.HistoryEntry{EventNo: e.No, VENNo: c.VENNo, What: core.HistoryAnswered, OptType: "optIn", Code: 200})
		}
		e.ModificationNumber = 1
		w.put(e)
		whole := w.history(e, nil, 100)
		if len(whole) != 2+6+6 {
			t.Fatalf("%d entries: %q", len(whole), w.happened(w.now, whole))
		}
		for size := 1; size <= len(whole); size++ {
			if got := w.history(e, nil, size); !reflect.DeepEqual(got, whole) {
				t.Errorf("in parts of %d the history is %q, want %q", size, w.happened(w.now, got), w.happened(w.now, whole))
			}
		}
	})
}

// A push counts for an event if it carried the event: not before the event was for the
// VEN, for whatever reason it then was, and not after the end of the event.
func TestHistoryOfWhatCarriedTheEvent(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		began := w.now
		check := func(e *core.Event, v *core.VEN, want ...string) {
			t.Helper()
			if got := w.happened(began, w.history(e, v, 100)); !reflect.DeepEqual(got, want) {
				t.Errorf("history of %s is %q, want %q", e.EventID, got, want)
			}
		}
		v := w.ven("ven-1", "g1", "g2")
		late := w.event("late", group("g2"))
		first := w.event("first", group("g1"))
		w.push(yes) // at 1
		w.retire(w.now)

		// First for another VEN, then for this one: the push in between did not carry the event.
		w.ven("ven-2", "g3")
		other := w.event("other", group("g3"))
		w.claim(core.UrgencyNormal)
		w.mark(v, core.UrgencyNormal)
		w.push(yes) // at 2
		check(other, v, "1 created 0 ")
		other.ModificationNumber, other.Targets, other.ChangedAt = 1, []core.Target{group("g1"), group("g3")}, w.now
		w.put(other)
		if got := w.stand(other, v); got.Held != orNone(-1) {
			t.Errorf("the VEN was not told of the event and holds %v", got.Held)
		}
		w.push(yes) // at 3
		check(other, v, "1 created 0 ", "2 modified 1 ", "3 acknowledged 1 ven-1")

		// Under another target than before, it holds the version that it was sent.
		first.ModificationNumber, first.Targets, first.ChangedAt = 1, []core.Target{only("ven-1")}, w.now
		w.put(first)
		check(first, v, "0 created 0 ", "1 acknowledged 0 ven-1", "3 modified 1 ")
		if got := w.stand(first, v); got.Held != orNone(0) {
			t.Errorf("after a push under another target the VEN holds %v", got.Held)
		}
		w.push(no) // at 4
		check(first, v, "0 created 0 ", "1 acknowledged 0 ven-1", "3 modified 1 ", "4 refused 1 ven-1")

		// The VEN is taken off, and the event ends.
		late.ModificationNumber, late.Targets, late.ChangedAt = 1, []core.Target{group("g3")}, w.now
		w.put(late)
		w.push(yes) // at 5
		w.now = late.End()
		w.mark(v, core.UrgencyNormal)
		w.push(yes)
		check(late, v, "0 created 0 ", "1 acknowledged 0 ven-1", "4 modified 1 ", "4 withdrawn 1 ven-1", "5 acknowledged 1 ven-1")
	})
}

// scansWhole says whether a plan reads all rows of a table, which has this name in
// the statement.
func scansWhole(plan, table string) bool {
	return slices.ContainsFunc(strings.Split(plan, "\n"), func(step string) bool {
		step = strings.TrimSpace(step)
		return step == "SCAN "+table || strings.HasPrefix(step, "SCAN "+table+" ")
	})
}

func TestHistoryIsFoundByIndexes(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		if !w.SQLite() {
			t.Skip("skipped: PostgreSQL plans by the size of tables, these are empty")
		}
		plans := map[string]string{}
		for name, c := range map[string]struct {
			statement string
			args      []any
		}{
			"record": {registry.RecordStatement, []any{1, 1, 1, "", 1, "", "", "", 1, "", 1, ""}},
			"all":    {registry.HistoryOfAllStatement, []any{1, 1, 1, 1, 1, 1, 1}},
			"one":    {registry.HistoryOfOneStatement, []any{1, 1, 1, 1, 1, 1, 1, 1}},
		} {
			plan, err := w.Plan(ctx, c.statement, c.args...)
			w.must(err)
			plans[name] = plan
		}
		for name, tables := range map[string][]string{
			"record": {"h", "last"}, "all": {"s", "f", "l", "w", "x", "r", "n", "t", "v"}, "one": {"s", "f", "l", "w", "x", "r", "n", "t", "v"},
		} {
			for _, table := range tables {
				if scansWhole(plans[name], table) {
					t.Errorf("%s reads all of %s:\n%s", name, table, plans[name])
				}
			}
		}
	})
}
