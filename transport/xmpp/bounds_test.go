package xmpp

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/xmltext"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// Where [FuzzX8Written] puts its text.
const (
	inID = iota
	inResource
	inTo
	inNode
	inRequestID
	inOuterID
	inOuterTo
	inPush
	places
)

// FuzzX8Written: whatever comes in, every stanza that is written is whole and fits
// what the server takes, and every get and set that a server may send is
// answered once.
func FuzzX8Written(f *testing.F) {
	for _, unit := range []string{">", "'", "\"", "&", "<", "\t", "x", "é", "\uFFFF", "\x00", "\xff", "></iq>", "]]>"} {
		for _, n := range []uint32{1, 100, 900, 3000, 90_000, 262_150} {
			for place := range places {
				f.Add(unit, n, uint8(1<<place), uint8(place))
			}
			f.Add(unit, n, uint8(0xff), uint8(n))
		}
	}
	f.Fuzz(func(t *testing.T, unit string, n uint32, where, kind uint8) {
		if len(unit) == 0 || len(unit) > 16 {
			return
		}
		n = min(n%300_000, uint32(300_000/len(unit)))
		long := strings.Repeat(unit, int(n))
		text := func(place int, short string) string {
			if where&(1<<place) != 0 {
				return short + long
			}
			return short
		}
		// As a server writes it: > stands for itself, what XML cannot hold is replaced.
		value := func(place int, short string) string {
			return strings.ReplaceAll(string(xmltext.AppendValue(nil, text(place, short))), "&gt;", ">")
		}
		r := newRecorder()
		r.handle = func(_ context.Context, _ core.Peer, p *oadr.Payload) (oadr.Message, error) {
			if kind&64 != 0 {
				return nil, core.ErrNotRegistered
			}
			return response(p.Message.Request()), nil
		}
		c := New(Config{Domain: "vtn.example.org"}, r)
		near, _ := connection(t)
		l := &line{conn: near, out: newWriter(near, patience, &c.limit, func(int) {}), stream: stream.Parse([]byte("<stream:stream xmlns='jabber:component:accept'>"))}
		c.lines.add(l)

		node, requestID := value(inNode, "urn:xmpp:delegation:2::"), value(inRequestID, "r")
		request := "<oadrQueryRegistration xmlns='" + oadr.NS + "'><requestID xmlns='" + oadr.NSpyld + "'>" + requestID + "</requestID></oadrQueryRegistration>"
		from := "ven1@example.org/" + value(inResource, "r")
		if kind&128 != 0 {
			from = "example.org"
		}
		to := value(inTo, "vtn") + "@vtn.example.org"
		head := "type='get' id='" + value(inID, "i") + "' from='" + from + "' to='" + to + "'>"
		child, asked := [...]string{
			"<query xmlns='" + nsInfo + "' node='" + node + "'/>",
			"<query xmlns='" + nsItems + "' node='" + node + "'/>",
			"<ping xmlns='urn:xmpp:ping'/>",
			"<query xmlns='jabber:iq:version'/>",
			request,
			"<x xmlns='" + oadr.NS + "'>" + node + "</x>",
			"<x xmlns='urn:example'>" + node + "</x>",
			"",
		}[kind%8], true
		stanza := "<iq " + head + child + "</iq>"
		switch kind / 8 % 8 {
		case 1:
			stanza = "<iq type='set' id='" + value(inOuterID, "o") + "' from='example.org' to='" + value(inOuterTo, "vtn") + "@vtn.example.org'><delegation xmlns='urn:xmpp:delegation:2'><forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' " +
				strings.Replace(head, to, "example.org", 1) + child + "</iq></forwarded></delegation></iq>"
		case 2:
			stanza, asked = "<message "+strings.Replace(head, "type='get'", "", 1)+request+"</message>", false
		case 3:
			stanza, asked = "<message "+strings.Replace(head, "type='get'", "type='chat'", 1)+"<body>"+string(stream.AppendText(nil, []byte(request)))+"</body></message>", false
		case 4:
			stanza, asked = "<presence "+strings.Replace(head, "type='get'", "type='subscribe'", 1)+"</presence>", false
		case 5:
			stanza, asked = "<presence "+strings.Replace(head, "type='get'", "type='probe'", 1)+"</presence>", false
		case 6:
			stanza, asked = "<iq "+strings.Replace(head, "type='get'", "type='error'", 1)+child+"</iq>", false
		}
		if err := c.read(l, strings.NewReader(stanza)); err != io.ErrUnexpectedEOF {
			t.Fatalf("%.300q ended the stream: %v", stanza, err)
		}
		sent := core.Token{Topic: core.TopicEvents, VENNo: 1, Rev: 1}
		push := core.Push{Token: sent, To: "ven2@example.org/" + text(inResource, "r"), Stanza: [...]string{"", StanzaMessage, StanzaBody}[kind%3], Bytes: append(xmltext.AppendValue([]byte("<x>"), text(inPush, "p")), "</x>"...)}
		pushed := c.Push(t.Context(), push) == nil
		_ = c.Probe(t.Context(), []string{text(inTo, "ven2") + "@example.org", "ven3@example.org"})
		c.drain()

		answers, pushes := 0, 0
		cutter := stream.NewCutter(bytes.NewReader(l.out.pending), stream.Limits{Size: defaultStanza, Depth: 64})
		for {
			raw, err := cutter.Next()
			if err == io.ErrUnexpectedEOF {
				break
			} else if err != nil {
				t.Fatalf("to %.300q: %v", stanza, err)
			}
			if err := xml.Unmarshal(raw, new(struct{})); err != nil {
				t.Fatalf("to %.300q %.300q was written: %v", stanza, raw, err)
			}
			switch e := stream.Parse(raw); {
			case e.Attribute("id") == sent.String():
				pushes++
			case e.Local() != "presence":
				answers++
			}
		}
		if want := map[bool]int{true: 1}[pushed]; pushes != want {
			t.Errorf("%d pushes were written of %d", pushes, want)
		}
		bounded := func(places ...int) bool {
			for _, p := range places {
				if where&(1<<p) != 0 && len(long)*3 > maxID-32 { // what is replaced grows
					return false
				}
			}
			return true
		}
		whole := len(stanza) < 300_000
		if _, err := c.peer(stream.Unescape([]byte(from))); err != nil {
			asked = false // nobody has this address
		}
		if asked && whole && bounded(inID, inResource, inTo, inOuterID, inOuterTo) && answers != 1 {
			t.Errorf("%.300q has %d answers", stanza, answers)
		}
		if answers > 1 {
			t.Errorf("%.300q has %d answers", stanza, answers)
		}
	})
}

