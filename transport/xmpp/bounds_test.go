package xmpp

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// TestX8NothingEndsTheStream: stanzas whose answers would be too large, on every way
// that leads to an answer, do not end the connection.
func TestX8NothingEndsTheStream(t *testing.T) {
	s := ejabberd(t)
	c, r := connect(t, s)
	v := login(t, s, "ven1", "r")
	v.awaitDelegation(s)
	const most = 262_150 // as in the stanza that did it first
	attr := strings.Repeat(">", most)
	requestID := "<requestID xmlns='" + oadr.NSpyld + "'>" + attr + "</requestID>"
	query := "<oadrQueryRegistration xmlns='" + oadr.NS + "'>" + requestID[:len(requestID)/3] + "</requestID></oadrQueryRegistration>"
	shape := func(name, id, to, child string) string {
		return fmt.Sprintf("<%s id='%s' to='%s'>%s</%s>", name, id, to, child, strings.Fields(name)[0])
	}
	ping, info := "<ping xmlns='urn:xmpp:ping'/>", "<query xmlns='"+nsInfo+"' node='"+attr+"'/>"
	stanzas := map[string]string{
		"a ping's id":                       shape("iq type='get'", attr, c.domain, ping),
		"an error's id":                     shape("iq type='set'", attr, c.domain, "<x xmlns='urn:example'/>"),
		"discovery's id":                    shape("iq type='get'", attr, c.domain, "<query xmlns='"+nsInfo+"'/>"),
		"a payload's id":                    shape("iq type='set'", attr, c.service, poll),
		"a delegated payload's id":          shape("iq type='set'", attr, s.Domain, poll),
		"a skipped stanza's id":             shape("iq type='set'", attr[:4000], c.service, strings.Repeat("<a>", 200)+strings.Repeat("</a>", 200)),
		"a delegated discovery's id":        shape("iq type='get'", attr, s.Domain, "<query xmlns='"+nsItems+"'/>"),
		"a message's id":                    shape("message", attr, c.service, poll),
		"a body's id":                       shape("message type='chat'", attr, c.service, "<body>"+string(stream.AppendMarkup(nil, []byte(poll)))+"</body>"),
		"a result's id":                     shape("iq type='result'", attr, c.service, ""),
		"the node of a question":            shape("iq type='get'", "n1", c.domain, info),
		"the node of a delegated question":  shape("iq type='get'", "n2", s.Domain, strings.ReplaceAll(info, nsInfo, nsItems)),
		"a delegation's node":               shape("iq type='get'", "n3", c.domain, strings.Replace(info, "node='", "node='urn:xmpp:delegation:2::", 1)),
		"a requestID":                       shape("iq type='set'", "n4", c.service, query),
		"a requestID, delegated":            shape("iq type='set'", "n5", s.Domain, query),
		"a requestID in a message":          shape("message", "n6", c.service, query),
		"a requestID as the text of a body": shape("message type='chat'", "n7", c.service, "<body>"+string(stream.AppendMarkup(nil, []byte(query)))+"</body>"),
		"a localpart":                       shape("iq type='get'", "n8", strings.Repeat("a", 1000)+"@"+c.domain, ping),
		"a resource":                        shape("iq type='get'", "n9", c.domain+"/"+strings.Repeat("&quot;", 1000), ping),
		"many of them":                      strings.Repeat(shape("iq type='get'", attr[:900], c.domain, ping), 300),
	}
	for name, stanza := range stanzas {
		t.Run(name, func(t *testing.T) {
			v.send(stanza)
			if got := answered(v.ask("set", c.service, poll)); got != "result" {
				t.Errorf("the next request is answered %s", got)
			}
		})
	}
	v.send("<presence type='subscribe' id='%s' to='%s'/>", attr, c.service)
	if got := answered(v.ask("set", c.service, poll)); got != "result" || len(r.disconnected) > 0 {
		t.Errorf("the next request is answered %s, the connection was lost %d times", got, len(r.disconnected))
	}
	if n := testutil.ToFloat64(c.metrics.rejected.WithLabelValues("id too long")); n == 0 {
		t.Error("ids that are too long are not counted")
	}
}

