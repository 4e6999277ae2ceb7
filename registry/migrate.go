package registry

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/rs/zerolog"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to this program's. words replace some of the
// migrations' by the database's own.
func migrate(ctx context.Context, db *sql.DB, dialect goose.Dialect, words *strings.Replacer, log zerolog.Logger, opts ...goose.ProviderOption) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	opts = append(opts, goose.WithDisableGlobalRegistry(true))
	steps, err := goose.NewProvider(dialect, db, translated{files, words}, opts...)
	if err != nil {
		return fmt.Errorf("read the schema's steps: %w", err)
	}
	done, err := steps.Up(ctx)
	if err != nil {
		return fmt.Errorf("bring the schema up to date: %w", err)
	}
	has, knows, err := steps.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	if has > knows {
		return fmt.Errorf("its schema is version %d, this program knows up to %d: run the newer vtn-xmpp that wrote it, or restore a copy made before", has, knows)
	}
	for _, step := range done {
		log.Info().Int64("version", step.Source.Version).Msg("schema brought up to date")
	}
	return nil
}

// translated reads files in other words.
type translated struct {
	fs.FS
	words *strings.Replacer
}

func (t translated) Open(name string) (fs.File, error) {
	f, err := t.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if _, folder := f.(fs.ReadDirFile); folder {
		return f, nil
	}
	text, err := io.ReadAll(f)
	return &translatedFile{f, strings.NewReader(t.words.Replace(string(text)))}, err
}

type translatedFile struct {
	fs.File
	text *strings.Reader
}

func (f *translatedFile) Read(b []byte) (int, error) { return f.text.Read(b) }
