package core_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

func TestG1PushCarriesItsTokenTwice(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.create(simple(venIDs("ven1")...))
	p, d := r.pushedEvents()
	if p.To != ven.Address || d.RequestID != p.Token.String() || d.RequestID == "" || d.VTNID != "VTN" || len(d.Events) != 1 {
		t.Errorf("push to %s, requestID %q, token %s: %+v", p.To, d.RequestID, p.Token, d)
	}
	if d.Response != nil {
		t.Error("a push has an eiResponse (E14)")
	}
}

func TestAcknowledgedPush(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	e := r.create(simple(venIDs("ven1")...))
	p, _ := r.pushedEvents()
	r.wantDelivery(e, "ven1", core.DeliverySent)
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged, Code: 200})
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	s := r.status(e.EventID, "ven1")
	if s.ModificationNumber == nil || *s.ModificationNumber != 0 || s.AcknowledgedAt.IsZero() || s.SentAt.IsZero() || s.Attempts != 1 {
		t.Errorf("status %+v", s)
	}
	r.clock.Move(24 * time.Hour)
	r.quiet() // a missing oadrCreatedEvent never causes a push
}

func TestRefusedPushWaitsForTheNextChange(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	e := r.create(simple(venIDs("ven1")...))
	p, _ := r.pushedEvents()
	r.Settle(ven, p.Token, core.Outcome{Result: core.Refused, Code: 460, Error: "no such signal"})
	r.wantDelivery(e, "ven1", core.DeliveryRefused)
	if s := r.status(e.EventID, "ven1"); s.ResponseCode != 460 || s.LastError != "no such signal" {
		t.Errorf("status %+v", s)
	}
	r.clock.Move(30 * time.Minute)
	r.quiet()
	modify(r, e, "simpler")
	if _, d := r.pushedEvents(); d.Events[0].Descriptor.ModificationNumber != 1 {
		t.Errorf("pushed %+v", d.Events[0].Descriptor)
	}
}

func TestX5UnreachableVENIsParkedUntilThereIsNews(t *testing.T) {
	for name, reappear := range map[string]func(r *rig, ven core.Peer){
		"presence":     func(r *rig, ven core.Peer) { r.Appear(ven) },
		"a request":    func(r *rig, ven core.Peer) { must[response](r, ven, &oadr.Poll{VENID: "ven1"}) },
		"15 minutes":   func(r *rig, _ core.Peer) { r.clock.Move(core.ParkProbe * 5 / 4) },
		"another home": func(r *rig, ven core.Peer) { ven.Address += "2"; r.Appear(ven) },
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t)
			ven := r.join("ven1")
			e := r.create(simple(venIDs("ven1")...))
			p, _ := r.pushedEvents()
			r.Settle(ven, p.Token, core.Outcome{Result: core.Unreachable, Error: "service-unavailable"})
			r.wantDelivery(e, "ven1", core.DeliveryUnreachable)
			if s := r.status(e.EventID, "ven1"); s.LastError != "service-unavailable" {
				t.Errorf("status %+v", s)
			}
			modify(r, e, "a change does not end parking")
			r.quiet()
			reappear(r, ven)
			again, d := r.pushedEvents()
			if name == "another home" && again.To != ven.Address+"2" {
				t.Errorf("pushed to %s", again.To)
			}
			if d.Events[0].Descriptor.ModificationNumber != 1 {
				t.Error("the push is not of the newest state")
			}
		})
	}
}

func TestX5PushGoesWhereTheVENLastSpoke(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	e := r.create(simple(venIDs("ven1")...))
	r.pushedEvents()
	ven.Address = ven.Identity + "/after-reconnect"
	must[response](r, ven, &oadr.Poll{VENID: "ven1"})
	p, _ := r.pushedEvents() // what was in flight to the old place is sent again
	if p.To != ven.Address {
		t.Errorf("pushed to %s", p.To)
	}
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	// After a VEN left, all that its return says at first is that it is online.
	back := ven
	back.Address = ven.Identity + "/again"
	r.Vanish(ven)
	r.Appear(back)
	r.arrivalsHandled()
	modify(r, e, "x")
	if p, _ := r.pushedEvents(); p.To != back.Address {
		t.Errorf("pushed to %s", p.To)
	}
}

