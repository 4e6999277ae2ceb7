package test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// httpPath is what stands before the service in each URL (rule H1).
const httpPath = "/OpenADR2/Simple/2.0b/"

// httpLine is a puppet's HTTPS client, and the server that the VTN pushes to if the puppet does not poll. It is written after the
// rules H and shares no code with the VTN or the reference VEN.
type httpLine struct {
	of          *puppet
	certificate tls.Certificate
	client      *http.Client
	vtn         string                    // URL up to the service
	address     string                    // oadrTransportAddress; empty: the puppet polls
	sign        func(oadr.Message) string // nil: its polls are not signed
	at          string                    // host:port of its server
	server      *http.Server
}

// services are the last parts of the URLs, by what the names of their messages end with.
var services = []struct{ of, name string }{
	{"oadrPoll", "OadrPoll"}, {"Event", "EiEvent"}, {"Opt", "EiOpt"}, {"Report", "EiReport"}, {"Registration", "EiRegisterParty"},
	{"Reregistration", "EiRegisterParty"}, {"oadrResponse", "EiRegisterParty"},
}

var aMessage = regexp.MustCompile(`<(?:\w+:)?(oadr[A-Z]\w*)`)

// service is where a payload goes. Whatever is no message goes to the first.
func service(payload []byte) string {
	for _, found := range aMessage.FindAllSubmatch(payload, 3) {
		for _, s := range services {
			if strings.HasSuffix(string(found[1]), s.of) {
				return s.name
			}
		}
	}
	return services[0].name
}

// SendRaw posts a payload. While the VTN is overloaded it waits and tries again (rule H2).
func (l *httpLine) SendRaw(ctx context.Context, _ string, inside []byte) ([]byte, error) {
	for {
		status, body, err := l.post(ctx, l.vtn+service(inside), inside)
		switch {
		case err != nil:
			return nil, err
		case status == http.StatusServiceUnavailable:
			time.Sleep(100 * time.Millisecond)
		case status != http.StatusOK:
			return nil, statusError(status)
		default:
			return body, nil
		}
	}
}

func (l *httpLine) post(ctx context.Context, url string, payload []byte) (int, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(payload))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/xml")
	res, err := l.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode == http.StatusOK {
		err = wellFormed(res.Header, res.TransferEncoding, res.ContentLength, body)
	}
	return res.StatusCode, body, err
}

// wellFormed says what is wrong with the headers of what the VTN writes (rules H3, H4).
func wellFormed(h http.Header, encoding []string, length int64, body []byte) error {
	switch {
	case len(encoding) > 0 || length != int64(len(body)):
		return fmt.Errorf("Transfer-Encoding %q and Content-Length %d of %d bytes", encoding, length, len(body))
	case len(body) > 0 && h.Get("Content-Type") != "application/xml":
		return fmt.Errorf("the Content-Type is %q", h.Get("Content-Type"))
	}
	return nil
}

func (l *httpLine) enter(m *oadr.CreatePartyRegistration) {
	m.TransportName, m.TransportAddress, m.HTTPPullModel = oadr.TransportSimpleHTTP, l.address, new(l.address == "")
}

func (l *httpLine) polls() bool { return l.address == "" }

func (l *httpLine) fetch(t *testing.T) {
	t.Helper()
	if !l.polls() {
		return
	}
	poll := &oadr.Poll{VENID: l.of.id}
	payload := written(poll)
	if l.sign != nil {
		payload = l.sign(poll)
	}
	raw, err := l.SendRaw(t.Context(), "", []byte(payload))
	if err != nil {
		t.Fatalf("a poll is answered %v", err)
	}
	if bytes.Contains(raw, []byte("<oadrResponse ")) {
		return // nothing is due, or the puppet is not registered
	}
	l.of.take(raw, "", func(inside string, failed *failure) {
		l.of.t.Helper()
		if inside == "" || failed != nil {
			l.of.t.Fatal("over HTTP pull an answer is a message")
		}
		if _, err := l.SendRaw(l.of.t.Context(), "", []byte(inside)); err != nil {
			l.of.t.Fatal(err)
		}
	})
}

// httpAnswer is what a puppet answers a push with.
type httpAnswer struct {
	status int
	body   string
}

// ServeHTTP takes a push and waits until the test answers it.
func (l *httpLine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the VTN is gone
	}
	if err := wellFormed(r.Header, r.TransferEncoding, r.ContentLength, body); err != nil || r.Header.Get("Content-Encoding") != "" {
		l.of.t.Errorf("pushed with %v: %v", r.Header, err)
	}
	if want := "/a/prefix" + httpPath + service(body); r.Method != http.MethodPost || r.URL.Path != want {
		l.of.t.Errorf("pushed by %s to %s, want %s", r.Method, r.URL.Path, want)
	}
	answered := make(chan httpAnswer, 1)
	l.of.take(body, r.URL.Path, func(inside string, failed *failure) {
		if failed != nil {
			answered <- httpAnswer{failed.status, ""}
			return
		}
		answered <- httpAnswer{http.StatusOK, inside}
	})
	select {
	case a := <-answered:
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, a.body)
	case <-r.Context().Done():
		panic(http.ErrAbortHandler) // to return would answer 200, which acknowledges the push (rule H19)
	}
}

