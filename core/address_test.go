package core_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Outcomes of a push, in the ways that clients and their servers answer.
var (
	spoken    = core.Outcome{Result: core.Acknowledged, Code: 200}
	empty     = core.Outcome{Result: core.Acknowledged, Bare: true}
	notHere   = core.Outcome{Result: core.Unreachable, Error: "service-unavailable", Bare: true}
	unknown   = core.Outcome{Result: core.Unreachable, Error: "feature-not-implemented", Bare: true, Unknown: true}
	forbidden = core.Outcome{Result: core.Refused, Error: "forbidden", Bare: true}
)

// TestX5AnotherClientGetsNothing while the address that speaks OpenADR is there,
// however much it comes and goes, and whether or not the VTN was restarted.
func TestX5AnotherClientGetsNothing(t *testing.T) {
	for name, before := range map[string]func(r *rig, ven, phone core.Peer){
		"appears":            func(r *rig, _, phone core.Peer) { r.Appear(phone) },
		"appears first":      func(r *rig, ven, phone core.Peer) { r.Appear(phone); r.Appear(ven) },
		"comes and goes":     func(r *rig, _, phone core.Peer) { r.Appear(phone); r.Vanish(phone); r.Appear(phone) },
		"after a restart":    func(r *rig, _, phone core.Peer) { r.restart(); r.Appear(phone) },
		"after a reconnect":  func(r *rig, _, phone core.Peer) { r.Disconnected("xmpp"); r.Connected("xmpp"); r.Appear(phone) },
		"the VEN's presence": func(r *rig, ven, phone core.Peer) { r.Appear(ven); r.Appear(phone); r.Appear(ven); r.Appear(phone) },
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t)
			ven := r.join("ven1")
			before(r, ven, client(ven, "phone"))
			r.arrivalsHandled()
			e := r.create(simple(venIDs("ven1")...))
			p, _ := r.pushedEvents()
			if p.To != ven.Address {
				t.Fatalf("pushed to %s", p.To)
			}
			r.Settle(ven, p.Token, empty) // of the one that speaks it counts
			r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
		})
	}
}

// TestX5AnswersOfAClientThatDoesNotSpeakOpenADR: such an answer does not count as the
// VEN's. The VTN tries the next address; if there is none, it parks the VEN.
func TestX5AnswersOfAClientThatDoesNotSpeakOpenADR(t *testing.T) {
	for name, o := range map[string]core.Outcome{"not here": notHere, "empty result": empty, "forbidden": forbidden} {
		t.Run(name, func(t *testing.T) {
			r := start(t)
			ven := r.join("ven1")
			phone, laptop := client(ven, "phone"), client(ven, "laptop")
			r.Vanish(ven)
			r.Appear(phone)
			r.Appear(laptop)
			r.arrivalsHandled()
			e := r.create(simple(venIDs("ven1")...))
			for _, to := range []core.Peer{laptop, phone} { // the latest first
				p, _ := r.pushedEvents()
				if p.To != to.Address {
					t.Fatalf("pushed to %s, want %s", p.To, to.Address)
				}
				r.Settle(to, p.Token, o)
			}
			p, _ := r.pushedEvents() // word that it left may be late
			if p.To != ven.Address {
				t.Fatalf("pushed to %s", p.To)
			}
			r.Settle(ven, p.Token, notHere)
			r.wantDelivery(e, "ven1", core.DeliveryUnreachable)
			r.quiet()
			// It comes back and is pushed to at once.
			r.Appear(ven)
			p, _ = r.pushedEvents()
			if p.To != ven.Address {
				t.Fatalf("pushed to %s", p.To)
			}
			r.Settle(ven, p.Token, spoken)
			r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
		})
	}
}

// TestX5AfterARestartAnEmptyResultCountsFromWhereTheVENSpoke: that is stored.
func TestX5AfterARestartAnEmptyResultCountsFromWhereTheVENSpoke(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	e := r.create(simple(venIDs("ven1")...))
	p, _ := r.pushedEvents()
	r.wantDelivery(e, "ven1", core.DeliverySent)
	r.restart()
	r.Settle(client(ven, "phone"), p.Token, empty)
	r.quiet()
	if got := r.status(e.EventID, "ven1"); got.Delivery != core.DeliverySent {
		t.Errorf("a client's empty result counts: %+v", got)
	}
	r.Settle(ven, p.Token, empty)
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
}

