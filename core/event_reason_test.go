package core_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// TestReasonSaysWhyAVENDoesNotHoldAnEvent, in each state of its way there.
func TestReasonSaysWhyAVENDoesNotHoldAnEvent(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.Appear(ven)
	r.arrivalsHandled()
	e := r.create(at("e", time.Hour, time.Hour, func(s *core.EventSpec) { s.Targets = venIDs("ven1") }))
	p, _ := r.pushedEvents()
	r.wantDelivery(e, "ven1", core.DeliverySent)
	s := r.wantReason("sent", "sent 2026-11-24T12:00:00Z, waiting for its answer")
	if !s.Registered || s.Presence != core.PresenceAvailable || !s.SeenAt.Equal(t0) || !s.NextAttempt.After(t0) {
		t.Errorf("sent: %+v", s)
	}
	r.clock.Move(core.Lease)
	r.wantReason("silent", "online and silent since 2026-11-24T12:00:00Z: a push unanswered", "the next attempt 2026-11-24T12:00:1")
	r.clock.Move(core.BackoffFirst * 5 / 4)
	p, _ = r.pushedEvents()
	r.wantReason("silent twice", "2 pushes unanswered, the last of 2026-11-24T12:00:16Z")
	r.Settle(ven, p.Token, core.Outcome{Result: core.Retry, Error: "resource-constraint", Bare: true})
	r.waitFor(func() bool { return strings.Contains(r.status("e", "ven1").Reason, "failed for now") })
	r.wantReason("wait", "the last push failed for now (resource-constraint); the next attempt ")
	r.set(ven)
	r.wantReason("handed out", "in the answer to its oadrRequestEvent, 2026-11-24T12:00:16Z; waiting for its oadrCreatedEvent; the next attempt ")
	r.Vanish(ven)
	r.arrivalsHandled()
	r.clock.Move(core.BackoffMax)
	p, _ = r.pushedEvents()
	r.Settle(ven, p.Token, notHere)
	r.wantDelivery(e, "ven1", core.DeliveryUnreachable)
	r.wantReason("gone", "not there since 2026-11-24T12:00:16Z (service-unavailable): told when it is back, or tried 2026-11-24T12:")
	modify(r, e, "x")
	r.Appear(ven)
	p, _ = r.pushedEvents()
	r.Settle(ven, p.Token, core.Outcome{Result: core.Refused, Code: 460, Error: "no such signal"})
	r.wantDelivery(e, "ven1", core.DeliveryRefused)
	r.wantReason("refused", "it refused the event (460 no such signal); it is sent the next change")
	modify(r, e, "y")
	p, _ = r.pushedEvents()
	r.Disconnected("xmpp")
	r.wantReason("no connection", "no connection to carry pushes")
	r.Connected("xmpp")
	p, _ = r.pushedEvents()
	r.Settle(ven, p.Token, spoken)
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	if s := r.wantReason("acknowledged"); !s.NextAttempt.IsZero() {
		t.Errorf("acknowledged, and pushed to again at %v", s.NextAttempt)
	}
	modify(r, e, "z")
	r.pushedEvents()
	r.cancelRegistration("ven1")
	if s := r.wantReason("cancelled", "not registered: it is told once it registers"); s.Registered || !s.NextAttempt.IsZero() {
		t.Errorf("cancelled: %+v", s)
	}
}
