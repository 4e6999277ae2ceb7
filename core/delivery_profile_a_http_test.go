package core_test

import (
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// enterA enters a VEN of 2.0a with a certificate. Without a URL it polls.
func (r *httpRig) enterA(name, url string) core.Peer {
	r.t.Helper()
	ven := certificate(name)
	if _, err := r.AddVEN(r.t.Context(), core.VEN{VENID: name, Profile: "2.0a", PushURL: url, Identities: []core.Identity{{Transport: simpleHTTP, Name: name}}}); err != nil {
		r.t.Fatal(err)
	}
	return ven
}

// A VEN of 2.0a polls with oadrRequestEvent. What it was not told is offered again, what
// wants no answer is settled when handed out, and nothing is pushed.
func TestA2VENPollsWithRequestEvent(t *testing.T) {
	r := startHTTP(t)
	ven := r.enterA("ven1", "")
	ask := func() []oadr.Event {
		t.Helper()
		return sendA[*oadr.DistributeEvent](r.rig, ven, &oadr.RequestEvent{RequestID: "q", VENID: "ven1", ReplyLimit: new(uint32(99))}).Events
	}
	if events := ask(); len(events) != 0 {
		t.Errorf("told %+v", events)
	}
	e := r.create(simple(venIDs("ven1")...))
	if s := r.status(e.EventID, "ven1"); s.Delivery != core.DeliveryPending || s.Presence != core.PresenceAvailable {
		t.Errorf("shown as %+v", s)
	}
	for range 2 {
		if events := ask(); len(events) != 1 {
			t.Fatalf("told %+v", events)
		}
		r.wantDelivery(e, "ven1", core.DeliverySent)
		r.clock.Move(core.BackoffMax)
	}
	sendA[*oadr.Response](r.rig, ven, answer("ven1", "", e.EventID, 0, "optIn"))
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	r.settled()

	other := r.enterA("ven2", "")
	spec := simple(venIDs("ven2")...)
	spec.ResponseRequired = "never"
	e = r.create(spec)
	sendA[*oadr.DistributeEvent](r.rig, other, &oadr.RequestEvent{RequestID: "q", VENID: "ven2"})
	r.wantDelivery(e, "ven2", core.DeliveryAcknowledged)
	r.settled()
	before := r.written()
	ask()
	if r.written() != before {
		t.Error("an idle request writes to the store")
	}
	select {
	case p := <-r.web.pushes:
		t.Errorf("pushed to %s", p.To)
	default:
	}
}

// A VEN of 2.0a with a URL is pushed to there, whatever the URL leads to; only a host with
// its certificate is told anything.
func TestA2VENIsPushedToAtItsURL(t *testing.T) {
	r := startHTTP(t)
	const url = "https://ven.example.org/oadr"
	r.enterA("other", "")
	if v, err := r.VEN(t.Context(), "other"); err != nil || !v.Route.SeenAt.IsZero() {
		t.Errorf("it was seen at %v by being entered, %v", v.Route.SeenAt, err)
	}
	e := r.create(simple(core.Target{Kind: core.TargetAll}))
	ven := r.enterA("ven1", url)
	p, m := webPush[*oadr.DistributeEvent](r)
	if d, err := oadr.Decode(p.Bytes, oadr.DefaultLimits); err != nil || d.Form != formA || p.To != url || p.Profile != oadr.ProfileA || p.Kind != oadr.KindDistributeEvent || len(m.Events) != 1 || len(p.Identities) != 1 || p.Identities[0] != "ven1" {
		t.Fatalf("pushed %+v, %v", p, err)
	}
	r.Settle(ven, p.Token, core.Outcome{Result: core.Retry, Error: "503", Backoff: time.Second})
	r.waitFor(func() bool { return r.status(e.EventID, "ven1").LastError == "503" })
	r.clock.Move(core.Lease)
	p, _ = webPush[*oadr.DistributeEvent](r)
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged, Bare: true})
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	sendA[*oadr.Response](r.rig, ven, answer("ven1", p.Token.String(), e.EventID, 0, "optOut"))
	if s := r.status(e.EventID, "ven1"); s.Opt != "optOut" {
		t.Errorf("its opt is %s", s.Opt)
	}

	// Without the URL it polls; what it was not told waits for that.
	r.change("ven1", func(v *core.VEN) { v.PushURL = "" })
	modify(r.rig, e, "else")
	set := sendA[*oadr.DistributeEvent](r.rig, ven, &oadr.RequestEvent{RequestID: "q", VENID: "ven1"})
	if len(set.Events) != 1 || set.Events[0].Descriptor.ModificationNumber != 1 {
		t.Errorf("told %+v", set.Events)
	}
	r.change("ven1", func(v *core.VEN) { v.PushURL = url })
	if p, m := webPush[*oadr.DistributeEvent](r); p.To != url || len(m.Events) != 1 {
		t.Errorf("pushed %+v", p)
	}
}

// A VEN of 2.0a that polls every five minutes, as a known one does, is online meanwhile.
func TestA2VENIsOnlineBetweenItsPolls(t *testing.T) {
	r := startHTTP(t)
	ven := r.enterA("ven1", "")
	sendA[*oadr.DistributeEvent](r.rig, ven, &oadr.RequestEvent{RequestID: "q", VENID: "ven1"})
	is, err := r.VEN(t.Context(), "ven1")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after time.Duration
		want  core.Presence
	}{{14 * time.Minute, core.PresenceAvailable}, {2 * time.Minute, core.PresenceUnavailable}} {
		r.clock.Move(c.after)
		if got := r.Presence(is); got != c.want {
			t.Errorf("%v later it is %s", c.after, got)
		}
	}
}

// In 2.0b a VEN of 2.0a is a stranger, whatever it sends: its poll takes nothing that it is to
// be told in 2.0a, and its reports are nobody's.
func TestA4VENOf20aIsAStrangerIn20b(t *testing.T) {
	r := startHTTP(t)
	ven := r.enterA("ven1", "")
	r.create(simple(venIDs("ven1")...))
	for range 2 { // nor once its poll is known
		r.refusesStranger(ven, &oadr.Poll{VENID: "ven1"})
		r.refusesStranger(ven, &oadr.UpdateReport{RequestID: "u", VENID: "ven1"})
	}
	got := sendA[*oadr.DistributeEvent](r.rig, ven, &oadr.RequestEvent{RequestID: "q", VENID: "ven1"})
	if len(got.Events) != 1 {
		t.Errorf("told %+v", got.Events)
	}
}

// The VTN says that it serves both profiles, and that VENs of 2.0a do not register.
func TestH15Spec506Profiles(t *testing.T) {
	r := startHTTP(t)
	m := overHTTP("")
	m.ProfileName = "2.0a"
	got := must[created](r, certificate("ven1"), m)
	wantCode(t, got.Response, oadr.CodeInvalidData, m.RequestID)
	want := []oadr.ProfileOffer{{Name: "2.0b", Transports: []string{simpleHTTP, "xmpp"}}, {Name: "2.0a", Transports: []string{simpleHTTP, "xmpp"}}}
	if asJSON(got.Profiles) != asJSON(want) {
		t.Errorf("offered %+v", got.Profiles)
	}
}
