package core

// Peer is who sent something, as the transport authenticated it.
type Peer struct {
	Transport string // oadrTransportName: "xmpp"
	Identity  string // over XMPP the bare JID in normal form
	Address   string // where to answer: over XMPP the full JID
	// Stanza is how the transport carried a request, in a word of its own; empty
	// is its usual way. Pushes are carried the same way (rule X1).
	Stanza string
	// Barred says why the transport does not let this peer register, empty
	// when it may (an account of a domain that is not allowed).
	Barred string
}

// Identity is a name a VEN is known by on one transport. It belongs to one VEN.
type Identity struct {
	Transport string
	Name      string
}
