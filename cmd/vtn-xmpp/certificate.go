package main

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/fingerprint"
)

type certificateCommand struct {
	File []string `arg:"" help:"File with a certificate, PEM or DER, - for the standard input. Of a chain the first counts."`
}

func (*certificateCommand) Help() string {
	return `Prints the fingerprint by which the VTN knows a VEN that uses simpleHttp or signs: the last 10 bytes of the SHA-256 of its
certificate. "ven add --certificate" enters it at once.

Examples:

  vtn-xmpp certificate ven1.crt
  vtn-xmpp certificate -o json ven1.crt ven2.crt`
}

// certificateFacts are what an operator wants to know of a certificate.
type certificateFacts struct {
	File        string    `json:"file"`
	Fingerprint string    `json:"fingerprint"`
	Subject     string    `json:"subject"`
	Issuer      string    `json:"issuer"`
	Key         string    `json:"key"`
	NotBefore   time.Time `json:"notBefore"`
	NotAfter    time.Time `json:"notAfter"`
}

func (c *certificateCommand) Run(o output) error {
	var all []certificateFacts
	for _, file := range c.File {
		x, err := readCertificate(file)
		if err != nil {
			return err
		}
		all = append(all, certificateFacts{file, fingerprint.Of(x.Raw), x.Subject.String(), x.Issuer.String(), keyOf(x), x.NotBefore.UTC(), x.NotAfter.UTC()})
	}
	return o.print(map[string]any{"items": all}, func(w *tabwriter.Writer) {
		row(w, "file", "fingerprint", "subject", "issuer", "key", "valid from", "valid until")
		for _, x := range all {
			row(w, x.File, x.Fingerprint, x.Subject, x.Issuer, x.Key, at(&x.NotBefore), at(&x.NotAfter))
		}
	})
}

// keyOf names the kind of a certificate's key.
func keyOf(c *x509.Certificate) string {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", key.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECC " + key.Params().Name
	}
	return c.PublicKeyAlgorithm.String()
}

// readCertificate reads the first certificate of a file.
func readCertificate(file string) (*x509.Certificate, error) {
	raw, err := readFile(file)
	if err != nil {
		return nil, err
	}
	c, err := parseCertificate(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return c, nil
}

func parseCertificate(raw []byte) (*x509.Certificate, error) {
	for rest := raw; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type == "CERTIFICATE" {
			return x509.ParseCertificate(block.Bytes)
		}
	}
	if c, err := x509.ParseCertificate(raw); err == nil {
		return c, nil
	}
	return nil, errors.New("holds no certificate, in PEM or DER form")
}

// fingerprintFlags name a VEN's certificates.
type fingerprintFlags struct {
	Fingerprint []string `group:"The VEN" sep:"none" placeholder:"FINGERPRINT" help:"Certificate that it may use with simpleHttp and for signatures, by its fingerprint. Enter the next one before a renewal."`
	Certificate []string `group:"The VEN" sep:"none" placeholder:"FILE" help:"The same by the certificate itself, PEM or DER."`
}

// fingerprints returns the fingerprints that the flags name.
func (f fingerprintFlags) fingerprints() ([]string, error) {
	all := append([]string(nil), f.Fingerprint...)
	for _, file := range f.Certificate {
		c, err := readCertificate(file)
		if err != nil {
			return nil, err
		}
		all = append(all, fingerprint.Of(c.Raw))
	}
	return all, nil
}
