package xmpp

import (
	"strings"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/address"
)

// peer is who has an address. The address is kept as the server wrote it, and so is
// the account, which the server has authenticated.
func (c *Component) peer(from string) (core.Peer, error) {
	bare, domain, ok := plain(from)
	if !ok {
		a, err := address.Split(from)
		if err != nil {
			return core.Peer{}, err
		}
		a.Domain = address.Spelled(a.Domain)
		bare, domain = a.Bare(), a.Domain
	}
	p := core.Peer{Transport: Name, Identity: bare, Address: from}
	if !c.allowed[domain] {
		p.Barred = "accounts of " + excerpt.Of(domain) + " may not register here"
	}
	return p, nil
}

// plain splits a full JID that is in normal form beyond doubt, as nearly all are:
// faster than [address.Split] checks any. Its parts are not empty, localpart and
// domain are of lower-case ASCII letters, digits and hyphens, dots between them,
// the resource of printable ASCII.
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
	return of == address.Spelled(domain)
}

// isHost reports whether the address is the bare domain of the server, whose
// word on its own accounts counts.
func (c *Component) isHost(from string) bool { return c.hosts[address.Spelled(from)] }
