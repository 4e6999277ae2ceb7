package test

import (
	"encoding/xml"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// form is one way for a VEN to speak (rule X1).
type form struct {
	name   string
	stanza ven.Stanza
	root   oadr.Root
}

// heard is a stanza with a payload that a VEN received.
type heard struct {
	XMLName xml.Name
	Type    string `xml:"type,attr"`
	ID      string `xml:"id,attr"`
	To      string `xml:"to,attr"`
	From    string `xml:"from,attr"`
	Body    string `xml:"body"`
	NoStore *struct {
	} `xml:"urn:xmpp:hints no-store"`
	Others []struct {
		XMLName xml.Name
		Raw     []byte `xml:",innerxml"`
	} `xml:",any"`
	raw []byte
}

// listener sets OnStanza of a VEN's configuration, and returns a channel of what the VEN receives.
func listener(t *testing.T, c *ven.Config) <-chan heard {
	received := make(chan heard, 100)
	c.OnStanza = func(raw []byte) {
		h := heard{raw: raw}
		if err := xml.Unmarshal(raw, &h); err != nil {
			t.Errorf("%v: %s", err, raw)
		}
		received <- h
	}
	return received
}

// root returns the name of the payload's outermost element.
func (h heard) root() string {
	if h.Body == "" {
		if len(h.Others) == 0 {
			return ""
		}
		return h.Others[0].XMLName.Local
	}
	var e struct{ XMLName xml.Name }
	if err := xml.Unmarshal([]byte(h.Body), &e); err != nil {
		return err.Error()
	}
	return e.XMLName.Local
}

// isIn fails the test if a stanza to the VEN does not have the form.
func (h heard) isIn(t *testing.T, f form, v *ven.VEN, message oadr.Kind) {
	t.Helper()
	root := map[oadr.Root]string{oadr.RootPayload: "oadrPayload", oadr.RootSignedObject: "oadrSignedObject", oadr.RootMessage: string(message)}[f.root]
	name, typ, to := "message", "", v.JID().String()
	switch f.stanza {
	case ven.IQ:
		name, typ = "iq", "set"
		if message != oadr.KindDistributeEvent && message != oadr.KindRegisterReport {
			typ = "result"
		}
	case ven.Body:
		typ, to = "chat", v.JID().Bare().String()
	}
	if h.XMLName.Local != name || h.Type != typ || h.To != to || h.root() != root || h.From != serviceJID ||
		(h.Body != "") != (f.stanza == ven.Body) || (h.NoStore != nil) != (name == "message") {
		t.Errorf("an %s in a %s of type %q to %s with the root %s, want %s:\n%s", message, h.XMLName.Local, h.Type, h.To, h.root(), f.name, h.raw)
	}
}
