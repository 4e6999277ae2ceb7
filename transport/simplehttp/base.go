package simplehttp

import (
	"context"
	"sync/atomic"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// base is what the server and the client share.
type base struct {
	cfg         Config
	log         zerolog.Logger
	said        *core.Lines // logs what peers cause, in bounds
	clock       core.Clock
	timing      timing
	metrics     *metrics
	credentials atomic.Pointer[credentials]
	stopping    atomic.Bool     // no more requests and pushes are taken
	working     context.Context // what handlers run in; it ends after Run's, by the time to stop
}

// newBase makes a base. cfg is complete.
func newBase(cfg Config) (b *base, stopWorking context.CancelFunc) {
	b = &base{cfg: cfg, log: cfg.Logger, said: core.NewLines(cfg.Logger, cfg.Clock), clock: cfg.Clock, timing: timingFor(cfg.Poll)}
	b.credentials.Store(b.credentialsOf(cfg.Certificates, cfg.ClientCAs))
	b.working, stopWorking = context.WithCancel(context.Background())
	return b, stopWorking
}

// count runs fn and adds the time it takes to the work that ctx counts.
func (b *base) count(ctx context.Context, fn func()) {
	from := b.clock.Now()
	defer func() { core.Worked(ctx, b.clock.Now().Sub(from)) }()
	fn()
}

// about begins a log line about an identity or an address; see [core.Lines].
func (b *base) about(who string) *zerolog.Event {
	return b.said.About(who, zerolog.InfoLevel)
}
