package ven_test

import (
	"net/http"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
	"github.com/vtn-xmpp/vtn-xmpp/ven/faulty"
)

// oddlyOverHTTP is a VEN that answers pushes of events as the replies say.
func oddlyOverHTTP(vtn *ven.HTTPVTN, listen string) (*ven.VEN, chan<- faulty.Reply) {
	replies := make(chan faulty.Reply, 1)
	cfg := vtn.Config("ven1")
	cfg.HTTP.Listen = listen
	faulty.Faults{OnPush: func(*oadr.DistributeEvent) faulty.Reply { return <-replies }}.Apply(&cfg)
	return vtn.Registered(cfg), replies
}

func TestH19H20FaultsOfWhoIsPushedTo(t *testing.T) {
	vtn := ven.StartHTTPVTN(t)
	v, replies := oddlyOverHTTP(vtn, "127.0.0.1:0")
	push := func(id string, modificationNumber uint32, r faulty.Reply) (int, oadr.Message) {
		t.Helper()
		replies <- r
		return vtn.Push(v, ven.PushOf(id, ven.SomeEvent("a", modificationNumber)))
	}
	if status, m := push("e-1", 0, faulty.Reply{Code: oadr.CodeDeployment}); status != http.StatusOK || m.(*oadr.Response).Response.Code != oadr.CodeDeployment {
		t.Errorf("answered %d %+v", status, m)
	}
	if status, _ := push("e-2", 0, faulty.Reply{How: faulty.Fail, Type: "wait", Condition: "resource-constraint"}); status != http.StatusServiceUnavailable {
		t.Errorf("answered %d", status)
	}
	if status, _ := push("e-2", 0, faulty.Reply{How: faulty.Fail, Type: "cancel", Condition: "feature-not-implemented"}); status != http.StatusNotImplemented {
		t.Errorf("answered %d", status)
	}
	if len(v.Events()) != 0 {
		t.Errorf("a push that was refused is held: %v", v.Events())
	}
	if _, m := push("e-3", 0, faulty.Reply{How: faulty.RespondOpts}); m.(*oadr.CreatedEvent).Responses[0].RequestID != "e-3" {
		t.Errorf("answered %+v", m)
	}
	if status, m := push("e-4", 1, faulty.Reply{How: faulty.Empty}); status != http.StatusOK || m != nil {
		t.Errorf("answered %d %+v", status, m)
	}
	if m := ven.NextOverHTTP[*oadr.CreatedEvent](t, vtn, "EiEvent"); m.Responses[0].ModificationNumber != 1 {
		t.Errorf("sent %+v", m)
	}
	replies <- faulty.Reply{How: faulty.Ignore}
	if vtn.PushUnanswered(v, ven.PushOf("e-5", ven.SomeEvent("a", 2))) {
		t.Error("a VEN that answers nothing answers")
	}
}

func TestH10FaultsOfWhoPolls(t *testing.T) {
	vtn := ven.StartHTTPVTN(t)
	v, replies := oddlyOverHTTP(vtn, "")
	for _, r := range []faulty.Reply{
		{How: faulty.Ignore}, {How: faulty.Fail, Type: "wait", Condition: "resource-constraint"},
	} {
		vtn.HandOut(ven.PushOf("e-1", ven.SomeEvent("a", 0)))
		replies <- r
	}
	if len(v.Events()) != 0 {
		t.Errorf("what it ignores is held: %v", v.Events())
	}
	vtn.HandOut(ven.PushOf("e-2", ven.SomeEvent("a", 0)))
	replies <- faulty.Reply{Code: oadr.CodeDeployment}
	if m := ven.NextOverHTTP[*oadr.CreatedEvent](t, vtn, "EiEvent"); m.Response.Code != oadr.CodeDeployment || m.Response.RequestID != "e-2" {
		t.Errorf("sent %+v", m)
	}
	vtn.HandOut(ven.PushOf("e-3", ven.SomeEvent("a", 0)))
	replies <- faulty.Reply{How: faulty.RespondOpts}
	if m := ven.NextOverHTTP[*oadr.CreatedEvent](t, vtn, "EiEvent"); m.Responses[0].RequestID != "e-3" {
		t.Errorf("sent %+v", m)
	}
}
