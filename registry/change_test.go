package registry_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

func TestRevisionsGrowOneAfterAnother(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		var (
			wg   sync.WaitGroup
			mu   sync.Mutex
			seen []int64 // in the order of commits: appended before the lock is released
		)
		for range 4 {
			wg.Go(func() {
				for range 25 {
					if err := w.Change(ctx, func(tx core.Tx, rev int64) error {
						mu.Lock()
						defer mu.Unlock()
						seen = append(seen, rev)
						return nil
					}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		for i, rev := range seen {
			if rev != int64(i)+1 {
				t.Fatalf("revisions %v", seen)
			}
		}
		if len(seen) != 100 {
			t.Errorf("%d revisions, want 100", len(seen))
		}
	})
}

// A change of targets does not miss a VEN that joins at the same time.
func TestJoiningVENIsNotMissed(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		for round := range 60 {
			g := fmt.Sprintf("group-%d", round)
			v := w.ven(fmt.Sprintf("ven-%d", round))
			e := &core.Event{EventSpec: core.EventSpec{EventID: g, Start: w.now.Add(time.Hour), Duration: time.Hour, Targets: []core.Target{group(g)}}}
			var wg sync.WaitGroup
			start := make(chan struct{})
			wg.Go(func() {
				<-start
				w.put(e)
			})
			wg.Go(func() {
				<-start
				w.change(func(tx core.Tx, rev int64) error {
					v.Groups, v.LabelsRev = []string{g}, rev
					if err := tx.PutVEN(v); err != nil {
						return err
					}
					nos, err := tx.MatchingEvents(v.No, w.now)
					if err != nil || len(nos) == 0 {
						return err
					}
					return tx.MarkVEN(core.TopicEvents, v.No, rev, core.UrgencyNormal, w.now)
				})
			})
			close(start)
			wg.Wait()
			if got := w.stand(e, v); got.Rev < got.Needed || got.Settled >= got.Needed {
				t.Fatalf("round %d: the VEN is not due for the event: %+v", round, got)
			}
		}
		if claims := w.claim(core.UrgencyNormal); len(claims) != 60 {
			t.Errorf("%d VENs are due, want 60", len(claims))
		}
	})
}

func TestRollbackLeavesNothing(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		known := w.ven("ven-1")
		before := w.mark(known, core.UrgencyNormal)
		w.claimOne()
		wrong := errors.New("wrong")
		v := &core.VEN{VENID: "ven-2", Identities: []core.Identity{jid("ven-2")}}
		e := &core.Event{EventSpec: core.EventSpec{EventID: "e", Targets: []core.Target{all}}}
		do := func(tx core.Tx, rev int64) error {
			return errors.Join(tx.PutVEN(v), tx.PutEvent(e, "x"), tx.SetTargets(e), tx.MarkEvent(e.No, rev, 0, w.now),
				tx.PutAnswer(core.Answer{EventNo: e.No, VENNo: v.No}), tx.Record(core.HistoryEntry{EventNo: e.No, VENNo: v.No}), tx.PutOpt(&core.Opt{VENNo: v.No, OptID: "o", Periods: []core.OptPeriod{{}}}),
				tx.Register(v.No, &core.Registration{RegistrationID: "r"}), tx.PutEventVersion(withdrawn(e.No, known.No, rev, 1)), tx.DeleteVEN(known.No, w.now))
		}
		if err := w.Change(ctx, func(tx core.Tx, rev int64) error { return errors.Join(do(tx, rev), wrong) }); !errors.Is(err, wrong) || err.Error() != "wrong" {
			t.Fatalf("error %v, want the one that the function returned", err)
		}
		if v.No != 0 || e.No != 0 {
			t.Errorf("numbers %d and %d were not reset", v.No, e.No)
		}
		func() {
			defer func() { recover() }()
			w.Change(ctx, func(tx core.Tx, rev int64) error { do(tx, rev); panic("at the worst moment") })
		}()
		cancelled, cancel := context.WithCancel(ctx)
		if err := w.Change(cancelled, func(tx core.Tx, rev int64) error { defer cancel(); return do(tx, rev) }); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want cancelled", err)
		}
		for _, table := range []string{"event", "event_revision", "event_target", "event_target_span", "event_own", "event_answer", "history", "opt", "opt_period", "registration"} {
			if n := w.count(`SELECT count(*) FROM ` + table); n != 0 {
				t.Errorf("%d rows in %s", n, table)
			}
		}
		for _, table := range []string{"ven", "identity", "outbox"} {
			if n := w.count(`SELECT count(*) FROM ` + table); n != 1 {
				t.Errorf("%d rows in %s, want 1", n, table)
			}
		}
		if rev := w.mark(known, core.UrgencyNormal); rev != before+1 {
			t.Errorf("revision %d, want %d", rev, before+1)
		}
	})
}

// If two transactions wait for each other, one is run again and both succeed.
func TestDeadlockIsRunAgain(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		if w.SQLite() {
			t.Skip("skipped: SQLite lets one write at a time")
		}
		a, b := w.ven("ven-a"), w.ven("ven-b")
		var wg sync.WaitGroup
		var meet sync.WaitGroup
		meet.Add(2)
		runs := make(chan struct{}, 100)
		for _, order := range [][]*core.VEN{{a, b}, {b, a}} {
			wg.Go(func() {
				first := true
				err := w.Update(ctx, func(tx core.Tx) error {
					runs <- struct{}{}
					if err := tx.MarkVEN(core.TopicEvents, order[0].No, 1000, core.UrgencyNormal, w.now); err != nil {
						return err
					}
					if first {
						first = false
						meet.Done()
						meet.Wait()
					}
					return tx.MarkVEN(core.TopicEvents, order[1].No, 1000, core.UrgencyNormal, w.now)
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := len(runs); n < 3 {
			t.Errorf("%d runs of two transactions, want 3", n)
		}
	})
}

// Two processes can write the same file.
func TestWritersOfTwoProcessesTakeTurns(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		other := open(t, w.store)
		var wg sync.WaitGroup
		for _, r := range []core.Registry{w.Registry, other} {
			wg.Go(func() {
				for range 50 {
					if err := r.Change(ctx, func(core.Tx, int64) error { return nil }); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if rev := w.change(func(core.Tx, int64) error { return nil }); rev != 101 {
			t.Errorf("revision %d, want 101", rev)
		}
	})
}

// A writer that waits for its turn gives up with its context.
func TestWaitingWriterGivesUp(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		w.change(func(core.Tx, int64) error {
			waiting, cancel := context.WithCancel(ctx)
			done := make(chan error)
			go func() {
				done <- w.Change(waiting, func(core.Tx, int64) error { return nil })
			}()
			cancel()
			if err := <-done; err == nil {
				t.Error("a cancelled writer wrote")
			}
			return nil
		})
	})
}

func TestViewSeesOneState(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		w.event("before", all)
		w.must(w.View(ctx, func(r core.Reader) error {
			if _, err := r.Event("before"); err != nil {
				t.Error(err)
			}
			w.event("beside", all)
			if _, err := r.Event("beside"); !errors.Is(err, core.ErrNotFound) {
				t.Errorf("an event that was stored meanwhile: %v", err)
			}
			return nil
		}))
	})
}
