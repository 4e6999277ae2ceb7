package rig

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"

	"mellium.im/sasl"
	"mellium.im/xmpp"
	"mellium.im/xmpp/jid"
)

// login opens a client session at addr as address, over STARTTLS with a certificate of roots, and ends it.
func login(ctx context.Context, addr, address, password string, roots *x509.CertPool) error {
	origin, err := jid.Parse(address)
	if err != nil {
		return fmt.Errorf("log in as %q: %w", address, err)
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	abort := context.AfterFunc(ctx, func() { conn.Close() })
	defer abort()
	session, err := xmpp.NewClientSession(ctx, origin, conn,
		xmpp.StartTLS(&tls.Config{ServerName: origin.Domainpart(), RootCAs: roots, MinVersion: tls.VersionTLS12}),
		xmpp.SASL("", password, sasl.ScramSha1),
		xmpp.BindResource(),
	)
	if err != nil {
		return fmt.Errorf("log in as %s at %s: %w", address, addr, err)
	}
	return session.Close()
}
