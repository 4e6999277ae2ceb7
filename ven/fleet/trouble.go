package fleet

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"slices"

	"mellium.im/xmpp/stream"

	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// TroubleKind is what a VEN fails at.
type TroubleKind string

// What keeps a VEN from being connected and registered, in the order of the steps.
const (
	TroubleDNS          TroubleKind = "dns"          // DNS does not know the server
	TroubleNetwork      TroubleKind = "network"      // no connection to it
	TroubleCertificate  TroubleKind = "certificate"  // its certificate is not trusted, or for another name
	TroubleLogin        TroubleKind = "login"        // it refuses the account, its password or its certificate
	TroubleShutOut      TroubleKind = "shut out"     // it accepts no login from this address
	TroubleDiscovery    TroubleKind = "discovery"    // service discovery finds no VTN
	TroubleVTN          TroubleKind = "vtn"          // the VTN cannot be reached, or does not answer
	TroubleRegistration TroubleKind = "registration" // the VTN refuses the VEN
	TroubleOther        TroubleKind = "other"
)

// Trouble is why VENs are not connected and registered.
type Trouble struct {
	Kind TroubleKind
	VENs int   // that have it now, including those that were given up
	Err  error // of the first of them
}

// troubleOf is the kind of an error.
func troubleOf(err error) TroubleKind {
	var (
		dns         *net.DNSError
		certificate *tls.CertificateVerificationError
		authority   x509.UnknownAuthorityError
		hostname    x509.HostnameError
		invalid     x509.CertificateInvalidError
		network     *net.OpError
		ended       stream.Error
		response    *ven.ResponseError
		answer      *ven.StanzaError
		status      *ven.StatusError
	)
	switch {
	case errors.As(err, &response):
		return TroubleRegistration
	case errors.Is(err, ven.ErrNotAuthorized):
		return TroubleLogin
	case errors.Is(err, ven.ErrNoVTN):
		return TroubleDiscovery
	case errors.As(err, &certificate), errors.As(err, &authority), errors.As(err, &hostname), errors.As(err, &invalid):
		return TroubleCertificate
	case errors.As(err, &network) && network.Op == "remote error": // a TLS alert, whose type is not exported
		return TroubleLogin
	case errors.As(err, &ended) && ended.Err == "policy-violation":
		return TroubleShutOut
	case errors.As(err, &dns): // it is wrapped in an OpError
		return TroubleDNS
	case errors.As(err, &network):
		return TroubleNetwork
	case errors.As(err, &answer), errors.As(err, &status), errors.Is(err, ven.ErrNoAnswer):
		return TroubleVTN
	}
	return TroubleOther
}

// hopeless reports whether trying again is pointless.
func hopeless(err error) bool {
	switch troubleOf(err) {
	case TroubleLogin, TroubleRegistration, TroubleCertificate:
		return true
	case TroubleDNS:
		var dns *net.DNSError
		return errors.As(err, &dns) && dns.IsNotFound
	}
	return false
}

// troubled records what a VEN fails at, until it is connected or registered.
func (f *fleet) troubled(i int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.troubles[i] = err
}

// sumTroubles counts what VENs fail at, the most frequent first.
func sumTroubles(of []error) []Trouble {
	var all []Trouble
	for _, err := range of {
		if err == nil {
			continue
		}
		kind := troubleOf(err)
		at := slices.IndexFunc(all, func(t Trouble) bool { return t.Kind == kind })
		if at < 0 {
			all = append(all, Trouble{Kind: kind, Err: err})
			at = len(all) - 1
		}
		all[at].VENs++
	}
	slices.SortStableFunc(all, func(a, b Trouble) int { return cmp.Compare(b.VENs, a.VENs) })
	return all
}
