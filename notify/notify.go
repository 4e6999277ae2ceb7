package notify

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
)

// DefaultGiveUp is how long a webhook may fail before it stops.
const DefaultGiveUp = 24 * time.Hour

const (
	listEvery  = 5 * time.Second // how often to look for webhooks that other processes changed
	holdFor    = 30 * time.Second
	holdEvery  = 10 * time.Second       // how often a holder holds anew
	lookEvery  = 500 * time.Millisecond // how often to see whether a webhook was changed
	firstRetry = time.Second
	mostRetry  = 5 * time.Minute
	listAtOnce = 1000
)

// VTN is what the notifier needs of a VTN; [core.VTN] implements it.
type VTN interface {
	Webhooks(ctx context.Context, after string, limit int) (all []*core.Webhook, more bool, err error)
	Webhook(ctx context.Context, id string) (*core.Webhook, error)
	HoldWebhook(ctx context.Context, id, holder string, now, until time.Time) (*core.Webhook, error)
	AdvanceWebhook(ctx context.Context, w *core.Webhook, holder string) error
	JournalAfter(ctx context.Context, after int64) (core.JournalPart, error)
	OnWebhooks(fn func())
}

// Config says how to send.
type Config struct {
	Private bool          // to private and loopback addresses, too
	GiveUp  time.Duration // how long a webhook may fail before it stops; 0: [DefaultGiveUp]
	Version string        // of the program, sent in User-Agent
	Clock   core.Clock
	Log     zerolog.Logger
	Metrics prometheus.Registerer // may be nil
}

// Notifier sends the journal to webhooks.
type Notifier struct {
	cfg     Config
	vtn     VTN
	http    *http.Client
	holder  string // names this process among those that share a store
	changed wake.Signal
	sent    *prometheus.CounterVec
	stopped *prometheus.GaugeVec

	mu      sync.Mutex
	sending map[string]wake.Signal // by webhook; woken when it was changed
}

// New makes a notifier. Call it before the VTN runs.
func New(cfg Config, vtn VTN) *Notifier {
	if cfg.GiveUp == 0 {
		cfg.GiveUp = DefaultGiveUp
	}
	n := &Notifier{
		cfg: cfg, vtn: vtn, http: newClient(cfg.Private), holder: rand.Text(), changed: wake.New(), sending: map[string]wake.Signal{},
		sent: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "vtn_notify_requests_total", Help: "Requests to webhooks, by result: taken, failed.",
		}, []string{"result"}),
		stopped: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "vtn_notify_webhooks", Help: "Webhooks by state: active, failing, stopped.",
		}, []string{"state"}),
	}
	for _, result := range []string{"taken", "failed"} {
		n.sent.WithLabelValues(result)
	}
	n.count(nil)
	if cfg.Metrics != nil {
		cfg.Metrics.MustRegister(n.sent, n.stopped)
	}
	vtn.OnWebhooks(n.changed.Wake)
	return n
}

// Run sends until ctx ends. What is under way then is sent again later.
func (n *Notifier) Run(ctx context.Context) error {
	var senders sync.WaitGroup
	defer senders.Wait()
	for ctx.Err() == nil {
		all, _, err := n.vtn.Webhooks(ctx, "", listAtOnce)
		if err != nil && ctx.Err() == nil && !errors.Is(err, core.ErrStore) {
			n.cfg.Log.Error().Err(err).Msg("cannot list webhooks; trying again")
		}
		if err == nil {
			n.count(all)
		}
		for _, w := range all {
			if w.State != core.WebhookActive {
				continue
			}
			if changed, begun := n.begin(w.WebhookID); begun {
				senders.Go(func() {
					defer n.end(w.WebhookID)
					n.send(ctx, w.WebhookID, changed)
				})
			} else {
				changed.Wake()
			}
		}
		n.await(ctx, listEvery, n.changed)
	}
	n.http.CloseIdleConnections()
	return nil
}

// begin notes that a webhook is sent to. begun is false if it is already.
func (n *Notifier) begin(id string) (changed wake.Signal, begun bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if changed = n.sending[id]; changed == nil {
		changed, begun = wake.New(), true
		n.sending[id] = changed
	}
	return changed, begun
}

func (n *Notifier) end(id string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.sending, id)
}

// count shows webhooks by state.
func (n *Notifier) count(all []*core.Webhook) {
	counts := map[string]int{"active": 0, "failing": 0, "stopped": 0}
	for _, w := range all {
		switch {
		case w.State == core.WebhookStopped:
			counts["stopped"]++
		case w.Failures > 0:
			counts["failing"]++
		default:
			counts["active"]++
		}
	}
	for state, count := range counts {
		n.stopped.WithLabelValues(state).Set(float64(count))
	}
}

// await waits for a time, a signal or the end of ctx. It goes by the machine's clock: this
// is about other systems, not about a rule.
func (n *Notifier) await(ctx context.Context, wait time.Duration, signal wake.Signal) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-signal:
	case <-ctx.Done():
	}
}

// Test sends a webhook a request without entries, whatever its state, and returns why it
// failed.
func (n *Notifier) Test(ctx context.Context, id string) (failure, err error) {
	w, err := n.vtn.Webhook(ctx, id)
	if err != nil {
		return nil, err
	}
	return n.post(ctx, w, testBody(w)), nil
}
