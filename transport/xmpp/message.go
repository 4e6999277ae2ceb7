package xmpp

import (
	"bytes"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// The kinds of stanza that carry a payload (rule X1), as an operator sets them
// and a [core.Push] names them. The Stanza of a [core.Peer] that speaks in IQs
// is empty.
const (
	StanzaIQ      = "iq"
	StanzaMessage = "message" // a message that holds the payload
	StanzaBody    = "body"    // a message that holds the payload as the text of its body
)

// carried returns the payload in a message, and how it is carried: the one OpenADR
// element in it, or the text of its body, still escaped. The kind is empty where
// there is no payload.
func carried(l *line, e stream.Element) (payload []byte, stanza string) {
	prefix, _ := e.Name()
	space := stream.Namespace(prefix, l.stream, e)
	var inside, body stream.Element
	payloads := 0
	for child := range e.Children() {
		prefix, local := child.Name()
		switch in := stream.Namespace(prefix, l.stream, e, child); {
		case in == oadr.NS:
			inside = child
			payloads++
		case in == space && string(local) == "body" && body.Tag == nil && holdsText(child):
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

// holdsText reports whether the text of a body is a payload. It is one if it names
// the namespace, since people may write, too. A body has no elements (RFC 6121
// section 5.2.3).
func holdsText(body stream.Element) bool {
	return bytes.IndexByte(body.Body, '<') < 0 && bytes.Contains(body.Body, []byte(oadr.NS))
}

// writtenTo is the address that a peer is written to. Payloads as the text of a
// body go to the bare JID, as those who write like that do it themselves.
func writtenTo(p core.Peer) string {
	if p.Stanza == StanzaBody {
		return p.Identity
	}
	return p.Address
}

// inStanza returns a payload as it stands in a stanza of that kind.
func inStanza(stanza string, payload []byte) []byte {
	if stanza == StanzaBody {
		return stream.AppendMarkup(make([]byte, 0, len(payload)*5/4), payload)
	}
	return payload
}

// appendMessage writes a message with a payload, which is given as it stands in the
// message. Servers must not keep it for later, when it would be stale (XEP-0334).
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
