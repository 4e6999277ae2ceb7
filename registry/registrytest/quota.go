package registrytest

import (
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // opens stores on PostgreSQL
	_ "modernc.org/sqlite"             // opens those on SQLite

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// stored selects the rows of each kind that count for quotas, with VEN and size in bytes.
var stored = map[core.QuotaKind]string{
	core.QuotaValues: `SELECT q.ven_no, 64 + coalesce(octet_length(x.quality), 0) + coalesce(octet_length(x.body), 0) AS size
 FROM report_value x JOIN report_request q ON q.no = x.request_no`,
	core.QuotaPoints: `SELECT ven_no, 200 + 3 * (octet_length(specifier_id) + octet_length(r_id)) + octet_length(body) AS size FROM report_point
 UNION ALL SELECT ven_no, 100 + 2 * octet_length(specifier_id) + octet_length(name) + octet_length(body) FROM report_specifier`,
	core.QuotaOpts: `SELECT ven_no, 200 + 2 * octet_length(opt_id) + octet_length(reason) + octet_length(body) AS size FROM opt
 UNION ALL SELECT ven_no, 64 + octet_length(opt_id) FROM opt_period`,
	core.QuotaHistory: `SELECT ven_no, 150 + octet_length(opt_id) + octet_length(resources) + octet_length(target) + octet_length(error) AS size FROM history
 WHERE what IN ('answered', 'optCreated', 'optReplaced', 'optCancelled')`,
	core.QuotaRequests:      `SELECT ven_no, 1000 + octet_length(body) AS size FROM report_request`,
	core.QuotaRegistrations: `SELECT ven_no, 200 + octet_length(address) AS size FROM registration`,
	core.QuotaPushes:        `SELECT o.ven_no, 150 + octet_length(p.error) AS size FROM push p JOIN outbox o ON o.box = p.box`,
}

// Used names what is counted: the rows of a kind that a VEN has stored.
type Used struct {
	VENNo int64
	Kind  core.QuotaKind
}

// Uses counts the rows of a store's tables that count for quotas, and fails the test if
// the counters in the store differ.
func Uses(tb testing.TB, store string) map[Used]core.Use {
	tb.Helper()
	db := Open(tb, store)
	defer db.Close()
	// One snapshot, since the store may change meanwhile.
	tx, err := db.BeginTx(tb.Context(), &sql.TxOptions{Isolation: snapshot(store), ReadOnly: true})
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	found := map[Used]core.Use{}
	for kind, rows := range stored {
		if err := readUses(tx, `SELECT ven_no, '`+string(kind)+`', count(*), CAST(sum(size) AS BIGINT) FROM (`+rows+`) AS r GROUP BY ven_no`, found); err != nil {
			tb.Fatal(err)
		}
	}
	counters := map[Used]core.Use{}
	if err := readUses(tx, `SELECT ven_no, kind, amount, bytes FROM quota_use UNION ALL SELECT ven_no, 'pushes', pushes, push_bytes FROM outbox WHERE topic = 101`, counters); err != nil {
		tb.Fatal(err)
	}
	for _, of := range slices.Collect(maps.Keys(counters)) {
		if counters[of] != found[of] {
			tb.Errorf("for VEN number %d the counter of %s says %+v, the tables have %+v", of.VENNo, of.Kind, counters[of], found[of])
		}
	}
	for of, use := range found {
		if _, counts := counters[of]; !counts {
			tb.Errorf("VEN number %d has %+v of %s, but no counter", of.VENNo, use, of.Kind)
		}
	}
	return found
}

// snapshot is how a transaction reads a store as it is at one moment. On SQLite every one does.
func snapshot(store string) sql.IsolationLevel {
	if strings.HasPrefix(store, "sqlite:") {
		return sql.LevelDefault
	}
	return sql.LevelRepeatableRead
}

func readUses(tx *sql.Tx, query string, into map[Used]core.Use) error {
	rows, err := tx.Query(query)
	if err != nil {
		return fmt.Errorf("%s: %w", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var of Used
		var use core.Use
		if err := rows.Scan(&of.VENNo, &of.Kind, &use.Rows, &use.Bytes); err != nil {
			return err
		}
		into[of] = use
	}
	return rows.Err()
}
