package registry_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

func TestOpenSaysWhatToDo(t *testing.T) {
	free, err := rig.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	nobody := fmt.Sprintf("127.0.0.1:%d", free)
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for store, want := range map[string]string{
		"":                                "write sqlite:PATH or postgres://",
		"vtn.db":                          "write sqlite:PATH or postgres://",
		"postgress://u:hunter2@h/d":       "write sqlite:PATH or postgres://",
		"sqlite:":                         "needs the path of a file",
		"sqlite::memory:":                 "needs the path of a file",
		"sqlite:" + dir + "/nowhere/x.db": "make it",
		"sqlite:" + dir:                   "is a directory",
		"sqlite:" + text:                  "not a database",
		"postgres://u:hunter2%zz@h/d":     "percent-encode",
		"postgres://u:hunter2@h:port/d":   "percent-encode",
		"postgres://u:hunter2@h/d?sslmode=hunter2": "write postgres://USER",
		"postgres://u:hunter2@" + nobody + "/d":    "see that the server runs",
	} {
		var log bytes.Buffer
		r, err := registry.Open(ctx, store, zerolog.New(&log))
		if err == nil {
			r.Close()
			t.Errorf("%q: opened", store)
			continue
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want it to say %q", store, err, want)
		}
		if strings.Contains(err.Error()+log.String(), "hunter2") {
			t.Errorf("%q: the password is shown: %v %s", store, err, log.String())
		}
	}
}

func TestOpenLogsNoPassword(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		var log bytes.Buffer
		r, err := registry.Open(ctx, w.store, zerolog.New(&log))
		w.must(err)
		w.must(r.Close())
		if !strings.Contains(log.String(), "store opened") || strings.Contains(log.String(), "secret") {
			t.Errorf("log: %s", log.String())
		}
	})
}

func TestOpenRefusesANewerSchema(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		w.must(w.Exec(ctx, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, TRUE)`))
		r, err := registry.Open(ctx, w.store, zerolog.Nop())
		if err == nil {
			r.Close()
			t.Fatal("opened")
		}
		if !strings.Contains(err.Error(), "version 99") || !strings.Contains(err.Error(), "run the newer vtn-xmpp") {
			t.Error(err)
		}
	})
}

// Replicas may start at the same time on an empty database, and so may two programs on one
// file.
func TestOpenTogether(t *testing.T) {
	for name, make := range bare {
		t.Run(name, func(t *testing.T) {
			store := make(t)
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					r, err := registry.Open(ctx, store, zerolog.Nop())
					if err != nil {
						t.Error(err)
						return
					}
					r.Close()
				})
			}
			wg.Wait()
		})
	}
}

func TestSQLitePathIsTakenAsItIs(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b?c#d%41")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "vtn?.db")
	open(t, "sqlite:"+path)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() == 0 && !exists(path+"-wal") {
		t.Error("the store has another path")
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want the owner only", info.Mode())
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// The connections have the settings with which an Update survives a loss of power.
func TestDurability(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		durable := map[string]string{"SHOW synchronous_commit": "on", "SHOW fsync": "on", "SHOW transaction_isolation": "read committed"}
		light := map[string]string{"SHOW synchronous_commit": "off"}
		if w.SQLite() {
			durable = map[string]string{"PRAGMA synchronous": "2", "PRAGMA journal_mode": "wal", "PRAGMA foreign_keys": "1"}
			light = map[string]string{"PRAGMA synchronous": "1", "PRAGMA journal_mode": "wal", "PRAGMA foreign_keys": "1"}
		}
		for query, want := range durable {
			if got, err := w.Setting(ctx, query); err != nil || got != want {
				t.Errorf("Update: %s is %s (%v), want %s", query, got, err, want)
			}
		}
		for query, want := range light {
			if got, err := w.LightSetting(ctx, query); err != nil || got != want {
				t.Errorf("Claim: %s is %s (%v), want %s", query, got, err, want)
			}
		}
	})
}

// When Update returns, another process sees the change.
func TestCommitPrecedesTheAnswer(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		other := newWorld(t, open(t, w.store), "", w.now)
		for i := range 20 {
			e := w.event(strings.Repeat("x", i+1), all)
			if got := view(other, func(r core.Reader) (*core.Event, error) { return r.Event(e.EventID) }); got.Rev != e.Rev {
				t.Errorf("another process sees revision %d, want %d", got.Rev, e.Rev)
			}
		}
	})
}

func TestReopenKeepsEverything(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1", "g")
		e := w.event("e", group("g"))
		c := w.claimOne()
		w.must(w.Ping(ctx))
		w.must(w.Close())
		w.Registry = open(t, w.store)
		w.must(w.Ping(ctx))
		if got := w.stand(e, v); got.State != core.OutboxInFlight || got.Sent != c.Rev {
			t.Errorf("after reopening: %+v", got)
		}
		if !w.settle(c, core.Outcome{Result: core.Acknowledged}) {
			t.Error("an answer after a restart did not count")
		}
		if rev := w.mark(v, core.UrgencyNormal); rev <= e.Rev {
			t.Errorf("revision %d after %d", rev, e.Rev)
		}
		w.pass(time.Second)
		w.claimOne()
	})
}
