package core_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// storyEntries is the history of the event in TestEventHistory.
var storyEntries = []string{
	"0 created 0 test",
	"3 acknowledged 0 ven1 200 x1 at 2",
	"4 answered 0 ven1 optIn 200",
	"5 optCreated 0 ven1 optOut o",
	"6 optCreated 0 ven1 optOut o [r1 r2]",
	"6 optReplaced 0 ven1 optIn o [r1 r2]",
	"7 optCancelled 0 ven1 optOut o",
	"7 optCancelled 0 ven1 optIn o [r1 r2]",
	"8 modified 1 test",
	"8 refused 1 ven1 no such comment 454 x1 at 8",
	"9 acknowledged 1 ven1 200 x1 at 9",
	"10 answered 1 ven1 optOut no such signal 460",
	"7200 completed 1",
}

// An event's life, from its creation to its end, in the order of time.
func TestEventHistory(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	second := func(n int) { r.clock.Move(t0.Add(time.Duration(n) * time.Second).Sub(r.clock.Now())) }
	const id = "e"
	spec := at(id, time.Hour, time.Hour)
	r.create(spec)
	p, _ := r.pushedEvents()
	same(t, "under way", lines(r.history(id, "")), []string{"0 created 0 test", "0 sent 0 ven1 x1 at 0"})
	second(1)
	r.Settle(ven, p.Token, core.Outcome{Result: core.Unreachable, Error: "service-unavailable"})
	r.waitFor(func() bool { return r.status(id, "ven1").Delivery == core.DeliveryUnreachable })
	same(t, "unreachable", lines(r.history(id, "")), []string{"0 created 0 test", "0 unreachable 0 ven1 service-unavailable x1 at 0"})
	second(2)
	r.Appear(ven)
	p, _ = r.pushedEvents()
	second(3)
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged, Code: 200})
	r.waitFor(func() bool { return r.status(id, "ven1").Delivery == core.DeliveryAcknowledged })
	second(4)
	for range 2 { // G6
		must[response](r, ven, answer("ven1", "x", id, 0, "optIn"))
	}
	opt := &oadr.CreateOpt{OptID: "o", OptType: "optOut", OptReason: "economic", VENID: "ven1", CreatedDateTime: t0, RequestID: "r",
		Event: &oadr.QualifiedEventID{EventID: id}}
	second(5)
	must[*oadr.CreatedOpt](r, ven, opt)
	second(6)
	opt.Target.Resources, opt.CreatedDateTime = []string{"r1", "r2"}, t0.Add(time.Second)
	must[*oadr.CreatedOpt](r, ven, opt) // P2: beside the one for the whole VEN
	opt.OptType, opt.CreatedDateTime = "optIn", t0.Add(2*time.Second)
	must[*oadr.CreatedOpt](r, ven, opt)
	second(7)
	must[*oadr.CanceledOpt](r, ven, &oadr.CancelOpt{RequestID: "c", OptID: "o", VENID: "ven1"})
	second(8)
	r.modify(id, func(s *core.EventSpec) { s.Comment = "new" })
	p, _ = r.pushedEvents()
	r.Settle(ven, p.Token, core.Outcome{Result: core.Refused, Code: 454, Error: "no such comment"})
	r.waitFor(func() bool { return r.status(id, "ven1").Delivery == core.DeliveryRefused })
	second(9)
	other := r.create(at("other", 5*time.Hour, time.Hour)) // which brings it along, under the same number
	r.acknowledge(ven)
	r.wantDelivery(other, "ven1", core.DeliveryAcknowledged)
	second(10)
	m := answer("ven1", "x", id, 1, "optOut")
	m.Responses[0].Code, m.Responses[0].Description = oadr.CodeSignal, "no such signal"
	must[response](r, ven, m)
	second(11)
	r.modify("other", func(s *core.EventSpec) { s.Comment = "new" }) // tells nothing new of it
	r.acknowledge(ven)
	r.waitFor(func() bool { return r.status("other", "ven1").Delivery == core.DeliveryAcknowledged })
	second(7200)
	same(t, "whole", lines(r.history(id, "")), storyEntries)
	same(t, "of one VEN", lines(r.history(id, "ven1")), storyEntries)
	for limit := range len(storyEntries) + 1 {
		same(t, fmt.Sprintf("in parts of %d", limit+1), lines(r.historyInParts(id, limit+1)), storyEntries)
	}
}

