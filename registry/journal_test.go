package registry_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

func TestJournalIsWrittenWithItsTransaction(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		commits := 0
		w.OnJournal(func() { commits++ })
		failed := errors.New("failed")
		err := w.Update(ctx, func(tx core.Tx) error {
			tx.Note(core.JournalEntry{At: w.now, Kind: core.JournalAlarm, What: "lost"})
			return failed
		})
		if !errors.Is(err, failed) {
			t.Fatal(err)
		}
		number := uint32(7)
		e := core.JournalEntry{At: w.now, Kind: core.JournalOpt, What: "answered", VENID: "v\"1", EventNo: w.event("e", all).No,
			Body: core.JournalBody{ModificationNumber: &number, Opt: "optIn", Error: "no\x00 \xff way"}}
		before := commits
		w.must(w.Update(ctx, func(tx core.Tx) error {
			tx.Note(e)
			tx.Note(core.JournalEntry{At: w.now, Kind: core.JournalAlarm, What: "second"})
			return nil
		}))
		if commits != before+1 {
			t.Errorf("told of %d commits, want one", commits-before)
		}
		got := w.journal(0, 1)
		if told(got) != "answered:v\"1:e second::" {
			t.Fatalf("the journal is %s", told(got))
		}
		if one := got[0]; !one.At.Equal(w.now) || one.Kind != core.JournalOpt || *one.Body.ModificationNumber != 7 || one.Body.Opt != "optIn" {
			t.Errorf("it is %+v", one)
		}
	})
}

// A fan-out is few rows. A reader gets an entry for each VEN, with the event of the push
// and the others that it told of.
func TestJournalOfAFanOut(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		for i := range 20 {
			w.ven(fmt.Sprintf("v%02d", i), fmt.Sprint("g", i%2))
		}
		w.event("both", group("g0"), group("g1"))
		claims := w.claimAll()
		w.settled(claims, core.Acknowledged, "v00 v01 v02 v03 v04 v05 v06 v07 v08 v09 v10 v11 v12 v13 v14 v15 v16 v17")
		w.settled(claims, core.Refused, "v18")
		if rows := w.count(`SELECT count(*) FROM journal`) + w.count(`SELECT count(*) FROM journal_new`); rows != 2 {
			t.Errorf("%d rows, want 2", rows)
		}
		all := w.journal(0, 5)
		if len(all) != 19 || all[18].What != "refused" || all[18].VENID != "v18" {
			t.Fatalf("the journal is %s", told(all))
		}
		seen := map[string]bool{}
		for _, e := range all {
			if seen[e.VENID] = true; e.EventID != "both" || e.Kind != core.JournalDelivery || *e.Body.ModificationNumber != 0 || e.Body.Events != nil {
				t.Errorf("entry %+v", e)
			}
		}
		if len(seen) != 19 {
			t.Errorf("of %d VENs", len(seen))
		}
		if got := w.journal(7, 3); len(got) != 12 || got[0].No != 8 || got[0].VENID != all[7].VENID {
			t.Errorf("after 7: %s", told(got))
		}

		last := all[18].No
		w.event("even", group("g0"))
		w.event("odd", group("g1"))
		w.event("each", group("g0"), group("g1"))
		w.settled(w.claimAll(), core.Acknowledged, "v02 v03")
		if got := told(w.journal(last, 9)); got != "acknowledged:v02:each+even acknowledged:v03:each+odd" {
			t.Errorf("three events in one push: %s", got)
		}
	})
}

func TestJournalOfReports(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v, r, s, _, _ := w.measured()
		w.must(w.Update(ctx, func(tx core.Tx) error {
			tx.NoteReports(w.now, []core.NotedReport{{VENNo: v.No, RequestNo: r.No, Values: 3}, {VENNo: v.No, RequestNo: s.No, Values: 2}})
			return nil
		}))
		got := w.journal(0, 1)
		if len(got) != 2 || got[0].VENID != v.VENID || got[0].Body.ReportRequestID != r.ReportRequestID || got[0].Body.Values != 3 || got[1].Body.ReportRequestID != s.ReportRequestID {
			t.Errorf("the journal is %+v", got)
		}
	})
}

// A transaction that commits later gets a later number, though it wrote first.
func TestJournalNumbersBecomeVisibleInOrder(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		if w.SQLite() {
			t.Skip("its transactions run one after another")
		}
		wrote, commit, done := make(chan bool), make(chan bool), make(chan error)
		go func() {
			done <- w.Update(ctx, func(tx core.Tx) error {
				tx.Note(core.JournalEntry{At: w.now, Kind: core.JournalAlarm, What: "first"})
				if err := w.FlushNotes(tx); err != nil {
					return err
				}
				wrote <- true
				<-commit
				return nil
			})
		}()
		<-wrote
		w.note("second")
		if got := told(w.journal(0, 9)); got != "second::" {
			t.Errorf("before the commit: %s", got)
		}
		commit <- true
		w.must(<-done)
		if got := told(w.journal(1, 9)); got != "first::" {
			t.Errorf("after it: %s", got)
		}
	})
}

func TestJournalIsPruned(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		for i := range 10 {
			w.note(fmt.Sprint(i))
			w.pass(time.Minute)
		}
		prune := func(before time.Time, keep int64, want string) {
			t.Helper()
			if _, err := w.PruneJournal(ctx, before, keep, 2); err != nil || w.span() != want {
				t.Errorf("left after %s, want %s, %v", w.span(), want, err)
			}
		}
		began := w.now.Add(-10 * time.Minute)
		prune(began, 100, "0 10")
		prune(began.Add(150*time.Second), 100, "3 10")
		prune(began, 5, "5 10")
		prune(w.now, 5, "9 10") // the newest stays, so numbers go on
		w.note("later")
		if got := told(w.journal(9, 9)); got != "9:: later::" {
			t.Errorf("left: %s", got)
		}
	})
}

func TestJournalTellsWhatIsCompleted(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		w.event("before", all)
		due := func() bool {
			return view(w, func(r core.Reader) (bool, error) { return r.CompletedDue(w.now) })
		}
		look := func(want int) {
			t.Helper()
			if due() != (want > 0) && want >= 0 {
				t.Errorf("due is %v", due())
			}
			w.must(w.Update(ctx, func(tx core.Tx) error {
				n, err := tx.NoteCompleted(w.now)
				if n != max(want, 0) {
					t.Errorf("%d are completed, want %d", n, want)
				}
				return err
			}))
		}
		w.pass(24 * time.Hour)
		if !due() {
			t.Error("a new journal does not know up to when it has told")
		}
		look(-1) // the first look: what was over before is not news
		e := w.event("e", all)
		cancelled := w.event("cancelled", all)
		cancelled.CancelledAt = w.now
		w.put(cancelled)
		look(0)
		w.pass(24 * time.Hour)
		look(1)
		look(0)
		got := w.journal(0, 9)
		if told(got) != "completed::e" || !got[0].At.Equal(e.Start.Add(e.Duration)) {
			t.Errorf("the journal is %s at %s", told(got), got[0].At)
		}
	})
}
