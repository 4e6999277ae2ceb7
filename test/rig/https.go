package rig

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// HTTPS are the certificates of simple HTTP: an authority for VENs and one for VTNs (rule T6), and those that a VTN has of the
// latter, one with an RSA and one with an ECC key (rule T1).
type HTTPS struct {
	VENs, VTNs *Authority
	RSA, ECC   tls.Certificate
	// Folder has all of it as files: vens.pem and vtns.pem are the authorities' own, rsa.crt, rsa.key, ecc.crt and ecc.key the VTN's.
	Folder string
}

// NewHTTPS makes them. The folder is removed when ctx ends.
func NewHTTPS(ctx context.Context) (*HTTPS, error) {
	folder, err := newFolder("https")
	if err != nil {
		return nil, err
	}
	closing(ctx, func() { _ = os.RemoveAll(folder) })
	h := &HTTPS{Folder: folder}
	for name, a := range map[string]**Authority{"vens": &h.VENs, "vtns": &h.VTNs} {
		if *a, err = NewAuthority(); err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(folder, name+".pem"), (*a).PEM(), 0o644); err != nil {
			return nil, err
		}
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	eccKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	host := func(c *x509.Certificate) {
		c.DNSNames, c.IPAddresses = []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1)}
		c.ExtKeyUsage = append(c.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
		c.KeyUsage |= x509.KeyUsageKeyEncipherment // TLS_RSA_WITH_AES_128_CBC_SHA256
	}
	for name, key := range map[string]crypto.Signer{"rsa": rsaKey, "ecc": eccKey} {
		c, err := h.VTNs.IssueFor(key, "vtn.localhost", host)
		if err == nil {
			err = WriteCertificate(folder, name, c)
		}
		if err != nil {
			return nil, err
		}
		if name == "rsa" {
			h.RSA = c
		} else {
			h.ECC = c
		}
	}
	return h, nil
}

// Env are the settings of a VTN that serves simple HTTP at an address.
func (h *HTTPS) Env(addr string) []string {
	return []string{
		"VTN_HTTP_LISTEN=" + addr, "VTN_HTTP_CLIENT_CA_FILE=" + h.File("vens.pem"),
		"VTN_HTTP_CERT_FILE=" + h.File("rsa.crt") + "," + h.File("ecc.crt"),
		"VTN_HTTP_KEY_FILE=" + h.File("rsa.key") + "," + h.File("ecc.key"),
	}
}

// File is the path of one of the files.
func (h *HTTPS) File(name string) string { return filepath.Join(h.Folder, name) }

// VEN issues a certificate as OpenADR's devices have it, without host name and extended key usage (rule T6).
func (h *HTTPS) VEN(commonName string, change ...func(*x509.Certificate)) (tls.Certificate, error) {
	return h.VENs.Issue(commonName, append([]func(*x509.Certificate){func(c *x509.Certificate) { c.ExtKeyUsage = nil }}, change...)...)
}

// ProfileSuites are the profile's two cipher suites of TLS 1.2 (rule T1), which Go does not offer by itself (rule T2).
var ProfileSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, tls.TLS_RSA_WITH_AES_128_CBC_SHA256}

// Client is how a VEN with this certificate connects to the VTN, by the profile's suites.
func (h *HTTPS) Client(c tls.Certificate) *tls.Config {
	roots := x509.NewCertPool()
	roots.AddCert(h.VTNs.cert)
	return &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{c}, MaxVersion: tls.VersionTLS12, CipherSuites: ProfileSuites}
}

// Server is how a VEN with this certificate lets the VTN connect, and nobody else.
func (h *HTTPS) Server(c tls.Certificate) *tls.Config {
	of := x509.NewCertPool()
	of.AddCert(h.VTNs.cert)
	return &tls.Config{ClientCAs: of, ClientAuth: tls.RequireAndVerifyClientCert, Certificates: []tls.Certificate{c}, MaxVersion: tls.VersionTLS12, CipherSuites: ProfileSuites}
}

// Fingerprint is that of a certificate (rule T7).
func Fingerprint(c tls.Certificate) string {
	sum := sha256.Sum256(c.Certificate[0])
	return strings.ReplaceAll(fmt.Sprintf("% X", sum[22:]), " ", ":")
}

// WriteCertificate writes a certificate into a folder: NAME.crt and NAME.key.
func WriteCertificate(folder, name string, c tls.Certificate) error {
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		return err
	}
	for file, block := range map[string]*pem.Block{
		name + ".crt": {Type: "CERTIFICATE", Bytes: c.Certificate[0]},
		name + ".key": {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(filepath.Join(folder, file), pem.EncodeToMemory(block), 0o600); err != nil {
			return err
		}
	}
	return nil
}
