package xmpp

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

func TestDelegationNode(t *testing.T) {
	for node, want := range map[string]string{
		"urn:xmpp:delegation:1::http://x":      "http://x false true",
		"urn:xmpp:delegation:2::http://x":      "http://x false true",
		"urn:xmpp:delegation:1:bare:http://x":  "http://x true true",
		"urn:xmpp:delegation:1:bare:urn:a::b":  "urn:a::b true true",
		"urn:xmpp:delegation:1":                " false false",
		"http://openadr.org/openadr2#services": " false false",
	} {
		delegated, bare, ok := delegationNode(node)
		if got := fmt.Sprint(delegated, " ", bare, " ", ok); got != want {
			t.Errorf("%s: %s, want %s", node, got, want)
		}
	}
}

func TestUnwrap(t *testing.T) {
	const whole = "<iq id='o' from='example.org' to='vtn.example.org' type='set'><delegation xmlns='urn:xmpp:delegation:2'><forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' id='i' from='ven1@example.org/r' to='example.org' type='set'><p xmlns='u'/></iq></forwarded></delegation></iq>"
	inner, inside, via := unwrap(stream.Parse([]byte(whole)))
	if via == nil || *via != (envelope{"o", "example.org", "vtn.example.org", "urn:xmpp:delegation:2"}) {
		t.Fatalf("envelope %+v", via)
	}
	if inner.Attribute("id") != "i" || len(inside) != 3 {
		t.Errorf("the request inside is %s", inner.Raw)
	}
	r := &request{typ: "set", id: "i", from: "ven1@example.org/r", to: "example.org", via: via}
	want := "<iq type='result' id='o' from='vtn.example.org' to='example.org'><delegation xmlns='urn:xmpp:delegation:2'><forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' type='error' id='i' from='example.org' to='ven1@example.org/r'>x</iq></forwarded></delegation></iq>"
	if got := string(appendReply(nil, r, "error", []byte("x"))); got != want {
		t.Errorf("reply\n got %s\nwant %s", got, want)
	}
	if tags, _ := stream.OpeningTags([]byte(whole)[:len(whole)-45], 4); len(tags) != 4 || tags[3].Attribute("id") != "i" || readEnvelope(tags[0], tags[1], tags[2]) == nil {
		t.Errorf("from its beginning alone: %d tags", len(tags))
	}
	for _, other := range []string{
		"<iq><oadrPayload xmlns='u'/></iq>",
		"<iq/>",
		"<iq><delegation xmlns='other'><forwarded xmlns='urn:xmpp:forward:0'><iq/></forwarded></delegation></iq>",
		"<iq><delegation xmlns='urn:xmpp:delegation:1'><forwarded xmlns='other'><iq/></forwarded></delegation></iq>",
		"<iq><delegation xmlns='urn:xmpp:delegation:1'><forwarded xmlns='urn:xmpp:forward:0'/></delegation></iq>",
	} {
		if _, _, via := unwrap(stream.Parse([]byte(other))); via != nil {
			t.Errorf("%s was unwrapped", other)
		}
	}
}

// TestX6DelegatedWithoutAnAddress: a stanza without an address goes to the sender's
// own account, and a server may delegate that, too. ejabberd does not.
func TestX6DelegatedWithoutAnAddress(t *testing.T) {
	for _, to := range []string{"", " to='ven1@example.org'"} {
		r := newRecorder()
		c := New(Config{Domain: "vtn.example.org", VTNID: "VTN"}, r)
		got, _ := read(t, c, "<iq type='set' id='o' from='example.org' to='vtn.example.org'><delegation xmlns='urn:xmpp:delegation:2'><forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' type='set' id='a' from='ven1@example.org/r'"+to+">"+pollIn+"</iq></forwarded></delegation></iq>")
		from := strings.Replace(to, "to=", "from=", 1)
		if !strings.Contains(got, "<iq xmlns='jabber:client' type='result' id='a'"+from+" to='ven1@example.org/r'><oadrResponse ") || len(r.requests) != 1 {
			t.Errorf("%q: %d requests, answered %s", to, len(r.requests), got)
		}
	}
}
