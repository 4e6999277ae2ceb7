package test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"modernc.org/sqlite"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/testrand"
)

// fillInMidFanOut takes the store's free space away while pushes are under way, and gives it back some time after the VTN has
// noticed. Meanwhile the API reports errors, and nothing that it acknowledged is lost.
func (f *fanOut) fillInMidFanOut(rounds int, fill, free func(), seen func() bool) {
	f.t.Helper()
	op := f.operator(f.random, f.vens)
	for range rounds {
		for range 5 + f.random.IntN(10) {
			if err := op.act(f.t.Context()); err != nil {
				f.t.Fatal(err)
			}
		}
		f.interrupt(fill)
		f.eventually("the API to say that it cannot store", func() bool {
			err := op.act(f.t.Context())
			var p *client.Problem
			if err != nil && (!errors.As(err, &p) || p.Status < 500 || p.Detail == "" || p.RequestID == "") {
				f.t.Fatalf("on a full disk the API answers %v", err)
			}
			return err != nil && seen()
		})
		time.Sleep(time.Duration(f.random.Int64N(int64(time.Second)))) // how long the fault lasts
		free()
		f.eventually("the store to be written again", func() bool { return f.ready("store") })
		f.converge(f.vens)
		op.check()
	}
}

// TestDiskFullInMidFanOut fills the small disk that holds the store.
func TestDiskFullInMidFanOut(t *testing.T) {
	t.Parallel()
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=32m"); err != nil {
		t.Skipf("a small tmpfs cannot be mounted here (%v): run it as root", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	e := ownServer(t)
	f := newFanOut(t, e, e.ComponentAddr, "VTN_STORE=sqlite:"+filepath.Join(disk, "vtn.db"))
	ballast := filepath.Join(disk, "ballast")
	f.fillInMidFanOut(3, func() {
		file, err := os.Create(ballast)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		for err == nil {
			_, err = file.Write(make([]byte, os.Getpagesize()))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}, func() {
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
	}, func() bool { return !f.ready("store") })
}

// sqliteWriters are the writing connections to stores that this process has opened.
type sqliteWriters struct {
	mu  sync.Mutex
	all []sqliteWriter // in the order they were opened
}

type sqliteWriter struct {
	source     string
	connection sqlite.ExecQuerierContext
}

var writers sqliteWriters

// Hooks must be there before the first connection is.
func init() {
	sqlite.RegisterConnectionHook(func(c sqlite.ExecQuerierContext, source string) error {
		writers.mu.Lock()
		defer writers.mu.Unlock()
		if !strings.Contains(source, "query_only") {
			writers.all = append(writers.all, sqliteWriter{source, c})
		}
		return nil
	})
}

// of returns the last writing connection to the store at path. The one before it migrated the schema and is closed.
func (w *sqliteWriters) of(path string) (last sqlite.ExecQuerierContext) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, one := range w.all {
		if strings.Contains(one.source, path) {
			last = one.connection
		}
	}
	return last
}

// TestDatabaseFullInMidFanOut keeps the database from growing.
func TestDatabaseFullInMidFanOut(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vtn.db")
	e := ownServer(t)
	random := testrand.New(t)
	s, reg := startInside(t, e, "sqlite:"+path, core.SystemClock{})
	limit := func(pragma string) {
		t.Helper()
		// A writing transaction: nobody else uses the connections.
		if err := reg.Update(t.Context(), func(core.Tx) error {
			_, err := writers.of(path).ExecContext(t.Context(), pragma, nil)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	s.fanOut(random, 20).fillInMidFanOut(3,
		func() { limit("PRAGMA max_page_count = 1") }, // no less than there are
		func() { limit("PRAGMA max_page_count = 1000000") },
		func() bool { return !s.ready("store") })
}
