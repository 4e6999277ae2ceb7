package registry

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/rs/zerolog"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to this program's.
func migrate(ctx context.Context, db *sql.DB, dialect goose.Dialect, log zerolog.Logger, opts ...goose.ProviderOption) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	opts = append(opts, goose.WithDisableGlobalRegistry(true))
	steps, err := goose.NewProvider(dialect, db, files, opts...)
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
