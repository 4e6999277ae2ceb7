package simplehttp

import (
	"context"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// pushes sends payloads to VENs and finds out what becomes of them.
type pushes struct {
	*base
	handler PushHandler
}

func newPushes(b *base, h PushHandler) *pushes { return &pushes{base: b, handler: h} }

// Push is [core.Transport.Push].
func (p *pushes) Push(context.Context, core.Push) error { return core.ErrNotConnected }

// run pushes until ctx ends.
func (p *pushes) run(ctx context.Context) { <-ctx.Done() }
