package xmpp

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// base is what the parts of a component share.
type base struct {
	addresses
	cfg      Config
	log      zerolog.Logger
	said     *core.Lines // logs what peers cause, in bounds
	clock    core.Clock
	timing   timing
	metrics  *metrics
	rate     *core.Allowances // of stanzas, by identity
	stopping atomic.Bool      // no more requests and pushes are taken
	working  context.Context  // what handlers run in; it ends after Run's, by the time to stop
}

// pause waits for d, or until ctx ends.
func (b *base) pause(ctx context.Context, d time.Duration) {
	timer, stop := b.clock.After(d)
	defer stop()
	select {
	case <-timer:
	case <-ctx.Done():
	}
}

// count runs fn and adds the time it takes to the work that ctx counts.
func (b *base) count(ctx context.Context, fn func()) {
	from := b.clock.Now()
	defer func() { core.Worked(ctx, b.clock.Now().Sub(from)) }()
	fn()
}

// about begins a log line about a peer; see [core.Lines].
func (b *base) about(p core.Peer) *zerolog.Event {
	return b.said.About(payer(p), zerolog.InfoLevel).Str("identity", p.Identity)
}

// reject counts a stanza that is refused or dropped.
func (b *base) reject(reason string) { b.metrics.rejected.WithLabelValues(reason).Inc() }

// payer returns whose budget pays for the work that a peer causes. Anybody can
// have many accounts of a domain whose accounts may not register, so there the
// domain pays.
func payer(p core.Peer) string {
	if p.Barred != "" {
		return p.Identity[strings.IndexByte(p.Identity, '@')+1:]
	}
	return p.Identity
}

// overBudget counts and logs that an identity's requests wait for its budget of work.
func (b *base) overBudget(payer string) {
	b.metrics.paused.Inc()
	b.said.About(payer, zerolog.WarnLevel).Str("identity", payer).Msg("an identity's requests take more work than its share; they wait, and nobody else's do")
}
