package registrytest

import (
	"database/sql"
	"embed"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

// formerStores are dumps of stores of vtn-xmpp of commit 0cc146a, one of SQLite and one of
// PostgreSQL. Their first lines say how they were made.
//
//go:embed testdata/*.sql
var formerStores embed.FS

var killedAt = regexp.MustCompile(`killed at (\S+),`)

// Former fills an empty store with the rows that vtn-xmpp of commit 0cc146a left when it was
// killed, and returns the time of the kill.
func Former(tb testing.TB, store string) time.Time {
	tb.Helper()
	kind := "postgres"
	if strings.HasPrefix(store, "sqlite:") {
		kind = "sqlite"
	}
	dump, err := formerStores.ReadFile("testdata/store-0cc146a." + kind + ".sql")
	if err != nil {
		tb.Fatal(err)
	}
	at, err := time.Parse(time.RFC3339, killedAt.FindStringSubmatch(string(dump))[1])
	if err != nil {
		tb.Fatal(err)
	}
	db := Open(tb, store)
	defer db.Close()
	if _, err := db.Exec(string(dump)); err != nil {
		tb.Fatal(fmt.Errorf("load the %s of commit 0cc146a: %w", kind, err))
	}
	return at
}

// Open opens a store as a database.
func Open(tb testing.TB, store string) *sql.DB {
	tb.Helper()
	driver, source := "pgx", store
	if path, is := strings.CutPrefix(store, "sqlite:"); is {
		driver, source = "sqlite", "file:"+path
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		tb.Fatal(err)
	}
	return db
}
