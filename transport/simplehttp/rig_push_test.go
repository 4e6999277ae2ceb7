package simplehttp

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/fingerprint"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// pushPatience is how long a test waits for what must come.
const pushPatience = 30 * time.Second

// settled is what became of a push.
type settled struct {
	from   core.Peer
	token  core.Token
	is     core.Outcome
	answer oadr.Message // if [PushHandler.Answer] was called
}

// pushRig pushes to servers of a test's own.
type pushRig struct {
	*pushes
	t          *testing.T
	vens, vtns *rig.Authority
	log        *lockedBuffer
	settled    chan settled
}

// newPushRig returns what pushes to hosts on this machine; change may alter it before it
// is used.
func newPushRig(t *testing.T, change ...func(*pushes)) *pushRig {
	t.Helper()
	r := &pushRig{t: t, log: &lockedBuffer{}, settled: make(chan settled, 10_000)}
	var err error
	if r.vens, err = rig.NewAuthority(); err != nil {
		t.Fatal(err)
	}
	if r.vtns, err = rig.NewAuthority(); err != nil {
		t.Fatal(err)
	}
	own := r.issue(r.vtns, "vtn")
	cfg := Config{Certificates: []tls.Certificate{own}, ClientCAs: pool(t, r.vens), PushPrivate: true, Version: "test", Logger: zerolog.New(r.log)}.complete()
	b, stop := newBase(cfg)
	t.Cleanup(stop)
	r.pushes = newPushes(b, r)
	r.bounds.connect, r.bounds.push = pushPatience, pushPatience
	for _, f := range change {
		f(r.pushes)
	}
	t.Cleanup(r.close)
	return r
}

func (r *pushRig) issue(a *rig.Authority, name string, change ...func(*x509.Certificate)) tls.Certificate {
	r.t.Helper()
	c, err := a.Issue(name, append([]func(*x509.Certificate){func(c *x509.Certificate) { c.ExtKeyUsage = nil }}, change...)...)
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

func pool(t *testing.T, a *rig.Authority) *x509.CertPool {
	t.Helper()
	p := x509.NewCertPool()
	if !p.AppendCertsFromPEM(a.PEM()) {
		t.Fatal("no certificate")
	}
	return p
}

func (r *pushRig) Settle(from core.Peer, t core.Token, o core.Outcome) {
	r.settled <- settled{from: from, token: t, is: o}
}

func (r *pushRig) Answer(_ context.Context, from core.Peer, t core.Token, p *oadr.Payload) {
	r.settled <- settled{from: from, token: t, answer: p.Message}
}

// host is a VEN's server.
type host struct {
	*httptest.Server
	fingerprint string

	mu          sync.Mutex
	connections int
}

// host starts a server that lets only the VTN connect.
func (r *pushRig) host(answer http.HandlerFunc) *host {
	return r.hostWith(r.issue(r.vens, "ven"), answer)
}

func (r *pushRig) hostWith(c tls.Certificate, answer http.HandlerFunc) *host {
	r.t.Helper()
	h := &host{Server: httptest.NewUnstartedServer(answer), fingerprint: fingerprint.Of(c.Certificate[0])}
	h.TLS = &tls.Config{Certificates: []tls.Certificate{c}, ClientCAs: pool(r.t, r.vtns), ClientAuth: tls.RequireAndVerifyClientCert, CipherSuites: profileSuites, MaxVersion: tls.VersionTLS12}
	h.Config.Protocols = new(http.Protocols)
	h.Config.Protocols.SetHTTP1(true) // T3
	h.Config.ErrorLog = log.New(io.Discard, "", 0)
	h.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			h.mu.Lock()
			h.connections++
			h.mu.Unlock()
		}
	}
	h.StartTLS()
	r.t.Cleanup(h.Close)
	return h
}

func (h *host) accepted() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.connections
}

// to returns a push of events to VEN 1 at a host.
func (h *host) to(rev int64) core.Push { return pushTo(h.URL, h.fingerprint, rev) }

func pushTo(address, identity string, rev int64) core.Push {
	return core.Push{
		Token: core.Token{Topic: core.TopicEvents, VENNo: 1, Rev: rev}, To: address, Identities: []string{identity},
		Kind: oadr.KindDistributeEvent, Bytes: []byte("<oadrDistributeEvent/>"),
	}
}

// push pushes and returns what became of it.
func (r *pushRig) push(p core.Push) settled {
	r.t.Helper()
	if err := r.Push(r.t.Context(), p); err != nil {
		r.t.Fatal(err)
	}
	return r.next()
}

// next waits for the next outcome.
func (r *pushRig) next() settled {
	r.t.Helper()
	select {
	case s := <-r.settled:
		return s
	case <-time.After(pushPatience):
		r.t.Fatal("no outcome")
		return settled{}
	}
}

// retried checks that a push is to be tried again, and why.
func (r *pushRig) retried(s settled, why string) {
	r.t.Helper()
	silent := !strings.HasPrefix(s.is.Error, "HTTP status") && !strings.Contains(s.is.Error, "the VTN stops")
	if s.is.Result != core.Retry || s.is.Silent != silent || s.is.Backoff != time.Second || !strings.Contains(s.is.Error, why) {
		r.t.Errorf("%+v, want it tried again after a second, because of %q", s.is, why)
	}
}

// lockedBuffer is a buffer that several goroutines write to.
type lockedBuffer struct {
	mu  sync.Mutex
	all bytes.Buffer // not embedded: os/exec would use its ReadFrom, without the lock
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.Write(p)
}

func (b *lockedBuffer) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.String()
}

func newRSAKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
