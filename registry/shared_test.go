package registry_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/registry"
	"github.com/vtn-xmpp/vtn-xmpp/registry/registrytest"
)

// Shared returns the same name for all users of one database, whatever their
// privileges, and different names for two databases.
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
		t.Errorf("the name of a SQLite store is %q, want none", got)
	}
	if testing.Short() {
		t.Skip("it needs PostgreSQL: run it without -short")
	}
	server, err := registrytest.StartPostgres() // for this test alone, which makes a user
	registrytest.NeedPostgres(t, err)
	t.Cleanup(server.Stop)
	one, two := server.Database(t), server.Database(t)
	first := name(one)
	if first == "" || first != name(one) || first == name(two) {
		t.Errorf("the name is %s, the second time %s, that of another database %s", first, name(one), name(two))
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
		t.Errorf("for a user without privileges the name is %s, for another %s", got, first)
	}
}
