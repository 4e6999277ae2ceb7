package database

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/pressly/goose/v3"
	"github.com/rs/zerolog"
)

// migrate brings the schema to a version, or to this program's version if that is 0.
func migrate(ctx context.Context, db *sql.DB, d *Dialect, version int64, log zerolog.Logger, opts ...goose.ProviderOption) error {
	files, err := migrations(d)
	if err != nil {
		return err
	}
	opts = append(opts, goose.WithDisableGlobalRegistry(true))
	steps, err := goose.NewProvider(d.goose, db, files, opts...)
	if err != nil {
		return fmt.Errorf("read the schema's steps: %w", err)
	}
	up := steps.Up
	if version != 0 {
		up = func(ctx context.Context) ([]*goose.MigrationResult, error) { return steps.UpTo(ctx, version) }
	}
	done, err := up(ctx)
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
