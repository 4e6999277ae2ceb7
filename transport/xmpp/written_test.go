package xmpp

import (
	"bytes"
	"context"
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/xmltext"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// Where a hostile stanza has its long text.
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

// hostile makes a stanza with a long text in some of its values.
type hostile struct {
	long  string
	where uint8 // a bit for each place that has it
	kind  uint8 // which stanza it is
}

// text is a value with the long text, if it belongs in that place.
func (h hostile) text(place int, short string) string {
	if h.where&(1<<place) != 0 {
		return short + h.long
	}
	return short
}

// value is the text as a server writes it: > stands for itself, what XML cannot
// hold is replaced.
func (h hostile) value(place int, short string) string {
	return strings.ReplaceAll(string(xmltext.AppendValue(nil, h.text(place, short))), "&gt;", ">")
}

// bounded reports whether the values in these places are no longer than an answer
// repeats them.
func (h hostile) bounded(places ...int) bool {
	for _, p := range places {
		if h.where&(1<<p) != 0 && len(h.long)*3 > maxID-32 { // what is replaced grows
			return false
		}
	}
	return true
}

func (h hostile) from() string {
	if h.kind&128 != 0 {
		return "example.org"
	}
	return "ven1@example.org/" + h.value(inResource, "r")
}

// stanza is the stanza, and whether it asks for an answer.
func (h hostile) stanza() (stanza string, asks bool) {
	node, requestID := h.value(inNode, "urn:xmpp:delegation:2::"), h.value(inRequestID, "r")
	request := "<oadrQueryRegistration xmlns='" + oadr.NS + "'><requestID xmlns='" + oadr.NSpyld + "'>" + requestID + "</requestID></oadrQueryRegistration>"
	to := h.value(inTo, "vtn") + "@vtn.example.org"
	head := "type='get' id='" + h.value(inID, "i") + "' from='" + h.from() + "' to='" + to + "'>"
	child := [...]string{
		"<query xmlns='" + nsInfo + "' node='" + node + "'/>",
		"<query xmlns='" + nsItems + "' node='" + node + "'/>",
		"<ping xmlns='urn:xmpp:ping'/>",
		"<query xmlns='jabber:iq:version'/>",
		request,
		"<x xmlns='" + oadr.NS + "'>" + node + "</x>",
		"<x xmlns='urn:example'>" + node + "</x>",
		"",
	}[h.kind%8]
	as := func(typ string) string { return strings.Replace(head, "type='get'", typ, 1) }
	switch h.kind / 8 % 8 {
	case 1:
		return "<iq type='set' id='" + h.value(inOuterID, "o") + "' from='example.org' to='" + h.value(inOuterTo, "vtn") + "@vtn.example.org'><delegation xmlns='urn:xmpp:delegation:2'><forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' " +
			strings.Replace(head, to, "example.org", 1) + child + "</iq></forwarded></delegation></iq>", true
	case 2:
		return "<message " + as("") + request + "</message>", false
	case 3:
		return "<message " + as("type='chat'") + "<body>" + string(stream.AppendMarkup(nil, []byte(request))) + "</body></message>", false
	case 4:
		return "<presence " + as("type='subscribe'") + "</presence>", false
	case 5:
		return "<presence " + as("type='probe'") + "</presence>", false
	case 6:
		return "<iq " + as("type='error'") + child + "</iq>", false
	}
	return "<iq " + head + child + "</iq>", true
}

// counts checks that every stanza that was written is whole, and counts answers
// and pushes.
func (h hostile) counts(t *testing.T, written []byte, stanza string, sent core.Token) (answers, pushes int) {
	cutter := stream.NewCutter(bytes.NewReader(written), stream.Limits{Size: defaultStanza, Depth: 64})
	for {
		raw, err := cutter.Next()
		if err == io.ErrUnexpectedEOF {
			return answers, pushes
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
}

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
		h := hostile{strings.Repeat(unit, int(n)), where, kind}
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
		stanza, asks := h.stanza()
		if err := c.read(l, strings.NewReader(stanza)); err != io.ErrUnexpectedEOF {
			t.Fatalf("%.300q ended the stream: %v", stanza, err)
		}
		sent := core.Token{Topic: core.TopicEvents, VENNo: 1, Rev: 1}
		push := core.Push{Token: sent, To: "ven2@example.org/" + h.text(inResource, "r"), Stanza: [...]string{"", StanzaMessage, StanzaBody}[kind%3], Bytes: append(xmltext.AppendValue([]byte("<x>"), h.text(inPush, "p")), "</x>"...)}
		pushed := c.Push(t.Context(), push) == nil
		_ = c.Probe(t.Context(), []string{h.text(inTo, "ven2") + "@example.org", "ven3@example.org"})
		c.drain()

		answers, pushes := h.counts(t, l.out.pending, stanza, sent)
		if want := map[bool]int{true: 1}[pushed]; pushes != want {
			t.Errorf("%d pushes were written of %d", pushes, want)
		}
		if _, err := c.peer(stream.Unescape([]byte(h.from()))); err != nil {
			asks = false // nobody has this address
		}
		whole := len(stanza) < 300_000
		if answers > 1 || answers < 1 && asks && whole && h.bounded(inID, inResource, inTo, inOuterID, inOuterTo) {
			t.Errorf("%.300q has %d answers", stanza, answers)
		}
	})
}
