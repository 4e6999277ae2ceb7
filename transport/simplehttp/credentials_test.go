package simplehttp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/fingerprint"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// shown returns the fingerprint of the certificate that the VTN showed.
func (p *peer) shown() string {
	return fingerprint.Of(p.Conn.(*tls.Conn).ConnectionState().PeerCertificates[0].Raw)
}

// T1: new connections get a renewed certificate, those that stand go on, and the metric tells its end.
func TestT1Renew(t *testing.T) {
	t.Parallel()
	metrics := prometheus.NewRegistry()
	s := serve(t, ok, func(c *Config) { c.Metrics = metrics })
	v := s.ven("ven1")
	stands := s.dial(v)
	stands.send(post(pollPath, query("r1"), isXML)).reply().says(t, "before", 200)
	next, err := s.https.VTNs.Issue("vtn", func(c *x509.Certificate) {
		c.DNSNames = []string{"localhost"}
		c.ExtKeyUsage = append(c.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Renew([]tls.Certificate{next}, s.credentials.Load().vens); err != nil {
		t.Fatal(err)
	}
	if got := stands.send(post(pollPath, query("r1"), isXML)).reply(); got.status != 200 || got.closes {
		t.Errorf("it answers %+v", got)
	}
	if got, want := s.dial(v).shown(), fingerprint.Of(next.Certificate[0]); got != want {
		t.Errorf("it shows %s, want %s", got, want)
	}
	if n, err := testutil.GatherAndCount(metrics, "vtn_http_certificate_expires_seconds"); n != 1 || err != nil {
		t.Errorf("%d certificates are counted, %v", n, err)
	}
	if got := testutil.ToFloat64(s.metrics.expires); got != float64(next.Leaf.NotAfter.Unix()) {
		t.Errorf("it expires at %v", got)
	}
	if err := s.Renew(nil, nil); err == nil || s.dial(v).shown() != fingerprint.Of(next.Certificate[0]) {
		t.Errorf("without certificates: %v", err)
	}
}

// T6: whoever was let in by authorities that are believed no more is gone with the next answer; the others come back.
func TestT6RenewAuthorities(t *testing.T) {
	t.Parallel()
	arrived, goOn := make(chan struct{}), make(chan struct{})
	s := serve(t, vtn(func(ctx context.Context, from core.Peer, p *oadr.Payload) (oadr.Message, error) {
		if p.Message.Request() == "wait" {
			close(arrived)
			<-goOn
		}
		return ok(ctx, from, p)
	}))
	v := s.ven("ven1")
	idle, busy := s.dial(v), s.dial(v)
	idle.send(post(pollPath, query("r1"), isXML)).reply().says(t, "before", 200)
	busy.send(post(pollPath, query("wait"), isXML))
	<-arrived
	sometime(t, "the other is idle", func() bool {
		return slices.ContainsFunc(s.conns.standing(fingerprint.Of(v.Certificate[0])), func(c *conn) bool { return c.idle.Load() != 0 })
	})
	others, err := rig.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Renew(s.credentials.Load().own, pool(t, others)); err != nil {
		t.Fatal(err)
	}
	idle.ends()
	close(goOn)
	busy.reply().says(t, "under way", 200)
	if got := busy.send(post(pollPath, query("r1"), isXML)).reply(); !got.closes {
		t.Errorf("it goes on after %+v", got)
	}
	busy.ends()
	if p, err := s.tryDial(v); err == nil {
		p.ends()
	}
	new, err := others.Issue("ven1", func(*x509.Certificate) {})
	if err != nil {
		t.Fatal(err)
	}
	s.dial(new).send(post(pollPath, query("r1"), isXML)).reply().says(t, "of the new authority", 200)
}

// T1: pushes show a renewed certificate, over a connection of their own.
func TestT1PushRenew(t *testing.T) {
	t.Parallel()
	s := serve(t, ok, func(c *Config) { c.PushPrivate = true })
	shown := make(chan string, 1)
	r := &pushRig{t: t, vens: s.https.VENs, vtns: s.https.VTNs, pushes: s.pushes, settled: make(chan settled, 10)}
	s.pushes.handler = r
	s.pushes.bounds.connect, s.pushes.bounds.push = pushPatience, pushPatience
	h := r.hostWith(s.ven("ven1"), func(_ http.ResponseWriter, req *http.Request) {
		shown <- fingerprint.Of(req.TLS.PeerCertificates[0].Raw)
	})
	for rev, own := range []tls.Certificate{s.https.RSA, s.https.ECC} {
		if err := s.Renew([]tls.Certificate{own}, s.credentials.Load().vens); err != nil {
			t.Fatal(err)
		}
		r.push(h.to(int64(rev) + 1))
		if got := <-shown; got != fingerprint.Of(own.Certificate[0]) {
			t.Errorf("push %d shows %s", rev, got)
		}
	}
}
