package registry

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// Setting asks the very connection that Update writes on.
func (r *Registry) Setting(ctx context.Context, query string) (value string, err error) {
	err = r.Update(ctx, func(t core.Tx) error { return t.(*tx).row(query, nil, &value) })
	return value, err
}

// LightSetting asks the connection that Claim, Unpark and SetRoutes write on.
func (r *Registry) LightSetting(ctx context.Context, query string) (value string, err error) {
	err = r.lightly(ctx, "test", func(s *session) error { return s.row(query, nil, &value) })
	return value, err
}

// Count is the number a query finds.
func (r *Registry) Count(ctx context.Context, query string, args ...any) (n int64, err error) {
	err = r.View(ctx, func(t core.Reader) error { return t.(*tx).row(query, args, &n) })
	return n, err
}

// Exec writes past the contract.
func (r *Registry) Exec(ctx context.Context, query string, args ...any) error {
	return r.Update(ctx, func(t core.Tx) error {
		_, err := t.(*tx).exec(query, args...)
		return err
	})
}

// SQLite says which of the two databases it is.
func (r *Registry) SQLite() bool {
	_, is := r.db.(*sqliteDB)
	return is
}

// SettleRest settles without the way for what is alike.
func (r *Registry) SettleRest(ctx context.Context, now time.Time, batch []core.Settlement) (verdicts []core.Verdict, err error) {
	err = r.durably(ctx, "test", func(s *session) error {
		verdicts = make([]core.Verdict, len(batch))
		return s.settleRest(now, batch, verdicts)
	})
	return verdicts, err
}

// Strings lists the texts a query finds in its first column, on the connection
// that writes.
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

// ValuesCounted reads values and says by how many statements.
func (r *Registry) ValuesCounted(ctx context.Context, q core.ValueQuery) (values []core.Value, queries int, err error) {
	err = r.View(ctx, func(reader core.Reader) (err error) {
		s := *reader.(*tx).session
		s.on = counted{s.on, &queries}
		values, _, err = (&tx{&s}).Values(q)
		return err
	})
	return values, queries, err
}

// counted counts the statements that read.
type counted struct {
	statements
	queries *int
}

func (c counted) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	*c.queries++
	return c.statements.QueryContext(ctx, query, args...)
}

// Plans is how SQLite goes about each statement of a transaction.
func (r *Registry) Plans(ctx context.Context, fn func(core.Tx) error) (plans map[string]string, err error) {
	plans = map[string]string{}
	err = r.Update(ctx, func(t core.Tx) error {
		s := *t.(*tx).session
		s.on = planned{s.on, plans}
		return fn(&tx{&s})
	})
	return plans, err
}

// planned notes the plan of each statement before it runs.
type planned struct {
	statements
	plans map[string]string
}

func (p planned) note(ctx context.Context, query string, args []any) error {
	rows, err := p.statements.QueryContext(ctx, "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var no, parent, unused int
		var step string
		if err := rows.Scan(&no, &parent, &unused, &step); err != nil {
			return err
		}
		steps = append(steps, step)
	}
	p.plans[query] = strings.Join(steps, "\n")
	return rows.Err()
}

func (p planned) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := p.note(ctx, query, args); err != nil {
		return nil, err
	}
	return p.statements.ExecContext(ctx, query, args...)
}

func (p planned) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := p.note(ctx, query, args); err != nil {
		return nil, err
	}
	return p.statements.QueryContext(ctx, query, args...)
}

// Plan is how SQLite goes about a statement.
func (r *Registry) Plan(ctx context.Context, query string, args ...any) (steps string, err error) {
	err = r.lightly(ctx, "test", func(s *session) error {
		return s.rows("EXPLAIN QUERY PLAN "+query, args, func(scan func(...any) error) error {
			var no, parent, unused int
			var step string
			err := scan(&no, &parent, &unused, &step)
			steps += step + "\n"
			return err
		})
	})
	return steps, err
}

// Statements that must not look at all there is.
var (
	ClaimStatement       = selectClaim + dueOrder(answeredLast)
	SilentStatement      = selectClaim + dueOrder(silentLast)
	NextDueStatement     = nextDue
	ParkedStatement      = parked
	ClaimBoxesStatement  = claimBoxes
	RecordAlikeStatement = recordAlike
	SettleBoxesStatement = settleBoxes

	RecordStatement       = record
	HistoryOfAllStatement = historyOfAll
	HistoryOfOneStatement = historyOfOne
)

// MigrateTo makes a store with an earlier schema and runs statements on it.
func MigrateTo(ctx context.Context, store string, version int64, statements ...string) error {
	dialect, words := goose.DialectSQLite3, sqliteSchema
	var db *sql.DB
	var err error
	if path, is := strings.CutPrefix(store, "sqlite:"); is {
		db, err = new(sqliteDB).pool(path, 1, "journal_mode(WAL)")
	} else {
		dialect, words = goose.DialectPostgres, strings.NewReplacer()
		var config *pgx.ConnConfig
		if config, err = pgx.ParseConfig(store); err == nil {
			d := &postgresDB{durable: postgresPool(config, "on", 8)}
			db, err = d.durable, d.makeCollation(ctx)
		}
	}
	if err != nil {
		return err
	}
	defer db.Close()
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	steps, err := goose.NewProvider(dialect, db, translated{files, words}, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	if _, err := steps.UpTo(ctx, version); err != nil {
		return err
	}
	for _, one := range statements {
		if _, err := db.ExecContext(ctx, one); err != nil {
			return fmt.Errorf("%s: %w", one, err)
		}
	}
	return nil
}

// Waiting counts the updates that wait for the writer.
func (r *Registry) Waiting() int {
	g := &r.db.(*sqliteDB).group
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.waiting)
}

// Metered says how many rows the largest transaction of fn's changed, cascades
// included, and how many changed any. SQLite counts them.
func (r *Registry) Metered(fn func()) (most int64, steps int) {
	m := &meter{database: r.db}
	r.db = m
	defer func() { r.db = m.database }()
	fn()
	return m.most, m.steps
}

type meter struct {
	database
	most  int64
	steps int
}

func (m *meter) write(ctx context.Context, durable bool, fn func(*session) error) error {
	return m.database.write(ctx, durable, func(s *session) error {
		var before, after int64
		err := s.row(`SELECT total_changes()`, nil, &before)
		if err == nil {
			err = fn(s)
		}
		if err == nil {
			err = s.row(`SELECT total_changes()`, nil, &after)
		}
		if n := after - before; err == nil && n > 0 {
			m.most, m.steps = max(m.most, n), m.steps+1
		}
		return err
	})
}

// Check looks at all pages now.
func (r *Registry) Check() {
	if err := r.db.(*sqliteDB).checkOnce(); damage(err) {
		r.health.breaks(err)
	}
}
