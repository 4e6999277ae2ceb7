package ven

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path"
	"sync"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// httpVTN is a scripted VTN over simple HTTP: it hands out what is queued, and answers the
// rest as a VTN in good order does.
type httpVTN struct {
	t           *testing.T
	url         string
	certificate tls.Certificate
	roots       *x509.CertPool
	vens        *rig.Authority
	codec       Codec // what it reads and writes with
	got         chan heard
	usual       func(oadr.Message) oadr.Message

	mu     sync.Mutex
	queue  []oadr.Message // handed out to polls, one at a time
	status int            // of each answer, if not 0
	body   []byte         // of each answer, if not nil
	shown  tls.Certificate
}

// heard is one request of a VEN.
type heard struct {
	service string
	oadr.Message
	form oadr.Form
}

func startHTTPVTN(t *testing.T) *httpVTN {
	t.Helper()
	vens, err := authority()
	if err != nil {
		t.Fatal(err)
	}
	v := &httpVTN{t: t, vens: vens, roots: x509.NewCertPool(), codec: oadr.Codec{Limits: oadr.DefaultLimits}, got: make(chan heard, 1000)}
	v.usual = (&scriptedVTN{}).usual
	v.roots.AppendCertsFromPEM(vens.PEM())
	v.certificate = certificate(t, "vtn", func(c *x509.Certificate) {
		c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
		c.ExtKeyUsage = nil
	})
	v.shows(v.certificate)
	s := httptest.NewUnstartedServer(http.HandlerFunc(v.serve))
	s.Config.ErrorLog = log.New(t.Output(), "", 0)
	s.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		v.mu.Lock()
		defer v.mu.Unlock()
		return &tls.Config{
			Certificates: []tls.Certificate{v.shown}, ClientCAs: v.roots, ClientAuth: tls.RequireAndVerifyClientCert,
			MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256}, // rule T1
		}, nil
	}}
	s.StartTLS()
	t.Cleanup(s.Close)
	v.url = s.URL + "/prefix/"
	return v
}

func (v *httpVTN) serve(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	p, err := v.codec.Decode(raw)
	if err != nil || p.Invalid != nil || r.ContentLength != int64(len(raw)) || r.Header.Get("Content-Type") != "application/xml" {
		v.t.Errorf("the VEN sent %s: %v, %+v, header %v", raw, err, p, r.Header)
		return
	}
	if p.Form.Profile == oadr.ProfileB {
		sent.Record(raw)
	}
	v.mu.Lock()
	m, status, body := v.usual(p.Message), v.status, v.body
	if _, poll := p.Message.(*oadr.Poll); poll && len(v.queue) > 0 {
		m, v.queue = v.queue[0], v.queue[1:]
	}
	v.mu.Unlock()
	if status != 0 {
		w.WriteHeader(status)
	} else if body != nil {
		_, _ = w.Write(body)
	} else if m != nil {
		_, _ = w.Write(v.codec.Append(nil, p.Form, m))
	}
	v.got <- heard{path.Base(r.URL.Path), p.Message, p.Form}
}

// handOut queues messages for polls.
func (v *httpVTN) handOut(m ...oadr.Message) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.queue = append(v.queue, m...)
}

// fails makes the VTN answer with a status; 0: no more.
func (v *httpVTN) fails(status int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.status = status
}

// shows makes the VTN show a certificate.
func (v *httpVTN) shows(c tls.Certificate) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.shown = c
}

// writes makes the VTN answer with a body; nil: no more.
func (v *httpVTN) writes(body []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.body = body
}

// left is how many messages are still to be handed out.
func (v *httpVTN) left() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.queue)
}

// config is that of a VEN with a certificate that polls often.
func (v *httpVTN) config(name string) Config {
	return Config{
		Bare: true, VENName: name,
		HTTP: &HTTP{URL: v.url, PollInterval: 20 * time.Millisecond},
		TLS:  &tls.Config{RootCAs: v.roots, Certificates: []tls.Certificate{certificate(v.t, name)}},
	}
}

// awaitHTTP is the next request that is no poll, which must be of a type and come to a
// service.
func awaitHTTP[M oadr.Message](t *testing.T, v *httpVTN, service string) M {
	t.Helper()
	for {
		h := next(t, v.got)
		m, ok := h.Message.(M)
		if _, poll := h.Message.(*oadr.Poll); poll && !ok {
			continue
		}
		if !ok || h.service != service {
			t.Fatalf("the VEN sent %s to %s", h.Kind(), h.service)
		}
		return m
	}
}

// registered is a VEN of the VTN that is registered.
func (v *httpVTN) registered(cfg Config) *VEN {
	v.t.Helper()
	node := connect(v.t, cfg)
	if _, err := node.Register(timeout(v.t)); err != nil {
		v.t.Fatal(err)
	}
	awaitHTTP[*oadr.CreatePartyRegistration](v.t, v, "EiRegisterParty")
	return node
}

// client is the VTN's, for pushes.
func (v *httpVTN) client() *http.Client {
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{
		RootCAs: v.roots, Certificates: []tls.Certificate{v.certificate}, InsecureSkipVerify: true,
	}}}
}

// push posts a message to where a VEN listens, and returns the answer.
func (v *httpVTN) push(to, at string, m oadr.Message) (status int, answer oadr.Message) {
	v.t.Helper()
	return v.pushIn(oadr.Form{}, to, at, m)
}

// pushIn is push in a form.
func (v *httpVTN) pushIn(f oadr.Form, to, at string, m oadr.Message) (status int, answer oadr.Message) {
	v.t.Helper()
	client := v.client()
	defer client.CloseIdleConnections()
	res, err := client.Post(to+at, "application/xml", bytes.NewReader(v.codec.Append(nil, f, m)))
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	if len(raw) == 0 {
		return res.StatusCode, nil
	}
	p, err := v.codec.Decode(raw)
	if err != nil {
		v.t.Fatalf("answered %d %s: %v", res.StatusCode, raw, err)
	}
	return res.StatusCode, p.Message
}
