package simplehttp

import (
	"context"
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Handler is who the transport works for: the VTN.
type Handler interface {
	RequestHandler
	PushHandler
	// Connected says that pushes can be carried from now on, Disconnected that they cannot any more.
	Connected(transport string)
	Disconnected(transport string)
}

// RequestHandler answers requests.
type RequestHandler interface {
	// Handle takes a request and returns its reply; nil stands for an empty answer. [core.ErrNotRegistered],
	// [core.ErrBusy] and [core.ErrNotSigned] have statuses of their own, any other error becomes 500.
	Handle(ctx context.Context, from core.Peer, p *oadr.Payload) (oadr.Message, error)
}

// PushHandler takes what becomes of pushes.
type PushHandler interface {
	// Settle takes the outcome of a push. It never blocks.
	Settle(from core.Peer, t core.Token, o core.Outcome)
	// Answer takes the answer to a push that is a message other than an oadrResponse.
	Answer(ctx context.Context, from core.Peer, t core.Token, p *oadr.Payload)
}

// Transport is simpleHttp. Its methods are safe for concurrent use. It is made of parts:
//
//   - a door, where connections come in and certificates are looked at
//   - connections, those that stand, by identity; they rest while there is no request
//   - a server, which answers requests
//   - pushes to VENs, and what becomes of them
type Transport struct {
	*base
	*door
	*server
	*pushes
	conns *connections

	handler     Handler
	stopWorking context.CancelFunc
}

var (
	_ core.Requesting = (*Transport)(nil)
	_ core.Evicting   = (*Transport)(nil)
)

// New makes a transport that hands what it receives to h.
func New(cfg Config, h Handler) *Transport {
	cfg = cfg.complete()
	b, stop := newBase(cfg)
	t := &Transport{base: b, handler: h, stopWorking: stop}
	t.conns = newConnections(cfg.Connections)
	b.metrics = newMetrics(cfg.Metrics, t.conns.count)
	b.metrics.shows(cfg.Certificates)
	t.door = newDoor(b, t.conns)
	t.server = newServer(b, t.conns, h)
	t.pushes = newPushes(b, h)
	return t
}

// Name is "simpleHttp".
func (t *Transport) Name() string { return Name }

// PollInterval is how often VENs are asked to poll (rule H13).
func (t *Transport) PollInterval() time.Duration { return t.cfg.Poll }

// Probe does nothing: there is no presence (rule H21).
func (t *Transport) Probe(context.Context, []string) error { return nil }

// Compare is [core.Transport.Compare]. A URL says nothing about who sends requests.
func (t *Transport) Compare(string, core.Peer) core.AddressMatch { return core.OtherIdentity }

// Run answers requests and pushes until ctx ends. Then it finishes what is under way and returns nil. It listens first, unless
// [Transport.Listen] did so. A transport runs once.
func (t *Transport) Run(ctx context.Context) error {
	defer t.stopWorking()
	if _, err := t.Listen(); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	t.handler.Connected(Name)
	var wg sync.WaitGroup
	var err error
	wg.Go(func() {
		defer stop()
		err = t.server.serve(ctx, t.door)
	})
	wg.Go(func() {
		t.pushes.run(ctx)
		t.handler.Disconnected(Name) // now what became of the last pushes is known
	})
	<-ctx.Done()
	t.stopping.Store(true)
	wg.Wait()
	return err
}
