package rig_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// TestX10Spec67Suites: the server takes OpenADR's default suite for its kind of key from who has no better one, and a better one from
// who has; nobody gets below TLS 1.2. And without an authority for VENs it believes no certificate.
func TestX10Spec67Suites(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, o rig.EjabberdOptions) {
		const ofECC, ofRSA = tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, tls.TLS_RSA_WITH_AES_128_CBC_SHA256
		e := startEjabberd(t, o)
		for _, c := range []struct {
			offered []uint16
			want    uint16
		}{
			{[]uint16{ofECC}, ofECC}, {[]uint16{ofRSA, ofECC}, ofECC}, {[]uint16{ofRSA}, 0},
			{[]uint16{ofECC, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
		} {
			chosen(t, e, c.offered, c.want)
		}
		if c := handshake(t, e, &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}); c.Version != 0 {
			t.Errorf("TLS %x was taken", c.Version)
		}
		if c := handshake(t, e, &tls.Config{}); c.Version != tls.VersionTLS13 {
			t.Errorf("the best is TLS %x", c.Version)
		}
		t.Run("X10 certificates need an authority", func(t *testing.T) {
			if err := e.Register(t.Context(), rig.Account{User: "ven1", Password: "secret"}); err != nil {
				t.Fatal(err)
			}
			client, features := secured(t, e, issue(t, authority(t), "ven1"))
			if strings.Contains(features, "EXTERNAL") || client.external("") != "refused" {
				t.Errorf("offered are %s", features)
			}
		})
		haveRSA(t, e)
		for _, c := range []struct {
			offered []uint16
			want    uint16
		}{
			{[]uint16{ofRSA}, ofRSA}, {[]uint16{ofECC, ofRSA}, ofRSA}, {[]uint16{ofECC}, 0},
			{[]uint16{ofRSA, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
		} {
			chosen(t, e, c.offered, c.want)
		}
	})
}

// chosen expects the suite that the server chooses of those offered with TLS 1.2, 0 for none.
func chosen(t *testing.T, e *rig.Ejabberd, offered []uint16, want uint16) {
	t.Helper()
	if got := handshake(t, e, &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: offered}); got.CipherSuite != want {
		t.Errorf("of %x the server chooses %x, want %x", offered, got.CipherSuite, want)
	}
}

// handshake is what comes of STARTTLS, the zero state where nothing does.
func handshake(t *testing.T, e *rig.Ejabberd, config *tls.Config) tls.ConnectionState {
	t.Helper()
	c := &raw{dial(t, e.ClientAddr), t}
	c.ask(openStream, "</stream:features>")
	c.ask("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "<proceed")
	config.ServerName, config.RootCAs = e.Domain, e.CertPool
	secure := tls.Client(c.Conn, config)
	if err := secure.Handshake(); err != nil {
		return tls.ConnectionState{}
	}
	return secure.ConnectionState()
}

// haveRSA gives the server a certificate with an RSA key in place of its own.
func haveRSA(t *testing.T, e *rig.Ejabberd) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: e.Domain}, DNSNames: []string{e.Domain},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	both := append(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})...)
	if err := os.WriteFile(filepath.Join(e.Dir, "cert.pem"), both, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Ctl(t.Context(), "reload_config"); err != nil {
		t.Fatal(err)
	}
	e.CertPool = x509.NewCertPool()
	e.CertPool.AppendCertsFromPEM(both)
}
