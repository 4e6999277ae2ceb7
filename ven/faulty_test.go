package ven_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
	"github.com/vtn-xmpp/vtn-xmpp/ven/faulty"
)

// oddly is a VEN with reports. It answers requests of one kind as the replies say.
func oddly(t *testing.T, vtn *ven.ScriptedVTN, kind oadr.Kind) (*ven.VEN, chan<- faulty.Reply) {
	t.Helper()
	replies := make(chan faulty.Reply, 1)
	v, _ := ven.MustReport(t, ven.StartServer(t), vtn, func(c *ven.Config) {
		faulty.Faults{OnRequest: func(m oadr.Message) faulty.Reply {
			if m.Kind() == kind {
				return <-replies
			}
			return faulty.Reply{}
		}}.Apply(c)
	})
	return v, replies
}

func TestFaultsOfAnswers(t *testing.T) {
	srv := ven.StartServer(t)
	vtn := ven.StartScriptedVTN(t, srv)
	v, replies := oddly(t, vtn, oadr.KindCreateReport)
	ask := func(id string) *oadr.CreateReport {
		return &oadr.CreateReport{RequestID: "c-" + id, Requests: []oadr.ReportRequest{ven.AsksFor(id, "usage", "a")}, VENID: "ven-7"}
	}

	replies <- faulty.Reply{Code: oadr.CodeDeployment}
	if m := ven.Decoded(t, vtn.Push(v.JID(), ask("1"))).(*oadr.CreatedReport); m.Response.Code != oadr.CodeDeployment || m.Response.RequestID != "c-1" {
		t.Errorf("answered %+v", m)
	}
	replies <- faulty.Reply{How: faulty.Fail, Type: "wait", Condition: "resource-constraint"}
	if e := ven.ErrorOf(vtn.Push(v.JID(), ask("2"))); e.Condition != "resource-constraint" {
		t.Errorf("answered %v", e)
	}
	replies <- faulty.Reply{How: faulty.Ignore}
	vtn.PushUnanswered(v.JID(), ask("3"))
	// None of them is taken.

	// An empty result and a separate answer, or that alone. The report comes
	// nevertheless.
	replies <- faulty.Reply{How: faulty.Empty}
	if m := ven.Decoded(t, vtn.Push(v.JID(), ask("4"))); m != nil {
		t.Errorf("answered %+v", m)
	}
	both := func(id string) {
		t.Helper()
		for range 2 {
			switch m := vtn.Next().(type) {
			case *oadr.CreatedReport:
				if m.Response.RequestID != "c-"+id || m.VENID != "ven-7" {
					t.Errorf("sent %+v", m)
				}
			case *oadr.UpdateReport:
				if m.Reports[0].ReportRequestID != id {
					t.Errorf("sent %+v", m)
				}
			default:
				t.Errorf("sent %+v", m)
			}
		}
	}
	both("4")
	replies <- faulty.Reply{How: faulty.OptOnly}
	vtn.PushUnanswered(v.JID(), ask("5"))
	both("5")
	replies <- faulty.Reply{After: time.Millisecond}
	if m := ven.Decoded(t, vtn.Push(v.JID(), ask("6"))).(*oadr.CreatedReport); m.Response.Code != oadr.CodeOK {
		t.Errorf("answered %+v", m)
	}
	ven.NextUpdate(t, vtn, "6")
}

func TestFaultsOfOtherAnswers(t *testing.T) {
	srv := ven.StartServer(t)
	vtn := ven.StartScriptedVTN(t, srv)
	v, replies := oddly(t, vtn, oadr.KindCancelPartyRegistration)
	replies <- faulty.Reply{Code: oadr.CodeInvalidID}
	m := &oadr.CancelPartyRegistration{RequestID: "c", RegistrationID: "reg-7", VENID: "ven-7"}
	if a := ven.Decoded(t, vtn.Push(v.JID(), m)).(*oadr.CanceledPartyRegistration); a.Response.Code != oadr.CodeInvalidID {
		t.Errorf("answered %+v", a)
	}
	if v.State() != ven.Registered {
		t.Errorf("what is refused is done: %s", v.State())
	}
	replies <- faulty.Reply{How: faulty.Empty}
	if a := ven.Decoded(t, vtn.Push(v.JID(), m)); a != nil {
		t.Errorf("answered %+v", a)
	}
	if a := ven.NextRequest[*oadr.CanceledPartyRegistration](t, vtn); a.Response.RequestID != "c" || a.RegistrationID != "reg-7" {
		t.Errorf("sent %+v", a)
	}
}

