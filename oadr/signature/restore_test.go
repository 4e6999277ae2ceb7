package signature

import (
	"strings"
	"testing"

	"github.com/beevik/etree"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// behind reads what comes from a server.
var behind = Codec{Limits: oadr.DefaultLimits, Rewritten: true}

// behindEjabberd returns a document as ejabberd passes it on: no element has a prefix, and each
// declares its namespace where its parent has another one. Comments are gone.
func behindEjabberd(t testing.TB, raw string) string {
	t.Helper()
	doc := etree.NewDocument()
	if err := doc.ReadFromString(raw); err != nil {
		t.Fatal(err)
	}
	spaces := map[*etree.Element]string{}
	for _, e := range doc.FindElements("//*") {
		spaces[e] = bound(e, e.Space)
	}
	for e, space := range spaces {
		for _, child := range e.Child {
			if comment, ok := child.(*etree.Comment); ok {
				e.RemoveChild(comment)
			}
		}
		e.Space = ""
		e.RemoveAttr("xmlns")
		if space != spaces[e.Parent()] {
			e.Attr = append([]etree.Attr{{Key: "xmlns", Value: space}}, e.Attr...)
		}
	}
	root := etree.NewDocumentWithRoot(doc.Root().Copy())
	root.WriteSettings.CanonicalText = true
	s, err := root.WriteToString()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestS14Restored: a signature over elements with prefixes holds behind ejabberd, which takes
// them away, and what is altered is still refused.
func TestS14Restored(t *testing.T) {
	for kind, algorithm := range map[string]string{"RSA": algRSA, "ECDSA": algECDSA} {
		for name := range unsigned {
			t.Run(kind+" "+name, func(t *testing.T) {
				raw := behindEjabberd(t, resigned(t, name, keys[kind](), algorithm)) // a server keeps no comments
				p, err := behind.Decode([]byte(raw))
				if err != nil || p.Signature == nil || p.Signature.Nonce != "C3PO" {
					t.Fatalf("%v, %+v\n%s", err, p, raw)
				}
				if m, ok := p.Message.(*oadr.Poll); !ok || m.VENID != "ven-1" || p.Form != (oadr.Form{Signed: true}) {
					t.Errorf("it holds %+v", p)
				}
				if name != "figure" { // that has no prefixes
					refuses(t, raw, "")
				}
				for _, old := range []string{"ven-1", "C3PO"} {
					if p, err := behind.Decode([]byte(change(t, raw, old, "other"))); err != nil || p.Signature != nil || p.BadSignature == nil {
						t.Errorf("altered: %v, %+v", err, p)
					}
				}
			})
		}
	}
}

// resigned is [signedBy] without comments in SignedInfo.
func resigned(t *testing.T, name string, of pair, algorithm string) string {
	t.Helper()
	certificate, key := of.write(t)
	template := strings.Replace(change(t, unsigned[name], "ALGORITHM", algorithm), "<!-- kept here -->", "", 1)
	return xmlsec(t, template, "--sign", "--privkey-pem", key+","+certificate)
}

// TestS13S14Own: what is written here stays as it is behind ejabberd.
func TestS13S14Own(t *testing.T) {
	raw := sealed(t, ecdsaPair())
	if got := behindEjabberd(t, raw); strings.Contains(got, ":xmlns") || got == "" {
		t.Error(got)
	} else {
		accepts(t, got)
	}
}
