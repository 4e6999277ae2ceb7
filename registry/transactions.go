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

// transactions is [core.Transactions] on one database.
type transactions struct {
	db       database.Database
	browsing chan struct{} // holds one element for each transaction of Browse
	seconds  *prometheus.HistogramVec
	failures prometheus.Counter
	health   health
	noted    func() // called after a commit that wrote to the journal
	log      zerolog.Logger
}

// The other roles of [core.Registry].
type (
	outboxes    struct{ *transactions }
	whereabouts struct{ *transactions }
	retirement  struct{ *transactions }
)

func newTransactions(log zerolog.Logger) *transactions {
	return &transactions{
		browsing: make(chan struct{}, database.Browsers),
		health:   health{pinging: make(chan struct{}, 1)},
		noted:    func() {},
		log:      log,
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "vtn_store_failures_total", Help: "Transactions that failed because the store is away, full, locked or broken.",
		}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "vtn_store_seconds", Help: "Transactions of the store, waiting and commit included, by operation.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 4, 9),
		}, []string{"op"}),
	}
}

// Update is [core.Transactions.Update]. fn must write through its [core.Tx] alone:
// on SQLite another write would wait for this one.
func (r *transactions) Update(ctx context.Context, fn func(core.Tx) error) error {
	return r.durably(ctx, "update", func(s *session) error { return fn(newTx(s)) })
}

// View is [core.Transactions.View].
func (r *transactions) View(ctx context.Context, fn func(core.Reader) error) error {
	return r.view(ctx, "view", func(s *session) error { return fn(newTx(s)) })
}

// browseWait is how long an operator's reading waits while [database.Browsers]
// others run.
const browseWait = 5 * time.Second

// Browse is [core.Transactions.Browse].
func (r *transactions) Browse(ctx context.Context, fn func(core.Reader) error) error {
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
	return r.saw(reading, r.db.Browse(ctx, inSession(func(s *session) error { return fn(newTx(s)) })))
}

// durably runs a transaction that survives a loss of power, lightly one that may be
// lost with it.
func (r *transactions) durably(ctx context.Context, op string, fn func(*session) error) error {
	return r.write(ctx, database.Durable, op, fn)
}

func (r *transactions) lightly(ctx context.Context, op string, fn func(*session) error) error {
	return r.write(ctx, database.Light, op, fn)
}

func (r *transactions) write(ctx context.Context, commit database.Commit, op string, fn func(*session) error) error {
	defer r.timed(op, time.Now())
	noted := false
	err := r.saw(writing, r.db.Write(ctx, commit, inSession(func(s *session) error {
		err := fn(s)
		noted = len(s.notes) > 0
		return err
	})))
	if noted { // after an error, too: a commit may succeed though its answer is lost
		r.noted()
	}
	return err
}

func (r *transactions) view(ctx context.Context, op string, fn func(*session) error) error {
	defer r.timed(op, time.Now())
	return r.saw(reading, r.db.View(ctx, inSession(fn)))
}

func (r *transactions) timed(op string, began time.Time) {
	r.seconds.WithLabelValues(op).Observe(time.Since(began).Seconds())
}
