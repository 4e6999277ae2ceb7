package registry

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// Registry is a [core.Registry] on one database, made up of the contract's roles.
type Registry struct {
	*transactions
	outboxes
	whereabouts
	retirement
	alone bool
}

var _ core.Registry = (*Registry)(nil)

// Option is an option of [Open].
type Option func(*Registry)

// Alone refuses a SQLite file that another process has opened with Alone, and keeps
// others from it until Close or the end of the process.
func Alone() Option { return func(r *Registry) { r.alone = true } }

// Metrics registers vtn_store_seconds, the time that transactions take by operation,
// and vtn_store_failures_total, how many failed because of the store.
func Metrics(to prometheus.Registerer) Option {
	return func(r *Registry) { to.MustRegister(r.seconds, r.failures) }
}

// Open opens the store that VTN_STORE names, sqlite:PATH or postgres://…, and brings
// its schema up to date. It creates a missing SQLite file; a PostgreSQL database
// must exist. Errors and logs never contain the password.
func Open(ctx context.Context, store string, log zerolog.Logger, options ...Option) (*Registry, error) {
	t := newTransactions(log)
	r := &Registry{transactions: t, outboxes: outboxes{t}, whereabouts: whereabouts{t}, retirement: retirement{t}}
	for _, o := range options {
		o(r)
	}
	var err error
	r.db, err = database.Open(ctx, store, database.Options{Alone: r.alone, Damaged: r.health.breaks, Log: log})
	if err != nil {
		return nil, err
	}
	if err := r.normalise(ctx); err != nil {
		r.Close() //nolint:errcheck // the error says why it was not opened
		return nil, err
	}
	return r, nil
}

// Shared returns a name of the database that all processes using it have in common
// and that no other database has. It reveals nothing of the database. It is empty if
// only one process can use the store.
func (r *Registry) Shared(ctx context.Context) (string, error) { return r.db.Shared(ctx) }

// Close waits for running transactions and ends all use of the database.
func (r *Registry) Close() error { return r.db.Close() }
