package registry

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// blamed makes a fault of the database, not of what was asked of it, a
// [core.ErrStore].
func blamed(err error) error {
	if err == nil || !faulty(err) {
		return err
	}
	return fmt.Errorf("%w: %w", core.ErrStore, err)
}

// faulty: the database is away, full, locked, broken or may not be written.
func faulty(err error) bool {
	var (
		lite *sqlite.Error
		pg   *pgconn.PgError
		far  net.Error // a [pgconn.ConnectError] holds one, or a PgError
		file *fs.PathError
		dial *pgconn.ConnectError
	)
	switch {
	case errors.As(err, &lite):
		code := lite.Code() & 0xff // what is above says more of the same
		return code != sqlitelib.SQLITE_CONSTRAINT && code != sqlitelib.SQLITE_INTERRUPT
	case errors.As(err, &dial):
		return true
	case errors.As(err, &pg):
		return faultyState(pg.Code)
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

// faultyState: connections, authorisation, lost transactions, resources,
// operators, the system, and a server that may only be read.
func faultyState(sqlstate string) bool {
	switch sqlstate[:min(2, len(sqlstate))] {
	case "08", "28", "3D", "40", "53", "55", "57", "58", "F0", "XX":
		return sqlstate != "57014" // cancelled by whoever asked
	}
	return sqlstate == "25006" || sqlstate == "42501"
}
