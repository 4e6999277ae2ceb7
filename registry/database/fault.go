package database

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"io/fs"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"
)

var (
	errClosed  = errors.New("the store is closed")
	errDamaged = errors.New("the check of its pages failed")
	errNoRoom  = errors.New("there is no room")
)

// Fault reports whether an error is a fault of the database and not of the statement:
// the database is away, full, locked or broken, or must not be written.
func Fault(err error) bool {
	var (
		lite *sqlite.Error
		pg   *pgconn.PgError
		far  net.Error // a [pgconn.ConnectError] holds one, or a PgError
		file *fs.PathError
		dial *pgconn.ConnectError
	)
	switch {
	case err == nil:
		return false
	case errors.As(err, &lite):
		code := lite.Code() & 0xff // the bits above are details
		return code != sqlitelib.SQLITE_CONSTRAINT && code != sqlitelib.SQLITE_INTERRUPT
	case errors.As(err, &dial):
		return true
	case errors.As(err, &pg):
		return faultState(pg.Code)
	case errors.As(err, &far), errors.As(err, &file):
		return true
	}
	for _, is := range []error{errClosed, driver.ErrBadConn, sql.ErrConnDone, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed} {
		if errors.Is(err, is) {
			return true
		}
	}
	return pgconn.SafeToRetry(err)
}

// faultState selects classes of SQLSTATE: connections, authorisation, lost
// transactions, resources, operators, the system, and a read-only server.
func faultState(sqlstate string) bool {
	switch sqlstate[:min(2, len(sqlstate))] {
	case "08", "28", "3D", "40", "53", "55", "57", "58", "F0", "XX":
		return sqlstate != "57014" // cancelled by the client
	}
	return sqlstate == "25006" || sqlstate == "42501"
}

// Damage reports whether an error says that the database is damaged.
func Damage(err error) bool {
	var lite *sqlite.Error
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &lite):
		code := lite.Code() & 0xff
		return code == sqlitelib.SQLITE_CORRUPT || code == sqlitelib.SQLITE_NOTADB
	case errors.As(err, &pg):
		return pg.Code == "XX001" || pg.Code == "XX002"
	}
	return errors.Is(err, errDamaged)
}

// NoRoom reports whether an error says that the database cannot grow.
func NoRoom(err error) bool {
	var lite *sqlite.Error
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &lite):
		return lite.Code()&0xff == sqlitelib.SQLITE_FULL
	case errors.As(err, &pg):
		return pg.Code == "53100"
	}
	return errors.Is(err, errNoRoom)
}

// Held reports whether another process held a SQLite database locked for longer
// than the busy timeout.
func Held(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlitelib.SQLITE_BUSY
}
