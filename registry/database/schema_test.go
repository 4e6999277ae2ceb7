package database

import (
	"database/sql"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"
)

var writeSchema = flag.Bool("schema", false, "write registry/schema.sql")

const schemaFile = "../schema.sql"

// The migrations make the schema of schema.sql.
func TestSchemaFile(t *testing.T) {
	want := schema(t)
	if *writeSchema {
		if err := os.WriteFile(schemaFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("registry/schema.sql is not what the migrations make: run make schema")
	}
}

const schemaHead = `-- The schema as it stands today, made from database/migrations by make schema: do
-- not edit. It is the same on both databases, but for what a comment says and that
-- WITHOUT ROWID is SQLite's alone. Times are epoch milliseconds UTC, bodies JSON.
`

// schema migrates a SQLite file and prints its tables and views, with the comments that
// stand before them in the migrations.
func schema(t *testing.T) string {
	d := *SQLite
	d.schema = maps.Clone(d.schema)
	d.schema["key"] = func() string { return "BIGINT PRIMARY KEY /* INTEGER on SQLite */" }
	d.schema["numbered"] = func() string { return "BIGINT PRIMARY KEY /* given by the database; INTEGER on SQLite */" }
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "schema.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	files, err := migrations(&d)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := goose.NewProvider(d.goose, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := steps.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows, err := db.Query(`SELECT o.name, o.sql FROM sqlite_master o JOIN sqlite_master t ON t.name = o.tbl_name AND t.type IN ('table', 'view')
 WHERE o.sql IS NOT NULL AND o.tbl_name NOT LIKE 'goose%' AND o.tbl_name NOT LIKE 'sqlite%'
 ORDER BY t.type, o.tbl_name, o.type DESC, o.name`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	comments := tableComments(t, files)
	text := schemaHead
	for rows.Next() {
		var name, sql string
		if err := rows.Scan(&name, &sql); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(sql, "CREATE INDEX") && !strings.HasPrefix(sql, "CREATE UNIQUE") {
			if comments[name] == "" {
				t.Errorf("no comment in the migrations says what %s holds", name)
			}
			text += "\n" + comments[name]
		}
		text += onLines(sql) + ";\n"
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return text
}

var column = regexp.MustCompile(`^([a-z_]+) +(.*)$`)

// onLines puts each column of a CREATE TABLE on a separate line: SQLite appends columns
// that were added later to the text of the table.
func onLines(sql string) string {
	table, rest, is := strings.Cut(sql, " (\n")
	if !is {
		return sql
	}
	end := strings.LastIndex(rest, ")")
	var items []string
	depth, from := 0, 0
	for i, r := range rest[:end] + "," {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				items = append(items, strings.TrimSpace(rest[from:i]))
				from = i + 1
			}
		}
	}
	width := 0
	for _, item := range items {
		if m := column.FindStringSubmatch(item); m != nil {
			width = max(width, len(m[1]))
		}
	}
	for i, item := range items {
		if m := column.FindStringSubmatch(item); m != nil {
			items[i] = fmt.Sprintf("%-*s %s", width, m[1], m[2])
		}
	}
	return table + " (\n    " + strings.Join(items, ",\n    ") + "\n" + rest[end:]
}

var commented = regexp.MustCompile(`(?m)((?:^--.*\n)*)^CREATE (?:TABLE|VIEW) (\w+)`)

// tableComments returns the last comment before each table and view in the migrations.
func tableComments(t *testing.T, files fs.FS) map[string]string {
	comments := map[string]string{}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range commented.FindAllStringSubmatch(string(text), -1) {
			if m[1] != "" && !strings.HasPrefix(m[1], "-- +goose") {
				comments[m[2]] = m[1]
			}
		}
	}
	if len(comments) == 0 {
		t.Fatal(fmt.Errorf("no comments in %d files", len(names)))
	}
	return comments
}
