package xmpp

import "github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"

// What is larger is none of these (RFC 7622 section 3.1 for addresses), and is
// neither kept nor sent back.
const (
	maxID      = 1024 // bytes of a stanza's id
	maxAddress = 3071 // of an address
	maxNode    = 3071 // of a node of service discovery
)

// defaultStanza is how many bytes a stanza may have at the least at the servers
// known, unless they are told otherwise: Prosody takes 512 KiB from a component,
// ejabberd any.
const defaultStanza = 512 << 10

// tagsRoom is how many bytes the tags around a payload may take in a stanza that
// is received.
const tagsRoom = 8 << 10

// stanzaRoom is for what stands around a payload of the largest size.
const stanzaRoom = 40 << 10

// stanzaLimit is how many bytes a stanza may have where payloads have at most so
// many. Who sets more than the default must set it at the server, too.
func stanzaLimit(payload int) int64 { return int64(max(defaultStanza, payload+stanzaRoom)) }

// unanswerable is why a request gets no answer, empty when it gets one: what
// would have to be repeated in it is longer than anything honest. No answer
// without it would be understood.
func (r *request) unanswerable() string {
	switch {
	case len(r.id) > maxID, r.via != nil && len(r.via.id) > maxID:
		return "id too long"
	case len(r.to) > maxAddress, r.via != nil && len(r.via.to) > maxAddress:
		return "address too long"
	}
	return ""
}

// nodeOf is the node that a query for discovery asks about; one that is too long
// stands for every one that does not exist.
func nodeOf(query stream.Element) string {
	if node := query.Attribute("node"); len(node) <= maxNode {
		return node
	}
	return "unknown"
}
