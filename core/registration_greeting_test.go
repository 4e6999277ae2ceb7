package core_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

func TestN11Spec301OwnReportOncePerNewRegistration(t *testing.T) {
	r := greets(t)
	ven := r.join("ven1")
	r.takesVTNReport(ven, "") // unasked
	r.greeted("ven1")
	r.code(ven, telemetry("ven1"), oadr.CodeOK)
	held := must[created](r, ven, &oadr.QueryRegistration{RequestID: "q"})
	with := registration()
	with.RegistrationID = held.RegistrationID
	must[created](r, ven, with) // which owes nothing
	r.quiet()
	if err := r.PublishReports(t.Context(), "ven1", "test"); err != nil {
		t.Fatal(err)
	}
	r.takesVTNReport(ven, "") // the operator's
	r.greeted("ven1")
	must[canceled](r, ven, &oadr.CancelPartyRegistration{RequestID: "c", RegistrationID: held.RegistrationID, VENID: "ven1"})
	must[created](r, ven, registration())
	r.takesVTNReport(ven, "")
	r.greeted("ven1")
	r.code(ven, telemetry("ven1"), oadr.CodeOK)
	r.quiet()
	if err := r.PublishReports(t.Context(), "nobody", "test"); !errors.Is(err, core.ErrNotFound) {
		t.Error(err)
	}
}

var everything = []oadr.Kind{oadr.KindCreateReport, oadr.KindDistributeEvent, oadr.KindRequestReregistration}

// Rules N11, 301, 309: everything else for a VEN waits until the greeting has an
// outcome, whichever that is.
func TestN11Spec309PushesWaitForTheOutcome(t *testing.T) {
	for name, becomes := range map[string]func(r *rig, ven core.Peer, p core.Push){
		"oadrRegisteredReport in the result": func(r *rig, ven core.Peer, p core.Push) {
			r.answered(ven, p, &oadr.RegisteredReport{Response: ok(p), VENID: "ven1"})
		},
		"refused in the result": func(r *rig, ven core.Peer, p core.Push) {
			r.answered(ven, p, &oadr.RegisteredReport{Response: oadr.EIResponse{Code: 451, Description: "no", RequestID: p.Token.String()}, VENID: "ven1"})
		},
		"an empty result": func(r *rig, ven core.Peer, p core.Push) { r.Settle(ven, p.Token, empty) },
		"oadrResponse":    func(r *rig, ven core.Peer, p core.Push) { r.Settle(ven, p.Token, spoken) },
		"a stanza error":  func(r *rig, ven core.Peer, p core.Push) { r.Settle(ven, p.Token, forbidden) },
		"not implemented": func(r *rig, ven core.Peer, p core.Push) { r.Settle(ven, p.Token, unknown) },
		"wait":            func(r *rig, ven core.Peer, p core.Push) { r.Settle(ven, p.Token, core.Outcome{Result: core.Retry}) },
		"oadrRegisteredReport of its own": func(r *rig, ven core.Peer, p core.Push) {
			r.code(ven, &oadr.RegisteredReport{Response: ok(p), VENID: "ven1"}, oadr.CodeOK)
		},
		"oadrResponse of its own": func(r *rig, ven core.Peer, p core.Push) {
			if _, err := r.send(ven, &oadr.Response{Response: ok(p), VENID: "ven1"}); err != nil {
				r.t.Error(err)
			}
		},
		"both, one after the other": func(r *rig, ven core.Peer, p core.Push) {
			r.Settle(ven, p.Token, empty)
			r.code(ven, &oadr.RegisteredReport{Response: ok(p), VENID: "ven1"}, oadr.CodeOK)
		},
		"unanswered": func(r *rig, ven core.Peer, p core.Push) {
			r.clock.Move(core.Lease)
			r.takesVTNReport(ven, "") // again, and still first
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := greets(t)
			ven := r.join("ven1")
			p, _ := pushed[*oadr.RegisterReport](r)
			if p.To != ven.Address {
				t.Errorf("pushed to %s", p.To)
			}
			r.oweEveryTopic("ven1")
			r.quiet()
			becomes(r, ven, p)
			if got := r.pushedKinds(len(everything)); !slices.Equal(got, everything) {
				t.Errorf("then came %v", got)
			}
		})
	}
}

// What a VEN requests meanwhile it gets in the answer, and need not be pushed again.
func TestN11Spec405RequestsAreAnsweredMeanwhile(t *testing.T) {
	r := greets(t)
	ven := r.join("ven1")
	e := r.create(simple(venIDs("ven1")...))
	p, _ := pushed[*oadr.RegisterReport](r)
	if s := r.status(e.EventID, "ven1"); s.Delivery != core.DeliveryPending || !strings.Contains(s.Reason, "oadrRegisterReport") {
		t.Errorf("its status is %+v", s)
	}
	d := must[*oadr.DistributeEvent](r, ven, &oadr.RequestEvent{RequestID: "q", VENID: "ven1"})
	if len(d.Events) != 1 {
		t.Fatalf("in the answer to its request are %+v", d)
	}
	r.code(ven, answer("ven1", d.RequestID, e.EventID, 0, "optIn"), oadr.CodeOK)
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	r.code(ven, telemetry("ven1"), oadr.CodeOK)
	r.answered(ven, p, &oadr.RegisteredReport{Response: ok(p), VENID: "ven1"})
	r.greeted("ven1")
	r.quiet()
	modify(r, e, "x")
	if p, _ := r.pushedEvents(); p.To != ven.Address {
		t.Errorf("pushed to %s", p.To)
	}
}

