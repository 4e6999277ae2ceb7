package signature

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
)

// idAttributes tells xmlsec1 which attributes are IDs.
var idAttributes = []string{"--id-attr:Id", oadr.NS + ":oadrSignedObject", "--id-attr:Id", oadr.NSds + ":Object"}

// xmlsec runs xmlsec1 on a document and returns what it wrote to --output.
func xmlsec(t *testing.T, document string, args ...string) string {
	t.Helper()
	tool(t, "xmlsec1", "xmlsec1")
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.xml"), filepath.Join(dir, "out.xml")
	put(t, in, []byte(document))
	args = append(append(append(args[:1:1], idAttributes...), args[1:]...), "--output", out, in)
	if said, err := exec.Command("xmlsec1", args...).CombinedOutput(); err != nil {
		t.Fatalf("xmlsec1 %v: %v\n%s\n%s", args, err, said, document)
	}
	written, _ := os.ReadFile(out)
	return string(written)
}

// TestS13XmlsecVerifies: what is written here holds for xmlsec1.
func TestS13XmlsecVerifies(t *testing.T) {
	for name, of := range keys {
		t.Run(name, func(t *testing.T) {
			certificate, _ := of().write(t)
			xmlsec(t, sealed(t, of()), "--verify", "--trusted-pem", certificate, "--verification-time", signTime.Format("2006-01-02 15:04:05"))
		})
	}
}

// kinds are the messages of 2.0b.
var kinds = []oadr.Kind{
	oadr.KindResponse, oadr.KindPoll, oadr.KindQueryRegistration, oadr.KindCreatePartyRegistration, oadr.KindCreatedPartyRegistration,
	oadr.KindCancelPartyRegistration, oadr.KindCanceledPartyRegistration, oadr.KindRequestReregistration, oadr.KindDistributeEvent,
	oadr.KindRequestEvent, oadr.KindCreatedEvent, oadr.KindCreateOpt, oadr.KindCreatedOpt, oadr.KindCancelOpt, oadr.KindCanceledOpt,
	oadr.KindRegisterReport, oadr.KindRegisteredReport, oadr.KindCreateReport, oadr.KindCreatedReport, oadr.KindUpdateReport,
	oadr.KindUpdatedReport, oadr.KindCancelReport, oadr.KindCanceledReport,
}

// TestS13S14S15XmlsecVerifiesAnyMessage: so does each kind of message with whatever stands in it,
// also as ejabberd passes it on, unless it holds a feed or a place that somebody else wrote
// with prefixes.
func TestS13S14S15XmlsecVerifiesAnyMessage(t *testing.T) {
	g := oadrtest.NewGenerator(1)
	for i, kind := range kinds {
		of := []pair{rsaPair(), ecdsaPair()}[i%2]
		certificate, _ := of.write(t)
		raw := string(of.signer(t).Append(nil, g.Message(kind)))
		documents := []string{raw}
		if !strings.Contains(raw, "<gml:") && !strings.Contains(raw, "<atom:") {
			documents = append(documents, behindEjabberd(t, raw))
		}
		for _, document := range documents {
			xmlsec(t, document, "--verify", "--trusted-pem", certificate, "--verification-time", signTime.Format("2006-01-02 15:04:05"))
			accepts(t, document)
		}
	}
}

