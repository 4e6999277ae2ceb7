package ven

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"

	"github.com/vtn-xmpp/vtn-xmpp/internal/fingerprint"
)

// suites are the profile's two (rules T1, T2) and the better ones of TLS 1.2.
var suites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, tls.TLS_RSA_WITH_AES_128_CBC_SHA256,
}

// fingerprint is that of the VEN's certificate, empty if it is not known beforehand.
func (c *Config) fingerprint() string {
	if c.TLS == nil || len(c.TLS.Certificates) == 0 || len(c.TLS.Certificates[0].Certificate) == 0 {
		return ""
	}
	return fingerprint.Of(c.TLS.Certificates[0].Certificate[0])
}

// clientTLS is the configuration of connections to the VTN at a host.
func (c *Config) clientTLS(host string) *tls.Config {
	t := c.tls(host)
	if t.CipherSuites == nil {
		t.CipherSuites = suites
	}
	t.NextProtos = nil // HTTP/2 refuses the profile's suites (rule T3)
	if len(c.VTNFingerprints) > 0 {
		roots := t.RootCAs
		t.InsecureSkipVerify = true // the fingerprint tells more than the name does
		t.VerifyConnection = func(s tls.ConnectionState) error { return c.knows(s, roots) }
	}
	return t
}

// serverTLS is the configuration of connections that the VTN makes to push.
func (c *Config) serverTLS() *tls.Config {
	t := c.tls("")
	if t.CipherSuites == nil {
		t.CipherSuites = suites
	}
	roots := t.ClientCAs
	if roots == nil {
		roots = t.RootCAs
	}
	t.ClientAuth = tls.RequireAnyClientCert // checked below: the VTN's certificate may be one for servers only
	t.VerifyConnection = func(s tls.ConnectionState) error { return c.knows(s, roots) }
	return t
}

// knows checks the VTN's certificate: its chain and, if they are known, its fingerprint.
func (c *Config) knows(s tls.ConnectionState, roots *x509.CertPool) error {
	if len(s.PeerCertificates) == 0 {
		return errors.New("the VTN shows no certificate")
	}
	refuse := func(err error) error {
		return &tls.CertificateVerificationError{UnverifiedCertificates: s.PeerCertificates, Err: err}
	}
	o := x509.VerifyOptions{Roots: roots, Intermediates: x509.NewCertPool(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
	for _, between := range s.PeerCertificates[1:] {
		o.Intermediates.AddCert(between)
	}
	if _, err := s.PeerCertificates[0].Verify(o); err != nil {
		return refuse(err)
	}
	if is := fingerprint.Of(s.PeerCertificates[0].Raw); len(c.VTNFingerprints) > 0 && !slices.Contains(c.VTNFingerprints, is) {
		return refuse(fmt.Errorf("the certificate %s is not the VTN's", is))
	}
	return nil
}
