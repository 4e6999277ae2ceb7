package database

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"syscall"
	"time"
)

const (
	leastRoom = 1 << 20 // bytes: free on the disk, and that the file must be able to grow by
	// All pages are checked no more often than this, and for no more than a
	// hundredth of the time.
	checkEvery = 30 * time.Second
	checkShare = 100
)

// errTakenBack ends a transaction that only tried something.
var errTakenBack = errors.New("taken back")

// Room is [Database.Room]. It stores a row as large as what must fit, and takes it
// back. That says nothing about the disk, so it asks for its free space, too.
func (d *sqliteDB) Room(ctx context.Context) error {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(d.path), &disk); err == nil && disk.Bavail*uint64(disk.Bsize) < leastRoom {
		return fmt.Errorf("%w: %d bytes are free on the disk of %s", errNoRoom, disk.Bavail*uint64(disk.Bsize), d.path)
	}
	err := d.Write(ctx, Light, func(s *Session) error {
		if _, err := s.Exec(`INSERT INTO report_order (no, order_id, standing, body, created_at, created_by) VALUES (-1, '', FALSE, hex(zeroblob($1)), 0, '')`, leastRoom/2); err != nil {
			return err
		}
		return errTakenBack
	})
	if errors.Is(err, errTakenBack) {
		err = nil
	}
	return err
}

// check checks all pages again and again, on a connection of its own, until the
// store is closed.
func (d *sqliteDB) check(found func(error)) {
	for wait := time.Duration(0); ; {
		select {
		case <-d.closed:
			return
		case <-time.After(wait):
		}
		began := time.Now()
		if err := d.Check(); Damage(err) {
			d.log.Error().Err(err).Str("path", d.path).Msg("the SQLite store is damaged: stop the VTN and restore the last good copy, or repair it with sqlite3's .recover")
			if found != nil {
				found(err)
			}
			return
		}
		wait = max(checkEvery, checkShare*time.Since(began))
	}
}

// Check checks all pages once. It reads the file anew, because what is in memory may
// be from before the damage.
func (d *sqliteDB) Check() error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-d.closed:
			cancel()
		case <-ctx.Done():
		}
	}()
	db, err := d.open(d.path, 1, "query_only(ON)")
	if err != nil {
		return err
	}
	defer db.Close()
	var word string
	if err := db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&word); err != nil || word == "ok" {
		return err
	}
	return fmt.Errorf("%w: %s", errDamaged, word)
}
