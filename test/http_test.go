package test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"syscall"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// TestN4N12T8WebhookOverHTTP: the operator's system decides on registrations over HTTP as over XMPP, by the VEN's fingerprint.
func TestN4N12T8WebhookOverHTTP(t *testing.T) {
	t.Parallel()
	d := &decider{t: t, asked: make(chan map[string]any, 10)}
	endpoint := httptest.NewServer(d)
	t.Cleanup(endpoint.Close)
	s := startWay(t, overPull, "VTN_REGISTRATION=webhook", "VTN_WEBHOOK_URL="+endpoint.URL, "VTN_WEBHOOK_SECRET="+webhookSecret)
	d.says(`{"accept": true, "venID": "site-7", "groups": ["north"]}`)
	p := s.newcomer()
	p.register()
	q := d.question()
	if id, _ := q["identity"].(map[string]any); id["transport"] != oadr.TransportSimpleHTTP || id["identity"] != p.line.(*httpLine).fingerprint() || p.id != "site-7" {
		t.Errorf("the webhook is sent %v, the VEN is %s", q, p.id)
	}
	d.says(`{"accept": false, "reason": "no contract"}`)
	stranger := s.newcomer()
	refusedWith(t, stranger, stranger.registration(), "oadrCreatedPartyRegistration 463", "no contract")
	p.expect(oadr.KindRegisterReport).ok()
	spec := event()
	spec.Targets.Groups = []string{"north"}
	e := s.create(spec).EventID
	p.expectEvents(e + " 0 far").taken()
	s.opted(e, "site-7", oadr.OptIn)
}

// slowConnections is how many connections [TestT5SlowConnections] leaves unfinished: ten thousand, or what the limit of open files
// leaves beside other tests. Go has raised the soft limit to the hard one.
func slowConnections(t *testing.T) int {
	const want, others = 10_000, 4_000
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	if files.Max >= want+others {
		return want
	}
	n := max(int(files.Max)-others, 100)
	t.Logf("only %d slow connections instead of %d: the limit of open files is %d, and %d are needed (ulimit -Hn)", n, want, files.Max, want+others)
	return n
}

// TestT5SlowConnections: ten thousand connections that never finish their handshake, and some with a certificate that never finish
// a request, keep no VEN from its events.
func TestT5SlowConnections(t *testing.T) {
	t.Parallel()
	n := slowConnections(t)
	s := startWay(t, overPull)
	p := s.puppet()
	e := s.create(event(p.id)).EventID
	var slow []net.Conn
	t.Cleanup(func() {
		for _, c := range slow {
			c.Close()
		}
	})
	for i := range n {
		c, err := net.Dial("tcp", s.vtn.HTTPAddr)
		if err != nil {
			t.Fatal(err)
		}
		slow = append(slow, c)
		_, _ = io.WriteString(c, "\x16\x03\x01\x02\x00"[:1+i%5]) // of a ClientHello
	}
	for range 200 {
		other := s.newcomer().line.(*httpLine)
		c, err := tls.Dial("tcp", s.vtn.HTTPAddr, https.Client(other.certificate))
		if err != nil {
			t.Fatal(err)
		}
		slow = append(slow, c)
		fmt.Fprintf(c, "POST %sOadrPoll HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n<", httpPath)
	}
	p.expectEvents(e + " 0 far").taken()
	s.opted(e, p.id, oadr.OptIn)
	if got := s.newcomer().register(); got.VENID == "" {
		t.Error("nobody new is let in")
	}
}