func TestX1PushIsInTheFormOfTheLastRequest(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.sendRaw(ven, oadr.Append(nil, oadr.Form{Root: oadr.RootSignedObject}, &oadr.Poll{VENID: "ven1"}))
	e := r.create(simple(venIDs("ven1")...))
	form := func() oadr.Root {
		t.Helper()
		p, _ := r.pushedEvents()
		r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
		d, _ := oadr.Decode(p.Bytes, oadr.DefaultLimits)
		return d.Form.Root
	}
	if got := form(); got != oadr.RootSignedObject {
		t.Errorf("form %v", got)
	}
	if _, err := r.ModifyVEN(t.Context(), "ven1", func(v *core.VEN) error { v.PayloadRoot = "message"; return nil }); err != nil {
		t.Fatal(err)
	}
	modify(r, e, "x")
	if got := form(); got != oadr.RootMessage {
		t.Errorf("the operator's form was not used: %v", got)
	}
}

// TestX1PushIsInTheStanzaOfTheLastRequest, whatever the transport calls its stanzas.
func TestX1PushIsInTheStanzaOfTheLastRequest(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	ask := func(stanza string) func() {
		return func() {
			ven.Stanza = stanza
			must[*oadr.Response](r, ven, &oadr.Poll{VENID: "ven1"})
		}
	}
	operator := func(stanza string) func() {
		return func() {
			if _, err := r.ModifyVEN(t.Context(), "ven1", func(v *core.VEN) error { v.Stanza = stanza; return nil }); err != nil {
				t.Fatal(err)
			}
		}
	}
	appear := func() {
		elsewhere := peer("ven1")
		elsewhere.Address += "/again"
		r.Vanish(ven)
		r.Appear(elsewhere)
		r.arrivalsHandled()
		ven.Address = elsewhere.Address
	}
	e := r.create(simple(venIDs("ven1")...))
	p, _ := r.pushedEvents()
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
	for _, test := range []struct {
		name   string
		before func()
		want   string
	}{
		{"the usual one", func() {}, ""},
		{"another", ask("pigeon"), "pigeon"},
		{"presence is no request", appear, "pigeon"},
		{"the operator's", operator("drum"), "drum"},
		{"whatever the VEN says", ask("letter"), "drum"},
		{"the operator does not mind", operator(""), "letter"},
	} {
		test.before()
		modify(r, e, test.name)
		p, _ := r.pushedEvents()
		if p.Stanza != test.want {
			t.Errorf("%s: pushed in %q, want %q", test.name, p.Stanza, test.want)
		}
		r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
		r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	}
}

// TestPushThatIsTooLargeForItsTransport is not tried until the next change.
func TestPushThatIsTooLargeForItsTransport(t *testing.T) {
	o := core.NotPushed(fmt.Errorf("%w: 2 bytes of 1", core.ErrTooLarge))
	if o.Result != core.Refused || !strings.Contains(o.Error, "2 bytes") {
		t.Errorf("%+v", o)
	}
}

func TestX6AnswersThatDoNotCount(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	other := r.join("ven2")
	e := r.create(simple(venIDs("ven1")...))
	p, _ := r.pushedEvents()
	yes := core.Outcome{Result: core.Acknowledged}
	r.Settle(other, p.Token, yes)
	r.Settle(core.Peer{Transport: "xmpp", Identity: ven.Identity, Address: ven.Identity + "/phone"}, p.Token, yes)
	stale := p.Token
	stale.Rev--
	r.Settle(ven, stale, yes)
	future := p.Token
	future.Rev += 100
	r.Settle(ven, future, yes)
	r.quiet() // all of them were looked at
	if s := r.status(e.EventID, "ven1"); s.Delivery != core.DeliverySent {
		t.Errorf("delivery %s", s.Delivery)
	}
	for range 2 { // the right one, twice
		r.Settle(ven, p.Token, yes)
	}
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	modify(r, e, "x")
	next, _ := r.pushedEvents()
	r.Settle(ven, p.Token, yes) // late
	r.Settle(ven, next.Token, yes)
	r.waitFor(func() bool {
		s := r.status(e.EventID, "ven1")
		return s.ModificationNumber != nil && *s.ModificationNumber == 1
	})
}

func TestUnansweredPushIsRepeated(t *testing.T) {
	r := start(t)
	r.join("ven1")
	r.create(simple(venIDs("ven1")...))
	first, _ := r.pushedEvents()
	r.clock.Move(core.Lease)
	r.quiet()
	r.clock.Move(core.BackoffFirst * 5 / 4)
	second, _ := r.pushedEvents()
	if first.Token != second.Token {
		t.Errorf("tokens %s and %s", first.Token, second.Token)
	}
}

