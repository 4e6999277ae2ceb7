package database

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/rs/zerolog"
)

// SQLSTATEs after which a transaction may succeed if it is repeated.
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
)

// poolSize is how many connections a pool has at most.
const poolSize = 8

// postgresDB is a PostgreSQL database. Its transactions run at the same time.
// Commits on durable survive a loss of power, those on light may not.
type postgresDB struct {
	durable, light *sql.DB
	looking        *sql.DB // for operators
	log            zerolog.Logger
}

// openPostgres opens the database of a postgres:// URL. A commit with
// synchronous_commit=on is on the disk of the server when it returns, with off it is
// there a moment later: a crash of the server before that loses claims, unparking
// and routes, and nothing else.
func openPostgres(ctx context.Context, dsn string, o Options) (Database, error) {
	// An error of url.Parse quotes what it could not read, which may be the
	// password.
	if _, err := url.Parse(dsn); err != nil {
		return nil, errors.New("VTN_STORE is not a URL: percent-encode special characters in the user name and the password")
	}
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("VTN_STORE is not a PostgreSQL URL: write postgres://USER:PASSWORD@HOST:PORT/DATABASE, with parameters that PostgreSQL knows")
	}
	d := &postgresDB{
		durable: postgresPool(config, "on", poolSize),
		light:   postgresPool(config, "off", poolSize),
		looking: postgresPool(config, "off", Browsers),
		log:     o.Log,
	}
	if err := d.prepare(ctx, o.Version); err != nil {
		d.Close() //nolint:errcheck // the error says why it was not opened
		return nil, fmt.Errorf("open the PostgreSQL store %s at %s: %w", config.Database, config.Host, err)
	}
	d.log.Info().Str("host", config.Host).Str("database", config.Database).Msg("PostgreSQL store opened")
	return d, nil
}

func postgresPool(config *pgx.ConnConfig, synchronousCommit string, connections int) *sql.DB {
	c := config.Copy()
	c.RuntimeParams["synchronous_commit"] = synchronousCommit
	// Batches look rows up by key. The planner expects a hundred rows for each list
	// and, at the costs of a spinning disk, prefers to read all VENs.
	c.RuntimeParams["random_page_cost"] = "1.1"
	c.RuntimeParams["default_transaction_isolation"] = "read committed"
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = "vtn-xmpp"
	}
	db := stdlib.OpenDB(*c)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db
}

func (d *postgresDB) prepare(ctx context.Context, version int64) error {
	if err := d.durable.PingContext(ctx); err != nil {
		return fmt.Errorf("%w: see that the server runs and that VTN_STORE names an existing database, user and password", err)
	}
	if err := d.makeCollation(ctx); err != nil {
		return fmt.Errorf("%w: let the user of VTN_STORE create things in this database's schema", err)
	}
	one, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120))
	if err != nil {
		return err
	}
	return migrate(ctx, d.durable, Postgres, version, d.log, goose.WithSessionLocker(one))
}

// Shared is a hash of what PostgreSQL gave the cluster and the database when they
// were created. For a user who may not read the former, it is a hash of the time
// when the schema was created.
func (d *postgresDB) Shared(ctx context.Context) (string, error) {
	var name string
	err := d.light.QueryRowContext(ctx, `SELECT (SELECT system_identifier FROM pg_control_system())::text`).Scan(&name)
	if err != nil {
		err = d.light.QueryRowContext(ctx, `SELECT min(tstamp)::text FROM goose_db_version`).Scan(&name)
	}
	var database string
	if err == nil {
		err = d.light.QueryRowContext(ctx, `SELECT oid::text || ' ' || current_schema() FROM pg_database WHERE datname = current_database()`).Scan(&database)
	}
	if err != nil {
		return "", fmt.Errorf("ask the database who it is: %w", err)
	}
	sum := sha256.Sum256([]byte(name + " " + database))
	return hex.EncodeToString(sum[:16]), nil
}

// makeCollation creates the collation by which the schema orders by bytes, as SQLite
// does, under the name that SQLite has for it. It succeeds if the collation exists,
// whoever created it.
func (d *postgresDB) makeCollation(ctx context.Context) error {
	_, err := d.durable.ExecContext(ctx, `CREATE COLLATION IF NOT EXISTS "binary" FROM "C"`)
	if err == nil {
		return nil
	}
	var exists bool
	if d.durable.QueryRowContext(ctx, `SELECT to_regcollation('"binary"') IS NOT NULL`).Scan(&exists) == nil && exists {
		return nil
	}
	return err
}

// Write is [Database.Write]. It repeats a transaction that lost against another, a
// few times.
func (d *postgresDB) Write(ctx context.Context, commit Commit, fn func(*Session) error) error {
	pool := d.light
	if commit == Durable {
		pool = d.durable
	}
	for try := 1; ; try++ {
		err := writeOnce(ctx, pool, fn)
		if err == nil || try > poolSize || !postgresLost(err) {
			return err
		}
		d.log.Debug().Err(err).Int("try", try).Msg("transaction lost against another, running it again")
		select {
		case <-time.After(rand.N(time.Duration(try) * 10 * time.Millisecond)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func writeOnce(ctx context.Context, pool *sql.DB, fn func(*Session) error) error {
	t, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin writing: %w", err)
	}
	s := &Session{Dialect: Postgres, ctx: ctx, on: t, writes: true}
	committed := false
	defer func() {
		if !committed {
			t.Rollback() //nolint:errcheck // the first error is returned
			s.rollback()
		}
	}()
	if err := s.run(fn); err != nil {
		return err
	}
	if err := t.Commit(); err != nil {
		if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
			err = ctx.Err() // the end of the context rolled back
		}
		return fmt.Errorf("commit: %w", err)
	}
	committed = true
	return nil
}

func (d *postgresDB) View(ctx context.Context, fn func(*Session) error) error {
	return readOnce(ctx, d.light, fn)
}

func (d *postgresDB) Browse(ctx context.Context, fn func(*Session) error) error {
	return readOnce(ctx, d.looking, fn)
}

// Room is [Database.Room]. A server without room reports that to whoever writes.
func (d *postgresDB) Room(context.Context) error { return nil }

func readOnce(ctx context.Context, pool *sql.DB, fn func(*Session) error) error {
	var t *sql.Tx
	for try := 1; ; try++ { // the pool may hold connections that have ended
		var err error
		if t, err = pool.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}); err == nil {
			break
		}
		if try > poolSize || !postgresLost(err) {
			return fmt.Errorf("begin reading: %w", err)
		}
	}
	defer t.Rollback() //nolint:errcheck // it only read
	return fn(&Session{Dialect: Postgres, ctx: ctx, on: t})
}

func (d *postgresDB) Close() error {
	return errors.Join(d.looking.Close(), d.light.Close(), d.durable.Close())
}

// postgresLost reports whether the transaction lost against another, or its connection
// had ended before anything was sent.
func postgresLost(err error) bool {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code == serializationFailure || e.Code == deadlockDetected
	}
	return pgconn.SafeToRetry(err)
}
