package simplehttp

import (
	"crypto/tls"
	"crypto/x509"
	"strconv"
)

// credentials are what the VTN shows and whom it believes in TLS. They are replaced as a whole.
type credentials struct {
	own  []tls.Certificate // as server and as client, RSA first (rule T4)
	vens *x509.CertPool    // who issues the certificates of VENs (rule T6)

	// TLS as a server; nil: none. A proxy needs no certificate.
	forVEN, forProxy, forOld *tls.Config
	toHost                   *tls.Config // as a client
}

// credentialsOf makes what TLS is spoken with. Each has keys of its own for resuming sessions, so that no session outlives what it
// was let in by.
func (b *base) credentialsOf(own []tls.Certificate, vens *x509.CertPool) *credentials {
	c := &credentials{own: own, vens: vens, toHost: b.cfg.tlsConfig(own, b.clock.Now)}
	if len(own) == 0 {
		return c
	}
	c.forVEN = b.cfg.tlsConfig(own, b.clock.Now)
	c.forVEN.ClientCAs = vens
	c.forVEN.ClientAuth = tls.RequireAndVerifyClientCert // rule T5
	c.forProxy = c.forVEN.Clone()
	c.forProxy.ClientAuth = tls.VerifyClientCertIfGiven
	c.forOld = oldTLS(c.forVEN)
	return c
}

// Renew takes other certificates and authorities, for the handshakes from now on. It fails, and changes nothing, where [New] would
// not do with them. Connections of VENs stand, unless the authorities are others: then they end when they are idle. Those to VENs
// end before the next push.
func (t *Transport) Renew(own []tls.Certificate, vens *x509.CertPool) error {
	cfg := t.cfg
	cfg.Certificates, cfg.ClientCAs = own, vens
	if err := cfg.check(); err != nil {
		return err
	}
	now, before := t.credentialsOf(own, vens), t.credentials.Load()
	same := before.vens.Equal(vens)
	if same {
		now.vens = before.vens
	}
	t.credentials.Store(now)
	t.metrics.shows(own)
	t.tellLacking()
	t.kept.clear()
	if !same {
		t.conns.closeIdle()
	}
	return nil
}

// shows notes when the VTN's own certificates expire.
func (m *metrics) shows(own []tls.Certificate) {
	m.expires.Reset()
	for i, c := range own {
		if c.Leaf != nil {
			m.expires.WithLabelValues(strconv.Itoa(i+1), c.Leaf.PublicKeyAlgorithm.String()).Set(float64(c.Leaf.NotAfter.Unix()))
		}
	}
}
