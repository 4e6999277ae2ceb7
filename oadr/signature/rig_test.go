package signature

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// signTime is when the payloads of these tests are signed.
var signTime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func atSignTime() time.Time { return signTime }

// pair is a certificate and its key in PEM.
type pair struct{ certificate, key []byte }

// rsaPair and ecdsaPair are made once.
var (
	rsaPair   = sync.OnceValue(func() pair { return newRSA(2048) })
	ecdsaPair = sync.OnceValue(newECDSA)
)

func newRSA(bits int) pair {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	return newPair(key, err)
}

func newECDSA() pair {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return newPair(key, err)
}

func newPair(key crypto.Signer, err error) pair {
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ven"},
		NotBefore: signTime.Add(-time.Hour), NotAfter: signTime.Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	return pair{pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})}
}

// private returns the key.
func (p pair) private(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := tls.X509KeyPair(p.certificate, p.key)
	if err != nil {
		t.Fatal(err)
	}
	return key.PrivateKey.(crypto.Signer)
}

// base64 returns the certificate as a signature holds it.
func (p pair) base64(t testing.TB) string {
	t.Helper()
	block, _ := pem.Decode(p.certificate)
	return base64.StdEncoding.EncodeToString(block.Bytes)
}

// keys are both kinds.
var keys = map[string]func() pair{"RSA": rsaPair, "ECDSA": ecdsaPair}

func (p pair) signer(t testing.TB) *Signer {
	t.Helper()
	s, err := NewSigner(p.certificate, p.key, atSignTime)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// write writes the pair as files.
func (p pair) write(t testing.TB) (certificate, key string) {
	t.Helper()
	dir := t.TempDir()
	certificate, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	put(t, certificate, p.certificate)
	put(t, key, p.key)
	return certificate, key
}

func put(t testing.TB, file string, content []byte) {
	t.Helper()
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// created is a message with attributes, empty elements and text to escape.
var created = &oadr.CreatedPartyRegistration{
	Response:       oadr.EIResponse{Code: oadr.CodeOK, Description: "a < b & c > d \"e\"\r\n\tf", RequestID: "r"},
	RegistrationID: "reg", VENID: "ven-1", VTNID: "vtn",
}

// sealed is a signed payload.
func sealed(t testing.TB, p pair) string { return string(p.signer(t).Append(nil, created)) }

// resealed returns a document with the digests and the value that its signature needs, as far
// as its structure is that of one: an attacker has a key, too.
func resealed(t testing.TB, raw string, by *Signer) string {
	t.Helper()
	doc, err := parse([]byte(raw), oadr.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	p, err := split(doc)
	if err != nil {
		return raw
	}
	rest := raw
	for _, r := range p.references {
		tag := between(t, rest, "<DigestValue", "</DigestValue>")
		rest = rest[strings.Index(rest, tag)+len(tag):]
		form := rendering{}
		if r.enveloped {
			form.without = p.signature
		}
		if _, target, err := p.resolve(r); err == nil {
			raw = change(t, raw, tag, tag[:strings.Index(tag, ">")+1]+digest(canonical(doc, target, form))+"</DigestValue>")
		}
	}
	if doc, err = parse([]byte(raw), oadr.DefaultLimits); err != nil {
		t.Fatal(err)
	}
	if p, err = split(doc); err != nil {
		t.Fatal(err)
	}
	return change(t, raw, between(t, raw, "<SignatureValue>", "</SignatureValue>"), "<SignatureValue>"+by.with.Load().sign(canonical(doc, p.info, rendering{}))+"</SignatureValue>")
}

var reading = Codec{Limits: oadr.DefaultLimits}

// decode decodes a payload that must be readable.
func decode(t testing.TB, raw string) *oadr.Payload {
	t.Helper()
	p, err := reading.Decode([]byte(raw))
	if err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	return p
}

// accepts checks that the signature holds.
func accepts(t testing.TB, raw string) *oadr.Payload {
	t.Helper()
	p := decode(t, raw)
	if p.Signature == nil || p.BadSignature != nil || !p.Form.Signed {
		t.Fatalf("the signature does not hold: %v\n%s", p.BadSignature, raw)
	}
	return p
}

// refuses checks that the signature does not hold, for this reason.
func refuses(t testing.TB, raw, reason string) {
	t.Helper()
	p := decode(t, raw)
	if p.Signature != nil || p.Form.Signed || p.BadSignature == nil {
		t.Fatalf("the signature holds\n%s", raw)
	}
	if !strings.Contains(p.BadSignature.Error(), reason) {
		t.Errorf("it does not hold because %q, want %q", p.BadSignature, reason)
	}
}

// change replaces the first of what is there, and fails if it is not.
func change(t testing.TB, s, old, by string) string {
	t.Helper()
	if !strings.Contains(s, old) {
		t.Fatalf("there is no %q in %s", old, s)
	}
	return strings.Replace(s, old, by, 1)
}

// between returns what stands from begin to end, with both.
func between(t testing.TB, s, begin, end string) string {
	t.Helper()
	i := strings.Index(s, begin)
	j := strings.Index(s[max(i, 0):], end)
	if i < 0 || j < 0 {
		t.Fatalf("there is no %s…%s in %s", begin, end, s)
	}
	return s[i : i+j+len(end)]
}

// tool skips a test where a tool of Debian is missing.
func tool(t testing.TB, name, debian string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not there: apt-get install %s", name, debian)
	}
}
