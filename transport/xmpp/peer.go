package xmpp

import (
	"strings"

	"mellium.im/xmpp/jid"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// peer is who has an address. The address itself is kept as the server wrote
// it: that is the one that reaches them.
func (c *Component) peer(address string) (core.Peer, error) {
	if len(address) > maxAddress {
		return core.Peer{}, errLongAddress
	}
	bare, domain, ok := plain(address)
	if !ok {
		j, err := jid.Parse(address)
		if err != nil {
			return core.Peer{}, err
		}
		bare, domain = j.Bare().String(), j.Domainpart()
	}
	p := core.Peer{Transport: Name, Identity: bare, Address: address}
	if !c.allowed[domain] {
		p.Barred = "accounts of " + clip(domain) + " may not register here"
	}
	return p, nil
}

// plain splits a full JID that is in normal form beyond doubt, as nearly all are:
// to prepare the others (RFC 7622) takes longer than all else that is done for a
// push. Its parts are not empty, localpart and domain are of lower-case ASCII
// letters, digits and hyphens, dots between them, the resource of printable ASCII.
func plain(address string) (bare, domain string, ok bool) {
	bare, resource, _ := strings.Cut(address, "/")
	local, domain, _ := strings.Cut(bare, "@")
	if resource == "" || len(resource) > 255 || !plainLabels(local) || !plainLabels(domain) {
		return "", "", false
	}
	for i := range len(resource) {
		if resource[i] <= ' ' || resource[i] > '~' {
			return "", "", false
		}
	}
	return bare, domain, true
}

func plainLabels(s string) bool {
	last := byte('.')
	for i := range len(s) {
		switch b := s[i]; {
		case 'a' <= b && b <= 'z', '0' <= b && b <= '9':
		case (b == '.' || b == '-') && last != '.' && last != '-':
		default:
			return false
		}
		last = s[i]
	}
	return last != '.' && last != '-' && len(s) < 64
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
