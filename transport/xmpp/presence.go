package xmpp

import (
	"context"
	"errors"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// probeBatch is how many presence probes are sent at once.
const probeBatch = 500

// presence takes a presence stanza (RFC 6121). It comes by mod_privilege
// (XEP-0356), by a roster item or directly, perhaps twice.
func (c *Component) presence(e stream.Element, typ string) {
	from, to := e.Attribute("from"), e.Attribute("to")
	peer, err := c.peer(from)
	switch {
	case err != nil:
		c.metrics.rejected.WithLabelValues("invalid from").Inc()
		return
	case peer.Barred != "":
		c.metrics.rejected.WithLabelValues("barred presence").Inc()
		return
	case !c.rate.Take(peer.Identity):
		c.metrics.rejected.WithLabelValues("rate").Inc()
		return
	}
	switch typ {
	case "":
		if from != peer.Identity { // a push needs a full JID (rule X5)
			c.handler.Appear(peer)
		}
	case "unavailable", "error":
		c.handler.Vanish(peer)
	case "subscribe":
		c.send(appendPresence(nil, "subscribed", to, peer.Identity))
		c.send(appendPresence(nil, "", to, from))
	case "unsubscribe":
		c.send(appendPresence(nil, "unsubscribed", to, peer.Identity))
	case "probe":
		c.send(appendPresence(nil, "", to, from))
	}
}

// send queues one stanza of ours; it may be lost like any reply.
func (c *Component) send(stanza []byte) {
	if err := c.lines.send(replyBound, stanza); err != nil {
		c.dropped(err)
	}
}

// dropped counts a stanza of ours that was not sent.
func (c *Component) dropped(err error) {
	reason := "reply dropped"
	if errors.Is(err, core.ErrTooLarge) {
		reason = "reply too large"
	}
	c.metrics.rejected.WithLabelValues(reason).Inc()
}

// Probe asks the servers of these identities, bare JIDs, whether somebody is
// there. Who is and lets the component see it comes through [Handler.Appear].
func (c *Component) Probe(ctx context.Context, identities []string) error {
	for len(identities) > 0 {
		full := false
		for range min(len(identities), probeBatch) {
			err := c.lines.send(pushBound, appendPresence(nil, "probe", c.domain, identities[0]))
			switch {
			case errors.Is(err, core.ErrNotConnected):
				return err
			case errors.Is(err, core.ErrBusy):
				full = true
			case err != nil: // nobody has an address like this
				c.dropped(err)
			}
			if full {
				break
			}
			identities = identities[1:]
		}
		if len(identities) > 0 {
			c.pause(ctx, c.timing.probe)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

func appendPresence(dst []byte, typ, from, to string) []byte {
	dst = append(dst, "<presence"...)
	dst = stream.AppendAttribute(dst, "type", typ)
	dst = stream.AppendAttribute(dst, "from", from)
	dst = stream.AppendAttribute(dst, "to", to)
	return append(dst, "/>"...)
}
