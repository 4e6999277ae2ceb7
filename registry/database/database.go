// Package database opens the two databases that a store can be on, SQLite and
// PostgreSQL, brings their schema up to date, and runs transactions on them.
package database

import (
	"context"
	"errors"
	"strings"

	"github.com/rs/zerolog"
)

// Database runs transactions. Its errors are those of the driver: see [Fault],
// [Damage], [NoRoom] and [Held].
type Database interface {
	// Write commits what fn did, or rolls back and returns fn's error. fn may
	// run more than once.
	Write(ctx context.Context, commit Commit, fn func(*Session) error) error
	// View runs fn, which writes nothing, on one consistent state.
	View(ctx context.Context, fn func(*Session) error) error
	// Browse is View on one of the connections that are kept for operators, of
	// which there are [Browsers].
	Browse(ctx context.Context, fn func(*Session) error) error
	// Shared names the database in a way that is the same for all processes
	// that use it and different from any other database's. It is empty if only
	// one process can use the database.
	Shared(ctx context.Context) (string, error)
	// Room fails if the database could not grow, as far as that can be told.
	Room(ctx context.Context) error
	// Close waits for the transactions that run and ends all use.
	Close() error
}

// Commit is how durable a commit is.
type Commit int

const (
	Durable Commit = iota // survives a loss of power
	Light                 // may not
)

// Browsers is how many transactions of [Database.Browse] run at once.
const Browsers = 2

// Options tell Open how to open a database.
type Options struct {
	// Alone refuses a SQLite file that another process has opened with Alone, and
	// keeps others from it until Close or the end of the process.
	Alone bool
	// Damaged is called when a check finds that a SQLite file is damaged.
	Damaged func(error)
	// Version is the version of the schema to stop at, if it is not 0. Tests of
	// migrations start from it.
	Version int64
	Log     zerolog.Logger
}

// Open opens the database that VTN_STORE names, sqlite:PATH or postgres://…, and
// brings its schema up to date. It creates a missing SQLite file; a PostgreSQL
// database must exist. Errors and logs never contain the password.
func Open(ctx context.Context, store string, o Options) (Database, error) {
	scheme, rest, _ := strings.Cut(store, ":")
	switch scheme {
	case "sqlite":
		return openSQLite(ctx, rest, o)
	case "postgres", "postgresql":
		return openPostgres(ctx, store, o)
	}
	return nil, errors.New("VTN_STORE names no known kind of store: write sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE")
}
