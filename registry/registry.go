package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// Registry is a [core.Registry] on one database.
type Registry struct {
	// Three ways into the same database. What commits on durable survives the
	// loss of power when Commit returns; what commits on light may not; read
	// writes nothing.
	durable, light, read *sql.DB

	reading  sql.TxOptions     // one consistent state
	turn     chan struct{}     // held by the one that writes; nil where several may
	words    *strings.Replacer // from PostgreSQL's words to the database's; nil for its own
	tryAgain func(error) bool  // whether the transaction may succeed when run again
	log      zerolog.Logger
}

var _ core.Registry = (*Registry)(nil)

// Open opens the store that VTN_STORE names, sqlite:PATH or postgres://…, and
// brings its schema up to this program's. A missing SQLite file is made; a
// PostgreSQL database must exist. Errors and logs never hold the password.
func Open(ctx context.Context, store string, log zerolog.Logger) (*Registry, error) {
	scheme, rest, _ := strings.Cut(store, ":")
	switch scheme {
	case "sqlite":
		return openSQLite(ctx, rest, log)
	case "postgres", "postgresql":
		return openPostgres(ctx, store, log)
	}
	return nil, errors.New("VTN_STORE names no known kind of store: write sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE")
}

// Update is [core.Registry.Update]. A transaction that lost against another is
// run again, a few times. fn must write through its [core.Tx] alone: on SQLite
// another write would wait for this one.
func (r *Registry) Update(ctx context.Context, fn func(core.Tx) error) error {
	return r.write(ctx, r.durable, func(s *session) error { return fn(&tx{s}) })
}

// View is [core.Registry.View].
func (r *Registry) View(ctx context.Context, fn func(core.Reader) error) error {
	t, err := r.read.BeginTx(ctx, &r.reading)
	if err != nil {
		return fmt.Errorf("begin reading: %w", err)
	}
	defer t.Rollback() //nolint:errcheck // it only read
	return fn(&tx{&session{ctx: ctx, tx: t, words: r.words}})
}

// Ping is [core.Registry.Ping]: it writes.
func (r *Registry) Ping(ctx context.Context) error {
	return r.write(ctx, r.light, func(s *session) error {
		_, err := s.exec(`UPDATE ping SET at = $1`, time.Now().UnixMilli())
		return err
	})
}

// Close ends all use of the database.
func (r *Registry) Close() error {
	var errs []error
	for _, db := range []*sql.DB{r.read, r.light, r.durable} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// tries bounds how often one transaction is run.
const tries = 8

func (r *Registry) write(ctx context.Context, db *sql.DB, fn func(*session) error) error {
	for try := 1; ; try++ {
		err := r.writeOnce(ctx, db, fn)
		if err == nil || try == tries || !r.tryAgain(err) {
			return err
		}
		r.log.Debug().Err(err).Int("try", try).Msg("transaction lost against another, running it again")
		select {
		case <-time.After(rand.N(time.Duration(try) * 10 * time.Millisecond)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (r *Registry) writeOnce(ctx context.Context, db *sql.DB, fn func(*session) error) error {
	if r.turn != nil {
		select {
		case r.turn <- struct{}{}:
			defer func() { <-r.turn }()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	t, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin writing: %w", err)
	}
	s := &session{ctx: ctx, tx: t, words: r.words}
	committed := false
	defer func() {
		if !committed {
			t.Rollback() //nolint:errcheck // what went wrong before is told
			s.forget()
		}
	}()
	if err := fn(s); err != nil {
		return err
	}
	if err := t.Commit(); err != nil {
		if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
			err = ctx.Err() // its end rolled back
		}
		return fmt.Errorf("commit: %w", err)
	}
	committed = true
	return nil
}
