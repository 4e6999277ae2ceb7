package rig_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net"
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
