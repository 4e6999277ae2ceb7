package simplehttp

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/fingerprint"
)

// hostCheck says which certificates are a VEN's, when it is a server (rule T6). OpenADR's
// certificates have no host name that could be checked, and no extended key usage.
type hostCheck struct {
	roots      *x509.CertPool // of VENs
	identities []string       // fingerprints
	now        func() time.Time
}

// verify is [tls.Config.VerifyConnection]. A client calls it before it says who it is,
// and before it sends a byte of a request.
func (c hostCheck) verify(s tls.ConnectionState) error {
	if len(s.PeerCertificates) == 0 {
		return errors.New("the VEN's server showed no certificate")
	}
	leaf := s.PeerCertificates[0]
	between := x509.NewCertPool()
	for _, certificate := range s.PeerCertificates[1:] {
		between.AddCert(certificate)
	}
	_, err := leaf.Verify(x509.VerifyOptions{
		Roots: c.roots, Intermediates: between, CurrentTime: c.now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return fmt.Errorf("the certificate of the VEN's server is not accepted: %w", err)
	}
	if shown := fingerprint.Of(leaf.Raw); !slices.Contains(c.identities, shown) {
		return fmt.Errorf("the VEN's server shows the certificate %s, and the VEN has %s; "+
			"if that is its new one, enter it with vtn-xmpp ven modify", shown, strings.Join(c.identities, ", "))
	}
	return nil
}
