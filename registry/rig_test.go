package registry_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
	"github.com/vtn-xmpp/vtn-xmpp/registry/registrytest"
)

// contract runs a test against an empty store of each kind.
func contract(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	for name, make := range stores {
		t.Run(name, func(t *testing.T) {
			store := make(t)
			test(t, newWorld(t, open(t, store), store, time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)))
		})
	}
}

// stores make an empty store and return its name in VTN_STORE.
var stores = map[string]func(testing.TB) string{
	"sqlite":   registrytest.SQLite,
	"postgres": func(tb testing.TB) string { return needPostgres(tb).Store(tb) },
}

// bare are databases without a schema, as VTN_STORE would name them.
var bare = map[string]func(testing.TB) string{
	"sqlite":   func(tb testing.TB) string { return "sqlite:" + filepath.Join(tb.TempDir(), "vtn.db") },
	"postgres": func(tb testing.TB) string { return needPostgres(tb).Database(tb) },
}

// needPostgres returns the server of this test run, or skips the test.
func needPostgres(tb testing.TB) *registrytest.Postgres {
	tb.Helper()
	if testing.Short() {
		tb.Skip("it needs PostgreSQL: run it without -short")
	}
	registrytest.NeedPostgres(tb, postgresErr)
	return postgres
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

// world is a store with a clock that only the test moves, and steps to take in it.
type world struct {
	*stage
	venSteps
	eventSteps
	outboxSteps
	reportSteps
}

// stage is the store, clock and test that all steps use.
type stage struct {
	testing.TB
	*registry.Registry
	store    string
	now      time.Time
	requests int // report requests made
}

// The steps, by subject.
type (
	venSteps    struct{ *stage }
	eventSteps  struct{ *stage }
	outboxSteps struct{ *stage }
	reportSteps struct{ *stage }
)

func newWorld(tb testing.TB, r *registry.Registry, store string, now time.Time) *world {
	s := &stage{TB: tb, Registry: r, store: store, now: now}
	return &world{s, venSteps{s}, eventSteps{s}, outboxSteps{s}, reportSteps{s}}
}

var ctx = context.Background()

// viewer is a world or a part of one.
type viewer interface {
	Helper()
	must(err error)
	View(ctx context.Context, fn func(core.Reader) error) error
}

// view reads one value.
func view[T any](w viewer, fn func(core.Reader) (T, error)) (got T) {
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

var (
	all   = core.Target{Kind: core.TargetAll}
	group = func(name string) core.Target { return core.Target{Kind: core.TargetGroup, Value: name} }
	only  = func(venID string) core.Target { return core.Target{Kind: core.TargetVENID, Value: venID} }
)

// together starts updates while another update holds the writer, so that all of them wait
// for it, in order. It returns their errors.
func (w *stage) together(updates ...func(context.Context) error) []error {
	w.Helper()
	errs := make([]error, len(updates))
	var wg sync.WaitGroup
	w.must(w.Update(ctx, func(core.Tx) error {
		for i, update := range updates {
			wg.Go(func() {
				defer func() {
					if r := recover(); r != nil {
						errs[i] = fmt.Errorf("panic: %v", r)
					}
				}()
				errs[i] = update(ctx)
			})
			for w.SQLite() && w.Waiting() < i+1 {
				runtime.Gosched()
			}
		}
		return nil
	}))
	wg.Wait()
	return errs
}

// claimUntilFull claims in small batches until one does not fit on the disk. That one must
// not claim anything.
func (w *stage) claimUntilFull() (claims []core.Claim) {
	w.Helper()
	for {
		before := w.count(`SELECT count(*) FROM outbox WHERE state = 'in_flight'`)
		some, err := w.Claim(ctx, core.ClaimKind{Urgency: core.UrgencyNormal}, w.now, 50)
		if err != nil {
			if after := w.count(`SELECT count(*) FROM outbox WHERE state = 'in_flight'`); after != before {
				w.Errorf("a failed claim took %d", after-before)
			}
			return claims
		}
		if len(some) == 0 {
			w.Error("the claims all fit on a full disk")
			return claims
		}
		claims = append(claims, some...)
	}
}

// full sets or lifts a limit that keeps the database from growing.
func (w *stage) full(is bool) {
	w.Helper()
	pages := "1000000"
	if is {
		pages = "1" // SQLite does not go below the present size
	}
	_, err := w.Strings(ctx, `PRAGMA max_page_count = `+pages)
	w.must(err)
}

// troubled checks the trouble that a ping reports of a SQLite store, before its deadline.
func (w *stage) troubled(word string) {
	w.Helper()
	bound, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	var t registry.Trouble
	if err := w.Ping(bound); !errors.As(err, &t) || !strings.Contains(string(t), word) || !errors.Is(err, core.ErrStore) {
		w.Errorf("the ping says %v, want %q", err, word)
	}
}

func (w *stage) retire(before time.Time) core.Retired {
	w.Helper()
	n, err := w.Retire(ctx, before, 100)
	w.must(err)
	return n
}

func (w *stage) pass(d time.Duration) { w.now = w.now.Add(d) }

func (w *stage) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// change runs fn in one transaction under a new revision.
func (w *stage) change(fn func(tx core.Tx, rev int64) error) (rev int64) {
	w.Helper()
	w.must(w.Change(ctx, func(tx core.Tx, its int64) error {
		rev = its
		return fn(tx, rev)
	}))
	return rev
}

func (w *stage) count(query string, args ...any) int64 {
	w.Helper()
	n, err := w.Count(ctx, query, args...)
	w.must(err)
	return n
}

// outboxes prints all outboxes and records of pushes, without the length of waits.
func (w *stage) outboxes() []string {
	w.Helper()
	found, err := w.Strings(ctx, `SELECT 'outbox ' || box || ' ' || rev || ' ' || sent || ' ' || settled || ' ' || state || ' ' || urgency || ' ' || place || ' ' ||
       CASE state WHEN 'idle' THEN coalesce(next_at, -1) ELSE 0 END || ' ' || attempts || ' ' || coalesce(sent_at, -1) || ' ' || coalesce(settled_at, -1) || ' ' || result || ' ' || code || ' ' || error
  FROM outbox
UNION ALL
SELECT 'push ' || box || ' ' || rev || ' ' || sent_at || ' ' || settled_at || ' ' || attempts || ' ' || result || ' ' || code || ' ' || error FROM push
 ORDER BY 1`)
	w.must(err)
	return found
}

// crowd is a store of 10,000 VENs that one event targets. Each iteration of the benchmarks
// goes through all VENs, in batches of 500 if there are batches.
func crowd(b *testing.B, bench func(b *testing.B, w *world, e *core.Event)) {
	for name, make := range stores {
		b.Run(name, func(b *testing.B) {
			store := make(b)
			w := newWorld(b, open(b, store), store, time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
			w.change(func(tx core.Tx, rev int64) error {
				for i := range benchVENs {
					id := fmt.Sprintf("ven-%05d", i)
					v := &core.VEN{VENID: id, Identities: []core.Identity{jid(id)}, Groups: []string{fmt.Sprint("g", i%10)}, LabelsRev: rev}
					if err := tx.PutVEN(v); err != nil {
						return err
					}
					if err := tx.OpenOutbox(v.No, rev, core.OutboxIdle, w.now); err != nil {
						return err
					}
				}
				return nil
			})
			bench(b, w, w.event("e", all))
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*benchVENs), "µs/VEN")
		})
	}
}

// withdrawn is the version of an event that is cancelled for one VEN alone.
func withdrawn(eventNo, venNo, rev int64, modification uint32) core.EventVersion {
	return core.EventVersion{EventNo: eventNo, VENNo: venNo, Rev: rev, Withdrawal: &core.Withdrawal{ModificationNumber: modification, Before: orNone(int64(modification) - 1)}}
}

// childStore is the environment variable that names the store of the process to be killed.
const childStore = "REGISTRY_TEST_CHILD_STORE"

// commitUntilKilled stores one event per transaction, settles its push, and prints a line
// after each commit.
func commitUntilKilled(store string) {
	r, err := registry.Open(ctx, store, zerolog.Nop(), registry.Alone())
	if err != nil {
		panic(err)
	}
	v := &core.VEN{VENID: "ven-1", Identities: []core.Identity{jid("ven-1")}}
	for i := 0; ; i++ {
		e := &core.Event{EventSpec: core.EventSpec{EventID: fmt.Sprintf("event-%d", i), Start: time.Now(), Targets: []core.Target{all}}}
		err := r.Change(ctx, func(tx core.Tx, rev int64) error {
			e.Rev = rev
			if i == 0 {
				if err := errors.Join(tx.PutVEN(v), tx.OpenOutbox(v.No, e.Rev, core.OutboxParked, time.Now())); err != nil {
					return err
				}
			}
			return errors.Join(tx.PutEvent(e, "child"), tx.SetTargets(e), tx.MarkEvent(e.No, e.Rev, core.UrgencyNormal, time.Now()))
		})
		if err != nil {
			panic(err)
		}
		fmt.Println("stored", e.EventID, e.Rev)
		c, err := r.ClaimVEN(ctx, core.TopicEvents, v.No, time.Now())
		if err != nil {
			panic(err)
		}
		applied, err := r.Settle(ctx, time.Now(), []core.Settlement{{Token: c.Token(), By: jid("ven-1"), Outcome: core.Outcome{Result: core.Acknowledged}}}, nil)
		if err != nil || applied[0] != core.Counted {
			panic(fmt.Sprint("not settled: ", err))
		}
		fmt.Println("settled", e.EventID, c.Rev)
	}
}

// cancelOpt cancels all opts of an optID.
func cancelOpt(tx core.Tx, venNo int64, optID string, at time.Time) error {
	_, err := tx.CancelOpts(venNo, optID, at)
	return err
}

func names(claims []core.Claim) (ids []string) {
	for _, c := range claims {
		ids = append(ids, c.VENID)
	}
	return ids
}

// power is a data point of power in kW, read every minute to every hour.
func power(rID string) oadr.ReportDescription {
	return oadr.ReportDescription{RID: rID, ReportType: "demand", ReadingType: "Direct Read",
		Unit:         &oadr.Unit{Type: "powerReal", Scale: "k", Hertz: 50, Voltage: 230, AC: true},
		DataSource:   &oadr.Target{Resources: []string{"meter-1"}},
		SamplingRate: &oadr.SamplingRate{MinPeriod: time.Minute, MaxPeriod: time.Hour, OnChange: true}}
}

func ids(requests []*core.ReportRequest) string {
	var all []string
	for _, r := range requests {
		all = append(all, r.ReportRequestID)
	}
	return strings.Join(all, " ")
}
