package registry_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/registry/registrytest"
)

// schema.sql is made on SQLite; PostgreSQL has the same columns, types, NOT NULLs and indexes.
func TestSchemaIsTheSameOnBothDatabases(t *testing.T) {
	lite := schemaOf(t, registrytest.SQLite(t), `SELECT m.name || '.' || c.name, CASE c.type WHEN 'INTEGER' THEN 'BIGINT' ELSE c.type END,
  c."notnull" OR c.pk > 0 FROM sqlite_master m JOIN pragma_table_xinfo(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'goose%' AND m.name NOT LIKE 'sqlite%'
 UNION ALL SELECT name, 'INDEX', "unique" FROM (SELECT i.name, i."unique" FROM sqlite_master m JOIN pragma_index_list(m.name) i WHERE i.origin = 'c')`)
	post := schemaOf(t, needPostgres(t).Store(t), `SELECT table_name || '.' || column_name, CASE upper(data_type) WHEN 'INTEGER' THEN 'BIGINT' ELSE upper(data_type) END, is_nullable = 'NO'
  FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name NOT LIKE 'goose%'
 UNION ALL SELECT c.relname, 'INDEX', i.indisunique FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace s ON s.oid = c.relnamespace
  WHERE s.nspname = 'public' AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid) AND c.relname NOT LIKE 'goose%'`)
	if len(lite) < 100 {
		t.Fatalf("only %d columns and indexes", len(lite))
	}
	for _, name := range slices.Sorted(maps.Keys(lite)) {
		if post[name] != lite[name] {
			t.Errorf("%s is %q on PostgreSQL, %q on SQLite", name, post[name], lite[name])
		}
		delete(post, name)
	}
	for name := range post {
		t.Errorf("%s is only on PostgreSQL", name)
	}
}

func schemaOf(t *testing.T, store, query string) map[string]string {
	t.Helper()
	db := registrytest.Open(t, store)
	defer db.Close()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	found := map[string]string{}
	for rows.Next() {
		var name, kind string
		var strict bool
		if err := rows.Scan(&name, &kind, &strict); err != nil {
			t.Fatal(err)
		}
		found[strings.ToLower(name)] = fmt.Sprint(kind, " ", strict)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}
