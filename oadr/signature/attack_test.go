package signature

import (
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// forged is a payload that nobody signed.
const forged = `<oadrPoll><venID xmlns="` + oadr.NSei + `">forged</venID></oadrPoll>`

// TestS1Altered: a change of one byte anywhere in what was signed is noticed.
func TestS1Altered(t *testing.T) {
	raw := sealed(t, ecdsaPair())
	refuses(t, change(t, raw, ">ven-1<", ">ven-2<"), "altered")
	refuses(t, change(t, raw, ">ven-1<", "> ven-1<"), "altered")
	refuses(t, change(t, raw, `schemaVersion="2.0b"`, `schemaVersion="2.0a"`), "altered")
	refuses(t, change(t, raw, "12:00:00", "12:00:01"), "altered")
	nonce := between(t, raw, "<nonce>", "</nonce>")
	refuses(t, change(t, raw, nonce, "<nonce>0123</nonce>"), "altered")
	refuses(t, change(t, raw, algSHA256, algSHA256+"x"), "not SHA-256")
	digest := between(t, raw, `<DigestValue xmlns="`+oadr.NSds+`">`, "</DigestValue>")
	refuses(t, change(t, raw, digest, strings.Replace(digest, ">", ">A", 1)[:len(digest)-len("=</DigestValue>")]+"</DigestValue>"), "")
	value := between(t, raw, "<SignatureValue>", "</SignatureValue>")
	refuses(t, change(t, raw, value, "<SignatureValue>"+base64.StdEncoding.EncodeToString(make([]byte, 64))+"</SignatureValue>"), "not that of the key")
}

// TestS4OtherKey: the value must be by the key of the certificate that stands there.
func TestS4OtherKey(t *testing.T) {
	other := sealed(t, newECDSA())
	raw := sealed(t, ecdsaPair())
	tag := func(s string) string { return between(t, s, "<X509Certificate>", "</X509Certificate>") }
	refuses(t, change(t, raw, tag(raw), tag(other)), "not that of the key")
	refuses(t, change(t, raw, tag(raw), tag(sealed(t, rsaPair()))), "does not fit the RSA key")
	refuses(t, change(t, raw, tag(raw), "<X509Certificate>AAAA</X509Certificate>"), "cannot be read")
	refuses(t, change(t, raw, tag(raw), ""), "no X509Certificate")
}

// TestS11Wrapped: what was signed cannot be moved to where nobody looks, with something else
// in its place.
func TestS11Wrapped(t *testing.T) {
	raw := sealed(t, ecdsaPair())
	object := between(t, raw, "<oadrSignedObject", "</oadrSignedObject>")
	sig := between(t, raw, "<Signature ", "</Signature>")
	plain := "<oadrSignedObject>" + forged + "</oadrSignedObject>"
	same := strings.Replace(object, between(t, object, "<oadrCreatedPartyRegistration", "</oadrCreatedPartyRegistration>"), forged, 1)
	for name, x := range map[string]struct{ raw, reason string }{
		"in an extension":           {change(t, raw, object, plain+"<Extension>"+object+"</Extension>"), "over 2"},
		"in the signature's Object": {change(t, change(t, raw, object, plain), "</Object>", object+"</Object>"), "another oadrSignedObject"},
		"in the forged object":      {change(t, raw, object, "<oadrSignedObject>"+forged+object+"</oadrSignedObject>"), ""},
		"deep in the forged message": {change(t, raw, object, "<oadrSignedObject>"+strings.Replace(forged, "</oadrPoll>", object+"</oadrPoll>", 1)+"</oadrSignedObject>"),
			"another oadrSignedObject"},
		"second with the same Id":      {change(t, change(t, raw, object, same), "</Object>", `<x xmlns="" Id="oadrSignedObject"/></Object>`), "to 2 elements"},
		"Id on the property":           {change(t, change(t, raw, `oadr:Id="oadrSignedObject"`, ""), "<SignatureProperty ", `<SignatureProperty id="oadrSignedObject" `), "same part"},
		"Id on the message":            {change(t, change(t, raw, `oadr:Id="oadrSignedObject"`, ""), "<oadrCreatedPartyRegistration ", `<oadrCreatedPartyRegistration Id="oadrSignedObject" `), "neither to the oadrSignedObject"},
		"signature in the object":      {change(t, change(t, raw, sig, ""), "<oadrCreatedPartyRegistration", sig+"<oadrCreatedPartyRegistration"), "needed as children"},
		"signature in another":         {change(t, raw, sig, "<x>"+sig+"</x>"), "one Signature and one oadrSignedObject"},
		"oadrSignedObject is the root": {`<oadrSignedObject xmlns="` + oadr.NS + `">` + sig + forged + "</oadrSignedObject>", "no oadrPayload"},
		"ReplayProtect elsewhere":      {change(t, change(t, raw, ` Id="prop"`, ""), "<responseDescription", `<responseDescription Id="prop"`), "neither to"},
	} {
		t.Run(name, func(t *testing.T) {
			x.raw = resealed(t, x.raw, ecdsaPair().signer(t))
			p, err := reading.Decode([]byte(x.raw))
			if err != nil {
				if x.reason == "" { // two objects are no payload in any case
					return
				}
				t.Fatal(err)
			}
			if p.Signature != nil || p.BadSignature == nil || !strings.Contains(p.BadSignature.Error(), x.reason) {
				t.Errorf("%v: %+v\n%s", p.BadSignature, p.Message, x.raw)
			}
		})
	}
}

// TestS11AttributesOfOthers: an attribute in a namespace is not the signature's, whatever its
// name.
func TestS11AttributesOfOthers(t *testing.T) {
	raw := change(t, sealed(t, ecdsaPair()), `<Reference URI="#prop"`, `<Reference xmlns:z="u" z:URI="#oadrSignedObject" URI="#prop"`)
	raw = change(t, raw, `<SignatureMethod Algorithm=`, `<SignatureMethod xmlns:z="u" z:Algorithm="x" Algorithm=`)
	accepts(t, resealed(t, raw, ecdsaPair().signer(t)))
}

// TestS11Namesakes: what could be taken for a signature makes a payload one that has to hold.
func TestS11Namesakes(t *testing.T) {
	refuses(t, `<oadrPayload xmlns="`+oadr.NS+`"><oadrSignedObject>`+strings.Replace(forged, "</oadrPoll>", `<x xmlns="u"><Signature><SignatureValue/></Signature></x></oadrPoll>`, 1)+`</oadrSignedObject></oadrPayload>`, "needed as children")
}

// TestS11TwoSignatures: one signature, wherever the second stands.
func TestS11TwoSignatures(t *testing.T) {
	raw := sealed(t, ecdsaPair())
	sig := between(t, raw, "<Signature ", "</Signature>")
	empty := `<Signature xmlns="` + oadr.NSds + `"/>`
	refuses(t, change(t, raw, sig, sig+sig), "over 2")
	refuses(t, change(t, raw, sig, empty+sig), "over 2")
	refuses(t, change(t, raw, "</Object>", empty+"</Object>"), "another Signature")
	refuses(t, change(t, raw, "</oadrSignedObject>", empty+"</oadrSignedObject>"), "another Signature")
}

// TestS1References: both parts have to be signed, each by a reference of its own.
func TestS1References(t *testing.T) {
	for name, x := range map[string]struct {
		old, by, reason string
	}{
		"the payload twice":      {`URI="#prop"`, `URI="#oadrSignedObject"`, "same part"},
		"the property twice":     {`URI="#oadrSignedObject"`, `URI="#prop"`, "same part"},
		"another document":       {`URI="#prop"`, `URI="http://example.org/"`, "not one of"},
		"a pointer":              {`URI="#prop"`, `URI="#xpointer(/)"`, "to 0 elements"},
		"the whole, not cut out": {`URI="#oadrSignedObject"`, `URI=""`, "needs the transform"},
		"no URI":                 {` URI="#prop"`, ``, "no URI"},
		"exclusive SignedInfo":   {`<CanonicalizationMethod Algorithm="` + algC14N + `"`, `<CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"`, "not inclusive"},
		"exclusive":              {algC14N + `"/></Transforms>`, `http://www.w3.org/2001/10/xml-exc-c14n#"/></Transforms>`, "not known"},
		"XSLT":                   {algC14N + `"/></Transforms>`, `http://www.w3.org/TR/1999/REC-xslt-19991116"/></Transforms>`, "not known"},
		"a path":                 {`/></Transforms>`, `><XPath>1</XPath></Transform></Transforms>`, "parameters"},
		"many transforms":        {`</Transforms>`, strings.Repeat(`<Transform Algorithm="`+algC14N+`"/>`, 2) + `</Transforms>`, "over 2"},
		"canonical twice":        {`</Transforms>`, `<Transform Algorithm="` + algC14N + `"/></Transforms>`, "does not stand there"},
		"SHA-1":                  {`<DigestMethod xmlns="` + oadr.NSds + `" Algorithm="` + algSHA256, `<DigestMethod xmlns="` + oadr.NSds + `" Algorithm="http://www.w3.org/2000/09/xmldsig#sha1`, "not SHA-256"},
		"RSA with SHA-1":         {algECDSA, "http://www.w3.org/2000/09/xmldsig#rsa-sha1", "does not fit"},
		"another SHA-256 beside": {`<DigestMethod xmlns="` + oadr.NSds + `" Algorithm="` + algSHA256, `<DigestMethod xmlns="` + oadr.NSds + `" xmlns:z="u" z:Algorithm="` + algSHA256 + `" Algorithm="SHA-1`, "not SHA-256"},
		"HMAC":                   {algECDSA, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", "does not fit"},
		"HMAC of any length":     {algECDSA + `"/>`, algECDSA + `"><HMACOutputLength>0</HMACOutputLength></SignatureMethod>`, "parameters"},
		"a comment in a digest":  {`</DigestValue>`, `<!-- -->A</DigestValue>`, "more than text"},
		"one reference":          {"</Reference>", "</Reference><!-- ", ""},
	} {
		t.Run(name, func(t *testing.T) {
			raw := strings.ReplaceAll(sealed(t, ecdsaPair()), "></Transform>", "/>")
			raw = strings.ReplaceAll(raw, "></SignatureMethod>", "/>")
			if name == "one reference" {
				raw = change(t, raw, between(t, raw, `<Reference URI="#prop">`, "</Reference>"), "")
				refuses(t, raw, "two References")
				return
			}
			refuses(t, resealed(t, change(t, raw, x.old, x.by), ecdsaPair().signer(t)), x.reason)
		})
	}
}

// TestS6Structure: a signature of any other structure is none.
func TestS6Structure(t *testing.T) {
	raw := sealed(t, ecdsaPair())
	part := func(name string) string { return between(t, raw, "<"+name, "</"+name+">") }
	for _, name := range []string{"KeyInfo", "Object", "SignatureValue"} {
		if name == "SignatureValue" {
			refuses(t, change(t, raw, part(name), "<SignatureValue>é</SignatureValue>"), "no base64")
			continue
		}
		refuses(t, change(t, raw, part(name), ""), "does not hold")
		refuses(t, change(t, raw, part(name), part(name)+part(name)), "over 4")
	}
	refuses(t, change(t, raw, "<SignedInfo>", "<SignedInfo>x"), "holds text")
	refuses(t, change(t, raw, "<SignatureValue>", "<SignatureValue>"+strings.Repeat("AAAA", maxText)), "over")
}

// TestS3Property: timestamp and nonce are read from what was signed.
func TestS3Property(t *testing.T) {
	for name, x := range map[string]struct{ property, reason string }{
		"none":                  {``, "0 ReplayProtect"},
		"two":                   {`<ReplayProtect xmlns="` + nsReplay + `"/><ReplayProtect xmlns="` + nsReplay + `"/>`, "2 ReplayProtect"},
		"no nonce":              {`<ReplayProtect xmlns="` + nsReplay + `"><timestamp>2026-03-01T12:00:00Z</timestamp></ReplayProtect>`, "timestamp and nonce"},
		"empty nonce":           {`<ReplayProtect xmlns="` + nsReplay + `"><timestamp>2026-03-01T12:00:00Z</timestamp><nonce> </nonce></ReplayProtect>`, "nonce has 0 bytes"},
		"long nonce":            {`<ReplayProtect xmlns="` + nsReplay + `"><timestamp>2026-03-01T12:00:00Z</timestamp><nonce>` + strings.Repeat("x", 1025) + `</nonce></ReplayProtect>`, "nonce has 1025"},
		"no time":               {`<ReplayProtect xmlns="` + nsReplay + `"><timestamp>now</timestamp><nonce>x</nonce></ReplayProtect>`, "timestamp"},
		"certificate has ended": {`<ReplayProtect xmlns="` + nsReplay + `"><timestamp>2026-03-01T14:00:00Z</timestamp><nonce>x</nonce></ReplayProtect>`, "valid from"},
		"other names":           {`<ReplayProtect xmlns="x"><timestamp>2026-03-01T12:00:00Z</timestamp><nonce>x</nonce></ReplayProtect>`, "namespace"},
		"a namesake":            {`<ReplayProtect xmlns="` + nsReplay + `"><timestamp>2026-03-01T12:00:00Z</timestamp><nonce>x</nonce></ReplayProtect><ReplayProtect xmlns="x"/>`, "2 ReplayProtect"},
	} {
		t.Run(name, func(t *testing.T) {
			s := ecdsaPair().signer(t)
			property := ` Id="prop"><SignatureProperties><SignatureProperty Target="#x">` + strings.ReplaceAll(x.property, "/>", "></ReplayProtect>") + `</SignatureProperty></SignatureProperties></Object>`
			refuses(t, string(s.with.Load().seal(created, property)), x.reason)
		})
	}
}

// TestS11OnlyDigested: handlers see only what was digested. A comment splits no text, and what
// stands around the signed object is not seen.
func TestS11OnlyDigested(t *testing.T) {
	raw := sealed(t, ecdsaPair())
	p := accepts(t, change(t, raw, ">ven-1<", "><!-- x -->ven<!-- y -->-1<"))
	if m := p.Message.(*oadr.CreatedPartyRegistration); m.VENID != "ven-1" {
		t.Errorf("the venID is %q", m.VENID)
	}
	refuses(t, change(t, raw, ">ven-1<", "><?x y?>ven-1<"), "altered")
	accepts(t, "<?xml version='1.0'?><!-- x --><?x y?>"+raw+"\n") // outside of what was signed
}

// TestS8Keys: RSA keys that are too short or too long, and other kinds, are refused.
func TestS8Keys(t *testing.T) {
	short := newRSA(1024)
	if _, err := NewSigner(short.certificate, short.key, atSignTime); err == nil || !strings.Contains(err.Error(), "bits") {
		t.Errorf("a signer: %v", err)
	}
	s := ecdsaPair().signer(t)
	s.with.Store(&signingKey{Signer: short.private(t), algorithm: algRSA, certificate: short.base64(t)})
	refuses(t, string(s.Append(nil, created)), "1024 bits")
	long := &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), maxRSA), E: 65537}
	if err := verify(&x509.Certificate{PublicKey: long}, algRSA, nil, nil); err == nil || !strings.Contains(err.Error(), "bits") {
		t.Errorf("a long key: %v", err)
	}
	if err := verify(&x509.Certificate{PublicKey: ed25519.PublicKey{}}, algRSA, nil, nil); err == nil || !strings.Contains(err.Error(), "neither") {
		t.Errorf("an Ed25519 key: %v", err)
	}
}

