package registry_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/registry/registrytest"
)

// A store of commit 0cc146a gets the schema of this program without losing rows, and its
// counters of quotas are right.
func TestFormerStoreIsBroughtUpToDate(t *testing.T) {
	for name, make := range bare {
		t.Run(name, func(t *testing.T) {
			store := make(t)
			registrytest.Former(t, store)
			before := rows(t, store)
			open(t, store)
			for table, n := range rows(t, store) {
				if n < before[table] || before[table] == 0 {
					t.Errorf("%s had %d rows and has %d", table, before[table], n)
				}
			}
			registrytest.Uses(t, store)
			fresh := make(t)
			open(t, fresh)
			if got, want := schema(t, store), schema(t, fresh); !slices.Equal(got, want) {
				t.Errorf("the schema is\n%s\nof a new store\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

// rows counts the rows of tables that must not lose any.
func rows(t *testing.T, store string) map[string]int {
	t.Helper()
	db := registrytest.Open(t, store)
	defer db.Close()
	counts := map[string]int{}
	merged := map[string]bool{"label": true, "event_target": true} // in these, spellings of one market context are merged
	for _, table := range []string{
		"ven", "identity", "registration", "label", "event", "event_revision", "event_target", "event_answer", "event_own", "opt", "opt_period", "history",
		"outbox", "push", "notice", "report_specifier", "report_point", "report_order", "report_request", "report_value", "own_report WHERE report_request_id <> ''",
	} {
		var n int
		which := ""
		if merged[table] {
			which = " WHERE kind <> 'marketContext'"
		}
		if err := db.QueryRow("SELECT count(*) FROM " + table + which).Scan(&n); err != nil {
			t.Fatal(err)
		}
		counts[table] = n
	}
	return counts
}

// schema returns a line for each column and index of a store.
func schema(t *testing.T, store string) (lines []string) {
	t.Helper()
	query := `SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '') || coalesce(collation_name, '') AS line
   FROM information_schema.columns WHERE table_schema = 'public' UNION SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY line`
	if strings.HasPrefix(store, "sqlite:") {
		query = `SELECT type || ' ' || name || ' ' || coalesce(sql, '') AS line FROM sqlite_master ORDER BY line`
	}
	db := registrytest.Open(t, store)
	defer db.Close()
	found, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	for found.Next() {
		var line string
		if err := found.Scan(&line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	if err := found.Err(); err != nil || len(lines) == 0 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	return lines
}