// TestX8NothingEndsTheStream: stanzas made to grow in their answers, on every way
// that leads to one, leave the connection as it is.
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
		"a body's id":                       shape("message type='chat'", attr, c.service, "<body>"+string(stream.AppendText(nil, []byte(poll)))+"</body>"),
		"a result's id":                     shape("iq type='result'", attr, c.service, ""),
		"the node of a question":            shape("iq type='get'", "n1", c.domain, info),
		"the node of a delegated question":  shape("iq type='get'", "n2", s.Domain, strings.ReplaceAll(info, nsInfo, nsItems)),
		"a delegation's node":               shape("iq type='get'", "n3", c.domain, strings.Replace(info, "node='", "node='urn:xmpp:delegation:2::", 1)),
		"a requestID":                       shape("iq type='set'", "n4", c.service, query),
		"a requestID, delegated":            shape("iq type='set'", "n5", s.Domain, query),
		"a requestID in a message":          shape("message", "n6", c.service, query),
		"a requestID as the text of a body": shape("message type='chat'", "n7", c.service, "<body>"+string(stream.AppendText(nil, []byte(query)))+"</body>"),
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

// TestX8TooLargeAPush is refused as that, however it is carried, and the
// connection stands; one of the size allowed arrives.
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

// TestX8ServerThatTakesLess: of a stanza that the server ends the stream over the
// component learns, says what to do, and sends nothing as large again.
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

// TestX8RoomForEvents: what a body's escaping makes of events is no more than is
// reckoned with, and what is said to fit is what is written.
func TestX8RoomForEvents(t *testing.T) {
	c := New(Config{Domain: "vtn.example.org"}, newRecorder())
	event := oadr.Event{Signals: []oadr.EventSignal{{Name: "SIMPLE", Type: "level", ID: "0"}}}
	for range 500 {
		event.Signals[0].Intervals = append(event.Signals[0].Intervals, oadr.Interval{Duration: time.Minute, UID: "0", Value: 1})
	}
	payload := oadr.Append(nil, oadr.Form{}, &oadr.DistributeEvent{RequestID: "x", VTNID: "VTN", Events: []oadr.Event{event}})
	if grown := len(stream.AppendText(nil, payload)); grown*100 > len(payload)*bodyGrowth {
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
