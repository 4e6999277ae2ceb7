package database

import (
	"context"
	"database/sql"
	"errors"
)

// Session is one transaction.
type Session struct {
	*Dialect
	ctx        context.Context
	on         statements
	err        error // the first statement that failed: none runs after it
	writes     bool
	rolledBack []func()
	observe    func(query string, args []any)
}

// statements run on one connection, inside of its transaction.
type statements interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// ErrEnough ends the reading of rows. [Session.Rows] does not return it.
var ErrEnough = errors.New("enough rows are read")

// run runs fn. It also fails if fn ignored a failed statement or if the
// context of the session has ended.
func (s *Session) run(fn func(*Session) error) error {
	err := fn(s)
	switch {
	case err != nil:
		return err
	case s.err != nil:
		return s.err
	}
	return s.ctx.Err()
}

// Context is the context of the transaction.
func (s *Session) Context() context.Context { return s.ctx }

// Err is the first error of a statement. No statement runs after it.
func (s *Session) Err() error { return s.err }

// Locks reports whether rows that are read to be written must be locked: in a
// transaction that writes to PostgreSQL.
func (s *Session) Locks() bool { return s.writes && s.locks }

// OnRollback has fn called if the transaction does not commit.
func (s *Session) OnRollback(fn func()) { s.rolledBack = append(s.rolledBack, fn) }

func (s *Session) rollback() {
	for _, fn := range s.rolledBack {
		fn()
	}
	s.rolledBack = nil
}

// Observe has fn called with every statement before it runs. A nil fn ends that.
func (s *Session) Observe(fn func(query string, args []any)) { s.observe = fn }

// begin reports whether a statement may run.
func (s *Session) begin(query string, args []any) error {
	if s.err == nil && s.observe != nil {
		s.observe(query, args)
	}
	return s.err
}

// Exec runs a statement and returns how many rows it touched.
func (s *Session) Exec(query string, args ...any) (int64, error) {
	if err := s.begin(query, args); err != nil {
		return 0, err
	}
	res, err := s.on.ExecContext(s.ctx, query, args...)
	if err != nil {
		s.err = err
		return 0, err
	}
	return res.RowsAffected()
}

// Row reads the first row that a query finds. It returns [sql.ErrNoRows] if
// there is none.
func (s *Session) Row(query string, args []any, into ...any) error {
	found := false
	err := s.Rows(query, args, func(scan func(...any) error) error {
		if found {
			return nil
		}
		found = true
		return scan(into...)
	})
	if err == nil && !found {
		err = sql.ErrNoRows
	}
	return err
}

// Rows calls each for every row, with that row's Scan, until each returns an
// error. [ErrEnough] ends the reading without a failure.
func (s *Session) Rows(query string, args []any, each func(scan func(...any) error) error) error {
	if err := s.begin(query, args); err != nil {
		return err
	}
	rows, err := s.on.QueryContext(s.ctx, query, args...)
	if err != nil {
		s.err = err
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); errors.Is(err, ErrEnough) {
			return nil
		} else if err != nil {
			return err
		}
	}
	s.err = rows.Err()
	return s.err
}
