package rig_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// certificates makes the VENs' accounts and returns what makes certificates that must be right.
func certificates(t *testing.T, o rig.EjabberdOptions) (*rig.Ejabberd, *rig.Authority) {
	t.Helper()
	o.VENs = authority(t)
	e := startEjabberd(t, o)
	if err := e.Register(t.Context(), rig.Account{User: "ven1", Password: "secret"}, rig.Account{User: "ven2", Password: "secret"}); err != nil {
		t.Fatal(err)
	}
	return e, o.VENs
}

// TestX10Certificates is login by certificate at an ejabberd with an authority for VENs.
func TestX10Certificates(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, o rig.EjabberdOptions) {
		e, a := certificates(t, o)
		t.Run("Spec 68, 515 who has one logs in as who it is of", func(t *testing.T) { goodCertificates(t, e, a) })
		t.Run("Spec 515, 516 nobody logs in by another", func(t *testing.T) { badCertificates(t, e, a) })
		t.Run("Spec 516 a session ends with it", func(t *testing.T) {
			client, _ := secured(t, e, issue(t, a, "ven1", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(6 * time.Second) }))
			if got := client.external(""); got != "ven1@localhost" {
				t.Fatal(got)
			}
			if end := client.ask("", "</stream:stream>"); !strings.Contains(end, "<not-authorized") || !strings.Contains(end, "certificate has expired") {
				t.Errorf("the session ends with %s", end)
			}
		})
		t.Run("Spec 9.3.4.7 who has none logs in by password", func(t *testing.T) { mustLogin(t, e, "ven1", "secret") })
		t.Run("an account that goes before its login has none", func(t *testing.T) {
			client, features := secured(t, e, issue(t, a, "ven2"))
			if _, err := e.Ctl(t.Context(), "unregister", "ven2", "localhost"); err != nil {
				t.Fatal(err)
			}
			if got := client.external("ven2@localhost"); got != "refused" || !strings.Contains(features, "EXTERNAL") {
				t.Errorf("offered %s, and it is %s", features, got)
			}
		})
		t.Run("another authority is believed after a reload", func(t *testing.T) {
			another := authority(t)
			if err := os.WriteFile(filepath.Join(e.Dir, "ven-ca.pem"), another.PEM(), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := e.Ctl(t.Context(), "reload_config"); err != nil {
				t.Fatal(err)
			}
			for by, want := range map[*rig.Authority]string{a: "refused", another: "ven1@localhost"} {
				client, _ := secured(t, e, issue(t, by, "ven1"))
				if got := client.external(""); got != want {
					t.Errorf("%s, want %s", got, want)
				}
			}
		})
	})
}

// goodCertificates are of the operator's authority, with either kind of key: each is of the account that its common name is, said or
// not, and of no other.
func goodCertificates(t *testing.T, e *rig.Ejabberd, a *rig.Authority) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ofRSA, err := a.IssueFor(key, "ven1")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what        string
		certificate *tls.Certificate
		authzid     string
		want        string
	}{
		{"its own name, not said", issue(t, a, "ven1"), "", "ven1@localhost"},
		{"its own name, said", issue(t, a, "ven1"), "ven1@localhost", "ven1@localhost"},
		{"a key of RSA", &ofRSA, "", "ven1@localhost"},
		{"a name in other case, as servers know none", issue(t, a, "VEN2"), "", "ven2@localhost"},
		{"by an authority of the authority's", chained(t, a, true), "", "ven1@localhost"},
		{"a JID that is the name", issue(t, a, "ven1", withJID(t, "ven1@localhost")), "", "ven1@localhost"},
		{"another's name said", issue(t, a, "ven1"), "ven2@localhost", "refused"},
		{"another's name of another host said", issue(t, a, "ven1"), "ven2@elsewhere.example", "refused"},
		{"a JID that is another's", issue(t, a, "ven1", withJID(t, "ven2@localhost")), "ven2@localhost", "refused"},
		{"a JID that is another's, not said", issue(t, a, "ven1", withJID(t, "ven2@localhost")), "", "refused"},
	} {
		client, features := secured(t, e, c.certificate)
		if !strings.Contains(features, "<mechanism>EXTERNAL</mechanism>") || !strings.Contains(features, "<mechanism>SCRAM-SHA-1</mechanism>") ||
			!strings.Contains(features, "<mechanism>PLAIN</mechanism>") {
			t.Errorf("%s: offered are %s", c.what, features)
		}
		if got := client.external(c.authzid); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
}

