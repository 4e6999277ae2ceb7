package registry_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// Updates that share a commit succeed and fail independently.
func TestUpdatesTogetherAreIndependent(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		var (
			mu   sync.Mutex
			revs = map[string]int64{}
		)
		wrong := errors.New("wrong")
		put := func(venID string, end func() error) func(context.Context) error {
			return putting(w, venID, end, func(rev int64) {
				mu.Lock()
				defer mu.Unlock()
				revs[venID] = rev
			})
		}
		fine := func() error { return nil }
		ended, cancel := context.WithCancel(ctx)
		errs := w.together(
			put("a", fine),
			put("b", func() error { return wrong }),
			put("c", func() error { panic("at the worst moment") }),
			put("a", fine), // sees the first update and conflicts with it
			func(context.Context) error { return put("d", func() error { cancel(); return nil })(ended) },
			put("e", func() error { runtime.Goexit(); return nil }),
			put("f", func() error { // runs before the first is committed
				err := w.View(ctx, func(r core.Reader) error { _, err := r.VEN("a"); return err })
				if w.SQLite() && !errors.Is(err, core.ErrNotFound) {
					t.Errorf("the first update is committed by itself: %v", err)
				}
				return nil
			}),
		)
		if !w.SQLite() && errs[0] != nil { // on PostgreSQL the second may run first
			errs[0], errs[3] = errs[3], errs[0]
		}
		if errs[0] != nil || errs[6] != nil || errs[1] != wrong || errs[2] == nil || errs[2].Error() != "panic: at the worst moment" ||
			!errors.Is(errs[3], core.ErrConflict) || !errors.Is(errs[4], context.Canceled) {
			t.Errorf("errors %v", errs)
		}
		vens := view(w, func(r core.Reader) (ids []string, err error) {
			vens, _, err := r.VENs(core.VENFilter{}, "", 10)
			for _, v := range vens {
				ids = append(ids, v.VENID)
			}
			return ids, err
		})
		if got := strings.Join(vens, " "); got != "a f" {
			t.Errorf("stored %s, want a and f", got)
		}
		if w.SQLite() && (revs["a"] != 1 || revs["f"] != 2) {
			t.Errorf("revisions %v", revs)
		}
	})
}

// Many updates fail and many succeed, more than fit in a group.
func TestManyUpdatesTogether(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		w.ven("ven-1")
		const many = 600
		wrong := errors.New("wrong")
		var updates []func(context.Context) error
		for i := range many {
			updates = append(updates, func(ctx context.Context) error {
				return w.Update(ctx, func(tx core.Tx) error {
					if err := tx.PutEvent(&core.Event{EventSpec: core.EventSpec{EventID: fmt.Sprint("e", i)}}, "x"); err != nil {
						return err
					}
					if i%3 == 0 {
						return wrong
					}
					return nil
				})
			})
		}
		for i, err := range w.together(updates...) {
			if (i%3 == 0) != (err == wrong) || i%3 != 0 && err != nil {
				t.Errorf("%d: %v", i, err)
			}
		}
		if n := w.count(`SELECT count(*) FROM event`); n != many-many/3 {
			t.Errorf("%d events, want %d", n, many-many/3)
		}
	})
}

// On a full disk, an update that does not fit is rolled back, others are not harmed, and
// everything succeeds once there is room.
func TestFullDisk(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		if !w.SQLite() {
			t.Skip("skipped: a page limit is SQLite's; PostgreSQL's server answers for its disk")
		}
		for i := range 300 {
			w.ven(fmt.Sprintf("ven-%03d", i), strings.Repeat("g", 100))
		}
		e := w.event("e", all)
		v := &core.VEN{VENID: "big", Name: strings.Repeat("n", 1<<20)}
		big := func(ctx context.Context) error { return w.Update(ctx, func(tx core.Tx) error { return tx.PutVEN(v) }) }
		swallowed := func(ctx context.Context) error {
			return w.Update(ctx, func(tx core.Tx) error {
				tx.PutVEN(&core.VEN{VENID: "swallowed", Name: strings.Repeat("n", 1<<20)}) //nolint:errcheck // the error is to be swallowed
				tx.CloseOutbox(1)                                                          //nolint:errcheck // it does not run
				return nil
			})
		}
		small := func(ctx context.Context) error {
			return w.Update(ctx, func(tx core.Tx) error { return tx.MarkVEN(core.TopicEvents, 1, 1000, core.UrgencyCancel, w.now) })
		}
		before := w.outboxes()
		w.full(true)
		if err := big(ctx); err == nil || !strings.Contains(err.Error(), "full") || v.No != 0 {
			t.Errorf("an update that does not fit: %v, number %d", err, v.No)
		}
		if got := w.outboxes(); strings.Join(got, "\n") != strings.Join(before, "\n") {
			t.Error("a failed update left something")
		}
		errs := w.together(small, big, swallowed, small)
		if errs[0] != nil || errs[1] == nil || errs[2] == nil || errs[3] != nil {
			t.Errorf("together: %v", errs)
		}
		if got := w.count(`SELECT count(*) FROM outbox WHERE ven_no = 1 AND rev = 1000 AND state = 'idle'`); got != 1 {
			t.Error("the updates that fit were not stored")
		}
		claims := w.claimUntilFull()
		w.full(false)
		claims = append(claims, w.claim(core.UrgencyNormal)...)
		for more := w.claim(core.UrgencyNormal); len(more) > 0; more = w.claim(core.UrgencyNormal) {
			claims = append(claims, more...)
		}
		if len(claims) != 299 {
			t.Errorf("claimed %d, want 299", len(claims))
		}

		settleOnAFullDisk(t, w, e, claims)
		w.must(big(ctx))
	})
}

// putting makes an update that stores a VEN, calls end and, if that succeeds, calls done with
// the revision.
func putting(w *world, venID string, end func() error, done func(rev int64)) func(context.Context) error {
	return func(ctx context.Context) error {
		return w.Change(ctx, func(tx core.Tx, rev int64) error {
			if err := tx.PutVEN(&core.VEN{VENID: venID, LabelsRev: rev}); err != nil {
				return err
			}
			if err := end(); err != nil {
				return err
			}
			done(rev)
			return nil
		})
	}
}

// settleOnAFullDisk checks that nothing is settled while the disk is full, and all afterwards.
func settleOnAFullDisk(t *testing.T, w *world, e *core.Event, claims []core.Claim) {
	t.Helper()
	w.full(true)
	var batch []core.Settlement
	for _, c := range claims {
		batch = append(batch, core.Settlement{Token: c.Token(), By: jid(c.VENID), Outcome: core.Outcome{Result: core.Refused, Error: strings.Repeat("e", 400)}})
	}
	before := w.outboxes()
	if _, err := w.Settle(ctx, w.now, batch, nil); err == nil {
		t.Error("settled on a full disk")
	}
	if got := w.outboxes(); strings.Join(got, "\n") != strings.Join(before, "\n") {
		t.Error("a failed settlement left something")
	}
	w.full(false)
	applied, err := w.Settle(ctx, w.now, batch, nil)
	w.must(err)
	for i, verdict := range applied {
		if verdict != core.Counted {
			t.Errorf("%s did not settle once there was room", batch[i].By.Name)
		}
	}
	if got := w.count(`SELECT count(*) FROM push WHERE rev = $1`, e.Rev); got != 299 {
		t.Errorf("%d records, want 299", got)
	}
}