// unsigned are documents for xmlsec1 to sign, as VENs write them.
var unsigned = map[string]string{
	// OpenLEADR: prefixes, oadr:Id, explicit canonicalisation (rule S7).
	"openleadr": `<oadr:oadrPayload xmlns:oadr="` + oadr.NS + `" xmlns:ei="` + oadr.NSei + `" xmlns:pyld="` + oadr.NSpyld + `">
  <ds:Signature xmlns:ds="` + oadr.NSds + `"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="` + algC14N + `"/><ds:SignatureMethod Algorithm="ALGORITHM"/>
  <ds:Reference URI="#oadrSignedObject"><ds:Transforms><ds:Transform Algorithm="` + algC14N + `"/></ds:Transforms><ds:DigestMethod Algorithm="` + algSHA256 + `"/><ds:DigestValue/></ds:Reference>
  <ds:Reference URI="#prop"><ds:Transforms><ds:Transform Algorithm="` + algC14N + `"/></ds:Transforms><ds:DigestMethod Algorithm="` + algSHA256 + `"/><ds:DigestValue/></ds:Reference></ds:SignedInfo>
  <ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate/></ds:X509Data></ds:KeyInfo>
  <ds:Object Id="prop"><ds:SignatureProperties><ds:SignatureProperty Target="#oadrSignedObject"><dsp:ReplayProtect xmlns:dsp="` + nsReplay + `"><dsp:timestamp>2026-03-01T12:00:00.25Z</dsp:timestamp>
  <dsp:nonce>C3PO</dsp:nonce></dsp:ReplayProtect></ds:SignatureProperty></ds:SignatureProperties></ds:Object></ds:Signature>
  <oadr:oadrSignedObject oadr:Id="oadrSignedObject"><oadr:oadrPoll ei:schemaVersion="2.0b"><ei:venID>ven-1</ei:venID></oadr:oadrPoll></oadr:oadrSignedObject>
</oadr:oadrPayload>`,
	// avob: the whole document without the signature, no canonicalisation named, subject name.
	"avob": `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><!-- x --><ns7:oadrPayload xmlns="` + oadr.NSds + `" xmlns:ns2="` + oadr.NSei + `" xmlns:ns7="` + oadr.NS + `">` +
		`<Signature><SignedInfo><CanonicalizationMethod Algorithm="` + algC14NComments + `"/><SignatureMethod Algorithm="ALGORITHM"/><!-- kept here -->` +
		`<Reference URI=""><Transforms><Transform Algorithm="` + algEnveloped + `"/></Transforms><DigestMethod Algorithm="` + algSHA256 + `"/><DigestValue/></Reference>` +
		`<Reference URI="#prop"><DigestMethod Algorithm="` + algSHA256 + `"/><DigestValue/></Reference></SignedInfo><SignatureValue/>` +
		`<KeyInfo><X509Data><X509SubjectName/><X509Certificate/></X509Data></KeyInfo><Object Id="prop"><SignatureProperties><SignatureProperty Target="x">` +
		`<p:ReplayProtect xmlns:p="` + nsReplay + `"><p:timestamp>2026-03-01T13:00:00.25+01:00</p:timestamp><p:nonce EncodingType="x">C3PO</p:nonce></p:ReplayProtect></SignatureProperty></SignatureProperties></Object></Signature>` +
		`<ns7:oadrSignedObject><!-- not seen --><ns7:oadrPoll xml:lang='de'><ns2:venID>ven-1</ns2:venID></ns7:oadrPoll></ns7:oadrSignedObject></ns7:oadrPayload>`,
	// OpenADR's namespace as the default, prefixes for all others, and one for oadr:Id alone.
	"mixed": `<oadrPayload xmlns="` + oadr.NS + `" xmlns:oadr="` + oadr.NS + `" xmlns:ei="` + oadr.NSei + `" xmlns:ds="` + oadr.NSds + `">` +
		`<ds:Signature><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="` + algC14N + `"/><ds:SignatureMethod Algorithm="ALGORITHM"/>` +
		`<ds:Reference URI="#oadrSignedObject"><ds:DigestMethod Algorithm="` + algSHA256 + `"/><ds:DigestValue/></ds:Reference>` +
		`<ds:Reference URI="#prop"><ds:DigestMethod Algorithm="` + algSHA256 + `"/><ds:DigestValue/></ds:Reference></ds:SignedInfo>` +
		`<ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate/></ds:X509Data></ds:KeyInfo><ds:Object Id="prop"><ds:SignatureProperties><ds:SignatureProperty Target="#x">` +
		`<p:ReplayProtect xmlns:p="` + nsReplay + `"><p:timestamp>2026-03-01T12:00:00.25Z</p:timestamp><p:nonce>C3PO</p:nonce></p:ReplayProtect></ds:SignatureProperty></ds:SignatureProperties></ds:Object></ds:Signature>` +
		`<oadrSignedObject oadr:Id="oadrSignedObject"><oadrPoll ei:schemaVersion="2.0b"><ei:venID>ven-1</ei:venID></oadrPoll></oadrSignedObject></oadrPayload>`,
	// The figure of the specification: a bare Id, default namespaces (rule S9), and comments for a method that keeps them.
	"figure": `<oadrPayload xmlns="` + oadr.NS + `"><Signature xmlns="` + oadr.NSds + `"><SignedInfo><CanonicalizationMethod Algorithm="` + algC14N + `"/><SignatureMethod Algorithm="ALGORITHM"/>` +
		`<Reference URI="#prop"><DigestMethod Algorithm="` + algSHA256 + `"/><DigestValue/></Reference>` +
		`<Reference URI="#o"><Transforms><Transform Algorithm="` + algC14NComments + `"/></Transforms><DigestMethod Algorithm="` + algSHA256 + `"/><DigestValue/></Reference></SignedInfo>` +
		`<SignatureValue/><KeyInfo><X509Data><X509Certificate/></X509Data></KeyInfo><Object><SignatureProperties><SignatureProperty Id="prop" Target="#o">` +
		`<ReplayProtect xmlns="` + nsReplay + `"><timestamp>2026-03-01T12:00:00.250Z</timestamp><nonce> C3PO </nonce></ReplayProtect></SignatureProperty></SignatureProperties></Object></Signature>` +
		`<oadrSignedObject Id="o"><oadrPoll><!-- left out --><venID xmlns="` + oadr.NSei + `">ven-1</venID></oadrPoll></oadrSignedObject></oadrPayload>`,
}

// signedBy is one of [unsigned], signed by xmlsec1.
func signedBy(t *testing.T, of pair, name, algorithm string) string {
	t.Helper()
	certificate, key := of.write(t)
	template := change(t, unsigned[name], "ALGORITHM", algorithm)
	return xmlsec(t, template, "--sign", "--privkey-pem", key+","+certificate)
}

// TestS6S7S8S9XmlsecSigns: what xmlsec1 signs, in all the ways that VENs do, holds here.
func TestS6S7S8S9XmlsecSigns(t *testing.T) {
	for kind, algorithm := range map[string]string{"RSA": algRSA, "ECDSA": algECDSA} {
		for name := range unsigned {
			t.Run(kind+" "+name, func(t *testing.T) {
				raw := signedBy(t, keys[kind](), name, algorithm)
				p := accepts(t, raw)
				if m, ok := p.Message.(*oadr.Poll); !ok || m.VENID != "ven-1" || p.Form.Root != oadr.RootPayload {
					t.Errorf("it holds %+v", p)
				}
				if p.Signature.Nonce != "C3PO" || p.Signature.Timestamp.Sub(signTime).Milliseconds() != 250 || p.Signature.Fingerprint != keys[kind]().signer(t).Fingerprint() {
					t.Errorf("it says %+v", p.Signature)
				}
				refuses(t, change(t, raw, "ven-1", "ven-2"), "altered")
				refuses(t, change(t, raw, "C3PO", "R2D2"), "altered")
			})
		}
	}
}
