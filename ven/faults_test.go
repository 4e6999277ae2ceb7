package ven

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// oddly is a VEN with reports that answers each request of one kind as told.
func oddly(t *testing.T, vtn *scriptedVTN, kind oadr.Kind) (*VEN, chan<- Reply) {
	t.Helper()
	replies := make(chan Reply, 1)
	v, _ := reporter(t, startServer(t), vtn, func(c *Config) {
		c.Faults.Answer = func(m oadr.Message) Reply {
			if m.Kind() == kind {
				return <-replies
			}
			return Reply{}
		}
	})
	return v, replies
}

func TestFaultsOfAnswers(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	v, replies := oddly(t, vtn, oadr.KindCreateReport)
	ask := func(id string) *oadr.CreateReport {
		return &oadr.CreateReport{RequestID: "c-" + id, Requests: []oadr.ReportRequest{asks(id, "usage", "a")}, VENID: "ven-7"}
	}

	replies <- Reply{Code: oadr.CodeDeployment}
	if m := decoded(t, vtn.push(v.JID(), ask("1"))).(*oadr.CreatedReport); m.Response.Code != oadr.CodeDeployment || m.Response.RequestID != "c-1" {
		t.Errorf("answered %+v", m)
	}
	replies <- Reply{How: Fail, Type: "wait", Condition: "resource-constraint"}
	if e := stanzaError(vtn.push(v.JID(), ask("2"))); e.Condition != "resource-constraint" {
		t.Errorf("answered %v", e)
	}
	replies <- Reply{How: Ignore}
	vtn.write(vtn.service(), iq("set", v.JID().String(), "x1", oadr.Append(nil, oadr.Form{}, ask("3"))))
	// None of them is taken.

	// Empty, then a request of its own; or that alone. What it was asked for
	// comes nevertheless.
	replies <- Reply{How: Empty}
	if m := decoded(t, vtn.push(v.JID(), ask("4"))); m != nil {
		t.Errorf("answered %+v", m)
	}
	both := func(id string) {
		t.Helper()
		for range 2 {
			switch m := next(t, vtn.got).(type) {
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
	replies <- Reply{How: OptOnly}
	vtn.write(vtn.service(), iq("set", v.JID().String(), "x2", oadr.Append(nil, oadr.Form{}, ask("5"))))
	both("5")
	replies <- Reply{After: time.Millisecond}
	if m := decoded(t, vtn.push(v.JID(), ask("6"))).(*oadr.CreatedReport); m.Response.Code != oadr.CodeOK {
		t.Errorf("answered %+v", m)
	}
	update(t, vtn, "6")
}

func TestFaultsOfOtherAnswers(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	v, replies := oddly(t, vtn, oadr.KindCancelPartyRegistration)
	replies <- Reply{Code: oadr.CodeInvalidID}
	m := &oadr.CancelPartyRegistration{RequestID: "c", RegistrationID: "reg-7", VENID: "ven-7"}
	if a := decoded(t, vtn.push(v.JID(), m)).(*oadr.CanceledPartyRegistration); a.Response.Code != oadr.CodeInvalidID {
		t.Errorf("answered %+v", a)
	}
	if v.State() != Registered {
		t.Errorf("what is refused is done: %s", v.State())
	}
	replies <- Reply{How: Empty}
	if a := decoded(t, vtn.push(v.JID(), m)); a != nil {
		t.Errorf("answered %+v", a)
	}
	if a := request[*oadr.CanceledPartyRegistration](t, vtn); a.Response.RequestID != "c" || a.RegistrationID != "reg-7" {
		t.Errorf("sent %+v", a)
	}
}

func TestFaultsOfWhatIsSent(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	var wrong atomic.Bool
	v, _ := reporter(t, srv, vtn, func(c *Config) {
		odd := func(to func(string) string) func(string) string {
			return func(own string) string {
				if wrong.Load() {
					return to(own)
				}
				return own
			}
		}
		c.Faults = Faults{
			RequestID:       func(string) string { return "1" },
			VENID:           odd(strings.ToUpper),
			ReportRequestID: odd(func(asked string) string { return asked + "-wrong" }),
			Repeat:          func(*oadr.UpdateReport) int { return 1 },
		}
	})
	vtn.create(v, oadr.CodeOK, []string{"a"}, asks("a", "usage", "a"))
	var both [2]*oadr.UpdateReport
	for i := range both {
		both[i] = request[*oadr.UpdateReport](t, vtn)
	}
	if both[0].RequestID != "1" || both[1].RequestID != "1" || both[0].Reports[0].ReportRequestID != "a" || !both[1].Reports[0].Start.Equal(both[0].Reports[0].Start) {
		t.Errorf("sent %+v", both)
	}
	wrong.Store(true)
	if m := decoded(t, vtn.push(v.JID(), &oadr.CreateReport{RequestID: "c", Requests: []oadr.ReportRequest{asks("b", "usage", "a")}, VENID: "ven-7"})).(*oadr.CreatedReport); m.VENID != "VEN-7" || m.Response.RequestID != "c" {
		t.Errorf("answered %+v", m)
	}
	for range 2 {
		if m := request[*oadr.UpdateReport](t, vtn); m.VENID != "VEN-7" || m.Reports[0].ReportRequestID != "b-wrong" {
			t.Errorf("sent %+v", m)
		}
	}
	opt := oadr.CreateOpt{OptID: "o", VENID: "ven-7", OptType: oadr.OptIn, OptReason: "economic", Schedule: true, RequestID: "own"}
	if _, err := v.CreateOpt(timeout(t), opt); err != nil {
		t.Error(err)
	}
	if m := request[*oadr.CreateOpt](t, vtn); m.RequestID != "1" || m.VENID != "VEN-7" || opt.RequestID != "own" {
		t.Errorf("sent %+v", m)
	}
	if _, err := v.Query(timeout(t)); err != nil { // it has no venID to be wrong
		t.Error(err)
	}
	if m := request[*oadr.QueryRegistration](t, vtn); m.RequestID != "1" {
		t.Errorf("sent %+v", m)
	}
}

func TestE18CustomSignalsCanBeRefused(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	cfg := account(srv, "ven1")
	cfg.VTN, cfg.Decide = vtn.service(), RefuseCustomSignals
	v := connect(t, cfg)
	register(t, v, vtn)
	custom := with(event("b", 0), func(e *oadr.Event) {
		e.Signals = []oadr.EventSignal{e.Signals[0]}
		e.Signals[0].Name, e.Signals[0].CurrentValue = "x-own", nil
	})
	vtn.push(v.JID(), pushOf("e-1", event("a", 0), custom))
	got := request[*oadr.CreatedEvent](t, vtn).Responses
	if len(got) != 2 || got[0].Code != oadr.CodeOK || got[0].OptType != oadr.OptIn || got[1].Code != oadr.CodeSignal || got[1].OptType != oadr.OptOut {
		t.Errorf("sent %+v", got)
	}
}
