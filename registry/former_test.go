package registry_test

import (
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/registry/registrytest"
)

// TestFormerStoreIsBroughtUpToDate: a store of commit 0cc146a becomes one of this
// program, loses nothing by it, and its quotas count what is there.
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
		})
	}
}

// rows counts what must not get fewer.
func rows(t *testing.T, store string) map[string]int {
	t.Helper()
	db := registrytest.Open(t, store)
	defer db.Close()
	counts := map[string]int{}
	for _, table := range []string{
		"ven", "identity", "registration", "label", "event", "event_revision", "event_target", "event_answer", "event_own", "opt", "opt_period", "history",
		"outbox", "push", "notice", "report_specifier", "report_point", "report_order", "report_request", "report_value", "own_report",
	} {
		var n int
		if err := db.QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		counts[table] = n
	}
	return counts
}
