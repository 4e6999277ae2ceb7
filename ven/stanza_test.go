package ven

import (
	"errors"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// TestX1VENSpeaksInMessages asks, is pushed to and answers in messages, and
// takes no other message for an answer or a request.
func TestX1VENSpeaksInMessages(t *testing.T) {
	e := startServer(t)
	vtn := startVTN(t, e)
	other := account(e, "ven1")
	other.VTN = vtn.service()
	stranger, err := Dial(timeout(t), other)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stranger.Abort)
	for i, kind := range []Stanza{Message, Body} {
		vtn.plays(vtn.usual)
		events := make(chan Event, 10)
		c := account(e, []string{"ven3", "ven4"}[i])
		c.VTN, c.Stanza, c.Form = vtn.service(), kind, oadr.Form{Root: oadr.RootMessage}
		c.OnEvent = func(e Event) { events <- e }
		v, err := Dial(timeout(t), c)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(v.Abort)
		if r, err := v.Register(timeout(t)); err != nil || r.VENID != "ven-7" {
			t.Fatalf("registered %+v, %v", r, err)
		}
		request[*oadr.CreatePartyRegistration](t, vtn)

		push := oadr.Append(nil, c.Form, pushOf("e7-1", event("a", 0)))
		to := v.JID().String()
		forged := message(kind, to, "e7-1", oadr.Append(nil, c.Form, pushOf("e7-1", event("forged", 0))))
		if err := stranger.Write(timeout(t), forged); err != nil {
			t.Fatal(err)
		}
		if _, err := stranger.SendRaw(timeout(t), vtn.domain, []byte("<query xmlns='"+nsInfo+"'/>")); err != nil { // it has arrived
			t.Fatal(err)
		}
		vtn.write(vtn.service(), message(kind, to, "1", []byte("<x xmlns='urn:example'/>")))
		vtn.write(vtn.service(), stanzaOf("message", "chat", to, "2", []byte("<body>hello</body>")))
		vtn.write(vtn.service(), stanzaOf("message", "error", to, "3", push))
		vtn.write(vtn.service(), message(kind, to, "late", oadr.Append(nil, c.Form, vtn.usual(&oadr.CreatePartyRegistration{}))))
		vtn.write(vtn.service(), message(kind, to, "e7-1", push))
		if got := next(t, events); got.Descriptor.EventID != "a" || got.RequestID != "e7-1" {
			t.Errorf("got %+v", got)
		}
		if r := request[*oadr.Response](t, vtn); r.Response.Code != oadr.CodeOK || r.Response.RequestID != "e7-1" {
			t.Errorf("the push was answered %+v", r)
		}
		if c := request[*oadr.CreatedEvent](t, vtn); len(c.Responses) != 1 || c.Responses[0].RequestID != "e7-1" {
			t.Errorf("the event was answered %+v", c)
		}
		if _, err := v.Send(timeout(t), &oadr.Response{Response: oadr.EIResponse{Code: oadr.CodeOK}}); err != nil {
			t.Error(err)
		}
		request[*oadr.Response](t, vtn)
		vtn.plays(func(oadr.Message) oadr.Message { return nil })
		var no *StanzaError
		if _, err := v.Query(timeout(t)); !errors.As(err, &no) || no.Condition != "registration-required" {
			t.Errorf("refused with %v", err)
		}
		request[*oadr.QueryRegistration](t, vtn)
		v.Abort()
	}
}

func TestParseStanza(t *testing.T) {
	for s, want := range map[string]Stanza{"": IQ, "iq": IQ, "message": Message, "body": Body} {
		if got, err := ParseStanza(s); err != nil || got != want {
			t.Errorf("%q is %v, %v", s, got, err)
		}
	}
	if _, err := ParseStanza("presence"); err == nil {
		t.Error("presence carries payloads")
	}
}