func TestErrorOfTypeWaitIsRepeatedAfterABackoff(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	e := r.create(simple(venIDs("ven1")...))
	p, _ := r.pushedEvents()
	r.Settle(ven, p.Token, core.Outcome{Result: core.Retry, Error: "resource-constraint"})
	r.waitFor(func() bool { return r.status(e.EventID, "ven1").LastError == "resource-constraint" })
	r.quiet()
	r.clock.Move(core.BackoffFirst * 5 / 4)
	r.pushedEvents()
}

func TestAtMostOnePushInFlight(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	e := r.create(simple(venIDs("ven1")...))
	p, _ := r.pushedEvents()
	for i := range 10 {
		modify(r, e, fmt.Sprint(i))
	}
	r.quiet()
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
	_, d := r.pushedEvents() // ten changes are one push
	if got := d.Events[0].Descriptor.ModificationNumber; got != 10 {
		t.Errorf("modificationNumber %d", got)
	}
	r.quiet()
}

func TestReconnectPushesWhatWasInFlight(t *testing.T) {
	r := start(t)
	r.join("ven1")
	e := r.create(simple(venIDs("ven1")...))
	p, _ := r.pushedEvents()
	r.Disconnected("xmpp")
	modify(r, e, "while it was away")
	r.Connected("xmpp")
	again, d := r.pushedEvents()
	if again.To != p.To || d.Events[0].Descriptor.ModificationNumber != 1 {
		t.Errorf("pushed %+v", d.Events[0].Descriptor)
	}
}

// TestLostConnectionPushesWhatItHadTaken: the VTN pushes it at once, pushes by other
// transports go on, and parked VENs are tried since they may have come unnoticed.
func TestLostConnectionPushesWhatItHadTaken(t *testing.T) {
	r := start(t)
	for _, id := range []string{"ven1", "ven2", "ven3"} {
		r.join(id)
	}
	e := r.create(simple(venIDs("ven1", "ven2", "ven3")...))
	sent := map[string]core.Token{}
	for range 3 {
		p, _ := r.pushedEvents()
		sent[p.To] = p.Token
	}
	one, two, parked := peer("ven1"), peer("ven2"), peer("ven3")
	r.Settle(parked, sent[parked.Address], core.Outcome{Result: core.Unreachable})
	r.wantDelivery(e, "ven3", core.DeliveryUnreachable)
	r.Lost("xmpp", []core.Token{sent[one.Address]})
	if p, _ := r.pushedEvents(); p.To != one.Address {
		t.Errorf("pushed to %s, want %s", p.To, one.Address)
	}
	if got := <-r.wire.probes; !slices.Equal(got, []string{parked.Identity}) {
		t.Errorf("probed %v", got)
	}
	r.Settle(two, sent[two.Address], core.Outcome{Result: core.Acknowledged})
	r.quiet()
}

func TestConnectProbesWhoIsParked(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	e := r.create(simple(venIDs("ven1")...))
	p, _ := r.pushedEvents()
	r.Settle(ven, p.Token, core.Outcome{Result: core.Unreachable})
	r.wantDelivery(e, "ven1", core.DeliveryUnreachable)
	r.Disconnected("xmpp")
	r.Connected("xmpp")
	if got := <-r.wire.probes; !slices.Equal(got, []string{ven.Identity}) {
		t.Errorf("probed %v", got)
	}
}

// What several searches want is asked for once.
func TestX5NobodyIsProbedTwiceAtOnce(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	e := r.create(simple(venIDs("ven1")...))
	p, _ := r.pushedEvents()
	r.Settle(ven, p.Token, core.Outcome{Result: core.Unreachable})
	r.wantDelivery(e, "ven1", core.DeliveryUnreachable)
	for len(r.wire.probes) < cap(r.wire.probes) { // so the next probe waits, and searches gather behind it
		select {
		case r.wire.probes <- nil:
		default:
		}
	}
	for range 5 {
		r.Disconnected("xmpp")
		r.Connected("xmpp")
	}
	r.waitFor(func() bool {
		select {
		case got := <-r.wire.probes:
			if len(got) > 1 {
				t.Errorf("probed %v", got)
			}
			return slices.Equal(got, []string{ven.Identity})
		default:
			return false
		}
	})
	r.quiet()
	for len(r.wire.probes) > 0 {
		if got := <-r.wire.probes; len(got) > 1 {
			t.Errorf("probed %v", got)
		}
	}
}

