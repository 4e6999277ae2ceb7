package xmpp

import (
	"context"
	"errors"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// probeBatch is how many presence probes are sent at once.
const probeBatch = 500

// presences tells the handler who comes and goes, and asks who is there.
type presences struct {
	*base
	out     *connections
	handler PresenceHandler
}

// take takes a presence stanza (RFC 6121). It comes by mod_privilege (XEP-0356), by
// a roster item or directly, perhaps twice.
func (c *presences) take(e stream.Element, typ string) {
	from, to := e.Attribute("from"), e.Attribute("to")
	peer, err := c.peer(from)
	switch {
	case err != nil:
		c.reject("invalid from")
		return
	case peer.Barred != "":
		c.reject("barred presence")
		return
	case !c.rate.Take(peer.Identity):
		c.reject("rate")
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
		c.out.send(appendPresence(nil, "subscribed", to, peer.Identity))
		c.out.send(appendPresence(nil, "", to, from))
	case "unsubscribe":
		c.out.send(appendPresence(nil, "unsubscribed", to, peer.Identity))
	case "probe":
		c.out.send(appendPresence(nil, "", to, from))
	}
}

// Probe asks the servers of these identities, bare JIDs, whether somebody is
// there. Whoever is there and lets the component see it comes through
// [PresenceHandler.Appear].
func (c *presences) Probe(ctx context.Context, identities []string) error {
	for len(identities) > 0 {
		full := false
		for range min(len(identities), probeBatch) {
			err := c.out.lines.send(pushBound, appendPresence(nil, "probe", c.domain, identities[0]))
			switch {
			case errors.Is(err, core.ErrNotConnected):
				return err
			case errors.Is(err, core.ErrBusy):
				full = true
			case err != nil: // nobody has an address like this
				c.out.dropped(err)
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
