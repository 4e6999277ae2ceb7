package test

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/internal/fingerprint"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/signature"
)

// signing are the settings of a VTN that signs.
func signing(mode string) []string {
	return []string{"VTN_SIGNATURES=" + mode, "VTN_SIGN_CERT_FILE=" + https.File("ecc.crt"), "VTN_SIGN_KEY_FILE=" + https.File("ecc.key")}
}

// signer is a puppet with a certificate that it signs with.
type signer struct {
	*puppet
	signature.Codec
	certificate tls.Certificate
}

// signer connects a puppet and enters it with the fingerprint of its certificate.
func (s *stack) signer(spec client.VENSpec) *signer {
	s.t.Helper()
	p := s.newcomer()
	var certificate tls.Certificate
	var err error
	line, overHTTP := p.line.(*httpLine)
	if overHTTP {
		certificate = line.certificate
	} else if certificate, err = https.VEN("signer"); err != nil {
		s.t.Fatal(err)
	}
	by, err := signature.SignerOf(certificate, time.Now)
	if err != nil {
		s.t.Fatal(err)
	}
	spec.Identities = []client.Identity{{Transport: "simpleHttp", Identity: fingerprint.Of(certificate.Certificate[0])}}
	if !overHTTP {
		spec.Identities = append(spec.Identities, client.Identity{Transport: "xmpp", Identity: p.JID().Bare().String()})
	}
	if _, err := s.AddVEN(s.t.Context(), spec); err != nil {
		s.t.Fatal(err)
	}
	x := &signer{p, signature.Codec{Limits: oadr.DefaultLimits, Signer: by}, certificate}
	if overHTTP {
		line.sign = x.signed
	}
	return x
}

// signed writes a message as the signer signs it.
func (p *signer) signed(m oadr.Message) string {
	return string(p.Append(nil, oadr.Form{Signed: true}, m))
}

// asks sends a payload, which must be answered with a signed one of that outcome.
func (p *signer) asks(raw, want string) oadr.Message {
	p.t.Helper()
	a := askRaw(p.t, p, "", raw)
	a.expectOutcome(p.t, want)
	p.holds(a.Inside)
	return a.message
}

// holds checks that a payload of the VTN has a signature that holds, here and for xmlsec1, as it is behind the server.
func (p *signer) holds(raw []byte) {
	p.t.Helper()
	vtn := fingerprint.Of(https.ECC.Certificate[0])
	got, err := p.Decode(raw)
	if err != nil || got.Signature == nil || got.Signature.Fingerprint != vtn {
		p.t.Fatalf("no signature of the VTN holds: %v, %+v\n%s", err, got, raw)
	}
	xmlsec(p.t, string(raw), "--verify", "--trusted-pem", https.File("vtns.pem"))
}

// registers registers the signer by a signed message.
func (p *signer) registers() {
	p.t.Helper()
	m := p.asks(p.signed(p.registration(func(m *oadr.CreatePartyRegistration) { m.XMLSignature = true })), "oadrCreatedPartyRegistration 200").(*oadr.CreatedPartyRegistration)
	p.id, p.registrationID = m.VENID, m.RegistrationID
}

