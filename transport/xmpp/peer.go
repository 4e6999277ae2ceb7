package xmpp

import (
	"strings"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/address"
)

// peer returns who has an address. Address and account stay as the server wrote
// them, since it has authenticated them.
func (a *addresses) peer(from string) (core.Peer, error) {
	bare, domain, ok := plain(from)
	if !ok {
		parts, err := address.Split(from)
		if err != nil {
			return core.Peer{}, err
		}
		parts.Domain = address.Spelled(parts.Domain)
		bare, domain = parts.Bare(), parts.Domain
	}
	p := core.Peer{Transport: Name, Identity: bare, Address: from}
	if !a.allowed[domain] {
		p.Barred = "accounts of " + excerpt.Of(domain) + " may not register here"
	}
	return p, nil
}

// plain splits a full JID that is certainly in normal form, as nearly all are. It
// is faster than [address.Split]. No part is empty; localpart and domain are made
// of lower-case ASCII letters, digits and hyphens, with dots between them, the
// resource of printable ASCII.
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
// word counts only for its own accounts.
func (r *request) peerOf(domain string) bool {
	_, of, _ := strings.Cut(r.peer.Identity, "@")
	return of == address.Spelled(domain)
}
