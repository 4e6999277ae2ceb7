package core

// Peer is the sender of something, as the transport authenticated it.
type Peer struct {
	Transport string // oadrTransportName (rule N13)
	Identity  string // what the transport authenticated, in its normal form
	Address   string // where to answer: one client of the identity; over a [Requesting] transport the identity
	// Stanza is how the transport carried a request, as the transport calls it; empty is
	// its usual way. Pushes are carried the same way (rule X1).
	Stanza string
	// Barred is why the transport does not let this peer register, such as a domain that
	// is not allowed; empty: it may register.
	Barred string
}

// Identity is the name of a VEN on one transport. It belongs to one VEN.
type Identity struct {
	Transport string
	Name      string
}
