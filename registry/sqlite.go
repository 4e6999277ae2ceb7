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
	"sync"

	"github.com/pressly/goose/v3"
	"github.com/rs/zerolog"
	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"
)

// sqliteWords are SQLite's for PostgreSQL's. It locks the whole database, so
// rows need no lock of their own, and no order to be locked in.
var sqliteWords = strings.NewReplacer(
	"jsonb_array_elements(", "json_each(",
	"jsonb_each_text(", "json_each(",
	"least(", "min(",
	"greatest(", "max(",
	"ORDER BY o.box FOR UPDATE OF o", "",
	"FOR UPDATE OF o SKIP LOCKED", "",
	"FOR UPDATE OF o", "",
	"FOR UPDATE OF n", "",
)

// sqliteSchema are SQLite's words in the migrations: a table without row numbers
// is one tree instead of two, and only INTEGER makes a key the row's number.
var sqliteSchema = strings.NewReplacer(
	"INT8 PRIMARY KEY", "INTEGER PRIMARY KEY",
	"/* WITHOUT ROWID */", "WITHOUT ROWID",
)

// tries bounds how often one transaction is run.
const tries = 8

// sqliteDB is a SQLite file with one connection that writes and a few that
// read. A second one to write on would empty the cache of the first each time.
type sqliteDB struct {
	pools   []*sql.DB
	writer  *connection
	readers chan *connection // those free
	made    int              // of them
	turn    chan struct{}    // held by whoever uses the writer
	group   group
	closed  chan struct{}
	closing sync.Once
	log     zerolog.Logger
}

var errClosed = errors.New("the store is closed")

// openSQLite opens the file at path. WAL lets readers go on beside the writer.
// A commit with synchronous=FULL is on disk when it returns; with NORMAL it is
// there after the next FULL one or checkpoint: power lost before that loses
// claims, unparking and routes, and nothing else.
func openSQLite(ctx context.Context, path string, log zerolog.Logger) (database, error) {
	if err := prepareFile(path); err != nil {
		return nil, err
	}
	d := &sqliteDB{turn: make(chan struct{}, 1), closed: make(chan struct{}), log: log}
	d.group.db = d
	if err := d.connect(ctx, path); err != nil {
		d.close() //nolint:errcheck // why it was not opened is told
		return nil, fmt.Errorf("open the SQLite store %s: %w", path, err)
	}
	log.Info().Str("path", path).Msg("SQLite store opened")
	return d, nil
}

func (d *sqliteDB) connect(ctx context.Context, path string) error {
	if err := d.migrate(ctx, path); err != nil {
		return err
	}
	pool, err := d.pool(path, 1)
	if err != nil {
		return err
	}
	if d.writer, err = newConnection(ctx, pool, true); err != nil {
		return err
	}
	n := max(4, runtime.GOMAXPROCS(0))
	if pool, err = d.pool(path, n, "query_only(ON)"); err != nil {
		return err
	}
	d.readers = make(chan *connection, n)
	for range n {
		c, err := newConnection(ctx, pool, false)
		if err != nil {
			return err
		}
		d.readers <- c
		d.made++
	}
	return nil
}

// migrate brings the schema up to date on a connection of its own.
func (d *sqliteDB) migrate(ctx context.Context, path string) error {
	db, err := d.pool(path, 1, "journal_mode(WAL)", "synchronous(FULL)")
	if err != nil {
		return err
	}
	defer db.Close()
	var mode string
	if err := db.QueryRowContext(ctx, `PRAGMA journal_mode`).Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("its journal mode is %s, not wal: put it on a local disk", mode)
	}
	// Another program may bring the same file up to date: who loses looks again.
	for try := 1; ; try++ {
		err := migrate(ctx, db, goose.DialectSQLite3, sqliteSchema, d.log)
		if err == nil || try == tries {
			return err
		}
	}
}

// pool is closed with d.
func (d *sqliteDB) pool(path string, connections int, pragmas ...string) (*sql.DB, error) {
	pragmas = append([]string{"busy_timeout(5000)", "foreign_keys(ON)", "cache_size(-16384)"}, pragmas...)
	query := url.Values{"_pragma": pragmas, "_txlock": {"immediate"}}
	file := url.URL{Path: filepath.ToSlash(path)}
	db, err := sql.Open("sqlite", "file:"+file.EscapedPath()+"?"+query.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	d.pools = append(d.pools, db)
	return db, nil
}

func (d *sqliteDB) write(ctx context.Context, durable bool, fn func(*session) error) error {
	if durable {
		return d.group.join(ctx, fn)
	}
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := d.begin("NORMAL"); err != nil {
		return err
	}
	s := &session{ctx: ctx, on: d.writer}
	keep := false
	defer func() {
		if !keep {
			d.end(false) //nolint:errcheck // what went wrong before is told
		}
	}()
	if err := s.run(fn); err != nil {
		return err
	}
	keep = true
	return d.end(true)
}

// begin begins a transaction on the writer, whose turn the caller holds.
func (d *sqliteDB) begin(synchronous string) error {
	err := d.writer.synchronous(synchronous)
	for try := 1; err == nil; try++ {
		if err = d.writer.do(`BEGIN IMMEDIATE`); err == nil {
			return nil
		}
		if sqliteBusy(err) && try < tries {
			d.log.Debug().Err(err).Int("try", try).Msg("another process writes, trying again")
			err = nil
		}
	}
	return fmt.Errorf("begin writing: %w", err)
}

// end commits, or rolls back. The writer is without a transaction afterwards,
// also when the commit fails or SQLite has rolled back by itself.
func (d *sqliteDB) end(commit bool) error {
	var err error
	if commit {
		if err = d.writer.do(`COMMIT`); err == nil {
			return nil
		}
		err = fmt.Errorf("commit: %w", err)
	}
	d.writer.do(`ROLLBACK`) //nolint:errcheck // it fails where there is nothing to roll back
	return err
}

func (d *sqliteDB) view(ctx context.Context, fn func(*session) error) error {
	var c *connection
	select {
	case c = <-d.readers:
		defer func() { d.readers <- c }()
	case <-d.closed:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := c.do(`BEGIN`); err != nil {
		return fmt.Errorf("begin reading: %w", err)
	}
	defer c.do(`ROLLBACK`) //nolint:errcheck // it only read
	return fn(&session{ctx: ctx, on: c})
}

// close lets whoever writes or reads finish. Nobody begins afterwards.
func (d *sqliteDB) close() (err error) {
	d.closing.Do(func() {
		close(d.closed)
		d.turn <- struct{}{}
		defer func() { <-d.turn }()
		var errs []error
		for range d.made {
			errs = append(errs, (<-d.readers).close())
		}
		if d.writer != nil {
			errs = append(errs, d.writer.close())
		}
		for _, p := range d.pools {
			errs = append(errs, p.Close())
		}
		err = errors.Join(errs...)
	})
	return err
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
