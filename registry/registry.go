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

// Option is something Open may be told.
type Option func(*Registry)

// Alone refuses a SQLite file that another process opened so, and keeps it from
// others until Close or the end of the process.
func Alone() Option { return func(r *Registry) { r.alone = true } }

// Metrics registers vtn_store_seconds, how long the store takes for what, and
// vtn_store_failures_total, how often it did not work.
func Metrics(to prometheus.Registerer) Option {
	return func(r *Registry) { to.MustRegister(r.seconds, r.failures) }
}

// Open opens the store that VTN_STORE names, sqlite:PATH or postgres://…, and
// brings its schema up to this program's. A missing SQLite file is made; a
// PostgreSQL database must exist. Errors and logs never hold the password.
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
		r.Close() //nolint:errcheck // why it was not opened is told
		return nil, err
	}
	return r, nil
}

// Shared names the database in a way that is the same for all processes that use
// it and no other's, and tells nothing of it. It is empty where one process alone
// can use the store.
func (r *Registry) Shared(ctx context.Context) (string, error) { return r.db.Shared(ctx) }

// Close ends all use of the database.
func (r *Registry) Close() error { return r.db.Close() }
