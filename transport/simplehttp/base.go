package simplehttp

import (
	"context"
	"sync/atomic"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// base is what the server and the client share.
type base struct {
	cfg      Config
	log      zerolog.Logger
	said     *core.Lines // logs what peers cause, in bounds
	clock    core.Clock
	timing   timing
	metrics  *metrics
	stopping atomic.Bool     // no more requests and pushes are taken
	working  context.Context // what handlers run in; it ends after Run's, by the time to stop
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