// TestX5RegisteredAddressGoesBeforeOthers.
func TestX5RegisteredAddressGoesBeforeOthers(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	again := registration()
	again.TransportAddress = "ven1@example.org/gateway"
	must[created](r, ven, again)
	r.greeted("ven1")
	for _, resource := range []string{"phone", "gateway", "laptop"} {
		r.Appear(client(ven, resource))
	}
	r.Vanish(ven)
	r.arrivalsHandled()
	r.create(simple(venIDs("ven1")...))
	if p, _ := r.pushedEvents(); p.To != again.TransportAddress {
		t.Errorf("registered %s, pushed to %s", again.TransportAddress, p.To)
	}
}

// TestX5Spec9_3_4_1RegisteredAddressIsLookedFor: whoever was there before the account
// registered was not noticed. The VTN looks only for other clients of the account.
func TestX5Spec9_3_4_1RegisteredAddressIsLookedFor(t *testing.T) {
	r := start(t)
	for _, c := range []struct {
		name, address string
		want          bool
	}{
		{"a", "", false}, {"b", "b@example.org/client", false}, {"d", "d@example.org", false},
		{"e", "other@example.org/gateway", false}, {"f", "https://f.example.org/oadr", false}, {"g", "g@example.org/gateway", true},
	} {
		m := registration()
		m.TransportAddress = c.address
		must[created](r, peer(c.name), m)
		if c.want { // and for none of those before
			if got := <-r.wire.probes; !slices.Equal(got, []string{peer(c.name).Identity}) {
				t.Errorf("probed %v, want %s", got, c.name)
			}
		}
	}
}

// TestX5WhoAnswersInOpenADRIsTheVEN: from then on it keeps the route, also after a
// restart.
func TestX5WhoAnswersInOpenADRIsTheVEN(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	moved := client(ven, "moved")
	r.Vanish(ven)
	r.Appear(moved)
	r.arrivalsHandled()
	e := r.create(simple(venIDs("ven1")...))
	p, _ := r.pushedEvents()
	r.Settle(moved, p.Token, spoken)
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	r.waitFor(func() bool { v, _ := r.VEN(t.Context(), "ven1"); return v.Route.Address == moved.Address })
	r.restart()
	r.Appear(client(ven, "phone"))
	r.arrivalsHandled()
	modify(r, e, "x")
	if p, _ := r.pushedEvents(); p.To != moved.Address {
		t.Errorf("pushed to %s", p.To)
	}
}

// TestX5WhatIsOnItsWayToAnotherFollowsTheVEN: the VEN speaks from its usual address.
func TestX5WhatIsOnItsWayToAnotherFollowsTheVEN(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.Vanish(ven)
	r.Appear(client(ven, "phone"))
	r.arrivalsHandled()
	r.create(simple(venIDs("ven1")...))
	r.pushedEvents()
	must[response](r, ven, &oadr.Poll{VENID: "ven1"})
	if p, _ := r.pushedEvents(); p.To != ven.Address {
		t.Errorf("pushed to %s", p.To)
	}
}

// TestX5VENThatCameBackElsewhereIsFound: nobody saw the former session end, so pushes
// to it stay unanswered.
func TestX5VENThatCameBackElsewhereIsFound(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.create(simple(venIDs("ven1")...))
	r.pushedEvents()
	r.clock.Move(core.Young)
	r.Appear(client(ven, "again"))
	if p, _ := r.pushedEvents(); p.To != ven.Identity+"/again" {
		t.Errorf("pushed to %s", p.To)
	}
}

