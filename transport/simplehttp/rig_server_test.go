package simplehttp

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/transport/lane"
)

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// vtn is a handler: what a VTN does with a request.
type vtn func(ctx context.Context, from core.Peer, p *oadr.Payload) (oadr.Message, error)

func (h vtn) Handle(ctx context.Context, from core.Peer, p *oadr.Payload) (oadr.Message, error) {
	return h(ctx, from, p)
}
func (vtn) Settle(core.Peer, core.Token, core.Outcome)                   {}
func (vtn) Answer(context.Context, core.Peer, core.Token, *oadr.Payload) {}
func (vtn) Connected(string)                                             {}
func (vtn) Disconnected(string)                                          {}

// ok answers oadrResponse 200, which says who asked and repeats the requestID.
var ok = vtn(func(_ context.Context, from core.Peer, p *oadr.Payload) (oadr.Message, error) {
	return &oadr.Response{Response: oadr.EIResponse{Code: oadr.CodeOK, Description: from.Identity, RequestID: p.Message.Request()}}, nil
})

// serving is a transport that runs, with the certificates of its VENs.
type serving struct {
	*Transport
	t     *testing.T
	https *rig.HTTPS
	addr  string
	log   *serverLog
	stop  func()
}

// serverLog is what a transport logs.
type serverLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *serverLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *serverLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// newServing returns a transport that does not run yet.
func newServing(t *testing.T, h Handler, change ...func(*Config)) *serving {
	t.Helper()
	https, err := authorities()
	if err != nil {
		t.Fatal(err)
	}
	vens, err := LoadAuthorities(https.File("vens.pem"))
	if err != nil {
		t.Fatal(err)
	}
	s := &serving{t: t, https: https, log: &serverLog{}}
	cfg := Config{
		Listen: "127.0.0.1:0", Certificates: []tls.Certificate{https.RSA, https.ECC}, ClientCAs: vens,
		Logger: zerolog.New(s.log).Level(zerolog.DebugLevel), Rate: 10_000,
		Budget: lane.Unlimited(core.SystemClock{}), // how long work takes on a busy machine decides no test
	}
	for _, f := range change {
		f(&cfg)
	}
	s.Transport = New(cfg, h)
	return s
}

// serve runs a transport until the test ends.
func serve(t *testing.T, h Handler, change ...func(*Config)) *serving {
	t.Helper()
	s := newServing(t, h, change...)
	s.run()
	return s
}

func (s *serving) run() {
	s.t.Helper()
	addr, err := s.Listen()
	if err != nil {
		s.t.Fatal(err)
	}
	s.addr = addr.String()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	s.stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				s.t.Errorf("Run returned %v", err)
			}
		case <-time.After(patience):
			s.t.Error("Run does not return")
		}
	})
	s.t.Cleanup(s.stop)
}

