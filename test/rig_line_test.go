package test

import (
	"context"
	"encoding/xml"
	"fmt"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// xmppLine is a puppet's session with the XMPP server.
type xmppLine struct{ of *puppet }

func (l xmppLine) SendRaw(ctx context.Context, to string, inside []byte) ([]byte, error) {
	return l.of.VEN.SendRaw(ctx, to, inside)
}

func (l xmppLine) enter(m *oadr.CreatePartyRegistration) { m.TransportAddress = l.of.JID().String() }

func (l xmppLine) fetch(*testing.T) {}

func (l xmppLine) polls() bool { return false }

// hear takes a stanza that has arrived.
func (l xmppLine) hear(raw []byte) {
	var s struct {
		Type   string `xml:"type,attr"`
		ID     string `xml:"id,attr"`
		From   string `xml:"from,attr"`
		Inside []byte `xml:",innerxml"`
	}
	if err := xml.Unmarshal(raw, &s); err != nil {
		l.of.t.Errorf("the VTN sent %v: %s", err, raw)
		return
	}
	if s.Type != "set" {
		return
	}
	l.of.take(s.Inside, s.From, func(inside string, failed *failure) {
		l.of.t.Helper()
		typ := "result"
		if failed != nil {
			typ = "error"
			inside = fmt.Sprintf("<error type='%s'><%s xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>", failed.typ, failed.condition)
		}
		if err := l.of.Write(l.of.t.Context(), fmt.Appendf(nil, "<iq type='%s' id='%s' to='%s'>%s</iq>", typ, s.ID, s.From, inside)); err != nil {
			l.of.t.Fatal(err)
		}
	})
}

// newcomer makes a puppet that has registered nothing. Over XMPP it is logged in, after change.
func (s *vens) newcomer(change ...func(*ven.Config)) *puppet {
	s.t.Helper()
	p := &puppet{t: s.t, pushes: make(chan push, 100)}
	s.way.connect(s, p, change)
	return p
}

// logIn gives a puppet a session with the XMPP server.
func (s *vens) logIn(p *puppet, change []func(*ven.Config)) {
	s.t.Helper()
	l := xmppLine{p}
	p.line = l
	c := s.config(s.account())
	c.OnStanza = l.hear
	answerNothing(&c)
	for _, f := range change {
		f(&c)
	}
	p.VEN = s.connect(c)
}
