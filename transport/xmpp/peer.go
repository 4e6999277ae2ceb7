package xmpp

import (
	"strings"

	"mellium.im/xmpp/jid"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// peer is who has an address. The address itself is kept as the server wrote
// it: that is the one that reaches them.
func (c *Component) peer(address string) (core.Peer, error) {
	j, err := jid.Parse(address)
	if err != nil {
		return core.Peer{}, err
	}
	p := core.Peer{Transport: Name, Identity: j.Bare().String(), Address: address}
	if domain := j.Domainpart(); !c.allowed[domain] {
		p.Barred = "accounts of " + clip(domain) + " may not register here"
	}
	return p, nil
}

// peerOf reports whether the sender has an account of the domain. A server's
// word counts for its own accounts only.
func (r *request) peerOf(domain string) bool {
	_, of, _ := strings.Cut(r.peer.Identity, "@")
	return of == domain
}

// isHost reports whether the address is the bare domain of the server, whose
// word on its own accounts counts.
func (c *Component) isHost(address string) bool { return c.hosts[address] }