// ven issues a certificate.
func (s *serving) ven(name string, change ...func(*x509.Certificate)) tls.Certificate {
	s.t.Helper()
	c, err := s.https.VEN(name, change...)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// peer is a VEN's connection, on which a test writes what it likes.
type peer struct {
	net.Conn
	t *testing.T
	r *bufio.Reader
}

// plain connects without TLS.
func (s *serving) plain() *peer {
	s.t.Helper()
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	return &peer{c, s.t, bufio.NewReader(c)}
}

// dial connects with a certificate, as the VENs of the profile do (rule T1).
func (s *serving) dial(c tls.Certificate) *peer {
	s.t.Helper()
	p, err := s.tryDial(c)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

func (s *serving) tryDial(c tls.Certificate, change ...func(*tls.Config)) (*peer, error) {
	s.t.Helper()
	return s.secure(s.plain(), c, change...)
}

// secure does the handshake of a connection.
func (s *serving) secure(raw *peer, c tls.Certificate, change ...func(*tls.Config)) (*peer, error) {
	cfg := s.https.Client(c)
	cfg.ServerName, cfg.CipherSuites = "localhost", profileSuites
	for _, f := range change {
		f(cfg)
	}
	conn := tls.Client(raw.Conn, cfg)
	if err := conn.Handshake(); err != nil {
		return nil, err
	}
	return &peer{conn, s.t, bufio.NewReader(conn)}, nil
}

// reply is an answer as it stood on the wire.
type reply struct {
	status int
	header http.Header
	body   string
	closes bool // the connection
}

// send writes bytes.
func (p *peer) send(text string) *peer {
	p.t.Helper()
	if _, err := io.WriteString(p, text); err != nil {
		p.t.Fatalf("send: %v", err)
	}
	return p
}

// reply reads one answer.
func (p *peer) reply() reply {
	p.t.Helper()
	r, err := http.ReadResponse(p.r, nil)
	if err != nil {
		p.t.Fatalf("there is no answer: %v", err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		p.t.Fatalf("the answer breaks off: %v", err)
	}
	return reply{r.StatusCode, r.Header, string(body), r.Close}
}

// ends checks that the connection is closed, with nothing more to read.
func (p *peer) ends() {
	p.t.Helper()
	_ = p.SetReadDeadline(time.Now().Add(patience))
	if rest, err := io.ReadAll(p.r); len(rest) > 0 || isTimeout(err) {
		p.t.Errorf("it goes on with %.200q, %v", rest, err)
	}
}

func isTimeout(err error) bool {
	e, ok := err.(net.Error)
	return ok && e.Timeout()
}

// post is a request with a body and these header lines.
func post(path, body string, header ...string) string {
	lines := append([]string{"POST " + path + " HTTP/1.1", "Host: localhost", fmt.Sprintf("Content-Length: %d", len(body))}, header...)
	return strings.Join(lines, "\r\n") + "\r\n\r\n" + body
}

const (
	pollPath = "/OpenADR2/Simple/2.0b/OadrPoll"
	isXML    = "Content-Type: application/xml"
)

// poll is an oadrPoll.
func poll(venID string) string {
	return string(oadr.Append(nil, oadr.Form{}, &oadr.Poll{VENID: venID}))
}

// query is a message with a requestID.
func query(requestID string) string {
	return string(oadr.Append(nil, oadr.Form{}, &oadr.QueryRegistration{RequestID: requestID}))
}

// says checks an answer: its status, that it has a length, and what it says.
func (r reply) says(t *testing.T, what string, status int, texts ...string) {
	t.Helper()
	if r.status != status {
		t.Errorf("%s: status %d, want %d: %q", what, r.status, status, r.body)
	}
	if r.header.Get("Content-Length") == "" {
		t.Errorf("%s: there is no Content-Length: %v", what, r.header)
	}
	for _, text := range texts {
		if !strings.Contains(r.body, text) {
			t.Errorf("%s: %q is not in %q", what, text, r.body)
		}
	}
}

// decoded reads an answer's payload.
func (r reply) decoded(t *testing.T) *oadr.Payload {
	t.Helper()
	p, err := oadr.Decode([]byte(r.body), oadr.DefaultLimits)
	if err != nil {
		t.Fatalf("%v: %q", err, r.body)
	}
	return p
}

// rejected returns how often something was refused for a reason.
func (s *serving) rejected(why rejection) int {
	return int(testutil.ToFloat64(s.metrics.rejected.WithLabelValues(string(why))))
}

// sometime waits until something is so.
func sometime(t *testing.T, what string, is func() bool) {
	t.Helper()
	for giveUp := time.Now().Add(patience); !is(); {
		if time.Now().After(giveUp) {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// latin1 writes a text in ISO-8859-1.
func latin1(text string) string {
	var b bytes.Buffer
	for _, r := range text {
		b.WriteByte(byte(r))
	}
	return b.String()
}

// closedPort returns an address at which nothing listens, and no other test will.
func closedPort(t *testing.T) string {
	t.Helper()
	port, err := rig.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("127.0.0.1:%d", port)
}