// TestSessionBeforeParksNobody: the connection of a VEN dies with a push in it, and
// it logs in again under the same resource. In whatever order the signs of both
// sessions arrive, the VEN gets its push.
func TestSessionBeforeParksNobody(t *testing.T) {
	for seed := range uint64(40) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		signs := []string{"appears", "bounce", "vanishes"}
		rnd.Shuffle(len(signs), func(i, j int) { signs[i], signs[j] = signs[j], signs[i] })
		if rnd.IntN(2) == 0 { // by privilege and by roster item
			signs = slices.Insert(signs, rnd.IntN(4), "appears")
		}
		restarted := rnd.IntN(4) == 0
		t.Run(fmt.Sprint(seed, signs, restarted), func(t *testing.T) {
			t.Parallel()
			r := start(t)
			ven := r.join("ven1")
			r.Appear(ven)
			r.arrivalsHandled()
			e := r.create(simple(venIDs("ven1")...))
			p, _ := r.pushedEvents()
			r.clock.Move(time.Minute / 20)
			if restarted {
				r.restart()
			}
			for _, what := range signs {
				switch what {
				case "appears":
					r.Appear(ven)
				case "vanishes":
					r.Vanish(ven)
				case "bounce":
					r.Settle(ven, p.Token, notHere)
				}
				if rnd.IntN(2) == 0 {
					r.arrivalsHandled()
				}
			}
			again, _ := r.pushedEvents()
			if again.To != ven.Address {
				t.Fatalf("pushed to %s", again.To)
			}
			r.Settle(ven, again.Token, spoken)
			r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
			r.waitFor(func() bool { v, _ := r.VEN(t.Context(), "ven1"); return r.Presence(v) == core.PresenceAvailable })
		})
	}
}

// TestLateUnavailableIsAskedAbout: the VTN probes the VEN, which may be online.
func TestLateUnavailableIsAskedAbout(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.Appear(ven)
	r.arrivalsHandled()
	r.clock.Move(time.Minute)
	r.Appear(ven) // another session
	r.Vanish(ven) // the first one's end
	if got := <-r.wire.probes; !slices.Equal(got, []string{ven.Identity}) {
		t.Errorf("probed %v", got)
	}
	r.Vanish(ven)
	r.arrivalsHandled()
	if len(r.wire.probes) > 0 {
		t.Errorf("the VTN probes an account whose only client ended: %v", <-r.wire.probes)
	}
}

// TestPushLostWithAConnectionGoesOutWhenTheVENIsBack, not after its lease.
func TestPushLostWithAConnectionGoesOutWhenTheVENIsBack(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.Appear(ven)
	r.arrivalsHandled()
	r.create(simple(venIDs("ven1")...))
	r.pushedEvents()
	r.Appear(ven) // a copy of what is known
	r.quiet()
	r.clock.Move(core.Young)
	r.pushedEvents()
	r.clock.Move(3 * core.Young)
	r.Appear(ven)
	r.pushedEvents()
	// Nor after a backoff that has grown for hours.
	for range 10 {
		r.clock.Move(core.Lease + core.BackoffMax*5/4)
		r.pushedEvents()
	}
	r.clock.Move(3 * core.Young)
	r.Appear(ven)
	r.pushedEvents()
}

// TestBouncesEnd: the VTN stops pushing to a client whose server says it is offline.
func TestBouncesEnd(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.Appear(client(ven, "phone"))
	r.arrivalsHandled()
	e := r.create(simple(venIDs("ven1")...))
	pushes := 0
	for end := time.After(20 * time.Second); ; {
		select {
		case p := <-r.wire.pushes:
			pushes++
			r.Settle(core.Peer{Transport: "xmpp", Identity: ven.Identity, Address: p.To}, p.Token, notHere)
			continue
		case <-end:
			t.Fatal("the VTN pushes for ever")
		default:
		}
		if v := r.status(e.EventID, "ven1"); v.Delivery == core.DeliveryUnreachable && pushes >= 2 {
			break
		}
	}
	r.quiet()
	if pushes != 2 {
		t.Errorf("%d pushes to two addresses", pushes)
	}
}

// TestE14EventRightAfterAReplyIsPushedAtOnce: the VEN need not answer every reply.
func TestE14EventRightAfterAReplyIsPushedAtOnce(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	first := r.create(simple(venIDs("ven1")...))
	r.pushedEvents()
	r.set(ven) // takes over the push
	second := r.create(at("second", 5*time.Hour, time.Hour, func(s *core.EventSpec) { s.Targets = venIDs("ven1") }))
	p, d := r.pushedEvents()
	if len(d.Events) != 2 {
		t.Errorf("pushed %+v", d.Events)
	}
	r.Settle(ven, p.Token, spoken)
	r.wantDelivery(first, "ven1", core.DeliveryAcknowledged)
	r.wantDelivery(second, "ven1", core.DeliveryAcknowledged)
}
