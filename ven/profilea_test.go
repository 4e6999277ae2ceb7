package ven

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// simply makes the VEN of a Config one of 2.0a.
func simply(cfg Config) Config {
	cfg.Form, cfg.VENID = oadr.Form{Root: oadr.RootMessage, Profile: oadr.ProfileA}, "ven-7"
	return cfg
}

// eventSimply is an event as 2.0a has it.
func eventSimply(id string) oadr.Event {
	return with(event(id, 0), func(e *oadr.Event) { e.Signals[0].CurrentValue = new(0.0) })
}

// A VEN of 2.0a polls with oadrRequestEvent and registers nowhere.
func TestA1A2VENThatPolls(t *testing.T) {
	vtn := startHTTPVTN(t)
	usual := vtn.usual
	vtn.usual = func(m oadr.Message) oadr.Message {
		a := usual(m)
		if d, ok := a.(*oadr.DistributeEvent); ok {
			d.RequestID, d.Events = "e-1", []oadr.Event{eventSimply("a")}
		}
		return a
	}
	cfg := simply(vtn.config("ven1"))
	v := connect(t, cfg)
	h := next(t, vtn.got)
	if m, ok := h.Message.(*oadr.RequestEvent); !ok || m.VENID != "ven-7" || h.form != cfg.Form || h.service != "EiEvent" {
		t.Errorf("sent %+v", h)
	}
	for {
		h := next(t, vtn.got)
		if m, ok := h.Message.(*oadr.CreatedEvent); ok {
			if m.Responses[0].RequestID != "e-1" || m.VENID != "ven-7" || h.form != cfg.Form {
				t.Errorf("answered %+v", h)
			}
			break
		}
		if _, ok := h.Message.(*oadr.RequestEvent); !ok {
			t.Fatalf("sent %s", h.Kind())
		}
	}
	if r, err := v.Register(timeout(t)); err != nil || r != (Registration{VENID: "ven-7"}) || v.State() != Registered {
		t.Errorf("registered as %+v, %v, state %s", r, err, v.State())
	}
	cfg.VENID = ""
	if _, err := Dial(timeout(t), cfg); err == nil || !strings.Contains(err.Error(), "VENID") {
		t.Errorf("without a venID: %v", err)
	}
}

func TestA2VENThatIsPushedTo(t *testing.T) {
	vtn := startHTTPVTN(t)
	cfg := simply(vtn.config("ven1"))
	cfg.HTTP.Listen = "127.0.0.1:0"
	v := connect(t, cfg)
	status, answer := vtn.pushIn(cfg.Form, v.Address(), "OpenADR2/Simple/EiEvent", pushOf("e-1", eventSimply("a")))
	if r, ok := answer.(*oadr.Response); status != http.StatusOK || !ok || r.Response.Code != oadr.CodeOK {
		t.Errorf("answered %d %+v", status, answer)
	}
	if m := awaitHTTP[*oadr.CreatedEvent](t, vtn, "EiEvent"); m.Responses[0].RequestID != "e-1" {
		t.Errorf("sent %+v", m)
	}
}

// Over XMPP a VEN of 2.0a requests nothing, and answers a push by a set of its own, never
// by a result.
func TestA5VENOfXMPP(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	cfg := simply(account(srv, "ven1"))
	cfg.VTN = vtn.service()
	v := connect(t, cfg)
	if _, err := v.Register(timeout(t)); err != nil || v.State() != Registered {
		t.Errorf("%v, state %s", err, v.State())
	}
	answer := make(chan *stanza, 1)
	vtn.mu.Lock()
	vtn.answers["p-1"] = answer
	vtn.mu.Unlock()
	vtn.write(vtn.service(), iq("set", v.JID().String(), "p-1", oadr.Append(nil, cfg.Form, pushOf("e-1", eventSimply("a")))))
	if m := request[*oadr.CreatedEvent](t, vtn); m.Responses[0].RequestID != "e-1" || m.VENID != "ven-7" {
		t.Errorf("sent %+v", m)
	}
	if len(v.Events()) != 1 || len(answer) != 0 {
		t.Errorf("it holds %v, and %d results came", v.Events(), len(answer))
	}
}