func TestFaultsOfWhatIsSent(t *testing.T) {
	srv := ven.StartServer(t)
	vtn := ven.StartScriptedVTN(t, srv)
	var wrong atomic.Bool
	v, _ := ven.MustReport(t, srv, vtn, func(c *ven.Config) {
		odd := func(to func(string) string) func(string) string {
			return func(right string) string {
				if wrong.Load() {
					return to(right)
				}
				return right
			}
		}
		faulty.Faults{
			RequestID:       func(string) string { return "1" },
			VENID:           odd(strings.ToUpper),
			ReportRequestID: odd(func(right string) string { return right + "-wrong" }),
			Repeat:          func(*oadr.UpdateReport) int { return 1 },
		}.Apply(c)
	})
	vtn.Create(v, oadr.CodeOK, []string{"a"}, ven.AsksFor("a", "usage", "a"))
	var both [2]*oadr.UpdateReport
	for i := range both {
		both[i] = ven.NextRequest[*oadr.UpdateReport](t, vtn)
	}
	if both[0].RequestID != "1" || both[1].RequestID != "1" || both[0].Reports[0].ReportRequestID != "a" || !both[1].Reports[0].Start.Equal(both[0].Reports[0].Start) {
		t.Errorf("sent %+v", both)
	}
	wrong.Store(true)
	if m := ven.Decoded(t, vtn.Push(v.JID(), &oadr.CreateReport{RequestID: "c", Requests: []oadr.ReportRequest{ven.AsksFor("b", "usage", "a")}, VENID: "ven-7"})).(*oadr.CreatedReport); m.VENID != "VEN-7" || m.Response.RequestID != "c" {
		t.Errorf("answered %+v", m)
	}
	for range 2 {
		if m := ven.NextRequest[*oadr.UpdateReport](t, vtn); m.VENID != "VEN-7" || m.Reports[0].ReportRequestID != "b-wrong" {
			t.Errorf("sent %+v", m)
		}
	}
	opt := oadr.CreateOpt{OptID: "o", VENID: "ven-7", OptType: oadr.OptIn, OptReason: "economic", Schedule: true, RequestID: "own"}
	if _, err := v.CreateOpt(ven.Timeout(t), opt); err != nil {
		t.Error(err)
	}
	if m := ven.NextRequest[*oadr.CreateOpt](t, vtn); m.RequestID != "1" || m.VENID != "VEN-7" || opt.RequestID != "own" {
		t.Errorf("sent %+v", m)
	}
	if _, err := v.Query(ven.Timeout(t)); err != nil { // it has no venID
		t.Error(err)
	}
	if m := ven.NextRequest[*oadr.QueryRegistration](t, vtn); m.RequestID != "1" {
		t.Errorf("sent %+v", m)
	}
}

func TestReplies(t *testing.T) {
	srv := ven.StartServer(t)
	vtn := ven.StartScriptedVTN(t, srv)
	replies := make(chan faulty.Reply, 1)
	cfg := ven.AccountConfig(srv, "ven1")
	faulty.Faults{OnPush: func(*oadr.DistributeEvent) faulty.Reply { return <-replies }}.Apply(&cfg)
	v := ven.MustDial(t, cfg)
	ven.MustRegister(t, v, vtn)

	replies <- faulty.Reply{How: faulty.Respond, Code: oadr.CodeDeployment}
	if c := ven.CodeOf(t, vtn.Push(v.JID(), ven.PushOf("e-1", ven.SomeEvent("a", 0)))); c != oadr.CodeDeployment {
		t.Errorf("answered %d", c)
	}
	replies <- faulty.Reply{How: faulty.Fail, Type: "wait", Condition: "resource-constraint"}
	if e := ven.ErrorOf(vtn.Push(v.JID(), ven.PushOf("e-2", ven.SomeEvent("a", 0)))); e.Type != "wait" || e.Condition != "resource-constraint" {
		t.Errorf("answered %v", e)
	}
	if len(v.Events()) != 0 {
		t.Errorf("a push that was refused is held: %v", v.Events())
	}
	replies <- faulty.Reply{How: faulty.RespondOpts}
	if m, ok := ven.Decoded(t, vtn.Push(v.JID(), ven.PushOf("e-3", ven.SomeEvent("a", 0)))).(*oadr.CreatedEvent); !ok || len(m.Responses) != 1 || m.Responses[0].RequestID != "e-3" {
		t.Errorf("answered %+v", m)
	}
	replies <- faulty.Reply{How: faulty.Empty, After: time.Millisecond}
	if m := ven.Decoded(t, vtn.Push(v.JID(), ven.PushOf("e-4", ven.SomeEvent("a", 1)))); m != nil {
		t.Errorf("answered %+v", m)
	}
	if m := ven.NextRequest[*oadr.CreatedEvent](t, vtn); m.Responses[0].ModificationNumber != 1 {
		t.Errorf("sent %+v", m)
	}
	replies <- faulty.Reply{How: faulty.OptOnly}
	vtn.PushUnanswered(v.JID(), ven.PushOf("e-5", ven.SomeEvent("a", 2)))
	if m := ven.NextRequest[*oadr.CreatedEvent](t, vtn); m.Responses[0].RequestID != "e-5" {
		t.Errorf("sent %+v", m)
	}
}
