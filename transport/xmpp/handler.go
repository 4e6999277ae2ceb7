package xmpp

import (
	"context"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Handler is who the component works for: the VTN.
type Handler interface {
	RequestHandler
	PushHandler
	PresenceHandler
	ConnectionHandler
}

// RequestHandler answers requests.
type RequestHandler interface {
	// Handle takes a request and returns its reply; nil stands for an empty
	// result. [core.ErrNotRegistered], [core.ErrNotSigned] and [core.ErrBusy] become
	// stanza errors of their own, any other error becomes internal-server-error.
	Handle(ctx context.Context, from core.Peer, p *oadr.Payload) (oadr.Message, error)
}

// PushHandler takes what becomes of pushes.
type PushHandler interface {
	// Settle takes the outcome of a push. It never blocks.
	Settle(from core.Peer, t core.Token, o core.Outcome)
	// Answer takes the result of a push that holds a message other than an
	// oadrResponse, such as an oadrCreatedEvent (rule E16), or a signature.
	Answer(ctx context.Context, from core.Peer, t core.Token, p *oadr.Payload)
}

// PresenceHandler takes presence. Its methods never block.
type PresenceHandler interface {
	// Appear takes available presence.
	Appear(from core.Peer)
	// Vanish takes word that nobody is at an address any more.
	Vanish(from core.Peer)
}

// ConnectionHandler hears whether pushes can be carried.
type ConnectionHandler interface {
	// Connected says that pushes can be carried from now on.
	Connected(transport string)
	// Lost says that one of several connections broke: these pushes, and word of
	// VENs' presence, may have been lost with it. It never blocks.
	Lost(transport string, pushes []core.Token)
	// Disconnected says that pushes cannot be carried any more: no connection
	// is left, or the component stops.
	Disconnected(transport string)
}
