package ven

import (
	"errors"
	"io"
	"strings"
	"testing"
)

func TestCutter(t *testing.T) {
	const nested = `<iq type='set' id='1' from='a@b/c'><x xmlns='u'><iq><y/></iq></x><z xmlns="v"/></iq>`
	c := newCutter(strings.NewReader(" \n" + nested + ` <presence/><stream:error><conflict/></stream:error></stream:stream>`))
	s, err := c.next()
	if err != nil {
		t.Fatal(err)
	}
	if string(s.raw) != nested || s.id != "1" || s.kind != "set" || s.from != "a@b/c" || s.name.Space != nsClient {
		t.Errorf("read %+v %s", s, s.raw)
	}
	if len(s.children) != 2 || string(s.children[0].raw) != `<x xmlns='u'><iq><y/></iq></x>` ||
		string(s.children[1].raw) != `<z xmlns="v"/>` || s.children[1].name.Space != "v" {
		t.Errorf("children %+v", s.children)
	}
	if s, err = c.next(); err != nil || string(s.raw) != `<presence/>` || len(s.children) != 0 {
		t.Errorf("read %+v, %v", s, err)
	}
	if s, err = c.next(); err != nil || s.name.Space != nsStreams || streamError(s).Error() != "the server ends the stream: conflict" {
		t.Errorf("read %+v, %v", s, err)
	}
	if _, err = c.next(); !errors.Is(err, io.EOF) {
		t.Errorf("the end of the stream is %v", err)
	}
}

func TestCutterLimits(t *testing.T) {
	many := `<iq>` + strings.Repeat(`<a/>`, 1000) + `</iq>`
	c := newCutter(strings.NewReader(many + `<iq>` + strings.Repeat("x", maxStanza) + `</iq>`))
	if s, err := c.next(); err != nil || len(s.children) != maxChildren {
		t.Errorf("kept %d children, %v", len(s.children), err)
	}
	if _, err := c.next(); !errors.Is(err, errStanzaTooLong) {
		t.Errorf("a stanza over the limit: %v", err)
	}
	for _, bad := range []string{`<iq><!-- --></iq>`, `<?xml version='1.0'?>`, `<iq></presence>`, `<iq></i>`, `<iq></iqs>`, `<iq><iq></presence></iq x>`, `</iq>`} {
		c := newCutter(strings.NewReader(bad))
		if s, err := c.next(); err == nil {
			t.Errorf("%s is taken as %+v", bad, s)
		}
	}
}
