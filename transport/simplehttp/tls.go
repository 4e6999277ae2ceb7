package simplehttp

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"
)

// profileSuites are those of the profile (rule T1). Go orders suites by itself.
var profileSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, tls.TLS_RSA_WITH_AES_128_CBC_SHA256}

// tlsConfig returns what the server and the client share of TLS: versions, suites, and
// the VTN's own certificates, of which the first that the other end can take goes out.
func (cfg Config) tlsConfig(own []tls.Certificate, now func() time.Time) *tls.Config {
	out := &tls.Config{Certificates: own, MinVersion: tls.VersionTLS12, CipherSuites: profileSuites, Time: now}
	if cfg.TLS != TLSModern {
		out.MaxVersion = tls.VersionTLS12
		return out
	}
	out.CipherSuites = nil
	for _, s := range tls.CipherSuites() {
		out.CipherSuites = append(out.CipherSuites, s.ID)
	}
	out.CipherSuites = append(out.CipherSuites, profileSuites...)
	return out
}

// oldTLS returns TLS for VENs of 2.0a that know TLS 1.0 and one suite (rule A6).
func oldTLS(usual *tls.Config) *tls.Config {
	out := usual.Clone()
	out.MinVersion, out.MaxVersion = tls.VersionTLS10, tls.VersionTLS12
	out.CipherSuites = append([]uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}, profileSuites...)
	return out
}

// LoadCertificates reads the VTN's own certificates with their chains, and their keys, from PEM files of the same number.
func LoadCertificates(certificates, keys []string) ([]tls.Certificate, error) {
	if len(certificates) != len(keys) {
		return nil, fmt.Errorf("%d certificate files and %d key files; name a key for each certificate, in the same order", len(certificates), len(keys))
	}
	var all []tls.Certificate
	for i := range certificates {
		c, err := tls.LoadX509KeyPair(certificates[i], keys[i])
		if err != nil {
			return nil, fmt.Errorf("%s with %s: %w", certificates[i], keys[i], err)
		}
		all = append(all, c)
	}
	return all, nil
}

// LoadAuthorities reads certificates of authorities from a PEM file.
func LoadAuthorities(file string) (*x509.CertPool, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(raw) {
		return nil, fmt.Errorf("%s holds no certificate in PEM form", file)
	}
	return pool, nil
}

// lacking says for which kinds of key there is no certificate, though the profile wants both (rule T1).
func lacking(own []tls.Certificate) error {
	var isRSA, isECC bool
	for _, c := range own {
		switch key := c.Leaf.PublicKey.(type) {
		case *rsa.PublicKey:
			isRSA = isRSA || key.Size() >= 2048/8
		case *ecdsa.PublicKey:
			isECC = true
		}
	}
	switch {
	case !isRSA && !isECC:
		return errors.New("no certificate with an RSA key of 2048 bits, and none with an ECC key")
	case !isRSA:
		return errors.New("no certificate with an RSA key of 2048 bits: VENs that know TLS_RSA_WITH_AES_128_CBC_SHA256 only cannot connect")
	case !isECC:
		return errors.New("no certificate with an ECC key: VENs that know TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256 only cannot connect")
	}
	return nil
}
