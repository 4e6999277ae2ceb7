package xmpp

import "github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"

// Bounds of what is kept and sent back; for addresses see RFC 7622 section 3.1.
const (
	maxID      = 1024 // bytes of a stanza's id
	maxAddress = 3071 // of an address
	maxNode    = 3071 // of a node of service discovery
)

// defaultStanza is how many bytes a stanza may have at the servers known, with
// their default settings: Prosody takes 512 KiB from a component, ejabberd takes
// any size.
const defaultStanza = 512 << 10

// tagsRoom is how many bytes the tags around a payload may take in a stanza that
// is received.
const tagsRoom = 8 << 10

// stanzaRoom is how many bytes may stand around a payload of the largest size in a
// stanza that is sent.
const stanzaRoom = 40 << 10

// stanzaLimit returns how many bytes a stanza may have, given the bytes that a
// payload may have. More than the default must be set at the server, too.
func stanzaLimit(payload int) int64 { return int64(max(defaultStanza, payload+stanzaRoom)) }

// unanswerable returns why a request gets no answer, empty when it gets one. An
// answer repeats the id and the address; where one of them is absurdly long, it
// would be too long, and without them nobody would understand it.
func (r *request) unanswerable() string {
	switch {
	case len(r.id) > maxID, r.via != nil && len(r.via.id) > maxID:
		return "id too long"
	case len(r.to) > maxAddress, r.via != nil && len(r.via.to) > maxAddress:
		return "address too long"
	}
	return ""
}

// nodeOf returns the node that a query for discovery asks about. One that is too
// long becomes the name of one that does not exist.
func nodeOf(query stream.Element) string {
	if node := query.Attribute("node"); len(node) <= maxNode {
		return node
	}
	return "unknown"
}
