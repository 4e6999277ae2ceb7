package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// Registry is a [core.Registry] on one database.
type Registry struct {
	db       database.Database
	browsing chan struct{} // held by who browses
	seconds  *prometheus.HistogramVec
	failures prometheus.Counter
	alone    bool
	health   health
	log      zerolog.Logger
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
	r := &Registry{browsing: make(chan struct{}, database.Browsers), health: health{pinging: make(chan struct{}, 1)}, log: log,
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "vtn_store_failures_total", Help: "Transactions that failed because the store is away, full, locked or broken.",
		}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "vtn_store_seconds", Help: "Transactions of the store, waiting and commit included, by operation.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 4, 9),
		}, []string{"op"})}
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

// Update is [core.Registry.Update]. fn must write through its [core.Tx] alone:
// on SQLite another write would wait for this one.
func (r *Registry) Update(ctx context.Context, fn func(core.Tx) error) error {
	return r.durably(ctx, "update", func(s *session) error { return fn(newTx(s)) })
}

// View is [core.Registry.View].
func (r *Registry) View(ctx context.Context, fn func(core.Reader) error) error {
	return r.view(ctx, "view", func(s *session) error { return fn(newTx(s)) })
}

// browseWait is how long an operator's reading waits while [database.Browsers]
// others run.
const browseWait = 5 * time.Second

// Browse is [core.Registry.Browse].
func (r *Registry) Browse(ctx context.Context, fn func(core.Reader) error) error {
	defer r.timed("browse", time.Now())
	wait := time.NewTimer(browseWait)
	defer wait.Stop()
	select {
	case r.browsing <- struct{}{}:
		defer func() { <-r.browsing }()
	case <-wait.C:
		return fmt.Errorf("%d others have been reading for %s: %w", database.Browsers, browseWait, core.ErrBusy)
	case <-ctx.Done():
		return ctx.Err()
	}
	return r.saw(false, r.db.Browse(ctx, inSession(func(s *session) error { return fn(newTx(s)) })))
}

// Shared names the database in a way that is the same for all processes that use
// it and no other's, and tells nothing of it. It is empty where one process alone
// can use the store.
func (r *Registry) Shared(ctx context.Context) (string, error) { return r.db.Shared(ctx) }

// Close ends all use of the database.
func (r *Registry) Close() error { return r.db.Close() }

// durably runs a transaction that survives the loss of power, lightly one that
// may be lost with it.
func (r *Registry) durably(ctx context.Context, op string, fn func(*session) error) error {
	defer r.timed(op, time.Now())
	return r.saw(true, r.db.Write(ctx, database.Durable, inSession(fn)))
}

func (r *Registry) lightly(ctx context.Context, op string, fn func(*session) error) error {
	defer r.timed(op, time.Now())
	return r.saw(true, r.db.Write(ctx, database.Light, inSession(fn)))
}

func (r *Registry) view(ctx context.Context, op string, fn func(*session) error) error {
	defer r.timed(op, time.Now())
	return r.saw(false, r.db.View(ctx, inSession(fn)))
}

func (r *Registry) timed(op string, began time.Time) {
	r.seconds.WithLabelValues(op).Observe(time.Since(began).Seconds())
}
