package core_test

import (
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

const address = "https://ven1.example.org/base"

// Rules H18, H20, H21 and T6: pushes go to the registered address, with the names of the
// VEN, and only those names answer them.
func TestH18H20H21T6PushGoesToTheRegisteredAddress(t *testing.T) {
	r := startHTTP(t)
	ven := r.pushedTo("ven1", address)
	if _, err := r.ModifyVEN(t.Context(), "ven1", func(v *core.VEN) error { // renewed (rule T8)
		v.Identities = append(v.Identities, core.Identity{Transport: simpleHTTP, Name: "renewed"})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	e := r.create(simple(venIDs("ven1")...))
	p, _ := webPush[*oadr.DistributeEvent](r)
	if p.To != address || !slices.Equal(p.Identities, []string{"renewed", "ven1"}) || p.Kind != oadr.KindDistributeEvent || p.Profile != oadr.ProfileB {
		t.Errorf("pushed %+v", p)
	}
	r.Settle(certificate("other"), p.Token, core.Outcome{Result: core.Acknowledged, Bare: true}) // H19
	r.Settle(ven, p.Token, core.Outcome{Result: core.Retry, Error: "timeout", Backoff: time.Second})
	r.wantDelivery(e, "ven1", core.DeliveryPending)
	r.clock.Move(2 * time.Second) // H20
	p, d := webPush[*oadr.DistributeEvent](r)
	must[*oadr.Response](r, certificate("renewed"), answer("ven1", d.RequestID, e.EventID, 0, "optIn"))
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	r.Settle(certificate("renewed"), p.Token, core.Outcome{Result: core.Acknowledged, Bare: true})

	// Without its first certificate it is still reached; without any it is not.
	names := func(some ...string) {
		t.Helper()
		if _, err := r.ModifyVEN(t.Context(), "ven1", func(v *core.VEN) error {
			v.Identities = nil
			for _, name := range some {
				v.Identities = append(v.Identities, core.Identity{Transport: simpleHTTP, Name: name})
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	names("renewed")
	modify(r.rig, e, "changed")
	p, _ = webPush[*oadr.DistributeEvent](r)
	if p.To != address || !slices.Equal(p.Identities, []string{"renewed"}) {
		t.Errorf("pushed to %s, %v", p.To, p.Identities)
	}
	r.Settle(certificate("renewed"), p.Token, core.Outcome{Result: core.Acknowledged, Bare: true})
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	names()
	modify(r.rig, e, "again")
	r.quiet()
	select {
	case p := <-r.web.pushes:
		t.Errorf("pushed to %v", p.Identities)
	default:
	}
}

// What a VEN had not been told follows it to the transport that it registers with.
func TestH14TransportIsChangedByRegisteringAgain(t *testing.T) {
	r := startHTTP(t)
	account, ven := r.enterHTTP("ven1")
	first := r.register(account, registration())
	r.greeted("ven1")
	e := r.create(simple(venIDs("ven1")...))
	r.pushedEvents() // in flight

	change := func(from core.Peer, m *oadr.CreatePartyRegistration) {
		t.Helper()
		m.RegistrationID, m.VENID = first.RegistrationID, "ven1"
		if got := r.register(from, m); got.RegistrationID != first.RegistrationID {
			t.Errorf("registered as %+v", got)
		}
	}
	change(ven, overHTTP(""))
	polled[*oadr.DistributeEvent](r, ven) // handed out

	change(ven, overHTTP(address))
	p, _ := webPush[*oadr.DistributeEvent](r)
	r.Settle(ven, p.Token, core.Outcome{Result: core.Retry}) // in backoff
	r.waitFor(func() bool {
		return r.status(e.EventID, "ven1").LastError != "" || !r.status(e.EventID, "ven1").NextAttempt.IsZero()
	})

	change(account, registration())
	p, _ = r.pushedEvents()
	if p.To != account.Address {
		t.Errorf("pushed to %s", p.To)
	}
	r.arrivalsHandled() // among them that it is back
	r.Settle(account, p.Token, core.Outcome{Result: core.Unreachable})
	r.wantDelivery(e, "ven1", core.DeliveryUnreachable) // parked

	change(ven, overHTTP(""))
	d := polled[*oadr.DistributeEvent](r, ven)
	must[*oadr.Response](r, ven, answer("ven1", d.RequestID, e.EventID, 0, "optIn"))
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	r.Appear(account) // does not turn it back
	modify(r.rig, e, "changed")
	r.quiet()
	polled[*oadr.DistributeEvent](r, ven)
}

// A greeting, and what it holds, follows a VEN as well.
func TestH16Spec405GreetingFollowsTheVEN(t *testing.T) {
	r := startHTTP(t)
	r.wire.greets.Store(true)
	account, ven := r.enterHTTP("ven1")
	e := r.create(simple(venIDs("ven1")...))
	r.register(account, registration())
	pushed[*oadr.RegisterReport](r)
	r.register(ven, overHTTP(""))
	greeting := polled[*oadr.RegisterReport](r, ven)
	r.idle(ven) // the event is held
	must[*oadr.Response](r, ven, &oadr.RegisteredReport{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: greeting.RequestID}, VENID: "ven1"})
	r.greeted("ven1")
	polled[*oadr.DistributeEvent](r, ven)
	r.wantDelivery(e, "ven1", core.DeliverySent)
}

// While XMPP is away and HTTP is not, what goes over XMPP waits for it, and nothing spins.
func TestOneTransportAwayDoesNotHoldUpTheOther(t *testing.T) {
	r := startHTTP(t)
	r.pushedTo("ven1", address)
	account := r.join("ven2")
	r.Disconnected("xmpp")
	e := r.create(simple(venIDs("ven1", "ven2")...))
	p, _ := webPush[*oadr.DistributeEvent](r)
	r.Settle(certificate("ven1"), p.Token, core.Outcome{Result: core.Acknowledged, Bare: true})
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	r.waitFor(func() bool { return r.status(e.EventID, "ven2").LastError == "no connection of its transport" })
	r.Connected("xmpp")
	p, _ = r.pushedEvents()
	if p.To != account.Address {
		t.Errorf("pushed to %s", p.To)
	}
}

// What is parked for a VEN over HTTP, where nobody appears, is due when the transport is back:
// here the greeting of a VEN that registered while it stopped.
func TestH21ParkedIsDueWhenTheTransportIsBack(t *testing.T) {
	r := startHTTP(t)
	_, ven := r.enterHTTP("ven1")
	r.VTN.Disconnected(simpleHTTP)
	r.register(ven, overHTTP(address))
	r.waitFor(func() bool {
		parked, err := r.reg.Parked(t.Context(), simpleHTTP, 10)
		return err == nil && len(parked) == 1
	})
	r.restart()
	webPush[*oadr.RegisterReport](r)
}

// The start waits a while for all transports, so that what is due over one that connects
// later is not claimed in vain.
func TestStartWaitsForAllTransports(t *testing.T) {
	for name, goesOn := range map[string]func(*httpRig){
		"it connects": func(r *httpRig) { r.Connected("xmpp") },
		"it does not": func(r *httpRig) {
			r.clock.AwaitWait(t, 10*time.Second)
			if n := len(r.web.pushes); n > 0 {
				r.t.Errorf("%d pushes went before", n)
			}
			r.clock.Move(10 * time.Second)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := startHTTP(t)
			ven := r.pushedTo("ven1", address)
			account := r.join("ven2")
			r.VTN.Disconnected(simpleHTTP)
			r.Disconnected("xmpp")
			e := r.create(simple(venIDs("ven1", "ven2")...))
			r.late = true
			r.restart()
			goesOn(r)
			p, _ := webPush[*oadr.DistributeEvent](r)
			r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged, Bare: true})
			r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
			if name == "it connects" {
				p, _ = r.pushedEvents()
				r.Settle(account, p.Token, core.Outcome{Result: core.Acknowledged, Code: 200})
				r.wantDelivery(e, "ven2", core.DeliveryAcknowledged)
			}
		})
	}
}