// Nobody announces a VEN that came back elsewhere before the transport connected. The
// VTN probes it when its old address bounces, and not again when the new one does.
func TestX5VENThatIsNotWhereItWasIsProbed(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.quiet() // the VTN has handled the answer to the greeting, and knows that the VEN is online
	r.Disconnected("xmpp")
	r.connect()
	e := r.create(simple(venIDs("ven1")...))
	p, _ := r.pushedEvents()
	r.Settle(ven, p.Token, core.Outcome{Result: core.Unreachable})
	r.waitFor(func() bool { return len(r.wire.probes) > 0 })
	if got := <-r.wire.probes; !slices.Equal(got, []string{ven.Identity}) {
		t.Errorf("probed %v", got)
	}
	// The VTN handles the bounce before the arrival; otherwise both make the VEN due.
	r.wantDelivery(e, "ven1", core.DeliveryUnreachable)
	r.quiet()
	elsewhere := ven
	elsewhere.Address += "2"
	r.Appear(elsewhere)
	again, _ := r.pushedEvents()
	if again.To != elsewhere.Address {
		t.Errorf("pushed to %s", again.To)
	}
	r.Settle(elsewhere, again.Token, core.Outcome{Result: core.Unreachable})
	r.wantDelivery(e, "ven1", core.DeliveryUnreachable)
	r.quiet()
	if len(r.wire.probes) > 0 {
		t.Errorf("probed again: %v", <-r.wire.probes)
	}
}

// A request that was sent over the last connection may be handled after it. It does not
// say that presence of the VEN comes.
func TestX5VENWhoseRequestWasHandledLateIsProbed(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.quiet()
	r.Disconnected("xmpp")
	if _, err := r.send(ven, &oadr.QueryRegistration{RequestID: "late"}); err != nil {
		t.Fatal(err)
	}
	r.connect()
	r.create(simple(venIDs("ven1")...))
	p, _ := r.pushedEvents()
	r.Settle(ven, p.Token, core.Outcome{Result: core.Unreachable})
	if got := <-r.wire.probes; !slices.Equal(got, []string{ven.Identity}) {
		t.Errorf("probed %v", got)
	}
}

// A VEN may move while one of several connections is lost, and its presence with it.
func TestX5VENThatMovedAsAConnectionWasLostIsProbed(t *testing.T) {
	for name, lost := range map[string]func(r *rig, bounce func()){
		"before the push came back": func(r *rig, bounce func()) { r.Lost("xmpp", nil); bounce() },
		"before that was stored": func(r *rig, bounce func()) {
			r.before.set(1, func() { r.Lost("xmpp", nil) })
			bounce()
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t)
			ven := r.join("ven1")
			r.Appear(ven)
			r.quiet()
			e := r.create(simple(venIDs("ven1")...))
			p, _ := r.pushedEvents()
			lost(r, func() { r.Settle(ven, p.Token, core.Outcome{Result: core.Unreachable}) })
			if got := <-r.wire.probes; !slices.Equal(got, []string{ven.Identity}) {
				t.Errorf("probed %v", got)
			}
			r.wantDelivery(e, "ven1", core.DeliveryUnreachable)
		})
	}
}

// What comes back of a push that another process sent parks the VEN as well.
func TestX5VENWhosePushCameBackAfterARestartIsProbed(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.quiet()
	e := r.create(simple(venIDs("ven1")...))
	p, _ := r.pushedEvents()
	r.restart()
	r.Settle(ven, p.Token, core.Outcome{Result: core.Unreachable})
	if got := <-r.wire.probes; !slices.Equal(got, []string{ven.Identity}) {
		t.Errorf("probed %v", got)
	}
	r.wantDelivery(e, "ven1", core.DeliveryUnreachable)
}

func TestUrgentPushesGoFirst(t *testing.T) {
	r := start(t)
	for i := range 3 {
		r.join(fmt.Sprintf("ven%d", i))
	}
	cancelled := r.create(at("cancelled", 5*time.Hour, time.Hour, func(s *core.EventSpec) { s.Targets = venIDs("ven0") }))
	p, _ := r.pushedEvents()
	r.Settle(peer("ven0"), p.Token, core.Outcome{Result: core.Acknowledged})
	r.wantDelivery(cancelled, "ven0", core.DeliveryAcknowledged)

	r.Disconnected("xmpp")
	r.create(at("later", 5*time.Hour, time.Hour, func(s *core.EventSpec) { s.Targets = venIDs("ven1") }))
	r.create(at("soon", 5*time.Minute, time.Hour, func(s *core.EventSpec) { s.Targets, s.Notification = venIDs("ven2"), 10*time.Minute }))
	if _, err := r.CancelEvent(t.Context(), "cancelled", "test"); err != nil {
		t.Fatal(err)
	}
	r.Connected("xmpp")
	for _, want := range []string{"ven0", "ven2", "ven1"} {
		if p, _ := r.pushedEvents(); p.To != peer(want).Address {
			t.Errorf("pushed to %s, want %s", p.To, want)
		}
	}
}

