package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/signature"
)

// signConfig holds the settings of serve for XML signatures.
type signConfig struct {
	Signatures   string `name:"signatures" env:"VTN_SIGNATURES" default:"off" help:"What XML signatures count for: off (nobody looks at them), asked (those of VENs that register with oadrXmlSignature are needed, and what is pushed to these is signed) or required (of all). A VEN may have a setting of its own."`
	SignCertFile string `name:"sign-cert-file" env:"VTN_SIGN_CERT_FILE" placeholder:"FILE" help:"The certificate that the VTN signs with, PEM; its key is RSA or ECDSA."`
	SignKeyFile  string `name:"sign-key-file" env:"VTN_SIGN_KEY_FILE" placeholder:"FILE" help:"Its key, PEM."`

	signer *signature.Signer // nil: nothing can be signed
}

// completeSignatures reads the certificate and the key, and checks the settings.
func (c *signConfig) completeSignatures() error {
	mode := core.SignatureMode(c.Signatures)
	if err := mode.Check(); err != nil {
		return fmt.Errorf("VTN_SIGNATURES %w", err)
	}
	switch {
	case (c.SignCertFile == "") != (c.SignKeyFile == ""):
		return errors.New("set both VTN_SIGN_CERT_FILE and VTN_SIGN_KEY_FILE, or neither")
	case c.SignCertFile != "":
	case mode == core.SignaturesAsked || mode == core.SignaturesRequired:
		return fmt.Errorf("VTN_SIGNATURES is %s: set VTN_SIGN_CERT_FILE and VTN_SIGN_KEY_FILE to the certificate that the VTN signs with and its key", mode)
	default:
		return nil
	}
	pair, err := c.readSigning()
	if err != nil {
		return err
	}
	if c.signer, err = signature.SignerOf(pair, core.SystemClock{}.Now); err != nil {
		return fmt.Errorf("VTN_SIGN_CERT_FILE, VTN_SIGN_KEY_FILE: %w", err)
	}
	return nil
}

// readSigning reads the certificate and the key.
func (c *signConfig) readSigning() (tls.Certificate, error) {
	certificate, err := readPEM(c.SignCertFile)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("VTN_SIGN_CERT_FILE: %w", err)
	}
	key, err := readPEM(c.SignKeyFile)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("VTN_SIGN_KEY_FILE: %w", err)
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return pair, fmt.Errorf("VTN_SIGN_CERT_FILE, VTN_SIGN_KEY_FILE: %s with %s: %w", c.SignCertFile, c.SignKeyFile, err)
	}
	return pair, nil
}

// maxPEM bounds the files that are read, in bytes.
const maxPEM = 1 << 20

// readPEM reads a small file.
func readPEM(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxPEM))
}

// codec returns what a transport reads and writes payloads with. rewritten says that a
// server may have rewritten what comes in (rule S14).
func (c *serveConfig) codec(rewritten bool) signature.Codec {
	return signature.Codec{Limits: oadr.Limits{Size: c.MaxPayload, Depth: oadr.DefaultLimits.Depth}, Signer: c.signer, Rewritten: rewritten}
}
