package xmpp

import (
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// TestFailure: what a stanza error says of a push (see [core.Result]).
func TestFailure(t *testing.T) {
	for _, test := range []struct {
		name, iq string
		want     core.Outcome
	}{
		{
			"the bounce of a session that is gone, with the payload",
			"<iq type='error'><oadrPayload xmlns='http://openadr.org/oadr-2.0b/2012/07'><error type='wait'><conflict/></error></oadrPayload><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>User session not found</text></error></iq>",
			core.Outcome{Result: core.Unreachable, Error: "service-unavailable"},
		},
		{"recipient", "<iq><error type='wait'><recipient-unavailable/></error></iq>", core.Outcome{Result: core.Unreachable, Error: "recipient-unavailable"}},
		{"no such account", "<iq><error type='cancel'><item-not-found/></error></iq>", core.Outcome{Result: core.Unreachable, Error: "item-not-found"}},
		{"no such server", "<iq><error type='cancel'><remote-server-not-found/></error></iq>", core.Outcome{Result: core.Unreachable, Error: "remote-server-not-found"}},
		{"wait", "<iq><error type='wait'><text>busy</text><resource-constraint/></error></iq>", core.Outcome{Result: core.Retry, Error: "resource-constraint"}},
		{"unknown", "<iq><error type='cancel'><feature-not-implemented/></error></iq>", core.Outcome{Result: core.Unreachable, Error: "feature-not-implemented", Unknown: true}},
		{"cancel", "<iq><error type='cancel'><not-acceptable/></error></iq>", core.Outcome{Result: core.Refused, Error: "not-acceptable"}},
		{"no condition", "<iq><error type='modify'/></iq>", core.Outcome{Result: core.Refused, Error: "undefined-condition"}},
		{"no error", "<iq type='error'/>", core.Outcome{Result: core.Refused, Error: "undefined-condition"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.want.Bare = true
			if got := failure(stream.Parse([]byte(test.iq))); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestOutcome(t *testing.T) {
	response := func(code string) string {
		return "<oadrResponse xmlns='http://openadr.org/oadr-2.0b/2012/07'><eiResponse xmlns='http://docs.oasis-open.org/ns/energyinterop/201110'><responseCode>" + code +
			"</responseCode><responseDescription>a &lt; b</responseDescription></eiResponse></oadrResponse>"
	}
	for _, test := range []struct {
		name, payload string
		want          core.Outcome
	}{
		{"200", response("200"), core.Outcome{Result: core.Acknowledged, Code: 200}},
		{"200 in its wrapping", "<oadrPayload><oadrSignedObject>" + response(" 200 ") + "</oadrSignedObject></oadrPayload>", core.Outcome{Result: core.Acknowledged, Code: 200}},
		{"450", "<oadrSignedObject>" + response("450") + "</oadrSignedObject>", core.Outcome{Result: core.Refused, Code: 450, Error: "a < b"}},
		{"no number", response("fine"), core.Outcome{Result: core.Refused, Error: "oadrResponse without a responseCode"}},
		{"no eiResponse", "<oadrResponse/>", core.Outcome{Result: core.Refused, Error: "oadrResponse without a responseCode"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := outcome(messageIn(stream.Parse([]byte(test.payload)))); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

// TestX6Flights: flights remembers who was sent the last push of each outbox, within
// a bound.
func TestX6Flights(t *testing.T) {
	f := newFlights()
	at := func(address string) core.Peer { return core.Peer{Address: address} }
	one, two := core.Token{Topic: core.TopicEvents, VENNo: 1, Rev: 1}, core.Token{Topic: core.TopicEvents, VENNo: 1, Rev: 2}
	f.start(one, at("a"), nil)
	f.start(two, at("b"), nil)
	if _, known := f.sentTo(one); known {
		t.Error("an older push is still remembered")
	}
	if p, known := f.sentTo(two); !known || p.Address != "b" {
		t.Errorf("sent to %q, %v; want b", p.Address, known)
	}
	f.forget(one)
	if _, known := f.sentTo(two); !known {
		t.Error("an answer to an older push made the newer one forgotten")
	}
	f.forget(two)
	if _, known := f.sentTo(two); known {
		t.Error("an answered push is still remembered")
	}
	for i := range int64(3 * maxFlights) {
		f.start(core.Token{Topic: core.TopicEvents, VENNo: i, Rev: i}, at("c"), nil)
	}
	if len(f.to) > maxFlights || len(f.ring) > maxFlights {
		t.Errorf("%d pushes are remembered, over %d", len(f.to), maxFlights)
	}
	if _, known := f.sentTo(core.Token{Topic: core.TopicEvents, VENNo: 3*maxFlights - 1, Rev: 3*maxFlights - 1}); !known {
		t.Error("the newest push is not remembered")
	}
}

// TestPlainAnswerIsTakenAsAnyOther: what is taken as plain means the same as in the general way.
func TestPlainAnswerIsTakenAsAnyOther(t *testing.T) {
	plain := oadr.Append(nil, oadr.Form{}, response("r1"))
	if !oadr.PlainOK(plain) {
		t.Fatalf("%s is not plain", plain)
	}
	if got := outcome(messageIn(stream.Parse(plain))); got != (core.Outcome{Result: core.Acknowledged, Code: 200}) {
		t.Errorf("the general way says %+v", got)
	}
}
