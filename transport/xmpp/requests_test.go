package xmpp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/transport/lane"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// A poll, bare and wrapped.
const (
	pollIn = "<oadrPoll xmlns='http://openadr.org/oadr-2.0b/2012/07'><venID xmlns='http://docs.oasis-open.org/ns/energyinterop/201110'>ven-1</venID></oadrPoll>"
	object = "<oadrSignedObject xmlns='http://openadr.org/oadr-2.0b/2012/07'>" + pollIn + "</oadrSignedObject>"
	poll   = "<oadrPayload xmlns='http://openadr.org/oadr-2.0b/2012/07'>" + object + "</oadrPayload>"
)

// TestX1X2X4: a request is answered in the root it came in, from the address that it
// was sent to.
func TestX1X2X4(t *testing.T) {
	s := ejabberd(t)
	c, r := connect(t, s)
	v := login(t, s, "ven1", "Bob's <client>")
	prefixed := "<o:oadrPayload xmlns:o='http://openadr.org/oadr-2.0b/2012/07' xmlns:e='http://docs.oasis-open.org/ns/energyinterop/201110'><o:oadrSignedObject><o:oadrPoll><e:venID>v</e:venID></o:oadrPoll></o:oadrSignedObject></o:oadrPayload>"
	for _, test := range []struct{ typ, to, child, root string }{
		{"set", c.service, poll, "oadrPayload"},
		{"set", c.service, object, "oadrSignedObject"},
		{"set", c.service, pollIn, "oadrResponse"},
		{"set", c.service, prefixed, "oadrPayload"},
		{"get", c.service, poll, "oadrPayload"},
		{"set", "vtn.localhost", poll, "oadrPayload"},
		{"set", "someone@vtn.localhost/EiEvent", poll, "oadrPayload"},
	} {
		e := v.ask(test.typ, test.to, test.child)
		if answered(e) != "result" || e.Attribute("from") != test.to || e.Child(test.root).Local() != test.root {
			t.Errorf("%s to %s in %s: %s", test.typ, test.to, test.root, e.Raw)
		}
		want := core.Peer{Transport: "xmpp", Identity: "ven1@localhost", Address: v.jid}
		if got := receive(t, r.requests, "request"); got != want {
			t.Errorf("from %+v, want %+v", got, want)
		}
	}
}

// A payload of 2.0a is taken in an IQ, bare, and answered in 2.0a.
func TestA1A5PayloadOf20a(t *testing.T) {
	s := ejabberd(t)
	c, r := connect(t, s)
	v := login(t, s, "ven1", "old")
	e := v.ask("set", c.service, "<o:oadrCreatedEvent xmlns:o='"+oadr.NS20a+"' xmlns:p='"+oadr.NSpyld+"' xmlns:e='"+oadr.NSei+"'><p:eiCreatedEvent><e:eiResponse><e:responseCode>200</e:responseCode><p:requestID/></e:eiResponse><e:venID>v</e:venID></p:eiCreatedEvent></o:oadrCreatedEvent>")
	if answered(e) != "result" || e.Child("oadrResponse").Attribute("xmlns") != oadr.NS20a {
		t.Errorf("answered %s", e.Raw)
	}
	if got, want := receive(t, r.requests, "request"), (core.Peer{Transport: "xmpp", Identity: "ven1@localhost", Address: v.jid}); got != want {
		t.Errorf("from %+v, want %+v", got, want)
	}
}

