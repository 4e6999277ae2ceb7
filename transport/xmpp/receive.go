package xmpp

import (
	"bytes"
	"errors"
	"io"
	"sync/atomic"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// receiver decides what each stanza is and passes it on. It waits for nobody.
type receiver struct {
	*base
	requests    *requests
	pushes      *pushes
	presences   *presences
	inquiries   *inquiries
	grants      *grants
	instances   *instances
	serverTakes *atomic.Int64 // bytes of the largest stanza that the server takes
}

// read takes stanzas until the stream ends.
func (c *receiver) read(l *line, r io.Reader) error {
	limits := stream.Limits{
		Size: c.cfg.Limits.Raw() + tagsRoom,
		// The stanza and, for a delegated one, three around it.
		Depth: c.cfg.Limits.Depth + 4,
	}
	cutter := stream.NewCutter(r, limits)
	for {
		stanza, err := cutter.Next()
		switch {
		case err == nil:
			if err := c.route(l, stanza); err != nil {
				return err
			}
		case errors.Is(err, stream.ErrTooLarge), errors.Is(err, stream.ErrTooDeep):
			c.overLimit(stanza, err)
		case err == io.EOF:
			return errors.New("the server closed the stream")
		default:
			return err
		}
	}
}

// route decides what a stanza is. An error ends the stream.
func (c *receiver) route(l *line, raw []byte) error {
	e := stream.Parse(raw)
	name, typ := e.Local(), e.Attribute("type")
	if d := c.log.Debug(); d.Enabled() {
		d.Str("stanza", name).Str("type", excerpt.Of(typ)).Str("id", excerpt.Of(e.Attribute("id"))).Str("from", excerpt.Of(e.Attribute("from"))).Int("bytes", len(raw)).Msg("received")
	}
	switch name {
	case "iq":
		c.iq(l, e, typ)
	case "presence":
		c.metrics.stanzas.WithLabelValues("presence").Inc()
		c.presences.take(e, typ)
	case "message":
		c.metrics.stanzas.WithLabelValues("message").Inc()
		c.message(l, e, typ)
	case "error":
		return c.streamError(l, e)
	default:
		c.metrics.stanzas.WithLabelValues("other").Inc()
	}
	return nil
}

// iq takes an IQ: a result or an error answers a push or a question, all else is
// a request, perhaps one that the server delegated.
func (c *receiver) iq(l *line, e stream.Element, typ string) {
	switch typ {
	case "result", "error":
		c.metrics.stanzas.WithLabelValues("iq " + typ).Inc()
		c.answer(l, e, typ)
		return
	case "get", "set":
		c.metrics.stanzas.WithLabelValues("iq " + typ).Inc()
	default:
		c.metrics.stanzas.WithLabelValues("iq other").Inc()
	}
	around := []stream.Element{l.stream, e}
	if c.isHost(e.Attribute("from")) {
		if inner, outer, via := unwrap(e); via != nil {
			c.requests.take(inner, append(around, outer...), via)
			return
		}
	}
	c.requests.take(e, around, nil)
}

// answer takes a result or an error, of an IQ or a message. It is never answered
// (rule X6).
func (c *receiver) answer(l *line, e stream.Element, typ string) {
	id := e.Attribute("id")
	if isQuestion(id) {
		c.inquiries.answer(e)
		return
	}
	c.pushes.settle(l, e, id, typ)
}

// message takes a message. One with a payload is a request, an error is the
// outcome of a push. All others are counted: what people write, chat states,
// receipts. Only requests are answered (rules G5, X6).
func (c *receiver) message(l *line, e stream.Element, typ string) {
	from := e.Attribute("from")
	switch {
	case from == c.domain:
		c.instances.takeHello(e)
		return
	case typ == "error" && c.isHost(from):
		c.inquiries.answer(e) // the component sends no other messages to a server
		return
	case typ == "error":
		c.answer(l, e, typ)
		return
	case c.isHost(from):
		c.grants.notice(e, from)
		return
	}
	payload, stanza := carried(l, e)
	if stanza == "" {
		c.reject("message without a payload")
		return
	}
	if r := c.requests.admit(e, nil, stanza); r != nil {
		c.requests.queue(r, payload)
	}
}

// overLimit takes the beginning of a stanza that was skipped (rule G5).
func (c *receiver) overLimit(head []byte, why error) {
	c.reject(why.Error())
	tags, _ := stream.OpeningTags(head, 4)
	if len(tags) == 0 {
		return
	}
	e, via, stanza := tags[0], (*envelope)(nil), ""
	switch name, typ := e.Local(), e.Attribute("type"); {
	case name == "iq" && (typ == "result" || typ == "error"), name == "message" && typ == "error":
		if id := e.Attribute("id"); isQuestion(id) {
			c.inquiries.answer(e)
		} else {
			c.pushes.settleOverLimit(e, id, typ, why)
		}
		return
	case name == "iq":
	case name == "message" && !c.isHost(e.Attribute("from")) && bytes.Contains(head, []byte(oadr.NS)):
		stanza = StanzaMessage // a request, however it is carried
	default:
		return
	}
	if len(tags) == 4 && tags[3].Local() == "iq" && c.isHost(e.Attribute("from")) {
		if outer := readEnvelope(tags[0], tags[1], tags[2]); outer != nil {
			e, via = tags[3], outer
		}
	}
	if r := c.requests.admit(e, via, stanza); r != nil {
		c.requests.deny(r, why.Error(), policyViolation.because(why.Error()))
	}
}
