// Package registrytest makes stores for tests.
package registrytest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/registry"
)

// SQLite makes an empty SQLite store for one test, as VTN_STORE would name it. Its schema is
// made once and copied for each test, since making it takes longer than most tests.
func SQLite(tb testing.TB) (store string) {
	tb.Helper()
	raw, err := empty()
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(tb.TempDir(), "vtn.db")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		tb.Fatal(err)
	}
	return "sqlite:" + path
}

// empty returns the content of the file of an empty store.
var empty = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "vtn-empty-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "vtn.db")
	r, err := registry.Open(context.Background(), "sqlite:"+path, zerolog.Nop())
	if err != nil {
		return nil, err
	}
	if err := r.Close(); err != nil { // which moves the write-ahead log into the file
		return nil, err
	}
	return os.ReadFile(path)
})
