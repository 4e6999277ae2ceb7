package xmpp

import (
	"context"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// probeBatch is how many presence probes are sent at once.
const probeBatch = 500

// presence takes a presence stanza (RFC 6121). It comes by mod_privilege
// (XEP-0356), by a roster item or directly, perhaps twice.
func (c *Component) presence(e element, typ string) {
	from, to := e.attribute("from"), e.attribute("to")
	peer, err := c.peer(from)
	switch {
	case err != nil:
		c.metrics.rejected.WithLabelValues("invalid from").Inc()
		return
	case peer.Barred != "":
		c.metrics.rejected.WithLabelValues("barred presence").Inc()
		return
	case !c.rate.allow(peer.Identity):
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
		c.send(appendPresence(appendPresence(nil, "subscribed", to, peer.Identity), "", to, from))
	case "unsubscribe":
		c.send(appendPresence(nil, "unsubscribed", to, peer.Identity))
	case "probe":
		c.send(appendPresence(nil, "", to, from))
	}
}

// send queues a stanza of ours; it may be lost like any reply.
func (c *Component) send(stanza []byte) {
	if !c.lines.send(replyBound, stanza) {
		c.metrics.rejected.WithLabelValues("reply dropped").Inc()
	}
}

// Probe asks the servers of these identities, bare JIDs, whether somebody is
// there. Who is and lets the component see it comes through [Handler.Appear].
func (c *Component) Probe(ctx context.Context, identities []string) error {
	for len(identities) > 0 {
		var batch []byte
		n := min(len(identities), probeBatch)
		for _, identity := range identities[:n] {
			batch = appendPresence(batch, "probe", c.domain, identity)
		}
		if c.lines.count() == 0 {
			return core.ErrNotConnected
		}
		if c.lines.send(pushBound, batch) {
			identities = identities[n:]
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
	dst = appendAttribute(dst, "type", typ)
	dst = appendAttribute(dst, "from", from)
	dst = appendAttribute(dst, "to", to)
	return append(dst, "/>"...)
}
