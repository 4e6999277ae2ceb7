package core_test

import (
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// presence checks what an operator sees of a VEN.
func (r *httpRig) presence(ven string, when string, want core.Presence) {
	r.t.Helper()
	v, err := r.VEN(r.t.Context(), ven)
	if err != nil {
		r.t.Fatal(err)
	}
	if got := r.Presence(v); got != want {
		r.t.Errorf("%s: it is %s, want %s", when, got, want)
	}
}

// noAnswer is the outcome of a push over HTTP that nobody answered.
var noAnswer = core.Outcome{Result: core.Retry, Error: "no answer", Backoff: time.Second, Silent: true}

// A push over HTTP that is answered shows a VEN online, for three poll intervals; one that nobody answers shows it away.
func TestH21PushesShowPresence(t *testing.T) {
	r := startHTTP(t)
	ven := r.pushedTo("ven1", address)
	r.clock.Move(4 * pollInterval)
	r.presence("ven1", "long after its registration", core.PresenceUnknown)
	e := r.create(simple(venIDs("ven1")...))
	p, _ := webPush[*oadr.DistributeEvent](r)
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
	r.presence("ven1", "it took a push", core.PresenceAvailable)
	r.clock.Move(4 * pollInterval)
	r.presence("ven1", "long after that", core.PresenceUnknown)
	modify(r.rig, e, "changed")
	p, _ = webPush[*oadr.DistributeEvent](r)
	r.Settle(ven, p.Token, noAnswer)
	r.presence("ven1", "it left a push unanswered", core.PresenceUnavailable)
	r.quiet()
	r.clock.Move(2 * time.Second)
	p, _ = webPush[*oadr.DistributeEvent](r)
	r.Settle(ven, p.Token, core.Outcome{Result: core.Retry, Error: "HTTP status 503", Backoff: time.Second}) // it is there
	r.presence("ven1", "it is busy", core.PresenceUnavailable)
	r.quiet()
	r.clock.Move(10 * time.Second)
	p, _ = webPush[*oadr.DistributeEvent](r)
	r.Settle(ven, p.Token, core.Outcome{Result: core.Refused, Error: "HTTP status 404"})
	r.presence("ven1", "it refused a push", core.PresenceAvailable)
}

// A registration over HTTP of a VEN that was not there ends the wait for its next push, and
// its request does not end it before: the VEN would be told twice.
func TestH14H21RegistrationEndsBackoffOnce(t *testing.T) {
	r := startHTTP(t)
	ven := r.pushedTo("ven1", address)
	e := r.create(simple(venIDs("ven1")...))
	p, _ := webPush[*oadr.DistributeEvent](r)
	r.Settle(ven, p.Token, noAnswer)
	r.waitFor(func() bool { return r.status(e.EventID, "ven1").LastError != "" })
	r.quiet()
	r.between.set(func() { // before the registration is stored
		r.arrivalsHandled()
		r.quiet()
		if len(r.web.pushes) > 0 {
			t.Error("its request ended the wait")
		}
	})
	shown, err := r.VEN(t.Context(), "ven1")
	if err != nil {
		t.Fatal(err)
	}
	m := overHTTP(address)
	m.VENID, m.RegistrationID = "ven1", shown.Registration.RegistrationID
	r.register(ven, m)
	p, _ = webPush[*oadr.DistributeEvent](r)
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	r.quiet()
	if len(r.web.pushes) > 0 {
		t.Error("it is told twice")
	}
}

// A request of a VEN that was not there ends the wait for its next push, at most once a minute.
func TestH20H21RequestEndsBackoff(t *testing.T) {
	r := startHTTP(t)
	ven := r.pushedTo("ven1", address)
	e := r.create(simple(venIDs("ven1")...))
	for range 6 { // the wait grows
		p, _ := webPush[*oadr.DistributeEvent](r)
		r.Settle(ven, p.Token, noAnswer)
		r.waitFor(func() bool { return r.status(e.EventID, "ven1").LastError != "" })
		r.quiet()
		r.clock.Move(5 * time.Minute)
	}
	p, _ := webPush[*oadr.DistributeEvent](r)
	r.Settle(ven, p.Token, noAnswer)
	r.quiet()
	request := func() { must[*oadr.Response](r, ven, &oadr.Poll{VENID: "ven1"}) }
	request()
	p, _ = webPush[*oadr.DistributeEvent](r) // without a second that passes
	r.Settle(ven, p.Token, noAnswer)
	r.quiet()
	for range 20 {
		request()
	}
	r.quiet()
	if n := len(r.web.pushes); n > 0 {
		t.Errorf("%d pushes go to a host that does not answer", n)
	}
	r.clock.Move(time.Minute)
	p, _ = webPush[*oadr.DistributeEvent](r)
	r.Settle(ven, p.Token, noAnswer)
	r.quiet()
	request()
	p, _ = webPush[*oadr.DistributeEvent](r)
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
}

// A VEN that keeps a longer interval than it was asked to is online between its requests. One absence is no interval.
func TestH21A2OwnInterval(t *testing.T) {
	r := startHTTP(t)
	ven := r.pulls("ven1")
	poll := func() { must[*oadr.Response](r, ven, &oadr.Poll{VENID: "ven1"}) }
	after := func(d time.Duration, when string, want core.Presence) {
		t.Helper()
		r.clock.Move(d)
		r.presence("ven1", when, want)
	}
	after(time.Hour, "an hour after", core.PresenceUnavailable)
	poll()
	after(time.Hour, "an hour after one absence", core.PresenceUnavailable)
	poll()
	poll() // it drains
	after(time.Hour, "the second hour in a row", core.PresenceAvailable)
	poll()
	after(119*time.Minute, "it missed one", core.PresenceAvailable)
	after(62*time.Minute, "it missed three", core.PresenceUnavailable)
	poll()
	for range 2 {
		r.clock.Move(pollInterval)
		poll()
	}
	after(4*pollInterval, "after it polled often", core.PresenceUnavailable)
}
