package signature

import (
	"crypto/tls"
	"reflect"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// TestS1S12Signed: what is signed here holds here, says what the plain payload says, and is
// signed anew each time (rule S10).
func TestS1S12Signed(t *testing.T) {
	for name, of := range keys {
		t.Run(name, func(t *testing.T) {
			codec := Codec{Limits: oadr.DefaultLimits, Signer: of().signer(t)}
			raw := codec.Append([]byte("x"), oadr.Form{Root: oadr.RootMessage, Signed: true}, created)
			p := accepts(t, string(raw[1:]))
			plain, err := oadr.Decode(oadr.Append(nil, oadr.Form{}, created), oadr.DefaultLimits)
			if err != nil || !reflect.DeepEqual(p.Message, plain.Message) {
				t.Errorf("it says %+v, want %+v", p.Message, plain.Message)
			}
			if p.Form != (oadr.Form{Signed: true}) || !p.Signature.Timestamp.Equal(signTime) || p.Signature.Fingerprint != codec.Signer.Fingerprint() {
				t.Errorf("it is %+v, %+v", p.Form, p.Signature)
			}
			again := accepts(t, sealed(t, of()))
			if again.Signature.Nonce == p.Signature.Nonce {
				t.Error("a second payload has the same nonce")
			}
			if most := len(oadr.Append(nil, oadr.Form{}, created)) + codec.Room(); len(raw)-1 > most || len(raw) < most-64 {
				t.Errorf("it has %d bytes, and room for %d", len(raw)-1, most)
			}
		})
	}
}

// A signer goes on with a renewed certificate, and with the former where that cannot sign.
func TestS12Renew(t *testing.T) {
	codec := Codec{Limits: oadr.DefaultLimits, Signer: rsaPair().signer(t)}
	before := codec.Signer.Fingerprint()
	if err := codec.Signer.Renew(tls.Certificate{}); err == nil || codec.Signer.Fingerprint() != before {
		t.Errorf("it signs with %s, %v", codec.Signer.Fingerprint(), err)
	}
	next, err := tls.X509KeyPair(ecdsaPair().certificate, ecdsaPair().key)
	if err == nil {
		err = codec.Signer.Renew(next)
	}
	if err != nil {
		t.Fatal(err)
	}
	raw := codec.Append(nil, oadr.Form{Signed: true}, created)
	if p := accepts(t, string(raw)); p.Signature.Fingerprint == before || p.Signature.Fingerprint != codec.Signer.Fingerprint() {
		t.Errorf("it is signed by %s", p.Signature.Fingerprint)
	}
	if most := len(oadr.Append(nil, oadr.Form{}, created)) + codec.Room(); len(raw) > most || len(raw) < most-64 {
		t.Errorf("it has %d bytes, and room for %d", len(raw), most)
	}
}

// TestS12Unsigned: without a signer, and in other forms, a payload is written as it always was.
func TestS12Unsigned(t *testing.T) {
	signer := ecdsaPair().signer(t)
	for _, x := range []struct {
		codec Codec
		form  oadr.Form
	}{{Codec{}, oadr.Form{Signed: true}}, {Codec{Signer: signer}, oadr.Form{}}, {Codec{Signer: signer}, oadr.Form{Root: oadr.RootMessage}}} {
		if got, want := string(x.codec.Append(nil, x.form, created)), string(oadr.Append(nil, x.form, created)); got != want {
			t.Errorf("%+v is written as %s", x.form, got)
		}
	}
	if n := (Codec{}).Room(); n != 0 {
		t.Errorf("without signer a signature takes %d bytes", n)
	}
	p := decode(t, string(oadr.Append(nil, oadr.Form{}, created)))
	if p.Signature != nil || p.BadSignature != nil || p.Form.Signed {
		t.Errorf("a plain payload is %+v", p)
	}
	if p := decode(t, strings.Replace(string(oadr.Append(nil, oadr.Form{}, created)), ">reg<", ">SignatureValue<", 1)); p.Signature != nil || p.BadSignature != nil {
		t.Errorf("a plain payload is %+v", p)
	}
}

// TestS2S13Form: oadr:Id, no prefix on any element, and the namespace again where lxml needs it.
func TestS2S13Form(t *testing.T) {
	raw := sealed(t, ecdsaPair())
	for _, part := range []string{`<oadrSignedObject xmlns:oadr="` + oadr.NS + `" oadr:Id="oadrSignedObject"`, `<Transforms xmlns="` + oadr.NSds + `">`,
		`<DigestMethod xmlns="` + oadr.NSds + `" `, `<DigestValue xmlns="` + oadr.NSds + `">`} {
		if !strings.Contains(raw, part) {
			t.Errorf("there is no %s in %s", part, raw)
		}
	}
	for _, tag := range strings.Split(raw, "<")[1:] {
		if name := strings.FieldsFunc(tag, func(r rune) bool { return r == ' ' || r == '>' }); strings.Contains(name[0], ":") {
			t.Errorf("the element %s has a prefix", name[0])
		}
	}
}
