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
	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/internal/xmltext"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// say sends a message and returns its id.
func (v *client) say(attributes, to, inside string) (id string) {
	v.t.Helper()
	ids++
	id = fmt.Sprintf("say%d", ids)
	v.send("<message id='%s' to='%s' %s>%s</message>", id, to, attributes, inside)
	return id
}

// hear returns the next message that comes in, of any type.
func (v *client) hear() stream.Element {
	v.t.Helper()
	return v.await("message", func(e stream.Element) bool { return e.Local() == "message" })
}

// hearsNothing fails the test if a message came before the answer to an IQ. The
// server keeps the order.
func (v *client) hearsNothing(c *Component) {
	v.t.Helper()
	v.send("<iq type='get' id='then' to='%s'><ping xmlns='urn:xmpp:ping'/></iq>", c.service)
	e := v.await("pong", func(e stream.Element) bool { return e.Local() == "message" || e.Attribute("id") == "then" })
	if e.Local() == "message" {
		v.t.Errorf("said %s", e.Raw)
	}
}

// body returns a message's body with this as its text.
func body(text string) string {
	return "<body>" + string(xmltext.AppendValue(nil, text)) + "</body>"
}

// TestX1MessagesAreAnsweredInKind: the answer comes in the kind of message and the
// root of the request, from the address that the request went to. In a body it goes
// to the bare JID, as type chat.
func TestX1MessagesAreAnsweredInKind(t *testing.T) {
	s := ejabberd(t)
	c, r := connect(t, s)
	v := login(t, s, "ven1", "Bob's <client>")
	v.send("<presence/>")
	prolog := `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	prefixed := strings.NewReplacer("<oadrPoll xmlns='", "<ns2:oadrPoll xmlns:ns2='", "</oadrPoll>", "</ns2:oadrPoll>").Replace(pollIn)
	chat := "<active xmlns='http://jabber.org/protocol/chatstates'/><request xmlns='urn:xmpp:receipts'/>"
	for _, test := range []struct{ attributes, to, inside, stanza, root string }{
		{"type='chat'", c.service, body(pollIn), StanzaBody, "oadrResponse"},
		{"", c.service, body(object), StanzaBody, "oadrSignedObject"},
		{"type='normal'", c.service, body(poll), StanzaBody, "oadrPayload"},
		{"type='chat' xml:lang='fr'", c.service + "/EiEvent", chat + body(prolog+prefixed) + "<thread>t</thread>", StanzaBody, "oadrResponse"},
		{"", "someone@vtn.localhost", body(" \n" + pollIn + "\n"), StanzaBody, "oadrResponse"},
		{"", c.service, poll, StanzaMessage, "oadrPayload"},
		{"type='chat'", "vtn.localhost", object, StanzaMessage, "oadrSignedObject"},
		{"", c.service, body("for people") + pollIn + chat, StanzaMessage, "oadrResponse"},
	} {
		id := v.say(test.attributes, test.to, test.inside)
		e := v.hear()
		to, typ, payload := v.jid, "", e.Child(test.root)
		if test.stanza == StanzaBody {
			to, typ = "ven1@localhost", "chat"
			payload = stream.Parse([]byte(e.Child("body").Text()))
		}
		if e.Attribute("id") != id || e.Attribute("from") != test.to || e.Attribute("to") != to || e.Attribute("type") != typ ||
			payload.Local() != test.root || stream.Namespace(nil, e.Child("no-store")) != nsHints {
			t.Errorf("%s was answered %s", test.inside, e.Raw)
		}
		if p, err := oadr.Decode(payload.Raw, oadr.DefaultLimits); err != nil || p.Message.Kind() != oadr.KindResponse {
			t.Errorf("%s holds %v: %v", e.Raw, p, err)
		}
		want := core.Peer{Transport: "xmpp", Identity: "ven1@localhost", Address: v.jid, Stanza: test.stanza}
		if got := receive(t, r.requests, "request"); got != want {
			t.Errorf("from %+v, want %+v", got, want)
		}
	}
}

// TestG5MessagesThatAreNoRequests are counted and not answered, and harm nobody.
func TestG5MessagesThatAreNoRequests(t *testing.T) {
	s := ejabberd(t)
	c, r := connect(t, s)
	v := login(t, s, "ven1", "r")
	v.send("<presence/>")
	cut := strings.TrimSuffix(pollIn, "</oadrPoll>")
	for name, test := range map[string]struct{ inside, counter string }{
		"nothing":              {"", ""},
		"an empty body":        {"<body/>", ""},
		"what people write":    {body("hello, is there any event today? 3 < 4 && 5 > 4"), ""},
		"a chat state":         {"<composing xmlns='http://jabber.org/protocol/chatstates'/>", ""},
		"a receipt":            {"<received xmlns='urn:xmpp:receipts' id='x'/>", ""},
		"another body":         {"<body xmlns='urn:example'>" + string(stream.AppendMarkup(nil, []byte(poll))) + "</body>", ""},
		"elements in a body":   {"<body>" + poll + "</body>", ""},
		"a payload in a child": {"<x xmlns='urn:example'>" + poll + "</x>", ""},
		"a forwarded payload":  {"<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'>" + poll + "</message></forwarded>", ""},
		"two payloads":         {poll + poll, ""},
		"another namespace":    {"<oadrPayload xmlns='urn:example'/>", ""},
		"2.0a":                 {body("<oadrRequestEvent xmlns='http://openadr.org/oadr-2.0a/2012/07'/>"), ""},
		"an unfinished text":   {body(cut), "malformed"},
		"text and a payload":   {body("see " + poll), "malformed"},
		"two in a text":        {body(poll + poll), "malformed"},
		"a document type":      {body("<!DOCTYPE oadrPoll [<!ENTITY a 'b'>]>" + pollIn), "malformed"},
		"escaped twice":        {body(string(stream.AppendMarkup(nil, []byte(poll)))), "malformed"},
		"only the namespace":   {body(oadr.NS), "malformed"},
		"no message in it":     {"<oadrPayload xmlns='" + oadr.NS + "'/>", "malformed"},
		"not of OpenADR":       {body("<x xmlns='urn:example'>" + poll + "</x>"), "not OpenADR"},
	} {
		t.Run(name, func(t *testing.T) {
			count := func() float64 {
				if test.counter == "" {
					return counted(c, "message without a payload")
				}
				return testutil.ToFloat64(c.metrics.undecoded.WithLabelValues(test.counter))
			}
			before := count()
			v.say("type='chat'", c.service, test.inside)
			v.hearsNothing(c)
			c.lanes.Wait()
			v.hearsNothing(c)
			if n := count() - before; n != 1 {
				t.Errorf("%v were counted, want 1", n)
			}
			v.say("type='error'", c.service, test.inside) // as its own echo it is nothing either
			v.hearsNothing(c)
			if len(r.requests)+len(r.settled) > 0 {
				t.Error("something that is no request was handled")
			}
			v.say("type='chat'", c.service, body(pollIn))
			if e := v.hear(); e.Attribute("type") != "chat" {
				t.Errorf("the next request was answered %s", e.Raw)
			}
			receive(t, r.requests, "request")
		})
	}
}

// TestX6MessageErrors: a request that cannot be answered gets an error, sent to the
// full JID. An error is never answered, whatever it holds.
func TestX6MessageErrors(t *testing.T) {
	s := ejabberd(t)
	c, r := connect(t, s)
	v := login(t, s, "ven1", "r")
	v.send("<presence/>")
	usual := r.handle
	fails := func(err error) func(context.Context, core.Peer, *oadr.Payload) (oadr.Message, error) {
		return func(context.Context, core.Peer, *oadr.Payload) (oadr.Message, error) { return nil, err }
	}
	wrapped := func(inside string) string { return "<oadrPayload xmlns='" + oadr.NS + "'>" + inside + "</oadrPayload>" }
	deep := func(n int) string { return strings.Repeat("<a>", n) + strings.Repeat("</a>", n) }
	for _, test := range []struct {
		name    string
		handle  func(context.Context, core.Peer, *oadr.Payload) (oadr.Message, error)
		payload string
		want    string
	}{
		{"not registered", fails(core.ErrNotRegistered), poll, "error auth registration-required"},
		{"busy", fails(core.ErrBusy), poll, "error wait resource-constraint"},
		{"a full disk", fails(errors.New("the disk is full")), poll, "error wait internal-server-error"},
		{"too large", usual, wrapped(strings.Repeat("x", 300_000)), "error modify policy-violation"},
		{"too large to be read", usual, wrapped(strings.Repeat("x", 900_000)), "error modify policy-violation"},
		{"too deep", usual, wrapped(deep(65)), "error modify policy-violation"},
	} {
		for kind, inside := range map[string]string{StanzaMessage: test.payload, StanzaBody: body(test.payload)} {
			t.Run(test.name+"/"+kind, func(t *testing.T) {
				r.handle = test.handle
				id := v.say("", c.service, inside)
				e := v.hear()
				if got := answered(e); got != test.want || e.Attribute("id") != id || e.Attribute("from") != c.service || e.Attribute("to") != v.jid {
					t.Errorf("answered %s, want %s: %s", got, test.want, excerpt.Of(string(e.Raw)))
				}
				v.say("type='error'", c.service, inside)
				v.hearsNothing(c)
				r.handle = usual
				v.say("", c.service, inside[:0]+body(pollIn))
				if e := v.hear(); e.Attribute("type") != "chat" {
					t.Errorf("the next request was answered %s", e.Raw)
				}
			})
		}
	}
	if len(r.settled) > 0 {
		t.Errorf("an error was taken for an outcome: %+v", <-r.settled)
	}
}

// TestX1ResponseInAMessage: an oadrResponse answers a push, so it gets no answer
// itself, whatever the VTN returns.
func TestX1ResponseInAMessage(t *testing.T) {
	s := ejabberd(t)
	c, r := connect(t, s)
	v := login(t, s, "ven1", "r")
	v.send("<presence/>")
	for _, reply := range []struct {
		m   oadr.Message
		err error
	}{{nil, nil}, {response("r"), nil}, {nil, core.ErrNotRegistered}, {nil, errors.New("the disk is full")}} {
		r.handle = func(context.Context, core.Peer, *oadr.Payload) (oadr.Message, error) { return reply.m, reply.err }
		for _, inside := range []string{bare(200, "OK"), body(bare(454, "no")), body("<oadrResponse xmlns='" + oadr.NS + "'/>")} {
			v.say("type='chat'", c.service, inside)
			receive(t, r.requests, "request")
			c.lanes.Wait()
			v.hearsNothing(c)
		}
	}
}

// TestX1PushInAMessage: a push goes out in the stanza that it names, behind a reply
// that is being made.
func TestX1PushInAMessage(t *testing.T) {
	s := ejabberd(t)
	c, r := connect(t, s)
	v := login(t, s, "ven1", "r")
	v.send("<presence/>")
	usual := r.handle
	for i, test := range []struct{ stanza, to, typ string }{
		{StanzaMessage, v.jid, ""}, {StanzaBody, "ven1@localhost", "chat"}, {StanzaIQ, v.jid, "set"}, {"", v.jid, "set"},
	} {
		t.Run(test.stanza, func(t *testing.T) {
			release := make(chan struct{})
			r.handle = func(_ context.Context, _ core.Peer, p *oadr.Payload) (oadr.Message, error) {
				<-release
				return response(p.Message.Request()), nil
			}
			before := testutil.ToFloat64(c.metrics.pushes)
			replied := v.say("type='chat'", c.service, body(pollIn))
			receive(t, r.requests, "request")
			sent := token(int64(i))
			raw := payload(sent)
			if err := c.Push(t.Context(), core.Push{Token: sent, To: v.jid, Stanza: test.stanza, Bytes: raw}); err != nil {
				t.Fatal(err)
			}
			clear(raw) // it is the caller's again
			if n := testutil.ToFloat64(c.metrics.pushes) - before; n != 0 {
				t.Errorf("%v pushes were written while a reply was being made", n)
			}
			close(release)
			if e := v.hear(); e.Attribute("id") != replied {
				t.Errorf("first came %s", e.Raw)
			}
			e := v.await("push", func(e stream.Element) bool { return e.Attribute("id") == sent.String() })
			inside := e.Child("oadrPayload")
			if test.stanza == StanzaBody {
				inside = stream.Parse([]byte(e.Child("body").Text()))
			}
			if e.Attribute("from") != c.service || e.Attribute("to") != test.to || e.Attribute("type") != test.typ ||
				messageIn(inside).Child("requestID").Text() != sent.String() || (e.Local() == "message") != (len(e.Child("no-store").Tag) > 0) {
				t.Errorf("pushed %s", e.Raw)
			}
			r.handle = usual
		})
	}
	if err := c.Push(t.Context(), core.Push{Token: token(9), To: v.jid, Stanza: "pigeon", Bytes: payload(token(9))}); err == nil {
		t.Error("a push in a pigeon was taken")
	}
}

// TestX6PushThatBounces: nobody is there, the server does not keep the message and
// returns it. That counts only from the address that was written to.
func TestX6PushThatBounces(t *testing.T) {
	s := ejabberd(t)
	c, r := connect(t, s)
	other := login(t, s, "ven2", "r")
	at := login(t, s, "ven1", "r")
	for i, test := range []struct{ stanza, to string }{
		{StanzaMessage, "ven1@localhost/gone"}, {StanzaBody, "ven1@localhost/gone"}, // without presence no message to the bare JID gets through
		{StanzaMessage, "nobody@localhost/r"}, {StanzaBody, "nobody@localhost/r"},
	} {
		sent := token(int64(i))
		c.flights.start(sent, core.Peer{Transport: Name, Identity: "ven1@localhost", Address: "ven1@localhost/x", Stanza: test.stanza}, nil)
		forged := "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
		for _, wrong := range []*client{other, at} {
			wrong.send("<message type='error' id='%s' to='%s'>%s</message>", sent, c.service, forged)
			wrong.hearsNothing(c)
		}
		if len(r.settled) > 0 {
			t.Errorf("the wrong one's bounce counted: %+v", <-r.settled)
		}
		if err := c.Push(t.Context(), core.Push{Token: sent, To: test.to, Stanza: test.stanza, Bytes: payload(sent)}); err != nil {
			t.Fatal(err)
		}
		got := receive(t, r.settled, "outcome")
		if got.token != sent || got.from.Address != test.to || got.Outcome != (core.Outcome{Result: core.Unreachable, Error: "service-unavailable", Bare: true}) {
			t.Errorf("%s in a %s: %+v", test.to, test.stanza, got)
		}
	}
	for _, stanza := range []string{StanzaMessage, StanzaBody} { // a client says that it cannot take it
		sent := token(9)
		c.flights.start(sent, core.Peer{Transport: Name, Identity: "ven1@localhost", Address: at.jid, Stanza: stanza}, nil)
		at.send("<message type='error' id='%s' to='%s'><body>%s</body><error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>", sent, c.service, stream.AppendMarkup(nil, []byte(poll)))
		if got := receive(t, r.settled, "outcome"); got.from.Address != at.jid || got.Outcome != (core.Outcome{Result: core.Retry, Error: "resource-constraint", Bare: true}) {
			t.Errorf("a client's error in a %s: %+v", stanza, got)
		}
		at.hearsNothing(c)
	}
	if n := counted(c, "other address"); n != 8 {
		t.Errorf("%v wrong bounces counted, want 8", n)
	}
}

// TestPushTooLargeAsText: a text is longer than the payload it holds.
func TestPushTooLargeAsText(t *testing.T) {
	c := New(Config{Domain: "vtn.example.org"}, newRecorder())
	c.limit.Store(1000 + pushRoom)
	raw := []byte(strings.Repeat("<a/>", 200)) // 800 bytes, 2,000 as text
	err := c.Push(t.Context(), core.Push{Token: token(1), To: "ven1@example.org/r", Stanza: StanzaBody, Bytes: raw})
	if !errors.Is(err, core.ErrTooLarge) || !strings.Contains(err.Error(), "and the server takes") {
		t.Errorf("2,000 bytes of 1,000: %v", err)
	}
	for _, stanza := range []string{"", StanzaMessage} {
		if err := c.Push(t.Context(), core.Push{Token: token(1), To: "ven1@example.org/r", Stanza: stanza, Bytes: raw}); err != core.ErrNotConnected {
			t.Errorf("800 bytes in %q: %v", stanza, err)
		}
	}
}

// TestMessageFlood: a VEN that writes more than it may gets errors in messages.
func TestMessageFlood(t *testing.T) {
	s := ejabberd(t)
	r := newRecorder()
	cfg := config(s)
	cfg.Rate, cfg.Clock = 10, coretest.NewClock(time.Unix(1_800_000_000, 0)) // stands still: nothing more is allowed however long it takes
	c := New(cfg, r)
	run(t, c, r)
	v := login(t, s, "ven1", "r")
	v.send("<presence/>")
	for range 100 {
		v.say("type='chat'", c.service, body(pollIn))
	}
	counts := map[string]int{}
	for range 100 {
		e := v.hear()
		counts[answered(e)]++
	}
	if n := counts["error wait resource-constraint"]; n < 60 || counts["chat"]+n != 100 {
		t.Errorf("the flood was answered %v", counts)
	}
	if counted(c, "rate") == 0 {
		t.Error("the rate was not counted")
	}
}

// TestCDATAInABody: no server sends it; it must not break anything.
func TestCDATAInABody(t *testing.T) {
	r := newRecorder()
	c := New(Config{Domain: "vtn.example.org"}, r)
	l := &line{stream: stream.Parse([]byte("<stream:stream xmlns='jabber:component:accept'>"))}
	for _, inside := range []string{
		"<body><![CDATA[" + poll + "]]></body>", "<body><![CDATA[</body></message>" + poll + "]]></body>", "<body>" + string(stream.AppendMarkup(nil, []byte(poll))) + "<![CDATA[ ]]></body>",
	} {
		if err := c.route(l, []byte("<message from='ven1@example.org/r' to='"+c.service+"'>"+inside+"</message>")); err != nil {
			t.Error(err)
		}
		c.lanes.Wait()
	}
	if n := counted(c, "message without a payload"); n != 3 || len(r.requests) > 0 {
		t.Errorf("%v of 3 were counted, %d taken", n, len(r.requests))
	}
}

// TestG5TextIsMeasuredUnescaped: references make a text longer than what it holds.
func TestG5TextIsMeasuredUnescaped(t *testing.T) {
	r := newRecorder()
	c := New(Config{Domain: "vtn.example.org", Limits: oadr.Limits{Size: len(pollIn), Depth: 64}}, r)
	l := &line{stream: stream.Parse([]byte("<stream:stream xmlns='jabber:component:accept'>"))}
	for _, text := range []string{pollIn, pollIn + " "} {
		if err := c.route(l, []byte("<message from='ven1@example.org/r' to='"+c.service+"'>"+body(text)+"</message>")); err != nil {
			t.Fatal(err)
		}
		c.lanes.Wait()
	}
	if large := testutil.ToFloat64(c.metrics.undecoded.WithLabelValues("too large")); len(r.requests) != 1 || large != 1 {
		t.Errorf("%d taken and %v too large, want one of each", len(r.requests), large)
	}
}

// TestX1DeclarationInABody: an XML declaration in the text does not matter, whatever
// encoding it names.
func TestX1DeclarationInABody(t *testing.T) {
	s := ejabberd(t)
	c, r := connect(t, s)
	v := login(t, s, "ven1", "r")
	v.send("<presence/>")
	for _, declaration := range []string{
		"<?xml version='1.0' encoding='UTF-8'?>", `<?xml version="1.0" encoding="ISO-8859-1" standalone="yes"?>` + "\r\n", "<?xml version='1.1'?>",
		"\uFEFF<?xml version=\"1.0\" encoding=\"utf-16\"?>", " \n<?xml\tversion='1.0' encoding='windows-1252'?>\n", "\uFEFF",
	} {
		v.say("type='chat'", c.service, body(declaration+pollIn))
		if e := v.hear(); answered(e) != "chat" || !strings.Contains(e.Child("body").Text(), "oadrResponse") {
			t.Errorf("%q is answered %s", declaration, e.Raw)
		}
		receive(t, r.requests, "request")
	}
}

// TestX1PayloadInASecondBody: a message may have a body for each language.
func TestX1PayloadInASecondBody(t *testing.T) {
	s := ejabberd(t)
	c, r := connect(t, s)
	v := login(t, s, "ven1", "r")
	v.send("<presence/>")
	note := strings.Replace(body("A query for events"), "<body", "<body xml:lang='en'", 1)
	for _, bodies := range []string{note + body(poll), body(poll) + note, note + strings.Replace(body(poll), "<body", "<body xml:lang='de'", 1)} {
		v.say("type='chat'", c.service, bodies)
		if e := v.hear(); answered(e) != "chat" {
			t.Errorf("%.80s is answered %s", bodies, e.Raw)
		}
		receive(t, r.requests, "request")
	}
}
