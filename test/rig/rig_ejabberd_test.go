package rig_test

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"testing"
	"time"

	"mellium.im/sasl"
	"mellium.im/xmpp"
	"mellium.im/xmpp/jid"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// startEjabberd starts a server for one test.
func startEjabberd(t *testing.T, o rig.EjabberdOptions) *rig.Ejabberd {
	t.Helper()
	rig.NeedEjabberd(t)
	e, err := rig.StartEjabberd(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// loginFrom logs in from another address of the loopback network. A user may be an account of another domain.
func loginFrom(ctx context.Context, e *rig.Ejabberd, address, user, password string) (*xmpp.Session, error) {
	from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	conn, err := from.DialContext(ctx, "tcp", e.ClientAddr)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(user, "@") {
		user += "@" + e.Domain
	}
	return xmpp.NewClientSession(ctx, jid.MustParse(user), conn,
		xmpp.StartTLS(&tls.Config{ServerName: e.Domain, RootCAs: e.CertPool}),
		xmpp.SASL("", password, sasl.ScramSha1Plus, sasl.ScramSha1),
		xmpp.BindResource(),
	)
}

func mustLogin(t *testing.T, e *rig.Ejabberd, user, password string) *xmpp.Session {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	s, err := login(ctx, e, user, password)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Conn().Close() })
	return s
}
