package database

import (
	"bytes"
	"embed"
	"io"
	"io/fs"
	"text/template"
)

//go:embed migrations/*.sql
var templates embed.FS

// migrations are the steps of the schema for one database. Where the databases
// differ, the files contain a {{piece}} of the schema of the dialect.
func migrations(d *Dialect) (fs.FS, error) {
	files, err := fs.Sub(templates, "migrations")
	return migrationFiles{files, d.schema}, err
}

type migrationFiles struct {
	fs.FS
	pieces template.FuncMap
}

func (m migrationFiles) Open(name string) (fs.File, error) {
	f, err := m.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if _, folder := f.(fs.ReadDirFile); folder {
		return f, nil
	}
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	t, err := template.New(name).Funcs(m.pieces).Parse(string(text))
	if err != nil {
		return nil, err
	}
	var composed bytes.Buffer
	if err := t.Execute(&composed, nil); err != nil {
		return nil, err
	}
	return migrationFile{f, &composed}, nil
}

type migrationFile struct {
	fs.File
	text *bytes.Buffer
}

func (f migrationFile) Read(b []byte) (int, error) { return f.text.Read(b) }
