package ven

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// certificate is a certificate that the server accepts for logins.
func certificate(t *testing.T, commonName string, change ...func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	a, err := authority()
	if err != nil {
		t.Fatal(err)
	}
	c, err := a.Issue(commonName, change...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A VEN logs in by its certificate or, if the server does not accept that, by password,
// and never as somebody else.
func TestX10Spec9_3_4_7LoginByCertificate(t *testing.T) {
	srv := startServer(t)
	expired := func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }
	another, err := rig.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := another.Issue("ven1")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what, password string
		certificate    tls.Certificate
		refused        string // empty: it is let in
	}{
		{"its own", "", certificate(t, "ven1"), ""},
		{"its own, and a wrong password", "wrong", certificate(t, "ven1"), ""},
		{"an expired one", "", certificate(t, "ven1", expired), "no login by certificate"},
		{"an expired one, and a password", "sesame & <open>", certificate(t, "ven1", expired), ""},
		{"one of another authority", "", foreign, "no login by certificate"},
		{"another VEN's", "", certificate(t, "ven2"), "ven2@localhost"},
		{"nobody's", "", certificate(t, "nobody"), "no login by certificate"},
	} {
		cfg := account(srv, "ven1")
		cfg.VTN, cfg.Password = "vtn@"+scripted, c.password
		cfg.TLS.Certificates = []tls.Certificate{c.certificate}
		v, err := Dial(timeout(t), cfg)
		switch {
		case c.refused != "" && (!errors.Is(err, ErrNotAuthorized) || !strings.Contains(err.Error(), c.refused)):
			t.Errorf("%s: %v, want %s", c.what, err, c.refused)
		case c.refused == "" && err != nil:
			t.Errorf("%s: %v", c.what, err)
		case err == nil:
			if got := v.JID().Bare().String(); got != "ven1@localhost" {
				t.Errorf("%s: logged in as %s", c.what, got)
			}
			v.Abort()
		}
	}
}
