package simplehttp

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/internal/fingerprint"
)

// known looks at where a connection comes from.
func (d *door) known(raw net.Conn, old bool) *conn {
	c := &conn{Conn: raw, conns: d.conns, address: raw.RemoteAddr().String(), old: old}
	if at, err := netip.ParseAddrPort(c.address); err == nil {
		c.address, c.network = at.Addr().Unmap().String(), networkOf(at.Addr().Unmap())
		for _, proxy := range d.cfg.Proxies {
			c.proxy = c.proxy || !old && proxy.Contains(at.Addr().Unmap())
		}
	}
	return c
}

// admit has a connection show its certificate and hands it to the HTTP server.
func (d *door) admit(c *conn) {
	_ = c.SetDeadline(time.Now().Add(d.timing.handshake))
	ready, err := d.meet(c)
	if err != nil {
		_ = c.Close()
		return
	}
	_ = c.SetDeadline(time.Time{})
	c.idle.Store(time.Now().UnixNano())
	evicted, ok := d.conns.settle(c)
	if evicted != nil {
		d.reject(rejectShare)
		_ = evicted.Close()
	}
	if !ok {
		d.reject(rejectShare)
		d.about(c.identity).Str("identity", c.identity).Str("address", c.address).Msg("closed a connection: its certificate has too many")
		_ = c.Close()
		return
	}
	d.bring(ready, c)
}

// errNotTaken is why a connection is closed that was counted already.
var errNotTaken = errors.New("not taken")

// meet returns a connection to read requests from. A proxy may speak HTTP or TLS, everybody else TLS.
func (d *door) meet(c *conn) (net.Conn, error) {
	with := d.credentials.Load()
	c.vens = with.vens
	config := with.forVEN
	if c.old {
		config = with.forOld
	}
	if c.proxy {
		if err := c.await(); err != nil {
			return nil, err
		}
		const handshake = 22 // the type of TLS's first record
		if c.first[0] != handshake {
			return c, nil
		}
		config = with.forProxy
	}
	if config == nil {
		d.reject(rejectPlain)
		d.about(c.network).Str("address", c.address).Msg("closed a connection: without a certificate of the VTN only the proxies of VTN_HTTP_PROXIES may connect, without TLS")
		return nil, errNotTaken
	}
	t := tls.Server(c, config)
	c.shakes = &handshake{all: d.shakes, until: time.Now().Add(d.timing.handshake)}
	err := t.HandshakeContext(d.working)
	c.shakes.pause()
	c.shakes = nil
	if err != nil {
		d.failed(c, err)
		return nil, err
	}
	if peers := t.ConnectionState().PeerCertificates; len(peers) > 0 {
		c.identity, c.expires = fingerprint.Of(peers[0].Raw), peers[0].NotAfter
	}
	return t, nil
}

// failed counts a handshake that failed and logs it.
func (d *door) failed(c *conn, err error) {
	d.reject(rejectHandshake)
	line := d.about(c.network).Str("address", c.address).Err(err)
	var certificate *tls.CertificateVerificationError
	if errors.As(err, &certificate) && len(certificate.UnverifiedCertificates) > 0 {
		shown := certificate.UnverifiedCertificates[0]
		line = line.Str("identity", fingerprint.Of(shown.Raw)).Str("subject", excerpt.Of(shown.Subject.String()))
		var unknown x509.UnknownAuthorityError
		if errors.As(err, &unknown) {
			line = line.Str("do", "if this VEN is yours, put the authority that issued its certificate into VTN_HTTP_CLIENT_CA_FILE")
		}
	}
	line.Msg("no TLS with a VEN")
}
