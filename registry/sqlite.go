package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/rs/zerolog"
	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"
)

// sqliteWords are SQLite's for PostgreSQL's. It locks the whole database, so
// rows need no lock of their own.
var sqliteWords = strings.NewReplacer(
	"jsonb_array_elements(", "json_each(",
	"least(", "min(",
	"greatest(", "max(",
	"FOR UPDATE OF o SKIP LOCKED", "",
	"FOR UPDATE OF o", "",
)

// openSQLite opens the file at path. WAL lets readers go on beside the writer.
// A commit with synchronous=FULL is on disk when it returns; with NORMAL it is
// there after the next FULL one or checkpoint: power lost before that loses
// claims, unparking and routes, and nothing else.
func openSQLite(ctx context.Context, path string, log zerolog.Logger) (*Registry, error) {
	if err := prepareFile(path); err != nil {
		return nil, err
	}
	r := &Registry{
		reading:  sql.TxOptions{ReadOnly: true},
		turn:     make(chan struct{}, 1),
		words:    sqliteWords,
		tryAgain: sqliteBusy,
		log:      log,
	}
	if err := r.connectSQLite(ctx, path); err != nil {
		r.Close() //nolint:errcheck // why it was not opened is told
		return nil, fmt.Errorf("open the SQLite store %s: %w", path, err)
	}
	log.Info().Str("path", path).Msg("SQLite store opened")
	return r, nil
}

func (r *Registry) connectSQLite(ctx context.Context, path string) (err error) {
	if r.durable, err = sqliteDB(path, 1, "journal_mode(WAL)", "synchronous(FULL)"); err != nil {
		return err
	}
	var mode string
	if err := r.durable.QueryRowContext(ctx, `PRAGMA journal_mode`).Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("its journal mode is %s, not wal: put it on a local disk", mode)
	}
	// Another program may bring the same file up to date: who loses looks again.
	for try := 1; ; try++ {
		err := migrate(ctx, r.durable, goose.DialectSQLite3, r.log)
		if err == nil {
			break
		}
		if try == tries {
			return err
		}
	}
	if r.light, err = sqliteDB(path, 1, "synchronous(NORMAL)"); err != nil {
		return err
	}
	r.read, err = sqliteDB(path, max(4, runtime.GOMAXPROCS(0)), "query_only(ON)")
	return err
}

func sqliteDB(path string, connections int, pragmas ...string) (*sql.DB, error) {
	pragmas = append([]string{"busy_timeout(5000)", "foreign_keys(ON)", "cache_size(-16384)"}, pragmas...)
	query := url.Values{"_pragma": pragmas, "_txlock": {"immediate"}}
	file := url.URL{Path: filepath.ToSlash(path)}
	db, err := sql.Open("sqlite", "file:"+file.EscapedPath()+"?"+query.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// prepareFile makes the file, for its owner only, where there is none.
func prepareFile(path string) error {
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return errors.New("VTN_STORE needs the path of a file after sqlite:, such as sqlite:vtn.db")
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("the folder %s of VTN_STORE does not exist: make it, writable for this user, or name another path", filepath.Dir(path))
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("VTN_STORE %s cannot be written by this user: change its owner, or name another path", path)
	case err != nil:
		return fmt.Errorf("open the SQLite store: %w", err)
	}
	return f.Close()
}

// sqliteBusy: another process held the database longer than the busy timeout.
func sqliteBusy(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlitelib.SQLITE_BUSY
}
