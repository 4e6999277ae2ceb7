package core_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// meanwhile does something once between a handler's reading and its transaction, and
// lets a test watch the transaction.
type meanwhile struct {
	mu    sync.Mutex
	fn    func()
	watch func(core.Tx) core.Tx
}

// watched is the transaction as a handler gets it.
func (m *meanwhile) watched(tx core.Tx) core.Tx {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.watch == nil {
		return tx
	}
	return m.watch(tx)
}

func (m *meanwhile) set(fn func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fn = fn
}

func (m *meanwhile) happen() {
	m.mu.Lock()
	fn := m.fn
	m.fn = nil
	m.mu.Unlock()
	if fn != nil {
		fn()
	}
}

// eventful is a registry with a meanwhile, and a countdown of its calls.
type eventful struct {
	core.Registry
	between  *meanwhile
	before   *countdown
	searched *atomic.Int64
}

// countdown does something before the nth call of a registry.
type countdown struct {
	mu   sync.Mutex
	n    int
	fn   func()
	busy sync.Mutex // held while fn runs
}

func (c *countdown) set(n int, fn func()) {
	c.mu.Lock()
	c.n, c.fn = n, fn
	c.mu.Unlock()
	c.busy.Lock() // an earlier fn has returned
	defer c.busy.Unlock()
}

func (c *countdown) tick() {
	c.mu.Lock()
	c.n--
	fn := c.fn
	if c.n != 0 || fn == nil {
		c.mu.Unlock()
		return
	}
	c.fn = nil
	c.busy.Lock()
	defer c.busy.Unlock()
	c.mu.Unlock()
	fn()
}

func (e eventful) View(ctx context.Context, fn func(core.Reader) error) error {
	e.before.tick()
	return e.Registry.View(ctx, fn)
}

func (e eventful) ClaimVEN(ctx context.Context, topic core.Topic, venNo int64, now time.Time) (core.Claim, error) {
	e.before.tick()
	return e.Registry.ClaimVEN(ctx, topic, venNo, now)
}

func (e eventful) Parked(ctx context.Context, transport string, limit int) ([]string, error) {
	defer e.searched.Add(1)
	return e.Registry.Parked(ctx, transport, limit)
}

func (e eventful) SetRoutes(ctx context.Context, routes map[int64]core.Route) error {
	e.before.tick()
	return e.Registry.SetRoutes(ctx, routes)
}

func (e eventful) Unpark(ctx context.Context, now time.Time, vens []int64, sign core.Sign) (int, error) {
	e.before.tick()
	return e.Registry.Unpark(ctx, now, vens, sign)
}

func (e eventful) Settle(ctx context.Context, now time.Time, s []core.Settlement, sent func(core.Tx, core.Settlement) error) ([]core.Verdict, error) {
	e.before.tick()
	return e.Registry.Settle(ctx, now, s, sent)
}

func (e eventful) Update(ctx context.Context, fn func(core.Tx) error) error {
	e.before.tick()
	e.between.happen()
	return e.Registry.Update(ctx, func(tx core.Tx) error { return fn(e.between.watched(tx)) })
}

func (e eventful) Change(ctx context.Context, fn func(core.Tx, int64) error) error {
	e.before.tick()
	e.between.happen()
	return e.Registry.Change(ctx, func(tx core.Tx, rev int64) error { return fn(e.between.watched(tx), rev) })
}

func (e eventful) Changes(ctx context.Context, fn func(core.Tx, core.Revisions) error) error {
	e.before.tick()
	e.between.happen()
	return e.Registry.Changes(ctx, func(tx core.Tx, next core.Revisions) error { return fn(e.between.watched(tx), next) })
}

// query runs a statement and returns each row as text.
func query(t *testing.T, db *sql.DB, statement string) (all []string) {
	t.Helper()
	rows, err := db.Query(statement)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.TrimSuffix(strings.TrimPrefix(fmt.Sprint(values), "["), "]"))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
