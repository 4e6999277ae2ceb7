package ven

import (
	"errors"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// TestX1VENSpeaksInMessages: a VEN that speaks in messages sends its requests, is
// pushed to and answers in messages.
func TestX1VENSpeaksInMessages(t *testing.T) {
	e := startServer(t)
	vtn := startVTN(t, e)
	other := account(e, "ven1")
	other.VTN = vtn.service()
	stranger := connect(t, other)
	for i, kind := range []Stanza{Message, Body} {
		vtn.plays(vtn.usual)
		events := make(chan Event, 10)
		c := account(e, []string{"ven3", "ven4"}[i])
		c.VTN, c.Stanza, c.Form = vtn.service(), kind, oadr.Form{Root: oadr.RootMessage}
		c.OnEvent = func(e Event) { events <- e }
		v := connect(t, c)
		if r := register(t, v, vtn); r.VENID != "ven-7" {
			t.Fatalf("registered %+v", r)
		}
		vtn.sendOtherMessages(v, kind, stranger)
		vtn.write(vtn.service(), message(kind, v.JID().String(), "e7-1", oadr.Append(nil, c.Form, pushOf("e7-1", event("a", 0)))))
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