// TestX8TooLargeAPush: a push that is too large is refused, in whatever stanza it
// goes out, and the connection stands. One of the size allowed arrives.
func TestX8TooLargeAPush(t *testing.T) {
	s := ejabberd(t)
	c, r := connect(t, s)
	v := login(t, s, "ven1", "r")
	v.send("<presence/>")
	until(t, r.appeared, "presence", v.jid)
	for _, stanza := range []string{StanzaIQ, StanzaMessage, StanzaBody} {
		for _, n := range []int{c.cfg.Limits.Size, defaultStanza + 1} {
			sent := token(int64(n))
			payload := []byte("<x xmlns='" + oadr.NS + "'></x>")
			payload = bytes.Replace(payload, []byte("></"), append(append([]byte(">"), bytes.Repeat([]byte("y"), n-len(payload))...), "</"...), 1)
			err := c.Push(t.Context(), core.Push{Token: sent, To: v.jid, Stanza: stanza, Bytes: payload})
			if n > defaultStanza {
				if !errors.Is(err, core.ErrTooLarge) || core.NotPushed(err).Result != core.Refused {
					t.Errorf("%s of %d bytes: %v", stanza, n, err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			v.await("the push", func(e stream.Element) bool { return e.Attribute("id") == sent.String() })
		}
	}
	if len(r.disconnected) > 0 {
		t.Error("the connection was lost")
	}
}

// TestX8ServerThatTakesLess: when the server ends the stream over a stanza, the log
// says what to do, and the component sends nothing as large again.
func TestX8ServerThatTakesLess(t *testing.T) {
	rig.NeedEjabberd(t)
	s, err := rig.StartEjabberd(t.Context(), rig.EjabberdOptions{Replace: []string{
		"global_routes: false\n    max_stanza_size: 1048576", "global_routes: false\n    max_stanza_size: 100000",
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if err := s.Register(t.Context(), rig.Account{User: "ven1", Password: password}); err != nil {
		t.Fatal(err)
	}
	r, log := newRecorder(), newTestLog()
	cfg := config(s)
	cfg.Logger = log.logger()
	c := New(cfg, r)
	c.timing.backoff = 0
	run(t, c, r)
	v := login(t, s, "ven1", "r")
	push := core.Push{Token: token(1), To: v.jid, Bytes: []byte("<x xmlns='" + oadr.NS + "'>" + strings.Repeat("y", 200_000) + "</x>")}
	if err := c.Push(t.Context(), push); err != nil {
		t.Fatal(err)
	}
	receive(t, r.disconnected, "end")
	log.wait(t, "max_stanza_size")
	receive(t, r.connected, "connection")
	if err := c.Push(t.Context(), push); !errors.Is(err, core.ErrTooLarge) {
		t.Errorf("the same push again: %v", err)
	}
	if got := answered(v.ask("set", c.service, poll)); got != "result" {
		t.Errorf("a request is answered %s", got)
	}
}

// TestX8RoomForEvents: events grow in a body by no more than bodyGrowth, and a payload
// is said to fit exactly when its stanza does.
func TestX8RoomForEvents(t *testing.T) {
	c := New(Config{Domain: "vtn.example.org"}, newRecorder())
	event := oadr.Event{Signals: []oadr.EventSignal{{Name: "SIMPLE", Type: "level", ID: "0"}}}
	for range 500 {
		event.Signals[0].Intervals = append(event.Signals[0].Intervals, oadr.Interval{Duration: time.Minute, UID: "0", Value: 1})
	}
	payload := oadr.Append(nil, oadr.Form{}, &oadr.DistributeEvent{RequestID: "x", VTNID: "VTN", Events: []oadr.Event{event}})
	if grown := len(stream.AppendMarkup(nil, payload)); grown*100 > len(payload)*bodyGrowth {
		t.Errorf("%d bytes grow to %d", len(payload), grown)
	} else {
		t.Logf("%d bytes grow to %d", len(payload), grown)
	}
	for _, stanza := range []string{"", StanzaIQ, StanzaMessage, StanzaBody} {
		for _, limit := range []int{len(payload), len(payload) * 5 / 4, len(payload) * 2} {
			c.limit.Store(int64(limit + pushRoom))
			carried := len(inStanza(stanza, payload))
			if err := c.Fits(stanza, payload); (err == nil) != (carried <= limit) {
				t.Errorf("%d bytes are %d in %q, of %d: %v", len(payload), carried, stanza, limit, err)
			}
			if room := c.Room()[stanza]; len(payload) <= room && carried > limit {
				t.Errorf("there is room for %d bytes in %q, and %d take %d of %d", room, stanza, len(payload), carried, limit)
			}
		}
	}
}
