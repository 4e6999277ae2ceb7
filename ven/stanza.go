package ven

import (
	"encoding/xml"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/xmltext"
)

// Stanza is a kind of stanza that carries payloads (rule X1).
type Stanza uint8

// Kinds of stanza. The zero value is the one of the specification.
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

// stanza is one received stanza: its attributes, and its bytes as they came.
type stanza struct {
	name     xml.Name
	id       string
	kind     string // the type attribute
	from     string
	received time.Time // the order of stanzas, too
	raw      []byte
	children []child
}

// child is an element directly inside a stanza.
type child struct {
	name xml.Name
	raw  []byte // a document of its own: servers leave the declaration on it
}

// isAnswer says whether a stanza answers one of ours; such a stanza never gets
// an answer itself (RFC 6120 section 8.2.3).
func (s *stanza) isAnswer() bool { return s.kind == "result" || s.kind == "error" }

// isRequest says whether a stanza must be answered.
func (s *stanza) isRequest() bool {
	return s.name.Local == "iq" && (s.kind == "get" || s.kind == "set")
}

// payload is the OpenADR payload in a stanza and how it is carried; nil where
// there is none.
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

// message writes a message that carries a payload. No server is to keep it for
// later (XEP-0334).
func message(kind Stanza, to, id string, payload []byte) []byte {
	typ := "normal"
	if kind == Body {
		typ, payload = "chat", element(nsClient, "body", string(payload))
	}
	return stanzaOf("message", typ, to, id, append(payload[:len(payload):len(payload)], `<no-store xmlns='`+nsHints+`'/>`...))
}

// iq writes an IQ. to may be empty: the VEN's own server.
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

// result answers a request with what is inside, empty for nothing, in the kind
// of stanza it came in. There is no empty message: that is no answer, nil.
func (s *stanza) result(inside []byte) []byte {
	switch _, kind := s.payload(); {
	case kind == IQ:
		return iq("result", s.from, s.id, inside)
	case len(inside) == 0:
		return nil
	default: // of its own: an id says nothing here
		return message(kind, s.from, newID(), inside)
	}
}

// fail answers a request with a stanza error (RFC 6120 section 8.3).
func (s *stanza) fail(kind, condition string) []byte {
	return stanzaOf(s.name.Local, "error", s.from, s.id, []byte(`<error type='`+kind+`'><`+condition+` xmlns='`+nsStanzas+`'/></error>`))
}

// element writes <local xmlns='space'>text</local>.
func element(space, local, text string) []byte {
	b := []byte(`<` + local + ` xmlns='` + space + `'>`)
	b = xmltext.AppendText(b, text)
	return append(b, `</`+local+`>`...)
}
