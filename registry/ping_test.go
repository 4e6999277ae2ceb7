package registry_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
	"github.com/vtn-xmpp/vtn-xmpp/registry/registrytest"
)

// troubled is what a ping says of a SQLite store, within its time.
func (w *world) troubled(word string) {
	w.Helper()
	bound, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	var t registry.Trouble
	if err := w.Ping(bound); !errors.As(err, &t) || !strings.Contains(string(t), word) || !errors.Is(err, core.ErrStore) {
		w.Errorf("the ping says %v, want that it %s", err, word)
	}
}

// Several may ask at once, and one may ask again as soon as it was answered.
func TestPingsAtOnceAreAllAnswered(t *testing.T) {
	w := &world{TB: t, Registry: open(t, registrytest.SQLite(t))}
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

func TestPingTellsOfAStoreThatIsFullLockedOrDamaged(t *testing.T) {
	store := registrytest.SQLite(t)
	w := &world{TB: t, Registry: open(t, store), now: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)}
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
	w.troubled("locked") // while the first still waits
	w.must(held.Rollback())
	w.must(w.Ping(ctx)) // when that one is through

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
