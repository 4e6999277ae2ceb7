package signature

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/beevik/etree"

	"github.com/vtn-xmpp/vtn-xmpp/internal/fingerprint"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Signer signs payloads with the key of a certificate, RSA or ECDSA. Its methods are safe
// for concurrent use.
type Signer struct {
	now  func() time.Time
	with atomic.Pointer[signingKey]
}

// signingKey is a key with its certificate.
type signingKey struct {
	crypto.Signer
	certificate string // base64 of the DER
	fingerprint string
	algorithm   string
	room        int // see [Codec.Room]
}

// NewSigner makes a signer of a certificate and its key, both in PEM. now is the time that
// signatures say they were made at (rule S10).
func NewSigner(certificate, key []byte, now func() time.Time) (*Signer, error) {
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return nil, err
	}
	return SignerOf(pair, now)
}

// SignerOf is [NewSigner] for a certificate that was read before.
func SignerOf(pair tls.Certificate, now func() time.Time) (*Signer, error) {
	s := &Signer{now: now}
	if err := s.Renew(pair); err != nil {
		return nil, err
	}
	return s, nil
}

// Renew has a signer sign with another certificate and key from now on. When it fails, the former stay.
func (s *Signer) Renew(pair tls.Certificate) error {
	k, err := signingKeyOf(pair)
	if err != nil {
		return err
	}
	poll := &oadr.Poll{VENID: "x"}
	k.room = len(k.seal(poll, replay(s.now()))) - len(oadr.Append(nil, oadr.Form{}, poll)) + len("2006-01-02T15:04:05.999999999Z")
	s.with.Store(k)
	return nil
}

// signingKeyOf makes a signing key of a certificate and its key.
func signingKeyOf(pair tls.Certificate) (*signingKey, error) {
	if len(pair.Certificate) == 0 {
		return nil, errors.New("no certificate to sign with")
	}
	key, ok := pair.PrivateKey.(crypto.Signer)
	if !ok {
		return nil, errors.New("the key to sign with cannot sign")
	}
	der := pair.Certificate[0]
	k := &signingKey{Signer: key, certificate: base64.StdEncoding.EncodeToString(der), fingerprint: fingerprint.Of(der)}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	switch public := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		if bits := public.N.BitLen(); bits < minRSA || bits > maxRSA {
			return nil, fmt.Errorf("the RSA key to sign with has %d bits: take one of %d to %d", bits, minRSA, maxRSA)
		}
		k.algorithm = algRSA
	case *ecdsa.PublicKey:
		k.algorithm = algECDSA
	default:
		return nil, errors.New("the key to sign with is neither RSA nor ECDSA")
	}
	return k, nil
}

// Fingerprint returns that of the certificate (rule T7).
func (s *Signer) Fingerprint() string { return s.with.Load().fingerprint }

// The ID of the signed object and of the property, and how both are written. No element has
// a prefix, so that XMPP servers have none to take away; the namespace is repeated where
// lxml needs it (rule S13). The canonical form is made of the same pieces without that.
const (
	objectID  = "oadrSignedObject"
	replayID  = "prop"
	objectTag = "<oadrSignedObject"
	objectHas = ` xmlns:oadr="` + oadr.NS + `" oadr:Id="` + objectID + `"`
	inDS      = ` xmlns="` + oadr.NSds + `"`
)

// Append appends a message as a signed oadrPayload. It signs anew each time (rule S10).
func (s *Signer) Append(dst []byte, m oadr.Message) []byte {
	return append(dst, s.with.Load().seal(m, replay(s.now()))...)
}

// seal returns a signed payload with this property, given from behind "<Object" and its
// namespace.
func (k *signingKey) seal(m oadr.Message, replay string) []byte {
	object := oadr.Append(nil, oadr.Form{Root: oadr.RootSignedObject, Signed: true}, m)
	if len(object) == 0 { // an [oadr.Unknown]
		return nil
	}
	object = append([]byte(objectTag+objectHas), bytes.TrimPrefix(object, []byte(objectTag))...)
	digests := [2]string{digest(canonicalOwn(object)), digest([]byte("<Object" + inDS + replay))}
	info := signedInfo(k.algorithm, digests, "")
	value := k.sign([]byte("<SignedInfo" + inDS + ">" + info))
	dst := append(make([]byte, 0, len(object)+4096), `<oadrPayload xmlns="`+oadr.NS+`"><Signature`+inDS+`><SignedInfo>`...)
	dst = append(dst, signedInfo(k.algorithm, digests, inDS)...)
	dst = append(dst, "<SignatureValue>"...)
	dst = append(dst, value...)
	dst = append(dst, "</SignatureValue><KeyInfo><X509Data><X509Certificate>"...)
	dst = append(dst, k.certificate...)
	dst = append(dst, "</X509Certificate></X509Data></KeyInfo><Object"...)
	dst = append(dst, replay...)
	dst = append(dst, "</Signature>"...)
	dst = append(dst, object...)
	return append(dst, "</oadrPayload>"...)
}

// replay writes the property against replays, of a time, from behind "<Object" and its namespace.
func replay(now time.Time) string {
	var nonce [16]byte
	_, _ = rand.Read(nonce[:]) // it never fails
	return ` Id="` + replayID + `"><SignatureProperties><SignatureProperty Target="#` + objectID + `">` +
		`<ReplayProtect xmlns="` + nsReplay + `"><timestamp>` + oadr.FormatTime(now) + `</timestamp><nonce>` +
		hex.EncodeToString(nonce[:]) + `</nonce></ReplayProtect></SignatureProperty></SignatureProperties></Object>`
}

// signedInfo writes SignedInfo from behind its start tag. again is the declaration that is
// repeated.
func signedInfo(algorithm string, digests [2]string, again string) string {
	info := `<CanonicalizationMethod Algorithm="` + algC14N + `"></CanonicalizationMethod><SignatureMethod Algorithm="` + algorithm + `"></SignatureMethod>`
	for i, id := range [...]string{objectID, replayID} {
		info += `<Reference URI="#` + id + `"><Transforms` + again + `><Transform Algorithm="` + algC14N + `"></Transform></Transforms><DigestMethod` +
			again + ` Algorithm="` + algSHA256 + `"></DigestMethod><DigestValue` + again + `>` + digests[i] + `</DigestValue></Reference>`
	}
	return info + "</SignedInfo>"
}

// canonicalOwn returns the canonical form of an element that [oadr.Append] wrote.
func canonicalOwn(element []byte) []byte {
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(element); err != nil {
		panic("signature: oadr.Append wrote what is not well-formed: " + err.Error())
	}
	return canonical(doc, doc.Root(), rendering{})
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// sign returns the value of a signature in base64.
func (k *signingKey) sign(b []byte) string {
	sum := sha256.Sum256(b)
	value, err := k.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		panic("signature: the key cannot sign: " + err.Error()) // it could when the signer was made
	}
	if public, ok := k.Public().(*ecdsa.PublicKey); ok {
		value = halves(value, width(public))
	}
	return base64.StdEncoding.EncodeToString(value)
}
