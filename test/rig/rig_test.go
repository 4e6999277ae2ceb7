package rig_test

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"testing"

	"mellium.im/xmpp"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
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

func login(ctx context.Context, e *rig.Ejabberd, user, password string) (*xmpp.Session, error) {
	return loginFrom(ctx, e, "127.0.0.1", user, password)
}
