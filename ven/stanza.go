package ven

import (
	"encoding/xml"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/xmltext"
)

// Stanza is the kind of stanza that carries a payload (rule X1).
type Stanza uint8

// Kinds of stanza. The zero value is that of the specification.
const (
	IQ      Stanza = iota
	Message        // a message that holds the payload
	Body           // a message with the payload as the text of its body
)

// ParseStanza reads iq, message or body; the empty string is IQ.
func ParseStanza(s string) (Stanza, error) {
	switch s {
	case "", "iq":
		return IQ, nil
	case "message":
		return Message, nil
	case "body":
		return Body, nil
	}
	return IQ, fmt.Errorf("stanza %q is none of iq, message, body", s)
}

// Namespaces beside OpenADR's own.
const (
	nsClient  = "jabber:client"
	nsStreams = "http://etherx.jabber.org/streams"
	nsBind    = "urn:ietf:params:xml:ns:xmpp-bind"
	nsPing    = "urn:xmpp:ping"
	nsVersion = "jabber:iq:version"
	nsInfo    = "http://jabber.org/protocol/disco#info"
	nsItems   = "http://jabber.org/protocol/disco#items"
	nsHints   = "urn:xmpp:hints"
)

// stanza is a received stanza: its attributes, its bytes as they came, and its
// children.
type stanza struct {
	name     xml.Name
	id       string
	kind     string // the type attribute
	from     string
	received time.Time // also the order of stanzas
	raw      []byte
	children []child
}

// child is an element directly inside a stanza.
type child struct {
	name xml.Name
	raw  []byte // with the namespaces it needs declared on it
}

// isAnswer reports whether a stanza answers one of the VEN's; it gets no answer itself
// (RFC 6120 section 8.2.3).
func (s *stanza) isAnswer() bool { return s.kind == "result" || s.kind == "error" }

// isRequest reports whether a stanza must be answered.
func (s *stanza) isRequest() bool {
	return s.name.Local == "iq" && (s.kind == "get" || s.kind == "set")
}

// payload is the OpenADR payload in a stanza, nil if there is none, and the kind of
// stanza that carries it.
func (s *stanza) payload() ([]byte, Stanza) {
	if s.name.Local != "message" {
		if len(s.children) == 0 {
			return nil, IQ
		}
		return s.children[0].raw, IQ
	}
	for _, c := range s.children {
		if isOpenADR(c.name) {
			return c.raw, Message
		}
	}
	for _, c := range s.children {
		var text string
		if c.name.Space == s.name.Space && c.name.Local == "body" && xml.Unmarshal(c.raw, &text) == nil && text != "" {
			return []byte(text), Body
		}
	}
	return nil, IQ
}

// message writes a message that carries a payload. It asks servers not to store it
// (XEP-0334).
func message(kind Stanza, to, id string, payload []byte) []byte {
	typ := "normal"
	if kind == Body {
		typ, payload = "chat", element(nsClient, "body", string(payload))
	}
	return stanzaOf("message", typ, to, id, append(payload[:len(payload):len(payload)], `<no-store xmlns='`+nsHints+`'/>`...))
}

// iq writes an IQ. An empty to is the VEN's own server.
func iq(kind, to, id string, inside []byte) []byte { return stanzaOf("iq", kind, to, id, inside) }

func stanzaOf(name, kind, to, id string, inside []byte) []byte {
	b := []byte(`<` + name + ` type='` + kind + `' id='`)
	b = xmltext.AppendValue(b, id)
	if to != "" {
		b = append(b, `' to='`...)
		b = xmltext.AppendValue(b, to)
	}
	b = append(b, `'>`...)
	b = append(b, inside...)
	return append(b, `</`+name+`>`...)
}

// result writes the answer to a request, in the kind of stanza the request came in.
// inside may be empty; to a message there is no empty answer, so that returns nil.
func (s *stanza) result(inside []byte) []byte {
	switch _, kind := s.payload(); {
	case kind == IQ:
		return iq("result", s.from, s.id, inside)
	case len(inside) == 0:
		return nil
	default: // with a new id: in a message it says nothing
		return message(kind, s.from, newID(), inside)
	}
}

// fail writes a stanza error as the answer to a request (RFC 6120 section 8.3).
func (s *stanza) fail(kind, condition string) []byte {
	return stanzaOf(s.name.Local, "error", s.from, s.id, []byte(`<error type='`+kind+`'><`+condition+` xmlns='`+nsStanzas+`'/></error>`))
}

// element writes <local xmlns='space'>text</local>.
func element(space, local, text string) []byte {
	b := []byte(`<` + local + ` xmlns='` + space + `'>`)
	b = xmltext.AppendText(b, text)
	return append(b, `</`+local+`>`...)
}