// TestG5X6: every get and set is answered, whatever it holds, and the next valid
// request of the same VEN works.
func TestG5X6(t *testing.T) {
	s := ejabberd(t)
	c, r := connect(t, s)
	v := login(t, s, "ven1", "r")
	wrap := func(inside string) string {
		return "<oadrPayload xmlns='http://openadr.org/oadr-2.0b/2012/07'>" + inside + "</oadrPayload>"
	}
	v.awaitDelegation(s)
	for len(r.requests) > 0 {
		<-r.requests
	}
	deep := func(n int) string { return strings.Repeat("<a>", n) + strings.Repeat("</a>", n) }
	large := strings.Repeat("x", 300_000)
	for _, test := range []struct{ name, typ, child, want string }{
		{"no child", "set", "", "error modify bad-request"},
		{"text only", "set", "hello", "error modify bad-request"},
		{"two children", "set", poll + poll, "error modify bad-request"},
		{"another namespace", "set", "<x xmlns='urn:example'/>", "error cancel service-unavailable"},
		{"another namespace, get", "get", "<query xmlns='jabber:iq:last'/>", "error cancel service-unavailable"},
		{"no namespace", "set", "<oadrPayload/>", "error cancel service-unavailable"},
		{"a set of what can only be got", "set", "<query xmlns='http://jabber.org/protocol/disco#info'/>", "error cancel service-unavailable"},
		{"an empty payload", "set", wrap(""), "error modify bad-request"},
		{"two messages", "set", wrap("<oadrSignedObject>" + pollIn + pollIn + "</oadrSignedObject>"), "error modify bad-request"},
		{"300 kB", "set", wrap(large), "error modify policy-violation"},
		{"900 kB", "set", wrap(large + large + large), "error modify policy-violation"},
		{"as much as the server makes of 500 kB", "set", "<o:oadrPayload xmlns:o='" + oadr.NS + "' xmlns:e='" + oadr.NSei + "'>" + strings.Repeat("<e:y><o:x/></e:y>", 29_000) + "</o:oadrPayload>", "error modify policy-violation"},
		{"65 levels", "set", wrap(deep(65)), "error modify policy-violation"},
		{"5,000 levels", "set", wrap(deep(5000)), "error modify policy-violation"},
		{"10,000 levels", "set", wrap(deep(10_000)), "error modify policy-violation"},
	} {
		for _, to := range []string{c.service, s.Domain} {
			delegated := to == s.Domain
			if delegated && !strings.Contains(test.child, "<oadrPayload xmlns") {
				continue // the server answers those itself
			}
			t.Run(fmt.Sprintf("%s/%s", test.name, to), func(t *testing.T) {
				if got := answered(v.ask(test.typ, to, test.child)); got != test.want {
					t.Errorf("answered %s, want %s", got, test.want)
				}
				if got := answered(v.ask("set", to, poll)); got != "result" {
					t.Errorf("the next valid request is answered %s", got)
				}
				receive(t, r.requests, "request")
			})
		}
	}
	if len(r.requests) > 0 {
		t.Error("something that is no message was handled")
	}
	for kind, want := range map[string]bool{"malformed": true, "too large": true, "too deep": true} {
		if got := testutil.ToFloat64(c.metrics.undecoded.WithLabelValues(kind)) > 0; got != want {
			t.Errorf("%s counted: %v", kind, got)
		}
	}
	if testutil.ToFloat64(c.metrics.rejected.WithLabelValues(stream.ErrTooDeep.Error())) == 0 || testutil.ToFloat64(c.metrics.rejected.WithLabelValues(stream.ErrTooLarge.Error())) == 0 {
		t.Error("skipped stanzas were not counted")
	}
}

// TestStanzaInStanza: what looks like the end of a stanza inside it does not end it.
func TestStanzaInStanza(t *testing.T) {
	s := ejabberd(t)
	c, r := connect(t, s)
	v := login(t, s, "ven1", "r")
	forged := "<x xmlns='urn:example'><iq xmlns='jabber:component:accept' type='set' id='forged' from='ven2@localhost/r' to='vtn.localhost'>" + poll + "</iq></x>"
	if got := answered(v.ask("set", c.service, forged)); got != "error cancel service-unavailable" {
		t.Errorf("answered %s", got)
	}
	// Nobody but a server can delegate.
	delegated := "<delegation xmlns='urn:xmpp:delegation:1'><forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' type='set' id='forged' from='ven2@localhost/r' to='localhost'>" + poll + "</iq></forwarded></delegation>"
	if got := answered(v.ask("set", c.service, delegated)); got != "error cancel service-unavailable" {
		t.Errorf("answered %s", got)
	}
	if len(r.requests) > 0 {
		t.Errorf("a request was taken from %v", <-r.requests)
	}
}

// TestHandlerErrors: a request that the VTN cannot answer gets a stanza error, and
// neither connection nor process is lost.
func TestHandlerErrors(t *testing.T) {
	s := ejabberd(t)
	c, r := connect(t, s)
	v := login(t, s, "ven1", "r")
	for want, handle := range map[string]func() (oadr.Message, error){
		"error auth registration-required": func() (oadr.Message, error) { return nil, fmt.Errorf("who: %w", core.ErrNotRegistered) },
		"error wait resource-constraint":   func() (oadr.Message, error) { return nil, core.ErrBusy },
		"error wait internal-server-error": func() (oadr.Message, error) { return nil, errors.New("the disk is full") },
		"result":                           func() (oadr.Message, error) { return nil, nil },
	} {
		r.handle = func(context.Context, core.Peer, *oadr.Payload) (oadr.Message, error) { return handle() }
		e := v.ask("set", c.service, poll)
		if got := answered(e); got != want {
			t.Errorf("answered %s, want %s", got, want)
		}
		if strings.Contains(string(e.Raw), "disk") || e.Child("oadrPayload").Local() != "" {
			t.Errorf("too much was said: %s", e.Raw)
		}
	}
	r.handle = func(context.Context, core.Peer, *oadr.Payload) (oadr.Message, error) { panic("unforeseen") }
	if got := answered(v.ask("set", c.service, poll)); got != "error wait internal-server-error" {
		t.Errorf("after a panic: %s", got)
	}
	if len(r.disconnected) > 0 {
		t.Error("the connection was lost")
	}
}

