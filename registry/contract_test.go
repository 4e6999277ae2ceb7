package registry_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
	"github.com/vtn-xmpp/vtn-xmpp/registry/registrytest"
)

// contract runs a test against an empty store of each kind.
func contract(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	for name, make := range stores {
		t.Run(name, func(t *testing.T) {
			store := make(t)
			test(t, &world{TB: t, Registry: open(t, store), store: store, now: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)})
		})
	}
}

// stores make an empty store and return what VTN_STORE would say.
var stores = map[string]func(testing.TB) string{
	"sqlite":   registrytest.SQLite,
	"postgres": func(tb testing.TB) string { return postgresDatabase(tb, "empty") },
}

// bare makes a place for a store, which has no schema so far.
var bare = map[string]func(testing.TB) string{
	"sqlite":   func(tb testing.TB) string { return "sqlite:" + filepath.Join(tb.TempDir(), "vtn.db") },
	"postgres": func(tb testing.TB) string { return postgresDatabase(tb, "template1") },
}

func postgresDatabase(tb testing.TB, of string) string {
	if testing.Short() {
		tb.Skip("it needs PostgreSQL: run it without -short")
	}
	if errors.Is(postgresErr, errNoPostgres) && os.Getenv("CI") != "true" {
		tb.Skip("skipped: ", postgresErr)
	}
	if postgresErr != nil {
		tb.Fatal(postgresErr)
	}
	return postgres.database(tb, of)
}

func open(tb testing.TB, store string) *registry.Registry {
	tb.Helper()
	r, err := registry.Open(context.Background(), store, zerolog.Nop())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { r.Close() })
	return r
}

// world is a store with a clock that only the test moves.
type world struct {
	testing.TB
	*registry.Registry
	store    string
	now      time.Time
	requests int // report requests made
}

var ctx = context.Background()

func (w *world) pass(d time.Duration) { w.now = w.now.Add(d) }

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// change runs fn in one transaction under a new revision.
func (w *world) change(fn func(tx core.Tx, rev int64) error) (rev int64) {
	w.Helper()
	w.must(w.Change(ctx, func(tx core.Tx, its int64) error {
		rev = its
		return fn(tx, rev)
	}))
	return rev
}

// view reads one thing.
func view[T any](w *world, fn func(core.Reader) (T, error)) (got T) {
	w.Helper()
	w.must(w.View(ctx, func(r core.Reader) (err error) {
		got, err = fn(r)
		return err
	}))
	return got
}

func jid(venID string) core.Identity {
	return core.Identity{Transport: "xmpp", Name: venID + "@example.org"}
}

// ven enters a VEN that has been told everything so far.
func (w *world) ven(venID string, groups ...string) *core.VEN {
	w.Helper()
	v := &core.VEN{VENID: venID, Name: "name of " + venID, Identities: []core.Identity{jid(venID)}, Groups: groups, CreatedAt: w.now}
	w.change(func(tx core.Tx, rev int64) error {
		v.LabelsRev = rev
		if err := tx.PutVEN(v); err != nil {
			return err
		}
		return tx.OpenOutbox(v.No, rev, false, w.now)
	})
	return v
}

var (
	all   = core.Target{Kind: core.TargetAll}
	group = func(name string) core.Target { return core.Target{Kind: core.TargetGroup, Value: name} }
	only  = func(venID string) core.Target { return core.Target{Kind: core.TargetVENID, Value: venID} }
)

// event makes an event of an hour, in an hour, and marks whom it targets.
func (w *world) event(eventID string, targets ...core.Target) *core.Event {
	w.Helper()
	e := &core.Event{EventSpec: core.EventSpec{EventID: eventID, MarketContext: "http://example.org/dr",
		Start: w.now.Add(time.Hour), Duration: time.Hour, Targets: targets}, CreatedAt: w.now, ChangedAt: w.now}
	w.put(e)
	return e
}

// put stores an event and marks those it targeted and those it targets.
func (w *world) put(e *core.Event) {
	w.Helper()
	w.change(func(tx core.Tx, rev int64) error {
		e.Rev = rev
		before := e.No
		if before != 0 {
			if err := tx.MarkEvent(e.No, rev, core.UrgencyNormal, w.now); err != nil {
				return err
			}
		}
		if err := tx.PutEvent(e, "operator"); err != nil {
			return err
		}
		if err := tx.SetTargets(e); err != nil {
			return err
		}
		return tx.MarkEvent(e.No, rev, core.UrgencyNormal, w.now)
	})
}

// mark makes one VEN due.
func (w *world) mark(v *core.VEN, u core.Urgency) int64 {
	w.Helper()
	return w.change(func(tx core.Tx, rev int64) error { return tx.MarkVEN(core.TopicEvents, v.No, rev, u, w.now) })
}

func (w *world) claim(u core.Urgency, silent bool) []core.Claim {
	w.Helper()
	claims, err := w.Claim(ctx, u, silent, w.now, 100)
	w.must(err)
	return claims
}

// claimOne claims the only VEN due.
func (w *world) claimOne(silent bool) core.Claim {
	w.Helper()
	claims := w.claim(core.UrgencyNormal, silent)
	if len(claims) != 1 {
		w.Fatalf("claimed %d VENs, want 1: %+v", len(claims), claims)
	}
	return claims[0]
}

func (w *world) claimNone() {
	w.Helper()
	for u := range core.Urgencies {
		for _, silent := range []bool{false, true} {
			if claims := w.claim(u, silent); len(claims) != 0 {
				w.Fatalf("claimed %+v, want nothing", claims)
			}
		}
	}
}

func (w *world) settle(c core.Claim, o core.Outcome) bool {
	w.Helper()
	applied, err := w.Settle(ctx, w.now, []core.Settlement{{Token: c.Token(), By: jid(c.VENID), Outcome: o}}, nil)
	w.must(err)
	return applied[0] == core.Counted
}

// stand is where the VEN stands with the event.
func (w *world) stand(e *core.Event, v *core.VEN) core.EventVEN {
	w.Helper()
	vens := view(w, func(r core.Reader) ([]core.EventVEN, error) {
		vens, _, err := r.EventVENs(e, false, "", 1000)
		return vens, err
	})
	for _, one := range vens {
		if one.VENNo == v.No {
			return one
		}
	}
	w.Fatalf("event %s does not concern %s", e.EventID, v.VENID)
	panic("unreachable")
}

// remove takes a VEN from the store with all that is its.
func (w *world) remove(no int64) {
	w.Helper()
	w.must(w.Exec(ctx, `DELETE FROM ven WHERE no = $1`, no))
}

func (w *world) count(query string, args ...any) int64 {
	w.Helper()
	n, err := w.Count(ctx, query, args...)
	w.must(err)
	return n
}

func (w *world) nextDue() (time.Time, bool) {
	w.Helper()
	due, err := w.NextDue(ctx)
	w.must(err)
	var first time.Time
	for _, d := range due {
		if first.IsZero() || d.At.Before(first) {
			first = d.At
		}
	}
	return first, len(due) > 0
}

func (w *world) countDue(want int) {
	w.Helper()
	n, err := w.CountDue(ctx, w.now)
	w.must(err)
	if n != want {
		w.Errorf("%d VENs are due, want %d", n, want)
	}
}

// within checks a wait of d, a quarter up or down.
func (w *world) within(d time.Duration, from, until time.Time) {
	w.Helper()
	if got := until.Sub(from); got < d*3/4-time.Millisecond || got > d*5/4+time.Millisecond {
		w.Errorf("waits %s, want %s and a quarter up or down", got, d)
	}
}
