package registry_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
	"github.com/vtn-xmpp/vtn-xmpp/registry/registrytest"
)

// One server at a time can open a SQLite store, by whatever path, until it ends, also by
// kill -9. Readers are not locked out and lock nobody out.
func TestAStoreIsOneServersAtATime(t *testing.T) {
	store := registrytest.SQLite(t)
	path := strings.TrimPrefix(store, "sqlite:")
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	bound, cancel := context.WithCancel(ctx)
	defer cancel()
	child := exec.CommandContext(bound, os.Args[0])
	child.Env = append(os.Environ(), childStore+"="+store)
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if lines := bufio.NewScanner(out); !lines.Scan() {
		t.Fatal("the child stores nothing")
	} else {
		go func() { // so that the child is not blocked by a full pipe
			for lines.Scan() {
			}
		}()
	}
	for _, at := range []string{path, link} {
		r, err := registry.Open(ctx, "sqlite:"+at, zerolog.Nop(), registry.Alone())
		if err == nil {
			r.Close()
			t.Fatal("two servers opened one store")
		}
		for _, word := range []string{at, "stop that one", "VTN_STORE", "PostgreSQL"} {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%v does not mention %s", err, word)
			}
		}
	}
	reader := open(t, store)
	if err := reader.View(ctx, func(r core.Reader) error { _, err := r.VEN("ven-1"); return err }); err != nil {
		t.Errorf("a reader is locked out: %v", err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	child.Wait()  //nolint:errcheck // it was killed
	for range 2 { // the second time after an orderly end
		r, err := registry.Open(ctx, store, zerolog.Nop(), registry.Alone())
		if err != nil {
			t.Fatalf("after the end of the other: %v", err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}
