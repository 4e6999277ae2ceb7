package core_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/fingerprint"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/signature"
)

// certificates are those of this package's tests by name, made once. They are valid around t0.
var certificates sync.Map

// certificateOf returns the certificate of a name.
func certificateOf(name string) tls.Certificate {
	if c, ok := certificates.Load(name); ok {
		return c.(tls.Certificate)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: t0.Add(-24 * time.Hour), NotAfter: t0.Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	c, _ := certificates.LoadOrStore(name, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key})
	return c.(tls.Certificate)
}

// certificateIdentity is the certificate of a name, as an identity.
func certificateIdentity(name string) core.Identity {
	return core.Identity{Transport: "simpleHttp", Name: fingerprint.Of(certificateOf(name).Certificate[0])}
}

// certified gives a VEN the certificate of a name.
func certified(name string) func(*core.VEN) {
	return func(v *core.VEN) { v.Identities = append(v.Identities, certificateIdentity(name)) }
}

// signing makes a VTN that can sign, in a mode.
func signing(mode core.SignatureMode) func(*core.Config) {
	return func(c *core.Config) {
		c.Signatures, c.Encoder = mode, codec("vtn", func() time.Time { return t0 })
	}
}

// codec signs with the certificate of a name.
func codec(name string, now func() time.Time) signature.Codec {
	s, err := signature.SignerOf(certificateOf(name), now)
	if err != nil {
		panic(err)
	}
	return signature.Codec{Limits: oadr.DefaultLimits, Signer: s}
}

// signed is a message signed with the certificate of a name at a time.
func (r *testVTN) signed(name string, at time.Time, m oadr.Message) []byte {
	return codec(name, func() time.Time { return at }).Append(nil, oadr.Form{Signed: true}, m)
}

// handles hands over a payload, and returns the code that it is answered with, or why it is
// refused for its signature.
func (r *testVTN) handles(from core.Peer, raw []byte) string {
	r.t.Helper()
	p, err := signature.Codec{Limits: oadr.DefaultLimits}.Decode(raw)
	if err != nil {
		r.t.Fatal(err)
	}
	m, err := r.Handle(r.t.Context(), from, p)
	switch {
	case errors.Is(err, core.ErrNotSigned):
		return err.Error()
	case err != nil:
		r.t.Fatal(err)
	}
	if response := oadr.ResponseOf(m); response != nil {
		return strconv.Itoa(int(response.Code))
	}
	return "no code"
}

// wantHandled fails the test unless a payload is answered with this code, or refused with
// this in the reason.
func (r *testVTN) wantHandled(from core.Peer, raw []byte, want string) {
	r.t.Helper()
	if got := r.handles(from, raw); !strings.Contains(got, want) {
		r.t.Errorf("answered %q, want %q", got, want)
	}
}

// pollOf is any message that a VEN sends.
func pollOf(venID string) *oadr.Poll { return &oadr.Poll{VENID: venID} }

// unsigned writes a message without signature.
func unsigned(m oadr.Message) []byte { return oadr.Append(nil, oadr.Form{}, m) }
