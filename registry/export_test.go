package registry

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// Setting queries the connection that Update writes on.
func (r *Registry) Setting(ctx context.Context, query string) (value string, err error) {
	err = r.Update(ctx, func(t core.Tx) error { return t.(*tx).row(query, nil, &value) })
	return value, err
}

// LightSetting queries the connection that Claim, Unpark and SetRoutes write on.
func (r *Registry) LightSetting(ctx context.Context, query string) (value string, err error) {
	err = r.lightly(ctx, "test", func(s *session) error { return s.row(query, nil, &value) })
	return value, err
}

// Count returns the number that a query selects.
func (r *Registry) Count(ctx context.Context, query string, args ...any) (n int64, err error) {
	err = r.View(ctx, func(t core.Reader) error { return t.(*tx).row(query, args, &n) })
	return n, err
}

// Exec runs a statement directly, without the methods of core.Tx.
func (r *Registry) Exec(ctx context.Context, query string, args ...any) error {
	return r.Update(ctx, func(t core.Tx) error {
		_, err := t.(*tx).exec(query, args...)
		return err
	})
}

// SQLite says whether the store is on SQLite.
func (r *Registry) SQLite() bool {
	_, is := r.db.(interface{ Waiting() int })
	return is
}

// SettleRest settles each push by itself, also those that Settle would settle together.
func (r *Registry) SettleRest(ctx context.Context, now time.Time, batch []core.Settlement) (verdicts []core.Verdict, err error) {
	err = r.durably(ctx, "test", func(s *session) error {
		verdicts = make([]core.Verdict, len(batch))
		return settleTx{s}.settleRest(now, batch, verdicts)
	})
	return verdicts, err
}

// Strings returns the first column of a query, which runs on the connection that writes.
func (r *Registry) Strings(ctx context.Context, query string, args ...any) (found []string, err error) {
	err = r.lightly(ctx, "test", func(s *session) error {
		return s.rows(query, args, func(scan func(...any) error) error {
			var one string
			err := scan(&one)
			found = append(found, one)
			return err
		})
	})
	return found, err
}

// ValuesCounted reads values and counts the statements that this takes.
func (r *Registry) ValuesCounted(ctx context.Context, q core.ValueQuery) (values []core.Value, queries int, err error) {
	err = r.View(ctx, func(reader core.Reader) (err error) {
		t := reader.(*tx)
		t.Observe(func(string, []any) { queries++ })
		values, _, err = t.Values(q)
		return err
	})
	return values, queries, err
}

// Plans returns the query plan of each statement of a transaction, by statement. SQLite only.
func (r *Registry) Plans(ctx context.Context, fn func(core.Tx) error) (plans map[string]string, err error) {
	plans = map[string]string{}
	err = r.Update(ctx, func(t core.Tx) error {
		s := t.(*tx).session
		var observe func(string, []any)
		observe = func(query string, args []any) {
			s.Observe(nil)
			plans[query], _ = s.plan(query, args) // the transaction itself returns the error
			s.Observe(observe)
		}
		s.Observe(observe)
		return fn(t)
	})
	return plans, err
}

// Plan returns the query plan of a statement. SQLite only.
func (r *Registry) Plan(ctx context.Context, query string, args ...any) (steps string, err error) {
	err = r.lightly(ctx, "test", func(s *session) error {
		steps, err = s.plan(query, args)
		return err
	})
	return steps, err
}

func (s *session) plan(query string, args []any) (string, error) {
	var steps []string
	err := s.rows("EXPLAIN QUERY PLAN "+query, args, func(scan func(...any) error) error {
		var no, parent, unused int
		var step string
		err := scan(&no, &parent, &unused, &step)
		steps = append(steps, step)
		return err
	})
	return strings.Join(steps, "\n"), err
}

// Statements that must not read whole tables.
var (
	ClaimStatement          = selectClaim + dueOrder(database.SQLite, answeredLast)
	SilentStatement         = selectClaim + dueOrder(database.SQLite, silentLast)
	NextDueStatement        = nextDue
	ParkedStatement         = parked
	ClaimOutboxesStatement  = claimOutboxes(database.SQLite)
	RecordAlikeStatement    = recordAlike(database.SQLite)
	SettleOutboxesStatement = settleOutboxes(database.SQLite)

	RecordStatement       = record
	HistoryOfAllStatement = historyOfAll(database.SQLite)
	HistoryOfOneStatement = historyOfOne(database.SQLite)
)

// MigrateTo makes a store with an earlier schema and runs statements on it.
func MigrateTo(ctx context.Context, store string, version int64, statements ...string) error {
	db, err := database.Open(ctx, store, database.Options{Version: version, Log: zerolog.Nop()})
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Write(ctx, database.Durable, func(s *database.Session) error {
		for _, one := range statements {
			if _, err := s.Exec(one); err != nil {
				return fmt.Errorf("%s: %w", one, err)
			}
		}
		return nil
	})
}

// Waiting returns how many updates wait for the writer.
func (r *Registry) Waiting() int { return r.db.(interface{ Waiting() int }).Waiting() }

// Metered runs fn and returns how many rows its largest transaction changed, cascades
// included, and how many transactions changed any. SQLite only.
func (r *Registry) Metered(fn func()) (most int64, steps int) {
	m := &meter{Database: r.db}
	r.db = m
	defer func() { r.db = m.Database }()
	fn()
	return m.most, m.steps
}

type meter struct {
	database.Database
	most  int64
	steps int
}

func (m *meter) Write(ctx context.Context, commit database.Commit, fn func(*database.Session) error) error {
	return m.Database.Write(ctx, commit, func(s *database.Session) error {
		var before, after int64
		err := s.Row(`SELECT total_changes()`, nil, &before)
		if err == nil {
			err = fn(s)
		}
		if err == nil {
			err = s.Row(`SELECT total_changes()`, nil, &after)
		}
		if n := after - before; err == nil && n > 0 {
			m.most, m.steps = max(m.most, n), m.steps+1
		}
		return err
	})
}

// Check checks all pages now.
func (r *Registry) Check() {
	if err := r.db.(interface{ Check() error }).Check(); database.Damage(err) {
		r.health.breaks(err)
	}
}

// FlushNotes writes what the transaction has for the journal so far.
func (r *Registry) FlushNotes(t core.Tx) error {
	s := t.(*tx).session
	err := s.storeNotes()
	s.notes = s.notes[:0]
	return err
}
