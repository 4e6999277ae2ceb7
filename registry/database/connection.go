package database

import (
	"context"
	"database/sql"
	"errors"
)

// connection is one connection to a SQLite database, used by one goroutine at a
// time. It keeps each statement prepared, because parsing one costs as much as
// changing ten rows. It begins and ends transactions with statements of its own,
// because a [sql.Tx] prepares statements again or waits for the connection that it
// holds.
type connection struct {
	*sql.Conn
	writes   bool
	prepared map[string]*sql.Stmt
	sync     string // the synchronous setting in force, if it writes
}

// newReader takes a connection of a pool for transactions that read.
func newReader(ctx context.Context, db *sql.DB) (*connection, error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &connection{Conn: c, prepared: map[string]*sql.Stmt{}}, nil
}

// newWriter takes a connection of a pool for transactions that write.
func newWriter(ctx context.Context, db *sql.DB) (*connection, error) {
	c, err := newReader(ctx, db)
	if err == nil {
		c.writes = true
	}
	return c, err
}

// statement prepares a query once, and returns the context to run it with. If a
// writing statement is interrupted, SQLite may roll back the whole transaction, and
// others may be part of it. So the context is checked before each writing statement,
// and does not interrupt it.
func (c *connection) statement(ctx context.Context, query string) (context.Context, *sql.Stmt, error) {
	if c.writes {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		ctx = context.WithoutCancel(ctx)
	}
	s := c.prepared[query]
	if s == nil {
		var err error
		if s, err = c.PrepareContext(ctx, query); err != nil {
			return nil, nil, err
		}
		c.prepared[query] = s
	}
	return ctx, s, nil
}

func (c *connection) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ctx, s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

func (c *connection) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ctx, s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

// do runs a statement outside of the functions of transactions.
func (c *connection) do(query string) error {
	_, err := c.ExecContext(context.Background(), query)
	return err
}

// synchronous sets how durable the next commit is: FULL is on disk when it returns,
// NORMAL after the next FULL commit or checkpoint.
func (c *connection) synchronous(mode string) error {
	if c.sync == mode {
		return nil
	}
	// Not prepared: it takes effect when it is parsed.
	if _, err := c.Conn.ExecContext(context.Background(), "PRAGMA synchronous = "+mode); err != nil {
		return err
	}
	c.sync = mode
	return nil
}

func (c *connection) close() error {
	var errs []error
	for _, s := range c.prepared {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, c.Conn.Close())...)
}
