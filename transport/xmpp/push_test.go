package xmpp

import (
	"context"
	"fmt"
	"slices"
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

// TestOutcomes: what clients answer to a push, and the outcome that the VTN gets.
func TestOutcomes(t *testing.T) {
	s := ejabberd(t)
	c, r := connect(t, s)
	v := login(t, s, "ven1", "r")
	me := core.Peer{Transport: "xmpp", Identity: "ven1@localhost", Address: v.jid}
	wrap := func(m string) string {
		return "<oadrPayload xmlns='http://openadr.org/oadr-2.0b/2012/07'><oadrSignedObject>" + m + "</oadrSignedObject></oadrPayload>"
	}
	wrong := func(typ, condition string) string {
		return "<error type='" + typ + "'><" + condition + " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
	}
	for i, test := range []struct {
		name, typ, child string
		want             core.Outcome
	}{
		{"empty", "result", "", core.Outcome{Result: core.Acknowledged, Bare: true}},
		{"oadrResponse 200", "result", wrap(bare(200, "OK")), core.Outcome{Result: core.Acknowledged, Code: 200}},
		{"oadrResponse 450", "result", wrap(bare(450, "not <now>")), core.Outcome{Result: core.Refused, Code: 450, Error: "not <now>"}},
		{"bare oadrResponse 462", "result", bare(462, "not mine"), core.Outcome{Result: core.Refused, Code: 462, Error: "not mine"}},
		{"the echo of something else", "result", "<x xmlns='urn:example'/>", core.Outcome{Result: core.Acknowledged, Bare: true}},
		{"unreadable", "result", wrap(""), core.Outcome{Result: core.Refused}},
		{"service-unavailable", "error", wrong("cancel", "service-unavailable"), core.Outcome{Result: core.Unreachable, Error: "service-unavailable", Bare: true}},
		{"wait", "error", wrong("wait", "resource-constraint"), core.Outcome{Result: core.Retry, Error: "resource-constraint", Bare: true}},
		{"feature-not-implemented", "error", wrong("cancel", "feature-not-implemented"), core.Outcome{Result: core.Unreachable, Error: "feature-not-implemented", Bare: true, Unknown: true}},
		{"an error with the payload", "error", wrap(bare(200, "OK")) + wrong("modify", "bad-request"), core.Outcome{Result: core.Refused, Error: "bad-request", Bare: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			sent := token(int64(i))
			if err := c.Push(t.Context(), core.Push{Token: sent, To: v.jid, Bytes: payload(sent)}); err != nil {
				t.Fatal(err)
			}
			e := v.push()
			if e.Attribute("id") != sent.String() || e.Attribute("from") != c.service || messageIn(e.Child("oadrPayload")).Child("requestID").Text() != sent.String() {
				t.Errorf("the push: %s", e.Raw)
			}
			v.send("<iq type='%s' id='%s' to='%s'>%s</iq>", test.typ, e.Attribute("id"), e.Attribute("from"), test.child)
			got := receive(t, r.settled, "outcome")
			if test.name == "unreadable" {
				got.Error = ""
			}
			if got.token != sent || got.from != me || got.Outcome != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
	if len(r.requests)+len(r.answers) > 0 {
		t.Error("an answer was taken for more than that")
	}
}

// TestS6S12SignatureBehindTheMessage: an oadrResponse in a result whose signature stands behind
// it is looked at as any other that is signed.
func TestS6S12SignatureBehindTheMessage(t *testing.T) {
	s := ejabberd(t)
	c, r := connect(t, s)
	v := login(t, s, "ven1", "r")
	sent := token(1)
	if err := c.Push(t.Context(), core.Push{Token: sent, To: v.jid, Bytes: payload(sent)}); err != nil {
		t.Fatal(err)
	}
	v.send("<iq type='result' id='%s' to='%s'><oadrPayload xmlns='"+oadr.NS+"'><oadrSignedObject>%s</oadrSignedObject><Signature xmlns='"+oadr.NSds+"'/></oadrPayload></iq>",
		v.push().Attribute("id"), c.service, bare(200, "OK"))
	if got := receive(t, r.answers, "answer"); got.token != sent || got.kind != oadr.KindResponse {
		t.Errorf("got %+v", got)
	}
}

// TestE16ResultIsCreatedEvent: a VEN may put its oadrCreatedEvent into the result.
func TestE16ResultIsCreatedEvent(t *testing.T) {
	s := ejabberd(t)
	c, r := connect(t, s)
	v := login(t, s, "ven1", "r")
	sent := token(1)
	if err := c.Push(t.Context(), core.Push{Token: sent, To: v.jid, Bytes: payload(sent)}); err != nil {
		t.Fatal(err)
	}
	created := oadr.Append(nil, oadr.Form{}, &oadr.CreatedEvent{VENID: "ven-1", Response: oadr.EIResponse{Code: 200, RequestID: sent.String()}})
	v.send("<iq type='result' id='%s' to='%s'>%s</iq>", v.push().Attribute("id"), c.service, created)
	want := answer{core.Peer{Transport: "xmpp", Identity: "ven1@localhost", Address: v.jid}, sent, oadr.KindCreatedEvent}
	if got := receive(t, r.answers, "answer"); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if len(r.settled) > 0 {
		t.Errorf("settled as well: %+v", <-r.settled)
	}
}

// TestPushGoesBehindAReplyThatIsBeingMade: the reply may hold an older state.
func TestPushGoesBehindAReplyThatIsBeingMade(t *testing.T) {
	s := ejabberd(t)
	c, r := connect(t, s)
	v := login(t, s, "ven1", "r")
	release := make(chan struct{})
	r.handle = func(_ context.Context, _ core.Peer, p *oadr.Payload) (oadr.Message, error) {
		<-release
		return response(p.Message.Request()), nil
	}
	v.send("<iq type='set' id='q1' to='%s'>%s</iq>", c.service, oadr.Append(nil, oadr.Form{}, &oadr.RequestEvent{RequestID: "q1", VENID: "ven-1"}))
	receive(t, r.requests, "request")
	sent := token(1)
	raw := payload(sent)
	if err := c.Push(t.Context(), core.Push{Token: sent, To: v.jid, Bytes: raw}); err != nil {
		t.Fatal(err)
	}
	clear(raw) // it is the caller's again
	if n := testutil.ToFloat64(c.metrics.pushes); n != 0 {
		t.Errorf("%v pushes were written while a reply was being made", n)
	}
	close(release)
	e := v.await("the reply or the push", func(e stream.Element) bool { return e.Local() == "iq" })
	if e.Attribute("id") != "q1" {
		t.Errorf("first came %s", e.Raw)
	}
	if e := v.push(); messageIn(e.Child("oadrPayload")).Child("requestID").Text() != sent.String() {
		t.Errorf("pushed %s", e.Raw)
	}
}

// TestPushThatWaitsForAReplyAndCannotBeWritten still has an outcome.
func TestPushThatWaitsForAReplyAndCannotBeWritten(t *testing.T) {
	r := newRecorder()
	c := New(Config{Domain: "vtn.localhost"}, r) // connected to nobody
	release := make(chan struct{})
	if err := c.lanes.Add("ven1@localhost", lane.Job{Run: func() time.Duration { <-release; return 0 }}); err != nil {
		t.Fatal(err)
	}
	sent := token(1)
	if err := c.Push(t.Context(), core.Push{Token: sent, To: "ven1@localhost/r"}); err != nil {
		t.Fatal(err)
	}
	close(release)
	got := receive(t, r.settled, "outcome")
	if got.token != sent || got.from.Address != "ven1@localhost/r" || got.Result != core.Requeue {
		t.Errorf("got %+v", got)
	}
}

// TestUnreachable: nobody is there, and the server says so from the VEN's address.
func TestUnreachable(t *testing.T) {
	s := ejabberd(t)
	c, r := connect(t, s)
	for i, to := range []string{"ven1@localhost/gone", "nobody@localhost/r"} {
		sent := token(int64(i))
		if err := c.Push(t.Context(), core.Push{Token: sent, To: to, Bytes: payload(sent)}); err != nil {
			t.Fatal(err)
		}
		got := receive(t, r.settled, "outcome")
		if got.token != sent || got.from.Address != to || got.Result != core.Unreachable {
			t.Errorf("%s: %+v", to, got)
		}
	}
}

func TestX5PushNeedsFullJID(t *testing.T) {
	s := ejabberd(t)
	c, _ := connect(t, s)
	for _, to := range []string{"", "ven1@localhost", "localhost", "localhost/r", "xmpp:ven1@localhost/r\x00", "@/"} {
		if err := c.Push(t.Context(), core.Push{Token: token(1), To: to}); err == nil {
			t.Errorf("a push to %q was taken", to)
		}
	}
	if n := testutil.ToFloat64(c.metrics.pushes); n != 0 {
		t.Errorf("%v pushes counted", n)
	}
}

// TestPushTooLarge: what the server might refuse is never sent to it.
func TestPushTooLarge(t *testing.T) {
	near, _ := connection(t)
	c := New(Config{Domain: "vtn.example.org", Limits: oadr.Limits{Size: 1000, Depth: 16}}, newRecorder())
	l := &line{conn: near, out: newWriter(near, patience, anySize(), func(int) {})} // nothing is written: its writer does not run
	c.lines.add(l)
	to := "ven1@example.org/r"
	err := c.Push(t.Context(), core.Push{Token: token(1), To: to, Bytes: make([]byte, 1001)})
	if err == nil || !strings.Contains(err.Error(), "VTN_MAX_PAYLOAD") || len(l.out.pending) > 0 {
		t.Errorf("1001 bytes of 1000: %v, %d bytes are to be written", err, len(l.out.pending))
	}
	if _, known := c.flights.sentTo(token(1)); known {
		t.Error("a push that was not sent is remembered")
	}
	if err := c.Push(t.Context(), core.Push{Token: token(2), To: to, Bytes: make([]byte, 1000)}); err != nil || len(l.out.pending) == 0 {
		t.Errorf("1000 bytes of 1000: %v", err)
	}
}

// TestX6: an answer counts only from the JID that was pushed to. An answer to a push
// that this process does not know is handed on. No answer is answered.
func TestX6(t *testing.T) {
	s := ejabberd(t)
	c, r := connect(t, s)
	v, other, elsewhere := login(t, s, "ven1", "r"), login(t, s, "ven2", "r"), login(t, s, "ven1", "other")
	sent := token(5)
	if err := c.Push(t.Context(), core.Push{Token: sent, To: v.jid, Bytes: payload(sent)}); err != nil {
		t.Fatal(err)
	}
	v.push()
	result := fmt.Sprintf("<iq type='result' id='%s' to='%s'/>", sent, c.service)
	for _, wrong := range []*client{other, elsewhere} {
		wrong.send("%s", result)
		wrong.send("<iq type='error' id='%s' to='%s'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>", sent, c.service)
		wrong.send("<iq type='result' id='no-token' to='%s'/>", c.service)
		if got := answered(wrong.ask("get", c.service, "<ping xmlns='urn:xmpp:ping'/>")); got != "result" {
			t.Fatal(got)
		}
	}
	if len(r.settled) > 0 {
		t.Errorf("the wrong one's answer counted: %+v", <-r.settled)
	}
	if n := testutil.ToFloat64(c.metrics.rejected.WithLabelValues("other address")); n != 4 {
		t.Errorf("%v wrong answers counted, want 4", n)
	}
	v.send("%s", result)
	v.send("%s", result) // and once more
	for _, what := range []string{"outcome", "second outcome"} {
		if got := receive(t, r.settled, what); got.from.Address != v.jid || got.Result != core.Acknowledged {
			t.Errorf("%s: %+v", what, got)
		}
	}
	old := core.Token{Topic: core.TopicEvents, VENNo: 8, Rev: 1} // pushed before a restart
	other.send("<iq type='result' id='%s' to='%s'/>", old, c.service)
	if got := receive(t, r.settled, "outcome"); got.token != old || got.from.Identity != "ven2@localhost" {
		t.Errorf("a push of before: %+v", got)
	}
	for _, v := range []*client{v, other, elsewhere} {
		v.ask("get", c.service, "<ping xmlns='urn:xmpp:ping'/>")
		if n := len(v.incoming); n > 0 {
			t.Errorf("a result or an error was answered: %s", (<-v.incoming).Raw)
		}
	}
}

// TestAnswersToNothing: results and errors that answer no known push are limited in
// rate like requests, whatever they hold. Answers to pushes are not.
func TestAnswersToNothing(t *testing.T) {
	r := newRecorder()
	c := New(Config{Domain: "vtn.example.org", Rate: 10, Clock: coretest.NewClock(time.Unix(1_800_000_000, 0))}, r)
	const burst = 20
	from := "ven1@example.org/r"
	created := string(oadr.Append(nil, oadr.Form{}, &oadr.CreatedEvent{VENID: "ven-1", Response: oadr.EIResponse{Code: 200}}))
	l := &line{stream: stream.Parse([]byte("<stream:stream xmlns='jabber:component:accept'/>"))}
	route := func(typ string, id core.Token, from, child string) {
		t.Helper()
		if err := c.route(l, fmt.Appendf(nil, "<iq type='%s' id='%s' from='%s' to='%s'>%s</iq>", typ, id, from, c.service, child)); err != nil {
			t.Fatal(err)
		}
	}
	over := func(from string) {
		c.overLimit(fmt.Appendf(nil, "<iq type='result' id='%s' from='%s'>", token(1), from), stream.ErrTooLarge)
	}
	for i := range int64(burst) { // known here, and so outside of the limit
		c.flights.start(token(i), core.Peer{Transport: Name, Identity: "ven1@example.org", Address: from}, nil)
		route("result", token(i), from, "")
		c.flights.start(token(i), core.Peer{Transport: Name, Identity: "ven1@example.org", Address: from}, nil)
		route("error", token(i), "VEN1@example.org/r", "")
	}
	if len(r.settled) != 2*burst {
		t.Errorf("%d of %d answers to pushes were taken", len(r.settled), 2*burst)
	}
	for name, flood := range map[string]func(from string){
		"empty results":     func(from string) { route("result", token(1), from, "") },
		"errors":            func(from string) { route("error", token(1), from, "") },
		"oadrCreatedEvents": func(from string) { route("result", token(1), from, created) },
		"too large":         over,
	} {
		t.Run(name, func(t *testing.T) {
			r.settled, r.answers = make(chan settled, 1000), make(chan answer, 1000)
			before := testutil.ToFloat64(c.metrics.rejected.WithLabelValues("rate"))
			from := strings.ReplaceAll(name, " ", "-") + "@example.org/r"
			for range burst + 100 {
				flood(from)
				c.lanes.Wait()
			}
			if n := len(r.settled) + len(r.answers); n != burst {
				t.Errorf("%d were taken, want a burst of %d", n, burst)
			}
			if n := testutil.ToFloat64(c.metrics.rejected.WithLabelValues("rate")) - before; n != 100 {
				t.Errorf("%v were counted as rejected, want 100", n)
			}
			c.flights.start(token(2), core.Peer{Transport: Name, Address: from}, nil)
			route("result", token(2), from, "")
			if n := len(r.settled) + len(r.answers); n != burst+1 {
				t.Error("the answer to a push was not taken after a flood")
			}
		})
	}
}

// TestPushesAndRequestsInOrder: each of many at once gets its own answer.
func TestManyPushes(t *testing.T) {
	s := ejabberd(t)
	c, r := connect(t, s)
	v := login(t, s, "ven1", "r")
	const n = 500
	go func() {
		for range n {
			v.send("<iq type='result' id='%s' to='%s'/>", v.push().Attribute("id"), c.service)
		}
	}()
	for i := range int64(n) {
		sent := core.Token{Topic: core.TopicEvents, VENNo: 1 + i, Rev: i}
		if err := c.Push(t.Context(), core.Push{Token: sent, To: v.jid, Bytes: payload(sent)}); err != nil {
			t.Fatal(err)
		}
	}
	var seen []int64
	for range n {
		seen = append(seen, receive(t, r.settled, "outcome").token.VENNo)
	}
	if !slices.IsSorted(seen) || len(seen) != n {
		t.Errorf("settled %v", seen)
	}
}
