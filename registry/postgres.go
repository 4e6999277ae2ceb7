package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/rs/zerolog"
)

// SQLSTATEs after which a transaction may succeed when run again.
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
)

// openPostgres opens the database of a postgres:// URL. A commit with
// synchronous_commit=on is on the server's disk when it returns; with off it is
// a moment later: a crash of the server before that loses claims, unparking and
// routes, and nothing else.
func openPostgres(ctx context.Context, dsn string, log zerolog.Logger) (*Registry, error) {
	// An error of url.Parse quotes what it could not read: maybe the password.
	if _, err := url.Parse(dsn); err != nil {
		return nil, errors.New("VTN_STORE is not a URL: percent-encode special characters in the user name and the password")
	}
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("VTN_STORE is not a PostgreSQL URL: write postgres://USER:PASSWORD@HOST:PORT/DATABASE, with parameters that PostgreSQL knows")
	}
	r := &Registry{
		reading:  sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead},
		tryAgain: postgresLost,
		log:      log,
		durable:  postgresDB(config, "on"),
		light:    postgresDB(config, "off"),
		read:     postgresDB(config, "off"),
	}
	if err := r.preparePostgres(ctx); err != nil {
		r.Close() //nolint:errcheck // why it was not opened is told
		return nil, fmt.Errorf("open the PostgreSQL store %s at %s: %w", config.Database, config.Host, err)
	}
	log.Info().Str("host", config.Host).Str("database", config.Database).Msg("PostgreSQL store opened")
	return r, nil
}

func postgresDB(config *pgx.ConnConfig, synchronousCommit string) *sql.DB {
	c := config.Copy()
	c.RuntimeParams["synchronous_commit"] = synchronousCommit
	// Batches look rows up by key. The planner takes each list for a hundred
	// rows and, with the costs of a spinning disk, would rather read all VENs.
	c.RuntimeParams["random_page_cost"] = "1.1"
	c.RuntimeParams["default_transaction_isolation"] = "read committed"
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = "vtn-xmpp"
	}
	db := stdlib.OpenDB(*c)
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	return db
}

func (r *Registry) preparePostgres(ctx context.Context) error {
	if err := r.durable.PingContext(ctx); err != nil {
		return fmt.Errorf("%w: see that the server runs and that VTN_STORE names an existing database, user and password", err)
	}
	if err := r.makeCollation(ctx); err != nil {
		return fmt.Errorf("%w: let the user of VTN_STORE create things in this database's schema", err)
	}
	one, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120))
	if err != nil {
		return err
	}
	return migrate(ctx, r.durable, goose.DialectPostgres, r.log, goose.WithSessionLocker(one))
}

// makeCollation: the schema orders by bytes, as SQLite does, and calls that what
// SQLite calls it. It is enough if it is there, whoever made it.
func (r *Registry) makeCollation(ctx context.Context) error {
	_, err := r.durable.ExecContext(ctx, `CREATE COLLATION IF NOT EXISTS "binary" FROM "C"`)
	if err == nil {
		return nil
	}
	var exists bool
	if r.durable.QueryRowContext(ctx, `SELECT to_regcollation('"binary"') IS NOT NULL`).Scan(&exists) == nil && exists {
		return nil
	}
	return err
}

// postgresLost: the transaction lost against another, or the connection it was
// to begin on had ended before anything was sent.
func postgresLost(err error) bool {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code == serializationFailure || e.Code == deadlockDetected
	}
	return pgconn.SafeToRetry(err)
}