// badCertificates have expired, are another authority's, or name no account: nobody is let in by one, nor offered to.
func badCertificates(t *testing.T, e *rig.Ejabberd, a *rig.Authority) {
	now := time.Now()
	for what, certificate := range map[string]*tls.Certificate{
		"none":                    nil,
		"expired":                 issue(t, a, "ven1", func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Minute) }),
		"not good yet":            issue(t, a, "ven1", func(c *x509.Certificate) { c.NotBefore = now.Add(time.Hour) }),
		"of another authority":    issue(t, authority(t), "ven1"),
		"by a VEN's certificate":  chained(t, a, false),
		"a server's":              issue(t, a, "ven1", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }),
		"nobody's":                issue(t, a, "ven3"),
		"a whole JID's":           issue(t, a, "ven1@localhost"),
		"without a name":          issue(t, a, ""),
		"of two names":            issue(t, a, "ven1", func(c *x509.Certificate) { c.Subject.ExtraNames = names("ven1", "ven2") }),
		"of one name twice":       issue(t, a, "ven1", func(c *x509.Certificate) { c.Subject.ExtraNames = names("ven1", "ven1") }),
		"of a name cut short":     issue(t, a, "ven1\x00.example.org"),
		"for the server's domain": issue(t, a, "localhost"),
		"with a JID alone":        issue(t, a, "", withJID(t, "ven1@localhost")),
	} {
		for _, authzid := range []string{"", "ven1@localhost", "ven2@localhost"} {
			client, features := secured(t, e, certificate)
			if strings.Contains(features, "EXTERNAL") {
				t.Errorf("%s: offered are %s", what, features)
			}
			if got := client.external(authzid); got != "refused" {
				t.Errorf("%s logs in as %s", what, got)
			}
			if second, features := securedAs(t, e, certificate, "ven1@localhost"); strings.Contains(features, "urn:xmpp:sasl:2") {
				if got := second.external2(authzid); got != "refused" {
					t.Errorf("%s is %s by XEP-0388", what, got)
				}
			}
		}
	}
	for from, want := range map[string]string{"ven1@localhost": "let in", "ven2@localhost": "refused"} {
		client, features := securedAs(t, e, issue(t, a, "ven1"), from)
		if !strings.Contains(features, "urn:xmpp:sasl:2") {
			continue // a release without it
		}
		if got := client.external2(from); got != want {
			t.Errorf("by XEP-0388 ven1 is %s as %s", got, from)
		}
	}
}

// chained is a VEN's certificate by somebody whose certificate is the authority's: by another authority, or by a VEN, who may make
// none.
func chained(t *testing.T, a *rig.Authority, authority bool) *tls.Certificate {
	t.Helper()
	between := issue(t, a, "between", func(c *x509.Certificate) {
		c.BasicConstraintsValid, c.IsCA = true, authority
		c.KeyUsage |= x509.KeyUsageCertSign
	})
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaf := *issue(t, a, "ven1").Leaf
	raw, err := x509.CreateCertificate(rand.Reader, &leaf, between.Leaf, key.Public(), between.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{raw, between.Certificate[0]}, PrivateKey: key}
}

var commonName = asn1.ObjectIdentifier{2, 5, 4, 3}

// names are common names in place of the one.
func names(all ...string) (attributes []pkix.AttributeTypeAndValue) {
	for _, name := range all {
		attributes = append(attributes, pkix.AttributeTypeAndValue{Type: commonName, Value: name})
	}
	return attributes
}

// withJID adds a JID to a certificate (RFC 6120 section 13.7.1.4).
func withJID(t *testing.T, jid string) func(*x509.Certificate) {
	t.Helper()
	name, err := asn1.MarshalWithParams(struct {
		Type  asn1.ObjectIdentifier
		Value string `asn1:"utf8,explicit,tag:0"`
	}{asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 8, 5}, jid}, "tag:0")
	if err != nil {
		t.Fatal(err)
	}
	value, err := asn1.Marshal([]asn1.RawValue{{FullBytes: name}})
	if err != nil {
		t.Fatal(err)
	}
	return func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: value}}
	}
}