// Rule N9: the end of a registration waits for nothing.
func TestN9N11CancellationIsNotHeldUp(t *testing.T) {
	r := greets(t)
	ven := r.join("ven1")
	p, _ := pushed[*oadr.RegisterReport](r)
	r.oweEveryTopic("ven1")
	r.cancelRegistration("ven1")
	c, _ := pushed[cancelPush](r)
	r.Settle(ven, c.Token, spoken)
	r.noticeBecomes("ven1", core.NoticeTold)
	r.Settle(ven, p.Token, spoken) // late
	r.quiet()
	// The next registration begins as the first.
	must[created](r, ven, registration())
	r.takesVTNReport(ven, "")
	if _, d := r.pushedEvents(); len(d.Events) != 1 {
		t.Errorf("then came %+v", d)
	}
}

// A VEN that was away gets the greeting first when it comes back, and then the rest.
func TestN11AwayVENIsToldOwnReportsFirst(t *testing.T) {
	for name, comes := range map[string]func(r *rig, ven core.Peer){
		"presence":  func(r *rig, ven core.Peer) { r.Appear(ven) },
		"a request": func(r *rig, ven core.Peer) { r.code(ven, &oadr.Poll{VENID: "ven1"}, oadr.CodeOK) },
		"another registration with its IDs": func(r *rig, ven core.Peer) {
			m := registration()
			m.RegistrationID = must[created](r, ven, &oadr.QueryRegistration{RequestID: "q"}).RegistrationID
			must[created](r, ven, m)
		},
	} {
		for after, passes := range map[string]bool{"at once": false, "when it left it unanswered": true} {
			t.Run(name+" "+after, func(t *testing.T) {
				r := greets(t)
				ven := r.join("ven1")
				p, _ := pushed[*oadr.RegisterReport](r)
				e := r.create(simple(venIDs("ven1")...))
				r.Vanish(ven)
				r.arrivalsHandled()
				if passes {
					r.clock.Move(core.Lease)
					pushed[*oadr.RegisterReport](r)
					q, _ := r.pushedEvents()
					r.Settle(ven, q.Token, notHere)
				} else {
					r.Settle(ven, p.Token, notHere)
				}
				r.wantDelivery(e, "ven1", core.DeliveryUnreachable)
				r.quiet()
				modify(r, e, "more")
				r.quiet()
				comes(r, ven)
				r.takesVTNReport(ven, "")
				if _, d := r.pushedEvents(); len(d.Events) != 1 {
					t.Errorf("then came %+v", d)
				}
			})
		}
	}
}

// Whenever the VTN ends, the next one goes on, with the greeting first.
func TestN11GreetingOutlivesARestart(t *testing.T) {
	for name, away := range map[string]time.Duration{"at once": 0, "within the lease": core.Lease - time.Second, "after it": core.Lease, "an hour later": time.Hour} {
		for _, claimed := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", pushed before ", claimed), func(t *testing.T) {
				r := greets(t)
				if !claimed {
					r.Disconnected("xmpp")
				}
				ven := r.join("ven1")
				if claimed {
					pushed[*oadr.RegisterReport](r)
				}
				r.oweEveryTopic("ven1")
				r.stop()
				r.clock.Move(away)
				r.run()
				if !claimed {
					r.Appear(ven) // as it answers a probe: that it was there may have gone with the VTN
				}
				if claimed && away < core.Lease {
					r.quiet()
					r.clock.Move(core.Lease - away)
				}
				r.takesVTNReport(ven, "")
				if got := r.pushedKinds(len(everything)); !slices.Equal(got, everything) {
					t.Errorf("then came %v", got)
				}
			})
		}
	}
}

// Every process on a database holds back what waits for a greeting.
func TestN11GreetingHoldsForEveryReplica(t *testing.T) {
	r := greets(t)
	ven := r.join("ven1")
	p, _ := pushed[*oadr.RegisterReport](r)
	second := core.New(r.cfg, r.reg, r.clock, zerolog.Nop(), nil)
	second.AddTransport(r.wire)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- second.Run(ctx) }()
	second.Connected("xmpp")
	if _, err := second.CreateEvent(ctx, simple(venIDs("ven1")...), "test"); err != nil {
		t.Fatal(err)
	}
	r.quiet()
	second.Settle(ven, p.Token, spoken) // any process may settle it
	if _, d := r.pushedEvents(); len(d.Events) != 1 {
		t.Errorf("then came %+v", d)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// The greeting is not due before the VEN's address is stored: at whatever moment of a
// registration the dispatcher looks, it finds nothing that it cannot push.
func TestN11GreetingFindsTheVEN(t *testing.T) {
	for n := 1; n <= 8; n++ {
		r := greets(t)
		looked := false
		r.before.set(n, func() {
			looked = true
			due, err := r.reg.CountDue(t.Context(), r.clock.Now())
			if v, missing := r.VEN(t.Context(), "ven1"); err != nil || due != 0 && (missing != nil || v.Route.Address == "") {
				t.Errorf("before call %d of the registry, %d are due without an address, %v", n, due, err)
			}
			r.Connected("xmpp")
		})
		ven := r.join("ven1")
		if p, _ := pushed[*oadr.RegisterReport](r); p.To != ven.Address { // the clock stands still: nothing waits out a lease
			t.Errorf("pushed to %s", p.To)
		}
		r.before.set(0, nil)
		if !looked && n < 4 {
			t.Errorf("there is no call %d", n)
		}
	}
}
