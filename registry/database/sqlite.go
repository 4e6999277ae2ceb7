package database

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
	"time"

	"github.com/rs/zerolog"
	_ "modernc.org/sqlite" // the driver
)

// tries is how often one transaction is tried at most.
const tries = 8

// sqliteDB is a SQLite file with one connection that writes and several that read. A
// second writer would empty the cache of the first each time.
type sqliteDB struct {
	path    string
	pools   []*sql.DB
	writer  *connection
	readers chan *connection // the free ones
	looking chan *connection // the free ones for operators
	made    int              // how many connections are in both
	turn    chan struct{}    // held by whoever uses the writer
	group   group
	checks  sync.WaitGroup
	alone   *os.File // nil if others may write, too
	closed  chan struct{}
	closing sync.Once
	log     zerolog.Logger
}

// openSQLite opens the file at path. With WAL, readers go on beside the writer. A
// commit with synchronous=FULL is on disk when it returns, with NORMAL after the
// next FULL commit or checkpoint: a loss of power before that loses claims,
// unparking and routes, and nothing else. Checkpoints move what was written into the
// file's pages every 16 MB, so a page that is written often is moved once.
func openSQLite(ctx context.Context, path string, o Options) (Database, error) {
	if err := prepareFile(path); err != nil {
		return nil, err
	}
	d := &sqliteDB{path: path, turn: make(chan struct{}, 1), closed: make(chan struct{}), log: o.Log}
	d.group.db = d
	if o.Alone {
		var err error
		if d.alone, err = holdAlone(ctx, path); err != nil {
			return nil, err
		}
	}
	if err := d.connect(ctx, path, o.Version); err != nil {
		d.Close() //nolint:errcheck // the error says why it was not opened
		return nil, fmt.Errorf("open the SQLite store %s: %w", path, err)
	}
	d.checks.Go(func() { d.check(o.Damaged) })
	d.log.Info().Str("path", path).Msg("SQLite store opened")
	return d, nil
}

func (d *sqliteDB) connect(ctx context.Context, path string, version int64) error {
	if err := d.migrate(ctx, path, version); err != nil {
		return err
	}
	pool, err := d.pool(path, 1, "wal_autocheckpoint(4000)")
	if err != nil {
		return err
	}
	if d.writer, err = newWriter(ctx, pool); err != nil {
		return err
	}
	n := max(4, runtime.GOMAXPROCS(0))
	if pool, err = d.pool(path, n+Browsers, "query_only(ON)"); err != nil {
		return err
	}
	d.readers, d.looking = make(chan *connection, n), make(chan *connection, Browsers)
	for i := range n + Browsers {
		c, err := newReader(ctx, pool)
		if err != nil {
			return err
		}
		d.made++
		if i < n {
			d.readers <- c
		} else {
			d.looking <- c
		}
	}
	return nil
}

// migrate brings the schema up to date, on a connection of its own.
func (d *sqliteDB) migrate(ctx context.Context, path string, version int64) error {
	db, err := d.pool(path, 1, "journal_mode(WAL)", "synchronous(FULL)")
	if err != nil {
		return err
	}
	defer db.Close()
	mode, err := journalMode(ctx, db)
	if err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("its journal mode is %s, not wal: put it on a local disk", mode)
	}
	// Another program may migrate the same file: the one that loses looks again.
	for try := 1; ; try++ {
		err := migrate(ctx, db, SQLite, version, d.log)
		if err == nil || try == tries {
			return err
		}
	}
}

// journalMode opens a connection, which changes the file's journal mode to WAL, and
// returns the mode. SQLite does not wait for its turn there, as it does everywhere else.
func journalMode(ctx context.Context, db *sql.DB) (mode string, err error) {
	for range 100 {
		err = db.QueryRowContext(ctx, `PRAGMA journal_mode`).Scan(&mode)
		if !Held(err) {
			return mode, err
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	return "", err
}

// pool is closed with d.
func (d *sqliteDB) pool(path string, connections int, pragmas ...string) (*sql.DB, error) {
	db, err := d.open(path, connections, pragmas...)
	if err == nil {
		d.pools = append(d.pools, db)
	}
	return db, err
}

func (d *sqliteDB) open(path string, connections int, pragmas ...string) (*sql.DB, error) {
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

func (d *sqliteDB) Write(ctx context.Context, commit Commit, fn func(*Session) error) error {
	if commit == Durable {
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
	s := &Session{Dialect: SQLite, ctx: ctx, on: d.writer, writes: true}
	keep := false
	defer func() {
		if !keep {
			d.rollback()
			s.rollback()
		}
	}()
	if err := s.run(fn); err != nil {
		return err
	}
	if err := d.commit(); err != nil {
		return err
	}
	keep = true
	return nil
}

// begin begins a transaction on the writer. The caller holds its turn.
func (d *sqliteDB) begin(synchronous string) error {
	err := d.writer.synchronous(synchronous)
	for try := 1; err == nil; try++ {
		if err = d.writer.do(`BEGIN IMMEDIATE`); err == nil {
			return nil
		}
		if Held(err) && try < tries {
			d.log.Debug().Err(err).Int("try", try).Msg("another process writes, trying again")
			err = nil
		}
	}
	return fmt.Errorf("begin writing: %w", err)
}

// commit commits what the writer did. If that fails, it rolls back.
func (d *sqliteDB) commit() error {
	if err := d.writer.do(`COMMIT`); err != nil {
		d.rollback()
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// rollback leaves the writer without a transaction, even if SQLite has rolled back
// by itself: then there is nothing to roll back, and the statement fails.
func (d *sqliteDB) rollback() {
	d.writer.do(`ROLLBACK`) //nolint:errcheck // see above
}

func (d *sqliteDB) View(ctx context.Context, fn func(*Session) error) error {
	return d.read(ctx, d.readers, fn)
}

func (d *sqliteDB) Browse(ctx context.Context, fn func(*Session) error) error {
	return d.read(ctx, d.looking, fn)
}

func (d *sqliteDB) read(ctx context.Context, free chan *connection, fn func(*Session) error) error {
	var c *connection
	select {
	case c = <-free:
		defer func() { free <- c }()
	case <-d.closed:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := c.do(`BEGIN`); err != nil {
		return fmt.Errorf("begin reading: %w", err)
	}
	defer c.do(`ROLLBACK`) //nolint:errcheck // it only read
	return fn(&Session{Dialect: SQLite, ctx: ctx, on: c})
}

func (d *sqliteDB) Shared(context.Context) (string, error) { return "", nil }

// Close is [Database.Close]. It waits for whoever writes or reads; nobody begins
// afterwards.
func (d *sqliteDB) Close() (err error) {
	d.closing.Do(func() {
		close(d.closed)
		d.checks.Wait()
		d.turn <- struct{}{}
		defer func() { <-d.turn }()
		var errs []error
		for range d.made {
			select {
			case c := <-d.readers:
				errs = append(errs, c.close())
			case c := <-d.looking:
				errs = append(errs, c.close())
			}
		}
		if d.writer != nil {
			errs = append(errs, d.writer.close())
		}
		for _, p := range d.pools {
			errs = append(errs, p.Close())
		}
		if d.alone != nil {
			errs = append(errs, d.alone.Close())
		}
		err = errors.Join(errs...)
	})
	return err
}

// prepareFile creates the file, for its owner only, if it does not exist.
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
