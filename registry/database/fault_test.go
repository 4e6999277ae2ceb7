package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// Errors of a transaction itself, or of its caller who gave up, are not faults of the store.
func TestFaultIsOfTheStore(t *testing.T) {
	for _, err := range []error{
		errClosed, driver.ErrBadConn, io.ErrUnexpectedEOF, &net.OpError{Op: "dial", Err: errors.New("refused")},
		&pgconn.PgError{Code: "57P01"}, &pgconn.PgError{Code: "53300"}, &pgconn.PgError{Code: "25006"}, &pgconn.PgError{Code: "28P01"},
	} {
		if err = fmt.Errorf("read: %w", err); !Fault(err) {
			t.Errorf("%v is not blamed on the store", err)
		}
	}
	for _, err := range []error{
		nil, sql.ErrNoRows, ErrEnough, context.Canceled, errors.New("something"),
		&pgconn.PgError{Code: "23505"}, &pgconn.PgError{Code: "57014"}, &pgconn.PgError{Code: "22P05"},
	} {
		if Fault(err) {
			t.Errorf("%v is blamed on the store", err)
		}
	}
}
