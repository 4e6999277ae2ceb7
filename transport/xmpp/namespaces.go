package xmpp

// Namespaces of XMPP that this package reads or writes, and where they are defined.
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
