package xmpp

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// values returns an attribute of each child of an IQ's query.
func values(iq stream.Element, child, attribute string) []string {
	var out []string
	for x := range iq.Child("query").Children() {
		if x.Local() == child {
			out = append(out, x.Attribute(attribute))
		}
	}
	return out
}

const (
	infoQuery  = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
	itemsQuery = "<query xmlns='http://jabber.org/protocol/disco#items'/>"
)

func atNode(query, node string) string {
	return strings.Replace(query, "/>", " node='"+node+"'/>", 1)
}

var serviceNodes = []string{
	"http://openadr.org/OpenADR2/EiEvent", "http://openadr.org/OpenADR2/EiRegisterParty",
	"http://openadr.org/OpenADR2/EiReport", "http://openadr.org/OpenADR2/EiOpt",
}

// bothSpellings are the two spellings of the services' node in the specification.
var bothSpellings = []string{"http://openadr.org/openadr2#services", "http://openadr.org/OpenADR2#services"}

func TestX3Spec9_3_4_9_2Discovery(t *testing.T) {
	s := ejabberd(t)
	c, _ := connect(t, s)
	v := login(t, s, "ven1", "r")
	for _, to := range []string{"vtn.localhost", "vtn@vtn.localhost"} {
		e := v.ask("get", to, infoQuery)
		for _, feature := range []string{"http://openadr.org/openadr2", nsInfo, nsItems, nsPing, nsVersion} {
			if !slices.Contains(values(e, "feature", "var"), feature) {
				t.Errorf("%s has no feature %s: %s", to, feature, e.Raw)
			}
		}
		if len(values(e, "identity", "category")) != 1 {
			t.Errorf("%s has no identity: %s", to, e.Raw)
		}
		for _, node := range bothSpellings {
			e = v.ask("get", to, atNode(itemsQuery, node))
			if got := values(e, "item", "node"); !slices.Equal(got, serviceNodes) || e.Child("query").Attribute("node") != node {
				t.Errorf("%s has at %s the services %s", to, node, e.Raw)
			}
			for _, jid := range values(e, "item", "jid") {
				if jid != "vtn@vtn.localhost" {
					t.Errorf("a service at %s", jid)
				}
			}
		}
		for _, node := range slices.Concat(serviceNodes, bothSpellings) {
			e = v.ask("get", to, atNode(infoQuery, node))
			if got := values(e, "feature", "var"); !slices.Equal(got, []string{"http://openadr.org/openadr2"}) || e.Child("query").Attribute("node") != node {
				t.Errorf("%s at %s: %s", node, to, e.Raw)
			}
		}
		for _, query := range []string{infoQuery, itemsQuery} {
			for _, node := range []string{"http://openadr.org/openadr2#SERVICES", "http://openadr.org/OPENADR2#services", "urn:xmpp:delegation:1::http://openadr.org/openadr2", "a'b"} {
				if got := answered(v.ask("get", to, strings.Replace(query, "/>", ` node="`+node+`"/>`, 1))); got != "error cancel item-not-found" {
					t.Errorf("node %s at %s: %s", node, to, got)
				}
			}
		}
	}
	if got := values(v.ask("get", "vtn.localhost", itemsQuery), "item", "jid"); !slices.Equal(got, []string{c.service}) {
		t.Errorf("the domain has the items %v", got)
	}
	if got := values(v.ask("get", c.service, itemsQuery), "item", "jid"); len(got) > 0 {
		t.Errorf("the service has the items %v", got)
	}
}

func TestX7(t *testing.T) {
	s := ejabberd(t)
	c, _ := connect(t, s)
	v := login(t, s, "ven1", "r")
	if e := v.ask("get", c.service, "<ping xmlns='urn:xmpp:ping'/>"); answered(e) != "result" || len(e.Body) > 0 {
		t.Errorf("ping: %s", e.Raw)
	}
	e := v.ask("get", "vtn.localhost", "<query xmlns='jabber:iq:version'/>")
	if q := e.Child("query"); q.Child("name").Text() != "vtn-xmpp" || q.Child("version").Text() != "1.2.3" {
		t.Errorf("version: %s", e.Raw)
	}
}

// awaitDelegation asks the server's own domain until the component answers there.
// The server delegates a moment after the component has answered its questions. It
// announces that only if it had not delegated to that domain before.
func (v *client) awaitDelegation(s *rig.Ejabberd) {
	v.t.Helper()
	end := time.Now().Add(patience)
	for answered(v.ask("get", s.Domain, atNode(itemsQuery, bothSpellings[0]))) != "result" || answered(v.ask("set", s.Domain, object)) == "error cancel service-unavailable" {
		if time.Now().After(end) {
			v.t.Fatal("nothing is delegated")
		}
	}
}

// TestDelegation: a VEN that asks its server's own domain finds the services
// there, and is handled like one that asks the VTN.
func TestDelegation(t *testing.T) {
	s := ejabberd(t)
	_, r := connect(t, s)
	v := login(t, s, "ven3", "r")
	v.awaitDelegation(s)
	e := v.ask("get", s.Domain, infoQuery)
	if !slices.Contains(values(e, "feature", "var"), "http://openadr.org/openadr2") {
		t.Errorf("the server announces no OpenADR: %s", e.Raw)
	}
	for _, node := range bothSpellings {
		e = v.ask("get", s.Domain, atNode(itemsQuery, node))
		if got := values(e, "item", "node"); !slices.Equal(got, serviceNodes) || e.Attribute("from") != s.Domain {
			t.Errorf("the server has at %s the services %s", node, e.Raw)
		}
	}
	if got := values(v.ask("get", s.Domain, itemsQuery), "item", "jid"); !slices.Equal(got, []string{"vtn.localhost"}) {
		t.Errorf("the server has the items %v", got)
	}
	if got := answered(v.ask("get", s.Domain, atNode(itemsQuery, "other"))); got != "error cancel item-not-found" {
		t.Errorf("another node: %s", got)
	}
	e = v.ask("set", s.Domain, poll)
	if answered(e) != "result" || e.Attribute("from") != s.Domain || e.Child("oadrPayload").Local() == "" {
		t.Errorf("a request: %s", e.Raw)
	}
	if got := receive(t, r.requests, "request"); got.Identity != "ven3@localhost" || got.Address != v.jid || got.Barred != "" {
		t.Errorf("it came from %+v", got)
	}
	// The accounts' own addresses stay with the server.
	for account, want := range map[string]string{"ven3@localhost": "error cancel service-unavailable", "ven4@localhost": "error auth forbidden"} {
		if got := answered(v.ask("set", account, poll)); got != want {
			t.Errorf("a request to %s: %s, want %s", account, got, want)
		}
	}
}
