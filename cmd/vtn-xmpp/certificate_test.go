package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/internal/fingerprint"
)

// newCertificate returns the DER of a certificate.
func newCertificate(t *testing.T, name string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func toPEM(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// T7: the fingerprint of a certificate in whatever form a file has it.
func TestT7CertificateFingerprint(t *testing.T) {
	m := newMachine(t, nil)
	der := newCertificate(t, "ven1")
	m.write("ven1.crt", "Subject: ven1\n"+toPEM(der)+toPEM(newCertificate(t, "the authority")))
	m.write("ven1.der", string(der))
	m.write("none.crt", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
	for _, file := range []string{"ven1.crt", "ven1.der"} {
		m.says(m.ok("", "certificate", file), fingerprint.Of(der), "CN=ven1", "ECC P-256")
	}
	var got struct{ Items []certificateFacts }
	if err := json.Unmarshal([]byte(m.ok(toPEM(der), "certificate", "-", "-o", "json")), &got); err != nil || len(got.Items) != 1 || got.Items[0].Fingerprint != fingerprint.Of(der) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, file := range []string{"none.crt", "missing.crt"} {
		if r := m.run("certificate", file); r.status != 1 || !strings.Contains(r.stderr, file) {
			t.Errorf("%s: %+v", file, r)
		}
	}
}

// T8: a VEN has room for the certificate of its next renewal; T7: whoever enters it may write it as they like.
func TestT7T8CertificatesOfAVEN(t *testing.T) {
	m := newMachine(t, map[string]string{"VTN_XMPP_SECRET": "s"})
	m.env["VTN_API_URL"] = m.serve().api
	old, next := newCertificate(t, "ven1"), newCertificate(t, "ven1")
	m.write("old.crt", toPEM(old))
	m.write("next.crt", toPEM(next))
	m.says(m.ok("", "ven", "add", "--id=ven-1", "--certificate=old.crt"), "simpleHttp:"+fingerprint.Of(old))
	m.says(m.ok("", "ven", "add", "--id=ven-2", "--fingerprint=3b2fa0115c0977d4e890", "--fingerprint=00:00:00:00:00:00:00:00:00:01"),
		"simpleHttp:3B:2F:A0:11:5C:09:77:D4:E8:90 simpleHttp:00:00:00:00:00:00:00:00:00:01")
	if r := m.run("ven", "add", "--id=ven-3", "--fingerprint="+fingerprint.Of(old)); r.status != 1 || !strings.Contains(r.stderr, "another VEN's") {
		t.Errorf("another VEN's certificate: %+v", r)
	}
	if r := m.run("ven", "add", "--id=ven-3", "--fingerprint=ven1@example.org"); r.status != 1 || !strings.Contains(r.stderr, "vtn-xmpp certificate") {
		t.Errorf("no fingerprint: %+v", r)
	}
	m.ok("", "ven", "modify", "ven-1", "--add-certificate=next.crt", "--set=venName=Hall")
	m.hasFingerprints("ven-1", "Hall", fingerprint.Of(old), fingerprint.Of(next))
	m.ok("", "ven", "modify", "ven-1", "--remove-fingerprint="+strings.ToLower(fingerprint.Of(old)))
	m.hasFingerprints("ven-1", "Hall", fingerprint.Of(next))
	if r := m.run("ven", "modify", "ven-1", "--remove-fingerprint="+fingerprint.Of(old)); r.status != 1 || !strings.Contains(r.stderr, "no such certificate") {
		t.Errorf("removed twice: %+v", r)
	}
}

// hasFingerprints checks the name and the certificates of a VEN.
func (m *machine) hasFingerprints(venID, name string, want ...string) {
	m.t.Helper()
	var v client.VEN
	if err := json.Unmarshal([]byte(m.ok("", "ven", "show", venID, "-o", "json")), &v); err != nil {
		m.t.Fatal(err)
	}
	var have []string
	for _, id := range v.Identities {
		have = append(have, id.Transport+":"+id.Identity)
	}
	slices.Sort(want) // as the store has them
	if strings.Join(have, " ") != "simpleHttp:"+strings.Join(want, " simpleHttp:") || v.VENName != name {
		m.t.Errorf("%s has %v", v.VENName, have)
	}
}
