package ven

import (
	"context"
	"errors"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// connection keeps a VEN connected: it makes sessions one after another.
type connection struct {
	*node
	registrar reregisterer
	events    interface {
		RequestEvent(ctx context.Context, replyLimit uint32) (*oadr.DistributeEvent, error)
	}
	server interface {
		serve(*session, *stanza)
	}
}

// Drop cuts the TCP connection without a goodbye. The VEN connects again, as it
// does after every break.
func (c *connection) Drop() {
	if s, err := c.current(); err == nil {
		s.end(errors.New("dropped"))
	}
}

// Discover finds a VTN by service discovery (XEP-0030): first at the VEN's own
// domain, where a server with delegation answers for the VTN, then at the domains
// that the server lists. It returns ErrNoVTN if there is none. The VEN itself keeps
// the services it found when it was dialed.
func (c *connection) Discover(ctx context.Context) (Services, error) {
	s, err := c.current()
	if err != nil {
		return Services{}, err
	}
	return s.discover(ctx)
}

// connect makes a session and says that the VEN is there.
func (c *connection) connect(ctx context.Context) (*session, error) {
	s, err := open(ctx, &c.cfg, c.names.account, c.server.serve)
	if err != nil {
		return nil, err
	}
	// The VEN must know its VTN before it is seen: a push may follow at once.
	if err := c.locate(ctx, s); err != nil {
		s.close(ctx)
		return nil, err
	}
	c.update(func() { c.session = s })
	if err := s.send(ctx, []byte(`<presence/>`)); err != nil {
		s.end(err)
		c.lost(s)
		return nil, err
	}
	if c.cfg.PingAfter > 0 {
		c.alive.Go(func() { s.keepAlive(c.cfg.PingAfter) })
	}
	return s, nil
}

// locate finds the VTN, once.
func (c *connection) locate(ctx context.Context, s *session) error {
	if c.Services().known() {
		return nil
	}
	vtn := c.names.vtn
	found := Services{EiEvent: vtn, EiRegisterParty: vtn, EiReport: vtn, EiOpt: vtn}
	if c.cfg.VTN == "" {
		var err error
		if found, err = s.discover(ctx); err != nil {
			return err
		}
		c.cfg.Log.Debug("discovered the VTN", "vtn", found.EiRegisterParty.String())
	}
	c.mu.Lock()
	c.services = found
	c.mu.Unlock()
	return nil
}

// stayConnected connects again whenever a session ends, until the VEN is closed.
func (c *connection) stayConnected(s *session) {
	for {
		<-s.ended
		c.lost(s)
		if s = c.reconnect(); s == nil {
			c.update(func() { c.session = nil })
			return
		}
		if !c.cfg.SkipCatchUp {
			c.alive.Go(c.catchUp)
		}
	}
}

// reconnect tries until it succeeds, and returns nil once the VEN is closed. A
// refused password does not end it: the server may be about to get the account back.
func (c *connection) reconnect() *session {
	var b Backoff
	for {
		select {
		case <-time.After(b.Next()):
		case <-c.life.Done():
			return nil
		}
		s, err := c.connect(c.life)
		switch {
		case c.life.Err() != nil:
			if s != nil {
				s.close(context.Background())
			}
			return nil
		case err == nil:
			return s
		}
		c.cfg.Log.Warn("cannot connect, trying again", "error", err)
		if c.cfg.OnRetry != nil {
			c.cfg.OnRetry(err)
		}
	}
}

// lost notes that a session has ended.
func (c *connection) lost(s *session) {
	if c.life.Err() == nil {
		c.cfg.Log.Warn("connection lost", "jid", c.names.account.Bare().String(), "error", s.cause)
	}
	c.update(func() {
		if c.session == s {
			c.session = nil
		}
	})
}

// catchUp asks for the events once after a reconnect. Where the server does not
// tell the VTN of presence, the VTN learns from this request that the VEN is back.
func (c *connection) catchUp() {
	if _, ok := c.Registration(); !ok {
		return
	}
	_, err := c.events.RequestEvent(c.life, 0)
	switch {
	case err == nil || c.life.Err() != nil:
	case registrationRequired(err):
		c.registrar.reregister()
	default:
		c.cfg.Log.Warn("cannot ask for events after the reconnect; they come with the next push", "error", err)
	}
}