// xmlsec runs xmlsec1 on a document and returns what it writes.
func xmlsec(t *testing.T, document string, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.xml"), filepath.Join(dir, "out.xml")
	if err := os.WriteFile(in, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	args = append(args, "--id-attr:Id", oadr.NS+":oadrSignedObject", "--id-attr:Id", oadr.NSds+":Object", "--output", out, in)
	if said, err := exec.CommandContext(t.Context(), "xmlsec1", args...).CombinedOutput(); err != nil {
		t.Fatalf("xmlsec1 %v: %v\n%s\n%s", args, err, said, document)
	}
	written, _ := os.ReadFile(out)
	return string(written)
}

// asOpenLEADR signs a poll as OpenLEADR writes it, with prefixes.
func (p *signer) asOpenLEADR() string {
	p.t.Helper()
	return p.bySigning(`<oadr:oadrPayload xmlns:oadr="NS" xmlns:ei="EI" xmlns:pyld="http://docs.oasis-open.org/ns/energyinterop/201110/payloads">
  <ds:Signature xmlns:ds="DS"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="C14N"/><ds:SignatureMethod Algorithm="ECDSA"/>
  <ds:Reference URI="#oadrSignedObject"><ds:Transforms><ds:Transform Algorithm="C14N"/></ds:Transforms><ds:DigestMethod Algorithm="SHA"/><ds:DigestValue/></ds:Reference>
  <ds:Reference URI="#prop"><ds:Transforms><ds:Transform Algorithm="C14N"/></ds:Transforms><ds:DigestMethod Algorithm="SHA"/><ds:DigestValue/></ds:Reference></ds:SignedInfo>
  <ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate/></ds:X509Data></ds:KeyInfo>
  <ds:Object Id="prop"><ds:SignatureProperties><ds:SignatureProperty Target="#oadrSignedObject"><dsp:ReplayProtect xmlns:dsp="PROP"><dsp:timestamp>NOW</dsp:timestamp>
  <dsp:nonce>NONCE</dsp:nonce></dsp:ReplayProtect></ds:SignatureProperty></ds:SignatureProperties></ds:Object></ds:Signature>
  <oadr:oadrSignedObject oadr:Id="oadrSignedObject"><oadr:oadrPoll ei:schemaVersion="2.0b"><ei:venID>VENID</ei:venID></oadr:oadrPoll></oadr:oadrSignedObject>
</oadr:oadrPayload>`)
}

// asAvob signs a poll as avob's VEN writes it: the whole document, and a default namespace that is not the root's.
func (p *signer) asAvob() string {
	p.t.Helper()
	return p.bySigning(`<ns7:oadrPayload xmlns="DS" xmlns:ns2="EI" xmlns:ns7="NS"><Signature><SignedInfo><CanonicalizationMethod Algorithm="C14N"/><SignatureMethod Algorithm="ECDSA"/>` +
		`<Reference URI=""><Transforms><Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/></Transforms><DigestMethod Algorithm="SHA"/><DigestValue/></Reference>` +
		`<Reference URI="#prop"><DigestMethod Algorithm="SHA"/><DigestValue/></Reference></SignedInfo><SignatureValue/>` +
		`<KeyInfo><X509Data><X509SubjectName/><X509Certificate/></X509Data></KeyInfo><Object Id="prop"><SignatureProperties><SignatureProperty Target="x">` +
		`<p:ReplayProtect xmlns:p="PROP"><p:timestamp>NOW</p:timestamp><p:nonce>NONCE</p:nonce></p:ReplayProtect></SignatureProperty></SignatureProperties></Object></Signature>` +
		`<ns7:oadrSignedObject><ns7:oadrPoll ns2:schemaVersion="2.0b"><ns2:venID>VENID</ns2:venID></ns7:oadrPoll></ns7:oadrSignedObject></ns7:oadrPayload>`)
}

// bySigning has xmlsec1 sign a document with the signer's key.
func (p *signer) bySigning(document string) string {
	p.t.Helper()
	dir := p.t.TempDir()
	key, err := x509.MarshalPKCS8PrivateKey(p.certificate.PrivateKey)
	if err != nil {
		p.t.Fatal(err)
	}
	keyFile, certFile := filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem")
	for file, block := range map[string]*pem.Block{keyFile: {Type: "PRIVATE KEY", Bytes: key}, certFile: {Type: "CERTIFICATE", Bytes: p.certificate.Certificate[0]}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			p.t.Fatal(err)
		}
	}
	document = strings.NewReplacer("NOW", oadr.FormatTime(time.Now()), "NONCE", rand.Text(), "VENID", p.id, "NS", oadr.NS, "EI", oadr.NSei, "DS", oadr.NSds,
		"PROP", "http://openadr.org/oadr-2.0b/2012/07/xmldsig-properties", "C14N", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
		"ECDSA", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", "SHA", "http://www.w3.org/2001/04/xmlenc#sha256").Replace(document)
	signed := xmlsec(p.t, document, "--sign", "--privkey-pem", keyFile+","+certFile)
	if _, rest, ok := strings.Cut(signed, "?>"); ok { // a stanza has no XML declaration, and xmlsec1 writes one
		return strings.TrimSpace(rest)
	}
	return signed
}
