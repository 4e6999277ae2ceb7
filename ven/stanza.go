package ven

import (
	"bytes"
	"encoding/xml"
	"time"
)

// Namespaces beside OpenADR's own.
const (
	nsClient  = "jabber:client"
	nsStreams = "http://etherx.jabber.org/streams"
	nsBind    = "urn:ietf:params:xml:ns:xmpp-bind"
	nsPing    = "urn:xmpp:ping"
	nsVersion = "jabber:iq:version"
	nsInfo    = "http://jabber.org/protocol/disco#info"
	nsItems   = "http://jabber.org/protocol/disco#items"
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
	reply    Reply // how it is answered
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

// iq writes an IQ. to may be empty: the VEN's own server.
func iq(kind, to, id string, inside []byte) []byte {
	var b bytes.Buffer
	b.WriteString(`<iq type='` + kind + `' id='`)
	escape(&b, id)
	if to != "" {
		b.WriteString(`' to='`)
		escape(&b, to)
	}
	b.WriteString(`'>`)
	b.Write(inside)
	b.WriteString(`</iq>`)
	return b.Bytes()
}

// result answers a request with what is inside, empty for nothing.
func (s *stanza) result(inside []byte) []byte { return iq("result", s.from, s.id, inside) }

// fail answers a request with a stanza error (RFC 6120 section 8.3).
func (s *stanza) fail(kind, condition string) []byte {
	return iq("error", s.from, s.id, []byte(`<error type='`+kind+`'><`+condition+` xmlns='`+nsStanzas+`'/></error>`))
}

// element writes <local xmlns='space'>text</local>.
func element(space, local, text string) []byte {
	var b bytes.Buffer
	b.WriteString(`<` + local + ` xmlns='` + space + `'>`)
	escape(&b, text)
	b.WriteString(`</` + local + `>`)
	return b.Bytes()
}

func escape(b *bytes.Buffer, text string) {
	_ = xml.EscapeText(b, []byte(text)) // a Buffer takes everything
}