// TestS8Value: the value of ECDSA is two numbers of the key's width, not ASN.1.
func TestS8Value(t *testing.T) {
	raw := sealed(t, ecdsaPair())
	value := between(t, raw, "<SignatureValue>", "</SignatureValue>")
	for _, n := range []int{0, 1, 63, 65, 72} {
		refuses(t, change(t, raw, value, "<SignatureValue>"+base64.StdEncoding.EncodeToString(make([]byte, n))+"</SignatureValue>"), "rule S8")
	}
}

// TestS11Bounds: a document that is made to be slow is refused before it costs much.
func TestS11Bounds(t *testing.T) {
	raw := sealed(t, ecdsaPair())
	var many strings.Builder
	for i := range maxDeclarations {
		fmt.Fprintf(&many, ` xmlns:a%d="u"`, i)
	}
	refuses(t, change(t, raw, "<oadrCreatedPartyRegistration", "<oadrCreatedPartyRegistration"+many.String()), "declarations")
	tags := strings.Repeat("<a/>", oadr.DefaultLimits.Size/bytesPerTag)
	refuses(t, change(t, raw, "</oadrCreatedPartyRegistration>", tags+"</oadrCreatedPartyRegistration>"), "tags")
	deep := strings.Repeat("<a>", oadr.DefaultLimits.Depth) + strings.Repeat("</a>", oadr.DefaultLimits.Depth)
	if _, err := reading.Decode([]byte(change(t, raw, "</oadrCreatedPartyRegistration>", deep+"</oadrCreatedPartyRegistration>"))); err == nil {
		t.Error("a deep document was read")
	}
	for _, doctype := range []string{`<!DOCTYPE a [<!ENTITY x "ven-1">]>`, `<!DOCTYPE a SYSTEM "http://example.org/">`} {
		if _, err := reading.Decode([]byte(doctype + raw)); err == nil {
			t.Errorf("%s was read", doctype)
		}
	}
}
