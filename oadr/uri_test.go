package oadr_test

import (
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
)

func TestURIsThatCheckValidate(t *testing.T) {
	var written [][]byte
	for _, uri := range []string{
		"", "http://example.org/dr", "http://example.org:8080/a/b?c=d&e=%20#f", "urn:example:dr", "mailto:a@example.org",
		"program", "a/b:c", "?", "#", "//example.org", "a:b:c", "http://example.org/'()*+,;=!$~",
	} {
		if err := oadr.CheckURI(uri); err != nil {
			t.Error(err)
		}
		event := simpleEvent()
		event.Descriptor.MarketContext = uri
		written = append(written, oadr.Append(nil, oadr.Form{}, &oadr.DistributeEvent{RequestID: "1", VTNID: "v", Events: []oadr.Event{event}}))
	}
	oadrtest.Validate(t, written...)
}

func TestCheckURIRefuses(t *testing.T) {
	for _, uri := range []string{
		"a b", "%zz", "http://example.org/%", "?a=%", "http://[", "[", "1:2", "://x", "#a#b", "http://h:port/", "http://u@h@h/",
		"http://example.org/ü", "http://example.org/<>", "a\nb", `\\x`,
	} {
		if err := oadr.CheckURI(uri); err == nil {
			t.Errorf("%q is taken", uri)
		}
	}
}
