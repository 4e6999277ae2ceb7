package registry_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/registry"
)

// TestShared: a database has one name for all who use it, also where they may not
// ask for much, and another has another.
func TestShared(t *testing.T) {
	name := func(store string) string {
		t.Helper()
		r, err := registry.Open(t.Context(), store, zerolog.Nop())
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		shared, err := r.Shared(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return shared
	}
	if got := name("sqlite:" + filepath.Join(t.TempDir(), "vtn.db")); got != "" {
		t.Errorf("SQLite is shared as %s", got)
	}
	server, err := startPostgres()
	if err == errNoPostgres && os.Getenv("CI") != "true" {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.stop)
	one, two := server.database(t, "template1"), server.database(t, "template1")
	first := name(one)
	if first == "" || first != name(one) || first == name(two) {
		t.Errorf("%s, again %s, another database %s", first, name(one), name(two))
	}
	db, err := sql.Open("pgx", one)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, do := range []string{"CREATE ROLE plain LOGIN PASSWORD 'secret'", "GRANT ALL ON SCHEMA public TO plain", "GRANT ALL ON ALL TABLES IN SCHEMA public TO plain", "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO plain"} {
		if _, err := db.ExecContext(t.Context(), do); err != nil {
			t.Fatal(err)
		}
	}
	if got := name(strings.Replace(one, "postgres:secret@", "plain:secret@", 1)); got != first {
		t.Errorf("a plain user calls it %s, another %s", got, first)
	}
}