// A VEN's history has the cancellations and retargetings that concern it, and no other.
func TestE23HistoryOfCancellations(t *testing.T) {
	r := start(t)
	r.join("a", group("g"))
	r.join("b", group("g"))
	const id = "e"
	spec := simple(core.Target{Kind: core.TargetGroup, Value: "g"})
	spec.EventID = id
	e := r.create(spec)
	r.acknowledgePushes(2)
	r.wantDelivery(e, "a", core.DeliveryAcknowledged)
	r.wantDelivery(e, "b", core.DeliveryAcknowledged)
	r.clock.Move(time.Second)
	groups := func(g ...string) {
		t.Helper()
		if _, err := r.ModifyVEN(t.Context(), "b", func(v *core.VEN) error { v.Groups = g; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	groups() // 1: b leaves by its labels
	r.acknowledgePushes(1)
	r.wantDelivery(e, "b", core.DeliveryAcknowledged)
	same(t, "left", lines(r.history(id, "b")), []string{"0 created 0 test", "0 acknowledged 0 b x1 at 0", "1 withdrawn 1 b", "1 acknowledged 1 b x1 at 1"})
	r.clock.Move(time.Second)
	groups("g") // 2: and is back, of which a hears nothing
	r.acknowledgePushes(1)
	r.wantDelivery(e, "b", core.DeliveryAcknowledged)
	r.clock.Move(time.Second)
	r.modify(id, func(s *core.EventSpec) { s.Targets = venIDs("a") }) // b is taken off by the event: 1 for a, 3 for b
	r.acknowledgePushes(2)
	r.wantDelivery(e, "a", core.DeliveryAcknowledged)
	r.wantDelivery(e, "b", core.DeliveryAcknowledged)
	r.clock.Move(time.Second)
	r.cancel(id) // 2
	r.acknowledgePushes(1)
	r.wantDelivery(e, "a", core.DeliveryAcknowledged)
	same(t, "of a", lines(r.history(id, "a")), []string{
		"0 created 0 test", "0 acknowledged 0 a x1 at 0", "3 modified 1 test", "3 acknowledged 1 a x1 at 3",
		"4 cancelled 2 test", "4 acknowledged 2 a x1 at 4"})
	got := lines(r.history(id, "b"))
	want := []string{"0 created 0 test", "1 withdrawn 1 b", "1 acknowledged 1 b x1 at 1", "2 retargeted 2 b", "2 acknowledged 2 b x1 at 2",
		"3 modified 1 test", "3 withdrawn 3 b", "3 acknowledged 3 b x1 at 3", "4 cancelled 2 test"}
	same(t, "of b", got, want)
	r.clock.Move(24 * time.Hour)
	if slices.ContainsFunc(r.history(id, ""), func(h core.HistoryEntry) bool { return h.What == core.HistoryCompleted }) {
		t.Error("a cancelled event is completed")
	}
}

// A VEN that answers over and over does not fill the database.
func TestHistoryOfOneVENIsBounded(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.create(at("e", time.Hour, time.Hour))
	words := []string{"optIn", "optOut"}
	for i := range core.MaxHistory + 50 {
		m := answer("ven1", "x", "e", 0, words[i%2])
		for range 2 {
			m.Responses = append(m.Responses, m.Responses[0])
		}
		must[response](r, ven, m)
	}
	n := 0
	for after := (core.HistoryCursor{}); ; {
		entries, next, err := r.EventHistory(t.Context(), "e", "ven1", after, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range entries {
			if h.What == core.HistoryAnswered {
				if n++; h.OptType != words[(n-1)%2] {
					t.Fatalf("answer %d is %s", n, h.OptType)
				}
			}
		}
		if after = next; next == (core.HistoryCursor{}) {
			break
		}
	}
	if n != core.MaxHistory {
		t.Errorf("%d answers are recorded, want %d", n, core.MaxHistory)
	}
	if s := r.status("e", "ven1"); s.Opt != words[(core.MaxHistory+49)%2] {
		t.Errorf("the last answer is %s", s.Opt)
	}
}

// An event goes once the retention time has passed since its end, with all answers to it.
func TestRetentionTakesAllOfAnEvent(t *testing.T) {
	r := start(t, func(c *core.Config) { c.Retention = 24 * time.Hour })
	ven := r.join("ven1")
	r.create(at("old", time.Hour, time.Hour))
	r.create(at("new", 20*time.Hour, time.Hour))
	r.pushedEvents()
	for _, id := range []string{"old", "new"} {
		must[response](r, ven, answer("ven1", "x", id, 0, "optIn"))
		must[*oadr.CreatedOpt](r, ven, &oadr.CreateOpt{OptID: id, OptType: "optOut", OptReason: "economic", VENID: "ven1", CreatedDateTime: t0, RequestID: "r",
			Event: &oadr.QualifiedEventID{EventID: id}})
	}
	r.clock.Move(30 * time.Hour) // ends the wait of the hourly look, too
	r.waitFor(func() bool { _, err := r.Event(t.Context(), "old"); return err != nil })
	opts, _, err := r.Opts(t.Context(), core.OptQuery{Cancelled: true}, core.OptCursor{}, 100)
	if err != nil || len(opts) != 1 || opts[0].EventID != "new" {
		t.Errorf("opts left: %+v, %v", opts, err)
	}
	if s := r.status("new", "ven1"); s.Opt != "optOut" {
		t.Errorf("the other event has the status %+v", s)
	}
	if _, _, err := r.EventHistory(t.Context(), "old", "", core.HistoryCursor{}, 10); err == nil {
		t.Error("there is a history of an event that is gone")
	}
}
