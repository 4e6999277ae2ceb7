package xmpp

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"mellium.im/xmpp/jid"

	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/address"
)

// addresses are the component's own and those whose word counts.
type addresses struct {
	domain  string          // the component's, in normal form
	service string          // the service JID (rule X3)
	server  string          // a domain of the server itself
	allowed map[string]bool // domains whose accounts may register
	hosts   map[string]bool // the server's domains, as far as they are known
}

// newAddresses works out the addresses from the settings. An error names the
// setting that is wrong.
func newAddresses(cfg Config) (addresses, error) {
	a := addresses{allowed: map[string]bool{}, hosts: map[string]bool{}}
	domain, err := jid.New("", cfg.Domain, "")
	if err != nil {
		return a, fmt.Errorf("VTN_XMPP_DOMAIN %q is not a domain: %w", cfg.Domain, err)
	}
	a.domain = domain.String()
	service, err := domain.WithLocal(localpart(cfg.VTNID))
	if err != nil {
		return a, fmt.Errorf("VTN_ID %q cannot be made the localpart of an XMPP address: %w", cfg.VTNID, err)
	}
	a.service = service.String()
	_, above, _ := strings.Cut(a.domain, ".")
	a.hosts[above] = above != ""
	allow := cfg.AllowDomains
	switch {
	case len(allow) == 0 && above == "":
		return a, fmt.Errorf("VTN_XMPP_ALLOW_DOMAINS must be set to the domains whose accounts may register: there is no domain above VTN_XMPP_DOMAIN %q", a.domain)
	case len(allow) == 0:
		allow = []string{above}
	}
	for _, written := range allow {
		host, err := address.Normal(written)
		if err == nil && host.Domain != host.String() {
			err = errors.New("it has more than that")
		}
		if err != nil {
			return a, fmt.Errorf("VTN_XMPP_ALLOW_DOMAINS: %q is not a domain: %w", written, err)
		}
		a.allowed[host.Domain], a.hosts[host.Domain] = true, true
		if a.server == "" || host.Domain == above {
			a.server = host.Domain
		}
	}
	return a, nil
}

// localpart makes an ID the localpart of an address (RFC 7622 section 3.3):
// lower case, with a hyphen for each character that is not safe there.
func localpart(id string) string {
	local := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), strings.ContainsRune("-._~+", r):
			return unicode.ToLower(r)
		}
		return '-'
	}, id)
	if local == "" {
		return "vtn"
	}
	return local
}

// isHost reports whether an address is a bare domain of the server, whose word on
// its own accounts counts.
func (a *addresses) isHost(from string) bool { return a.hosts[address.Spelled(from)] }

// alive is the address that is pinged: a resource of the server's own domain.
// Every server answers for it, if only that nobody is there. ejabberd 24.10 to
// 24.12 with mod_privilege drops what a component sends to the domain itself.
func (a *addresses) alive() string { return a.server + "/ping" }