func TestSilentVENsDoNotHoldUpTheRest(t *testing.T) {
	r := start(t, func(c *core.Config) { c.InFlight = 2 })
	for i := range 4 {
		r.join(fmt.Sprintf("ven%d", i))
	}
	r.create(simple(core.Target{Kind: core.TargetAll}))
	for range 3 { // a change for a few VENs may take one more than the window
		r.pushedEvents()
	}
	// The window is full: the pump waits for its pushes to age.
	r.clock.AwaitWait(t, time.Second)
	if n := len(r.wire.pushes); n != 0 {
		t.Fatalf("%d pushes over the window", n)
	}
	r.clock.Move(time.Second)
	r.pushedEvents() // pushes that are no longer young do not count
}

func TestE16CreatedEventInTheResult(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	e := r.create(simple(venIDs("ven1")...))
	p, d := r.pushedEvents()
	r.Answer(t.Context(), ven, p.Token, &oadr.Payload{Message: answer("ven1", d.RequestID, e.EventID, 0, "optOut")})
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	if s := r.status(e.EventID, "ven1"); s.Opt != "optOut" {
		t.Errorf("opt %s", s.Opt)
	}
}

func TestResponseAsARequestOfItsOwnSettles(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	e := r.create(simple(venIDs("ven1")...))
	_, d := r.pushedEvents()
	reply, err := r.send(ven, &oadr.Response{Response: oadr.EIResponse{Code: 200, RequestID: d.RequestID}, VENID: "ven1"})
	if reply != nil || err != nil {
		t.Errorf("answered with %v, %v; want an empty result", reply, err)
	}
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
}

func TestRestartKeepsWhatIsDue(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.Disconnected("xmpp")
	e := r.create(simple(venIDs("ven1")...))
	second := core.New(core.Config{VTNID: "VTN"}, r.reg, r.clock, zerolog.Nop(), nil)
	second.AddTransport(r.wire)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- second.Run(ctx) }()
	r.wire.down.Store(false)
	second.Connected("xmpp")
	p, _ := r.pushedEvents()
	// The VTN handles an answer without remembering the push.
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestIdentityThatMovedGetsNothingOfItsFormerVEN(t *testing.T) {
	r := start(t)
	r.join("ven1")
	identities := func(venID string, ids ...core.Identity) {
		t.Helper()
		if _, err := r.ModifyVEN(t.Context(), venID, func(v *core.VEN) error { v.Identities = ids; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.AddVEN(t.Context(), core.VEN{VENID: "ven2"}); err != nil {
		t.Fatal(err)
	}
	identities("ven1")
	identities("ven2", core.Identity{Transport: "xmpp", Name: "ven1@example.org"})
	must[created](r, peer("ven1"), registration())
	r.create(simple(venIDs("ven1")...))
	r.quiet()
}

func TestX5AnAccountWithoutAClientIsNoAddress(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	bare := ven
	bare.Address = bare.Identity
	must[response](r, bare, &oadr.Poll{VENID: "ven1"})
	r.create(simple(venIDs("ven1")...))
	if p, _ := r.pushedEvents(); p.To != ven.Address {
		t.Errorf("pushed to %s", p.To)
	}
}

func TestE14AnswerThatIsLostIsPushed(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	e := r.create(simple(venIDs("ven1")...))
	p, _ := r.pushedEvents()
	r.Settle(ven, p.Token, core.Outcome{Result: core.Unreachable})
	r.wantDelivery(e, "ven1", core.DeliveryUnreachable)
	if len(r.set(ven)) != 1 { // it asks, and what it is answered is lost
		t.Error("the set is empty")
	}
	r.clock.Move(core.Lease + 2*core.BackoffMax)
	r.pushedEvents()
}

func TestClockSetBackDelaysNothing(t *testing.T) {
	r := start(t)
	r.join("ven1")
	r.Disconnected("xmpp")
	r.create(simple(venIDs("ven1")...))
	r.clock.Move(-time.Hour)
	r.Connected("xmpp")
	r.pushedEvents()
}
