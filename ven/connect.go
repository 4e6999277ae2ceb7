package ven

import (
	"context"
	"errors"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// connection keeps a VEN connected: it makes links one after another.
type connection struct {
	*node
	transport transport
	registrar reregisterer
	events    interface {
		RequestEvent(ctx context.Context, replyLimit uint32) (*oadr.DistributeEvent, error)
	}
}

// Drop cuts the TCP connection without a goodbye. The VEN connects again, as it
// does after every break.
func (c *connection) Drop() {
	if l, err := c.current(); err == nil {
		l.end(errors.New("dropped"))
	}
}

// stayConnected connects again whenever a link ends, until the VEN is closed.
func (c *connection) stayConnected(l link) {
	for {
		<-l.done()
		c.lost(l)
		if l = c.reconnect(); l == nil {
			c.update(func() { c.link = nil })
			return
		}
		if !c.cfg.SkipCatchUp && c.transport.catchesUp() {
			c.alive.Go(c.catchUp)
		}
	}
}

// reconnect tries until it succeeds, and returns nil once the VEN is closed. A
// refused password does not end it: the server may be about to get the account back.
func (c *connection) reconnect() link {
	var b Backoff
	for {
		select {
		case <-time.After(b.Next()):
		case <-c.life.Done():
			return nil
		}
		l, err := c.transport.open(c.life)
		switch {
		case c.life.Err() != nil:
			if err == nil {
				l.close(context.Background())
			}
			return nil
		case err == nil:
			return l
		}
		c.cfg.Log.Warn("cannot connect, trying again", c.who, "error", err)
		if c.cfg.OnRetry != nil {
			c.cfg.OnRetry(err)
		}
	}
}

// joined makes a link the VEN's.
func (n *node) joined(l link) { n.update(func() { n.link = l }) }

// lost notes that a link has ended.
func (n *node) lost(l link) {
	if n.life.Err() == nil {
		n.cfg.Log.Warn("connection lost", n.who, "error", l.why())
	}
	n.update(func() {
		if n.link == l {
			n.link = nil
		}
	})
}

// catchUp asks for the events once after a reconnect. Where nothing else tells the VTN
// that the VEN is back, it learns it from this request.
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
