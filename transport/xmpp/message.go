package xmpp

import (
	"bytes"
	"strings"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// The kinds of stanza that carry a payload (rule X1), as an operator sets them
// and a [core.Push] names them. The Stanza of a [core.Peer] that speaks in IQs
// is empty.
const (
	StanzaIQ      = "iq"
	StanzaMessage = "message" // a message that holds the payload
	StanzaBody    = "body"    // a message with the payload as the text of its body
)

// message takes a message. One that carries a payload is a request, an error the
// outcome of a push. What else comes is counted: what people write, chat states,
// receipts. Nothing but a request is answered (rules G5, X6).
func (c *Component) message(l *line, e stream.Element, typ string) {
	from := e.Attribute("from")
	switch {
	case from == c.domain:
		c.greeted(e)
		return
	case typ == "error" && c.isHost(from):
		c.inquiries.answer(e) // there are no other messages to a server
		return
	case typ == "error":
		c.settle(l, e, true)
		return
	case c.isHost(from):
		c.granted(e, from)
		return
	}
	payload, stanza := carried(l, e)
	if stanza == "" {
		c.metrics.rejected.WithLabelValues("message without a payload").Inc()
		return
	}
	if r := c.admit(e, nil, stanza); r != nil {
		c.handle(r, payload)
	}
}

// carried is the payload in a message, and how it is carried: the one OpenADR
// element in it, or the text of its body, as escaped as it came. The kind is
// empty where there is none.
func carried(l *line, e stream.Element) (payload []byte, stanza string) {
	prefix, _ := e.Name()
	own := stream.Namespace(prefix, l.stream, e)
	var inside, body stream.Element
	payloads := 0
	for child := range e.Children() {
		prefix, local := child.Name()
		switch space := stream.Namespace(prefix, l.stream, e, child); {
		case space == oadr.NS:
			inside = child
			payloads++
		case space == own && string(local) == "body" && body.Tag == nil && holdsText(child):
			body = child // there may be several, in as many languages
		}
	}
	switch {
	case payloads == 1:
		return stream.Document(inside, l.stream, e), StanzaMessage
	case payloads > 1:
		return nil, ""
	}
	if body.Tag != nil {
		return body.Body, StanzaBody
	}
	return nil, ""
}

// holdsText reports whether a payload is the text of a body. What does not name
// the namespace is none: people may write, too. A body has no elements (RFC 6121
// section 5.2.3).
func holdsText(body stream.Element) bool {
	return bytes.IndexByte(body.Body, '<') < 0 && bytes.Contains(body.Body, []byte(oadr.NS))
}

// granted takes a server's word on what it lets the component do.
func (c *Component) granted(e stream.Element, from string) {
	for child := range e.Children() {
		prefix, local := child.Name()
		space := stream.Namespace(prefix, e, child)
		switch {
		case string(local) == "delegation" && strings.HasPrefix(space, nsDelegate):
			for d := range child.Children() {
				if to := d.Attribute("namespace"); to == oadr.NS || to == featureOpenADR { // with these it is announced
					c.grants.give(&c.grants.delegated, from)
				}
				c.log.Info().Str("namespace", excerpt.Of(d.Attribute("namespace"))).Msg("the XMPP server delegates requests to its own domain")
			}
		case string(local) == "privilege":
			c.grants.give(&c.grants.allowed, from)
			c.log.Info().Msg("the XMPP server granted privileges")
		}
	}
}

// writtenTo is the address that a peer is written to: as the text of a body the
// bare JID, for so do those who write like that.
func writtenTo(p core.Peer) string {
	if p.Stanza == StanzaBody {
		return p.Identity
	}
	return p.Address
}

// inStanza is a payload as it stands in a stanza of a kind.
func inStanza(stanza string, payload []byte) []byte {
	if stanza == StanzaBody {
		return stream.AppendText(make([]byte, 0, len(payload)*5/4), payload)
	}
	return payload
}

// appendMessage writes a message that carries a payload, given as it stands in
// it. No server is to keep it for later: it would be stale then (XEP-0334).
func appendMessage(dst []byte, id, from string, to core.Peer, payload []byte) []byte {
	dst = append(dst, "<message"...)
	if to.Stanza == StanzaBody {
		dst = append(dst, " type='chat'"...)
	}
	dst = stream.AppendAttribute(dst, "id", id)
	dst = stream.AppendAttribute(dst, "from", from)
	dst = stream.AppendAttribute(dst, "to", writtenTo(to))
	dst = append(dst, '>')
	if to.Stanza == StanzaBody {
		dst = append(dst, "<body>"...)
		dst = append(dst, payload...)
		dst = append(dst, "</body>"...)
	} else {
		dst = append(dst, payload...)
	}
	return append(dst, "<no-store xmlns='"+nsHints+"'/></message>"...)
}
