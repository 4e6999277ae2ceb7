package registry_test

import (
	"database/sql"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/registry/registrytest"
)

// Several pings may run at the same time, and one after another.
func TestConcurrentPingsSucceed(t *testing.T) {
	w := newWorld(t, open(t, registrytest.SQLite(t)), "", time.Time{})
	var pings sync.WaitGroup
	for range 8 {
		pings.Go(func() {
			for range 5 {
				if err := w.Ping(ctx); err != nil {
					t.Error(err)
				}
			}
		})
	}
	pings.Wait()
}

func TestPingReportsAStoreThatIsFullLockedOrDamaged(t *testing.T) {
	store := registrytest.SQLite(t)
	w := newWorld(t, open(t, store), "", time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
	for range 2 {
		w.full(true)
		w.troubled("can grow no further")
		w.full(false)
		w.must(w.Ping(ctx))
	}
	if n := w.count(`SELECT count(*) FROM report_order`); n != 0 {
		t.Errorf("a ping leaves %d rows", n)
	}

	path := strings.TrimPrefix(store, "sqlite:")
	other, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate")
	w.must(err)
	defer other.Close()
	held, err := other.Begin()
	w.must(err)
	w.troubled("locked")
	w.troubled("locked") // while the first ping still waits
	w.must(held.Rollback())
	w.must(w.Ping(ctx)) // when that ping has ended

	for i := range 300 {
		w.ven(strings.Repeat("x", 200) + time.Duration(i).String())
	}
	_, err = other.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`)
	w.must(err)
	w.Check()
	w.must(w.Ping(ctx))
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	w.must(err)
	is, err := file.Stat()
	w.must(err)
	_, err = file.WriteAt([]byte(strings.Repeat("damage! ", int(is.Size()/2/8))), is.Size()/4/4096*4096)
	w.must(err)
	w.Check()
	w.troubled("damaged")
	w.must(file.Close())
}