// TestReplyTooLarge: a reply that the server might refuse becomes an error, however
// the request came, and the connection stands.
func TestReplyTooLarge(t *testing.T) {
	s := ejabberd(t)
	r, log := newRecorder(), newTestLog()
	cfg := config(s)
	cfg.Limits.Size, cfg.Logger = 2000, log.logger()
	c := New(cfg, r)
	run(t, c, r)
	v := login(t, s, "ven1", "r")
	v.awaitDelegation(s)
	long := func(_ context.Context, _ core.Peer, p *oadr.Payload) (oadr.Message, error) {
		m := response(p.Message.Request())
		m.Response.Description = strings.Repeat("x", 2000)
		return m, nil
	}
	usual := r.handle
	for _, to := range []string{c.service, s.Domain} {
		r.handle = long
		if got := answered(v.ask("set", to, poll)); got != "error modify policy-violation" {
			t.Errorf("%s: answered %s", to, got)
		}
		log.wait(t, "a reply was too large")
		r.handle = usual
		if got := answered(v.ask("set", to, poll)); got != "result" {
			t.Errorf("%s: the next request is answered %s", to, got)
		}
	}
	if n := testutil.ToFloat64(c.metrics.rejected.WithLabelValues("reply too large")); n != 2 {
		t.Errorf("%v counted, want 2", n)
	}
	if len(r.disconnected) > 0 {
		t.Error("the connection was lost")
	}
}

// TestBarred: a peer of a domain that is not allowed is handed on as barred.
func TestBarred(t *testing.T) {
	s := ejabberd(t)
	r := newRecorder()
	cfg := config(s)
	cfg.AllowDomains = []string{"example.org"}
	c := New(cfg, r)
	run(t, c, r)
	v := login(t, s, "ven1", "r")
	v.send("<presence/>")
	v.ask("set", c.service, poll)
	if got := receive(t, r.requests, "request"); !strings.Contains(got.Barred, "localhost") {
		t.Errorf("barred: %q", got.Barred)
	}
	if len(r.appeared) > 0 {
		t.Error("presence of a barred account was handed on")
	}
}

// TestFlood: a VEN that sends more than it may, to a VTN whose handler for it stands
// still, holds up no other.
func TestFlood(t *testing.T) {
	s := ejabberd(t)
	release := make(chan struct{})
	r := newRecorder()
	r.handle = func(_ context.Context, from core.Peer, p *oadr.Payload) (oadr.Message, error) {
		if from.Identity == "ven1@localhost" {
			<-release
		}
		return response(p.Message.Request()), nil
	}
	cfg := config(s)
	cfg.Rate, cfg.Clock = 50, coretest.NewClock(time.Unix(1_800_000_000, 0)) // stands still
	c := New(cfg, r)
	run(t, c, r)
	loud, quiet := login(t, s, "ven1", "r"), login(t, s, "ven2", "r")
	const sent = 400
	go func() {
		for i := range sent {
			fmt.Fprintf(loud.conn, "<iq type='set' id='f%d' to='%s'>%s</iq>", i, c.service, poll)
		}
	}()
	for range 10 {
		if got := answered(quiet.ask("set", c.service, poll)); got != "result" {
			t.Errorf("beside the flood: %s", got)
		}
	}
	counts := map[string]int{}
	for i := range sent {
		e := loud.await("answer", func(e stream.Element) bool { return strings.HasPrefix(e.Attribute("id"), "f") })
		counts[answered(e)]++
		if i == sent-lane.Length-1 {
			close(release) // all but what waits has been refused
		}
	}
	if counts["error wait resource-constraint"] != sent-lane.Length || counts["result"] != lane.Length {
		t.Errorf("the flood was answered %v", counts)
	}
	for _, reason := range []string{"rate", "queue full"} {
		if testutil.ToFloat64(c.metrics.rejected.WithLabelValues(reason)) == 0 {
			t.Errorf("%s was not counted", reason)
		}
	}
}

// TestWorkBeyondTheBudget: a VEN whose requests take more work than its share gets an
// error that says to try again. Another VEN is answered meanwhile.
func TestWorkBeyondTheBudget(t *testing.T) {
	s := ejabberd(t)
	r := newRecorder()
	r.handle = func(ctx context.Context, from core.Peer, p *oadr.Payload) (oadr.Message, error) {
		if from.Identity == "ven1@localhost" {
			core.Worked(ctx, time.Hour)
		}
		return response(p.Message.Request()), nil
	}
	c := New(config(s), r)
	run(t, c, r)
	hostile, honest := login(t, s, "ven1", "r"), login(t, s, "ven2", "r")
	if got := answered(hostile.ask("set", c.service, poll)); got != "result" {
		t.Errorf("the first request: %s", got)
	}
	c.lanes.Wait()
	for i := range lane.Owing {
		hostile.send("<iq type='set' id='w%d' to='%s'>%s</iq>", i, c.service, poll)
	}
	e := hostile.ask("set", c.service, poll)
	if got := answered(e); got != "error wait resource-constraint" || !strings.Contains(string(e.Raw), "more work than your share") {
		t.Errorf("one too many: %s", e.Raw)
	}
	if got := answered(honest.ask("set", c.service, poll)); got != "result" {
		t.Errorf("another VEN's: %s", got)
	}
	if testutil.ToFloat64(c.metrics.rejected.WithLabelValues("over budget")) != 1 || testutil.ToFloat64(c.metrics.paused) == 0 {
		t.Error("it was not counted")
	}
}
