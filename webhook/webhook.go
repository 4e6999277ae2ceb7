package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// Bounds of one decision. A VEN waits 5 s for its reply over HTTP (rule H6), 10 s over XMPP.
const (
	Timeout   = 4 * time.Second
	maxAtOnce = 32       // decisions at the same time
	maxAnswer = 64 << 10 // bytes
	maxHeader = 16 << 10 // bytes
)

// Config says which endpoint to ask, and how.
type Config struct {
	URL     string // see [Check]
	Secret  string // the key of the signature, see [Sign]
	Version string // of the program, sent in User-Agent
	Clock   core.Clock
	Metrics prometheus.Registerer // may be nil
}

// Webhook is a [core.Admission]. It is safe for concurrent use.
type Webhook struct {
	cfg     Config
	http    *http.Client
	atOnce  chan struct{}
	seconds *prometheus.HistogramVec
}

var _ core.Admission = (*Webhook)(nil)

// New makes a webhook. cfg.URL must have passed [Check].
func New(cfg Config) *Webhook {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxResponseHeaderBytes = maxHeader
	t.MaxIdleConnsPerHost = maxAtOnce
	t.DisableCompression = true
	w := &Webhook{
		cfg: cfg,
		http: &http.Client{
			Transport: t,
			// A request that is signed for one endpoint must not reach another.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		atOnce: make(chan struct{}, maxAtOnce),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "vtn_webhook_seconds", Help: "Decisions on registrations by the operator's system, by result: accepted, refused, failed, busy.",
			Buckets: prometheus.ExponentialBuckets(0.001, 4, 8),
		}, []string{"result"}),
	}
	if cfg.Metrics != nil {
		cfg.Metrics.MustRegister(w.seconds)
	}
	return w
}

// Decide asks the endpoint for a decision, for at most [Timeout]. It returns
// [core.ErrBusy] if too many decisions are under way; any other error says why
// there is no decision.
func (w *Webhook) Decide(ctx context.Context, a core.Application) (d core.Decision, err error) {
	began := w.cfg.Clock.Now()
	defer func() { w.seconds.WithLabelValues(result(d, err)).Observe(w.cfg.Clock.Now().Sub(began).Seconds()) }()
	select {
	case w.atOnce <- struct{}{}:
		defer func() { <-w.atOnce }()
	default:
		return d, core.ErrBusy
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	timer, stop := w.cfg.Clock.After(Timeout)
	defer stop()
	go func() {
		select {
		case <-timer:
			cancel(fmt.Errorf("no answer within %v", Timeout))
		case <-ctx.Done():
		}
	}()
	d, err = w.ask(ctx, a)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return d, err
}

func result(d core.Decision, err error) string {
	switch {
	case errors.Is(err, core.ErrBusy):
		return "busy"
	case err != nil:
		return "failed"
	case d.Accept:
		return "accepted"
	}
	return "refused"
}

// ask sends one request. Its errors do not show the URL, whose query may be secret.
func (w *Webhook) ask(ctx context.Context, a core.Application) (core.Decision, error) {
	body, err := json.Marshal(question(a))
	if err != nil {
		return core.Decision{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.cfg.URL, bytes.NewReader(body))
	if err != nil {
		return core.Decision{}, errors.New("the webhook's URL cannot be used")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "vtn-xmpp/"+w.cfg.Version)
	req.Header.Set(SignatureHeader, Sign(w.cfg.Secret, w.cfg.Clock.Now(), body))
	resp, err := w.http.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		return core.Decision{}, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return core.Decision{}, fmt.Errorf("the webhook answered %d, not 200", resp.StatusCode)
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return core.Decision{}, fmt.Errorf("the webhook's answer broke off: %w", err)
	case len(raw) > maxAnswer:
		return core.Decision{}, fmt.Errorf("the webhook's answer has more than %d bytes", maxAnswer)
	}
	d, err := readAnswer(raw)
	if err != nil {
		return core.Decision{}, fmt.Errorf("the webhook's answer: %w", err)
	}
	return d, nil
}
