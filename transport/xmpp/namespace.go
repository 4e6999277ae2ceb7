package xmpp

import "bytes"

// Namespaces of XMPP that this package reads or writes.
const (
	nsClient   = "jabber:client"                          // RFC 6120
	nsStanzas  = "urn:ietf:params:xml:ns:xmpp-stanzas"    // RFC 6120 section 8.3
	nsInfo     = "http://jabber.org/protocol/disco#info"  // XEP-0030
	nsItems    = "http://jabber.org/protocol/disco#items" // XEP-0030
	nsPing     = "urn:xmpp:ping"                          // XEP-0199
	nsVersion  = "jabber:iq:version"                      // XEP-0092
	nsHints    = "urn:xmpp:hints"                         // XEP-0334
	nsForward  = "urn:xmpp:forward:0"                     // XEP-0297
	nsDelegate = "urn:xmpp:delegation:"                   // XEP-0355; a version follows
)

// namespace is what a prefix is bound to inside the elements given, outermost
// first; the empty prefix stands for the default namespace.
func namespace(prefix []byte, inside ...element) string {
	for i := len(inside) - 1; i >= 0; i-- {
		for name, value := range inside[i].attributes() {
			if p, ok := declares(name); ok && bytes.Equal(p, prefix) {
				return unescape(value)
			}
		}
	}
	return ""
}

// declares is the prefix that an attribute of this name declares.
func declares(name []byte) (prefix []byte, ok bool) {
	prefix, ok = bytes.CutPrefix(name, []byte("xmlns"))
	switch {
	case !ok:
		return nil, false
	case len(prefix) == 0:
		return nil, true
	}
	return bytes.CutPrefix(prefix, []byte(":"))
}

// document is the element's bytes as a document of its own: what is declared on
// the elements around it, outermost first, and used in it is declared on it.
func document(e element, around ...element) []byte {
	var missing []byte
	prefix, local := e.name()
	for i := len(around) - 1; i >= 0; i-- {
		for name, value := range around[i].attributes() {
			p, ok := declares(name)
			if !ok || !mentions(e.raw, p) || declared(p, e, around[i+1:]) {
				continue
			}
			missing = append(missing, ' ')
			missing = append(missing, name...)
			missing = append(missing, "='"...)
			missing = appendEscaped(missing, unescape(value))
			missing = append(missing, '\'')
		}
	}
	if len(missing) == 0 {
		return e.raw
	}
	end := 1 + len(local)
	if len(prefix) > 0 {
		end += len(prefix) + 1
	}
	doc := make([]byte, 0, len(e.raw)+len(missing))
	doc = append(doc, e.raw[:end]...)
	doc = append(doc, missing...)
	return append(doc, e.raw[end:]...)
}

// mentions reports whether the prefix may be used in the bytes.
func mentions(raw, prefix []byte) bool {
	return len(prefix) == 0 || bytes.Contains(raw, append(bytes.Clone(prefix), ':'))
}

func declared(prefix []byte, e element, around []element) bool {
	for _, x := range append([]element{e}, around...) {
		for name := range x.attributes() {
			if p, ok := declares(name); ok && bytes.Equal(p, prefix) {
				return true
			}
		}
	}
	return false
}
