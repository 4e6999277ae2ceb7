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
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// raw is a client that says what it likes, whatever the server offers.
type raw struct {
	net.Conn
	t *testing.T
}

const openStream = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='localhost'>"

// secured is a client past STARTTLS, with a certificate if it has one, and the features it is offered.
func secured(t *testing.T, e *rig.Ejabberd, certificate *tls.Certificate) (*raw, string) {
	t.Helper()
	return securedAs(t, e, certificate, "localhost")
}

// securedAs is secured with a name in the stream's header, which XEP-0388 wants.
func securedAs(t *testing.T, e *rig.Ejabberd, certificate *tls.Certificate, from string) (*raw, string) {
	t.Helper()
	c := &raw{dial(t, e.ClientAddr), t}
	c.ask(openStream, "</stream:features>")
	c.ask("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "<proceed")
	config := &tls.Config{ServerName: e.Domain, RootCAs: e.CertPool}
	if certificate != nil { // also where the server names other authorities than its own
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return certificate, nil }
	}
	c.Conn = tls.Client(c.Conn, config)
	return c, c.ask(strings.Replace(openStream, ">", " from='"+from+"'>", 1), "</stream:features>")
}

// ask says something and reads on until the text, or the end of the stream.
func (c *raw) ask(say, until string) string {
	c.t.Helper()
	if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		c.t.Fatal(err)
	}
	fmt.Fprint(c, say)
	var got strings.Builder
	b := make([]byte, 4096)
	for !strings.Contains(got.String(), until) && !strings.Contains(got.String(), "</stream:stream>") {
		n, err := c.Read(b)
		got.Write(b[:n])
		if err != nil {
			break
		}
	}
	return got.String()
}

// external logs in by certificate, offered or not, and returns the account, or how it is refused. An empty authzid names none.
func (c *raw) external(authzid string) string {
	c.t.Helper()
	said := "="
	if authzid != "" {
		said = base64.StdEncoding.EncodeToString([]byte(authzid))
	}
	answer := c.ask("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>"+said+"</auth>", "xmpp-sasl'")
	if !strings.HasPrefix(answer, "<success") {
		return "refused"
	}
	c.ask(openStream, "</stream:features>")
	bound := c.ask("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", "</iq>")
	_, account, _ := strings.Cut(bound, "<jid>")
	account, _, _ = strings.Cut(account, "/")
	return account
}

// external2 is external by XEP-0388, where the server has it.
func (c *raw) external2(authzid string) string {
	c.t.Helper()
	answer := c.ask("<authenticate xmlns='urn:xmpp:sasl:2' mechanism='EXTERNAL'><initial-response>"+base64.StdEncoding.EncodeToString([]byte(authzid))+
		"</initial-response></authenticate>", ">")
	if strings.Contains(answer, "<success") {
		return "let in"
	}
	return "refused"
}

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

func authority(t *testing.T) *rig.Authority {
	t.Helper()
	a, err := rig.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func issue(t *testing.T, a *rig.Authority, name string, change ...func(*x509.Certificate)) *tls.Certificate {
	t.Helper()
	c, err := a.Issue(name, change...)
	if err != nil {
		t.Fatal(err)
	}
	return &c
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
