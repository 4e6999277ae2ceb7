package xmpp

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/transport/lane"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/address"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// pushes sends payloads to VENs and finds out what becomes of them.
type pushes struct {
	*base
	out     *connections
	lanes   *lane.Runner
	handler PushHandler
	flights *flights
}

func newPushes(b *base, out *connections, l *lane.Runner, h PushHandler) *pushes {
	return &pushes{base: b, out: out, lanes: l, handler: h, flights: newFlights()}
}

// Push sends a payload to a VEN's full JID (rule X5), from the service JID, in an
// IQ or a message. As the text of a body it goes to the bare JID, see [StanzaBody].
// Push never waits. It fails with [core.ErrBusy] if too much is waiting to be
// written, and with [core.ErrTooLarge] if the server would end the stream over it.
//
// While a request of the VEN is being answered, the push goes behind the reply:
// the reply may have been made from an older state, and what a VEN gets last must
// be the newest.
func (c *pushes) Push(_ context.Context, p core.Push) error {
	bare, _, ok := plain(p.To)
	if !ok {
		to, err := address.Split(p.To)
		if err != nil || to.Local == "" || to.Resource == "" {
			return fmt.Errorf("%.200q is not a full JID, a push needs one", p.To)
		}
		to.Domain = address.Spelled(to.Domain)
		bare = to.Bare()
	}
	peer := core.Peer{Transport: Name, Identity: bare, Address: p.To}
	switch p.Stanza {
	case "", StanzaIQ:
	case StanzaMessage, StanzaBody:
		peer.Stanza = p.Stanza
	default:
		return fmt.Errorf("stanza %.40q is none of %s, %s, %s", p.Stanza, StanzaIQ, StanzaMessage, StanzaBody)
	}
	if err := c.Fits(p.Stanza, p.Bytes); err != nil { // before it waits, or takes room
		return err
	}
	p.Bytes = inStanza(p.Stanza, p.Bytes)
	if c.stopping.Load() {
		return core.ErrNotConnected
	}
	if jobs, _ := c.lanes.Held(bare); jobs == 0 {
		return c.write(p, peer)
	}
	p.Bytes = bytes.Clone(p.Bytes) // they are the caller's
	if err := c.lanes.Add(bare, lane.Job{Size: len(p.Bytes), Run: func() time.Duration {
		if err := c.write(p, peer); err != nil {
			c.handler.Settle(peer, p.Token, core.NotPushed(err))
		}
		return 0
	}}); err != nil {
		return core.ErrBusy
	}
	return nil
}

// Fits is [core.Carrier.Fits].
func (c *pushes) Fits(stanza string, payload []byte) error {
	if most := c.cfg.Limits.Size; len(payload) > most {
		return fmt.Errorf("%w: it has %d bytes and VTN_MAX_PAYLOAD allows %d", core.ErrTooLarge, len(payload), most)
	}
	n := len(payload) + pushRoom
	if stanza == StanzaBody {
		n += 4*(bytes.Count(payload, []byte("&"))) + 3*(bytes.Count(payload, []byte("<"))+bytes.Count(payload, []byte(">")))
	}
	if most := c.out.limit.Load(); int64(n) > most {
		return fmt.Errorf("%w: it has %d bytes in its stanza, and the server takes %d", core.ErrTooLarge, n, most)
	}
	return nil
}

// pushRoom is the most that a stanza takes beside the payload, in bytes: addresses,
// each byte of which may be written as six, an id and the tags.
const pushRoom = 2*6*maxAddress + 1024

// bodyGrowth is the most that a payload of events grows to as the text of a body,
// in percent, unless its own text is all ampersands.
const bodyGrowth = 150

// Room is [core.Carrier.Room].
func (c *pushes) Room() map[string]int {
	room := int(c.out.limit.Load()) - pushRoom
	return map[string]int{"": room, StanzaIQ: room, StanzaMessage: room, StanzaBody: room * 100 / bodyGrowth}
}

// write queues a push on the line of its VEN.
func (c *pushes) write(p core.Push, to core.Peer) error {
	l := c.out.lines.of(to.Identity)
	if l == nil || c.stopping.Load() {
		return core.ErrNotConnected
	}
	c.flights.start(p.Token, to, l) // before it is written: the line may be lost at once
	var err error
	if to.Stanza == "" {
		head := make([]byte, 0, 256)
		head = append(head, "<iq type='set'"...)
		head = stream.AppendAttribute(head, "id", p.Token.String())
		head = stream.AppendAttribute(head, "from", c.service)
		head = stream.AppendAttribute(head, "to", p.To)
		head = append(head, '>')
		err = l.out.add(pushBound, head, p.Bytes, []byte("</iq>"))
	} else {
		err = l.out.add(pushBound, appendMessage(nil, p.Token.String(), c.service, to, p.Bytes))
	}
	if err != nil {
		c.flights.forget(p.Token)
		return err
	}
	c.metrics.pushes.Inc()
	return nil
}
