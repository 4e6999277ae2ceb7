package core_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// An event that 2.0a cannot say is not told to a VEN of 2.0a. The operator is warned of it,
// and shown it with the reason; VENs of 2.0b are told.
func TestA3Spec7_1EventThatCannotBeSaid(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*core.EventSpec)
		reason string
	}{
		"prices": {price, "2.0a cannot say this event: it has no SIMPLE signal"},
		"device classes": {func(s *core.EventSpec) { s.Signals[0].DeviceClasses = []string{"Thermostat"} },
			"2.0a cannot say this event: its SIMPLE signal is for device classes"},
		"SIMPLE beside others": {func(s *core.EventSpec) {
			simple := s.Signals[0]
			price(s)
			s.Signals = append(s.Signals, simple)
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t)
			old, other := r.enterA("old"), r.join("other")
			spec := simple(venIDs("old", "other")...)
			c.change(&spec)
			e := r.create(spec)
			if warned := slices.Contains(warned(e), "signals"); warned != (c.reason != "") {
				t.Errorf("warned of %+v", e.Warnings)
			}
			p, d := r.pushedEvents()
			if p.To != other.Address || len(d.Events) != 1 {
				t.Fatalf("pushed to %s: %+v", p.To, d.Events)
			}
			set := sendA[*oadr.DistributeEvent](r, old, &oadr.RequestEvent{RequestID: "q", VENID: "old"})
			s := r.status(e.EventID, "old")
			if c.reason == "" {
				if len(set.Events) != 1 || len(set.Events[0].Signals) != 1 || set.Events[0].Signals[0].Name != "SIMPLE" || s.Unsaid != "" {
					t.Errorf("told %+v, shown as %+v", set.Events, s)
				}
				return
			}
			if !strings.Contains(e.Warnings[len(e.Warnings)-1].Reason, "old: "+c.reason) {
				t.Errorf("warned of %+v", e.Warnings)
			}
			if len(set.Events) != 0 || s.Delivery != core.DeliveryUnreachable || s.Reason != "not told: "+c.reason || s.ModificationNumber != nil || s.Attempts != 0 {
				t.Errorf("told %+v, shown as %+v", set.Events, s)
			}
			if counts, err := r.EventCounts(t.Context(), e.EventID); err != nil || counts.Deliveries[core.DeliveryUnreachable] != 1 || counts.Total != 2 {
				t.Errorf("counted %+v, %v", counts, err)
			}
			for _, h := range r.history(e.EventID, "old") {
				if h.VENID == "old" {
					t.Errorf("its history has %s", line(h))
				}
			}
			if e = r.modify(e.EventID, func(s *core.EventSpec) { s.Comment = "else" }); e.Warnings != nil {
				t.Errorf("another change is warned of: %+v", e.Warnings)
			}
		})
	}
}

// modify takes the SIMPLE signal away: the VEN of 2.0a, which holds the event, is told
// without it, and so drops it. The change is warned of.
func TestA3EventThatCanNoLongerBeSaid(t *testing.T) {
	r := start(t)
	ven := r.enterA("ven1")
	e := r.create(simple(venIDs("ven1")...))
	r.Appear(ven)
	p, events := r.pushedA(ven)
	if len(events) != 1 {
		t.Fatalf("told %+v", events)
	}
	sendA[*oadr.Response](r, ven, answer("ven1", p.Token.String(), e.EventID, 0, "optIn"))
	r.settled()
	e = r.modify(e.EventID, price)
	if !slices.Equal(warned(e), []string{"signals"}) {
		t.Errorf("warned of %+v", e.Warnings)
	}
	if _, events := r.pushedA(ven); len(events) != 0 {
		t.Errorf("told %+v", events)
	}
	if s := r.status(e.EventID, "ven1"); s.Delivery != core.DeliveryUnreachable || s.ModificationNumber != nil {
		t.Errorf("shown as %+v", s)
	}
	same(t, "history", lines(r.history(e.EventID, "ven1")), []string{"0 created 0 test", "0 acknowledged 0 ven1 200 x1 at 0", "0 answered 0 ven1 optIn 200", "0 modified 1 test"})
}

// A warning names a few of the VENs and counts the rest.
func TestA3WarningNamesVENs(t *testing.T) {
	r := start(t)
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		r.enterA(name, group("north"))
	}
	spec := simple(core.Target{Kind: core.TargetGroup, Value: "north"})
	price(&spec)
	if e := r.create(spec); len(e.Warnings) != 1 || !strings.Contains(e.Warnings[0].Reason, "to a, b, c, d, e and 2 more: ") {
		t.Errorf("warned of %+v", e.Warnings)
	}
}

// Answers without requestIDs settle the push once every event that the VEN was told is
// answered; those it cannot be told do not count.
func TestA3UnsaidEventsWantNoAnswer(t *testing.T) {
	r := start(t)
	ven := r.enterA("ven1")
	unsaid := simple(venIDs("ven1")...)
	unsaid.Overlap, unsaid.Start = "allow", t0.Add(5*time.Hour)
	price(&unsaid)
	r.create(unsaid)
	e := r.create(simple(venIDs("ven1")...))
	r.Appear(ven)
	if _, events := r.pushedA(ven); len(events) != 1 {
		t.Fatalf("told %+v", events)
	}
	sendA[*oadr.Response](r, ven, answer("ven1", "", e.EventID, 0, "optIn"))
	r.settled()
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
}
