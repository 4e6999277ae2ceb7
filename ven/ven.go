package ven

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// VEN is a virtual end node. Its methods may be called from several goroutines.
type VEN struct {
	*node
	*connection
	*overXMPP
	*caller
	*registrationClient
	*eventClient
	*optClient
	*reportClient

	server *server
}

var errClosed = errors.New("the VEN was closed")

// Dial logs in, finds the VTN and tells the server that the VEN is there; over HTTP it
// makes the first connection. ctx bounds only that; the VEN then stays connected until
// Close or Abort. The error
// wraps [ErrNotAuthorized] if trying again is pointless, and [ErrNoVTN] if the VTN
// may not be there yet.
func Dial(ctx context.Context, cfg Config) (*VEN, error) {
	n, err := cfg.check()
	if err != nil {
		return nil, err
	}
	v := assemble(cfg, n)
	if v.registered { // the VTN may ask for what an earlier run was asked for
		v.announce()
	}
	l, err := v.begin(ctx)
	if err != nil {
		v.die(err)
		return nil, err
	}
	v.alive.Go(v.server.run)
	v.alive.Go(v.answerEvents)
	if cfg.Reports != nil {
		v.alive.Go(v.sendReports)
	}
	v.alive.Go(func() { v.stayConnected(l) })
	return v, nil
}

// begin makes the first link.
func (v *VEN) begin(ctx context.Context) (link, error) {
	if err := v.connection.transport.start(); err != nil {
		return nil, err
	}
	return v.connection.transport.open(ctx)
}

// assemble puts the parts of a VEN together. Nothing runs yet.
func assemble(cfg Config, names names) *VEN {
	n := newNode(cfg, names)
	c := &caller{node: n}
	c.sender = c.send
	if cfg.WrapSender != nil {
		c.sender = cfg.WrapSender(c.send)
	}
	registration := &registrationClient{caller: c}
	events := &eventClient{caller: c, registrar: registration, due: wake.New()}
	reports := &reportClient{caller: c, registrar: registration, due: wake.New()}
	registration.events, registration.reports = events, reports
	server := &server{node: n, registration: registration, events: events, reports: reports, jobs: make(chan func(), maxJobs)}
	xmpp := &overXMPP{node: n, names: names, server: server}
	var transport transport = xmpp
	polls := wake.New()
	if cfg.HTTP != nil {
		http := newOverHTTP(c, server)
		transport, polls = http, http.wake
	}
	n.changed = func() {
		for _, part := range []wake.Signal{events.due, reports.due, polls} {
			part.Wake()
		}
	}
	registration.transport = transport
	v := &VEN{
		node:               n,
		caller:             c,
		registrationClient: registration,
		eventClient:        events,
		optClient:          &optClient{caller: c, events: events},
		reportClient:       reports,
		connection:         &connection{node: n, transport: transport, registrar: registration, events: events},
		overXMPP:           xmpp,
		server:             server,
	}
	server.handler = server.handle
	if cfg.WrapHandler != nil {
		server.handler = cfg.WrapHandler(v, server.handle)
	}
	return v
}

// newNode is what the parts share.
func newNode(cfg Config, names names) *node {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Codec == nil {
		cfg.Codec = oadr.Codec{Limits: oadr.DefaultLimits}
	}
	n := &node{cfg: cfg, who: cfg.who(names), registration: cfg.Registration, registered: cfg.Registration != Registration{}}
	if cfg.simple() {
		n.registration, n.registered = Registration{VENID: cfg.VENID}, true
	}
	n.life, n.die = context.WithCancelCause(context.Background())
	return n
}

// Close says goodbye to the server and ends the VEN. It returns once the VEN's
// goroutines have ended, with an error if ctx ends before. The registration stays:
// a VEN that comes back with the same account is the same VEN.
func (v *VEN) Close(ctx context.Context) error {
	v.die(errClosed)
	if l, err := v.current(); err == nil {
		l.close(ctx)
	}
	return v.wait(ctx)
}

// Abort ends the VEN without a goodbye, as a loss of power would.
func (v *VEN) Abort() {
	v.die(errClosed)
	v.Drop()
	_ = v.wait(context.Background())
}

// wait waits until the VEN's goroutines have ended.
func (v *VEN) wait(ctx context.Context) error {
	gone := make(chan struct{})
	go func() {
		v.alive.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("close %s: %w", v.who.Value, context.Cause(ctx))
	}
}
