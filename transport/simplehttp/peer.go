package simplehttp

import (
	"net/http"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/fingerprint"
)

// Identity returns the fingerprint that a person wrote in the form in which it stands in [core.Peer].
func Identity(written string) (string, error) { return fingerprint.Normal(written) }

// peer finds out who sends a request (rule T8), by the certificate of the connection or, behind a proxy, by that in the header
// (rule T10).
func (s *server) peer(r *http.Request, c *conn) (core.Peer, *refusal) {
	who, expires := c.identity, c.expires
	if c.proxy {
		shown, err := s.shown(r.Header)
		switch {
		case err != nil:
			return core.Peer{}, &refusal{http.StatusForbidden, rejectNobody, err.Error(), 0, false}
		case shown.fingerprint != "":
			who, expires = shown.fingerprint, shown.expires
		}
	}
	switch {
	case who == "" && c.proxy:
		return core.Peer{}, &refusal{http.StatusForbidden, rejectNobody, "there is no certificate: show one in TLS; the proxy has to hand it on in " + s.cfg.ProxyHeader, 0, false}
	case who == "":
		return core.Peer{}, &refusal{http.StatusForbidden, rejectNobody, "there is no certificate: show one in TLS", 0, false}
	case !expires.IsZero() && s.clock.Now().After(expires): // while the connection stood
		return core.Peer{}, &refusal{http.StatusForbidden, rejectExpired, "the certificate has expired", 0, true}
	}
	return core.Peer{Transport: Name, Identity: who, Address: who}, nil
}