// listen makes the puppet one that is pushed to.
func (l *httpLine) listen(s *vens) {
	s.t.Helper()
	port, err := rig.FreePort() // while it has hung up, nobody else takes it
	if err != nil {
		s.t.Fatal(err)
	}
	l.at = fmt.Sprintf("127.0.0.1:%d", port)
	l.pickUp()
	l.address = "https://" + l.at + "/a/prefix"
	s.t.Cleanup(l.hangUp)
}

// pickUp starts the puppet's server, if it is pushed to, where it was before.
func (l *httpLine) pickUp() {
	l.of.t.Helper()
	if l.at == "" {
		return
	}
	listener, err := net.Listen("tcp", l.at)
	if err != nil {
		l.of.t.Fatal(err)
	}
	l.server = &http.Server{Handler: l, TLSConfig: https.Server(l.certificate), Protocols: new(http.Protocols), ErrorLog: log.New(io.Discard, "", 0)}
	l.server.Protocols.SetHTTP1(true)                                      // without its own suites HTTP/2 does not start
	go func(s *http.Server) { _ = s.ServeTLS(listener, "", "") }(l.server) // until it hangs up
}

// hangUp ends the puppet's server with its connections.
func (l *httpLine) hangUp() {
	if l.server != nil {
		l.server.Close()
	}
}

// fingerprint is the puppet's identity (rule T8).
func (l *httpLine) fingerprint() string { return rig.Fingerprint(l.certificate) }

// dialHTTP gives a puppet a certificate and an HTTPS client.
func (s *vens) dialHTTP(p *puppet) *httpLine {
	s.t.Helper()
	l := s.line(s.certificate(unregistered(1)[0]))
	l.of, p.line = p, l
	return l
}

// unregistered returns n accounts that no XMPP server has.
func unregistered(n int) []rig.Account {
	made := make([]rig.Account, n)
	for i := range made {
		made[i] = rig.Account{User: fmt.Sprintf("ven%d", accounts.Add(1))}
	}
	return made
}

// certificates has those of VENs by their names, so that a VEN that comes back has the same.
var certificates sync.Map

// certificate returns the certificate of a VEN.
func (s *vens) certificate(a rig.Account) tls.Certificate {
	s.t.Helper()
	if c, ok := certificates.Load(a.User); ok {
		return c.(tls.Certificate)
	}
	c, err := https.VEN(a.User)
	if err != nil {
		s.t.Fatal(err)
	}
	certificates.Store(a.User, c)
	return c
}

// lines has a line beside each reference VEN that speaks HTTP, by the VEN.
var lines sync.Map

// say returns what sends anything in a VEN's name.
func say(v *ven.VEN) speaker {
	if l, ok := lines.Load(v); ok {
		return l.(speaker)
	}
	return v
}

// registrationOf returns an oadrCreatePartyRegistration of a VEN without IDs, after change.
func registrationOf(v *ven.VEN, change ...func(*oadr.CreatePartyRegistration)) *oadr.CreatePartyRegistration {
	if l, ok := say(v).(*httpLine); ok {
		change = append([]func(*oadr.CreatePartyRegistration){l.enter}, change...)
	}
	return registration(change...)
}

// httpConfig returns the configuration of a reference VEN with this certificate.
func (s *vens) httpConfig(a rig.Account) ven.Config {
	s.t.Helper()
	h := &ven.HTTP{URL: "https://" + s.vtn.HTTPAddr, PollInterval: 100 * time.Millisecond}
	if s.way.push() {
		h.Listen = "127.0.0.1:0"
	}
	return ven.Config{HTTP: h, TLS: https.Client(s.certificate(a)), OnPayload: received.Record, Bare: true}
}

// line returns a client with a certificate.
func (s *vens) line(certificate tls.Certificate) *httpLine {
	transport := &http.Transport{TLSClientConfig: https.Client(certificate), DisableCompression: true}
	s.t.Cleanup(transport.CloseIdleConnections)
	return &httpLine{certificate: certificate, client: &http.Client{Transport: transport}, vtn: "https://" + s.vtn.HTTPAddr + httpPath}
}

// polls makes a puppet one that polls.
func (s *vens) polls(p *puppet, _ []func(*ven.Config)) { s.dialHTTP(p) }

// isPushedTo makes a puppet one that the VTN pushes to.
func (s *vens) isPushedTo(p *puppet, _ []func(*ven.Config)) { s.dialHTTP(p).listen(s) }

// httpOptions returns the options of a VTN that speaks simple HTTP beside XMPP, to VENs on this machine too.
func httpOptions(o rig.VTNOptions) rig.VTNOptions {
	o.HTTPS = https
	o.Env = append(slices.Clip(o.Env), "VTN_HTTP_PUSH_PRIVATE=true", "VTN_HTTP_POLL=PT1S")
	return o
}
