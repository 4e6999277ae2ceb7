package test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
	"github.com/vtn-xmpp/vtn-xmpp/ven/faulty"
)

// TestCertificationEventEmptyPushE20: when its last event has ended and been answered, a VEN that receives an empty push holds
// nothing.
func TestCertificationEventEmptyPushE20(t *testing.T) {
	startEachWay(t, func(t *testing.T, s *stack) {
		h := s.holder()
		id := venID(h.VEN)
		e := s.create(event(id))
		h.push(e.EventID + " 0 far")
		s.opted(e.EventID, id, oadr.OptIn)
		before := s.counters()
		s.cancel(e.EventID)
		h.push(e.EventID + " 1 cancelled")
		s.grows(before, series("vtn_requests_total", "code", "200", "message", "oadrCreatedEvent", "transport", s.way.transport()))
		if held := requested(t, say(h.VEN), id, nil); len(held) > 0 {
			t.Errorf("after the VEN has answered the cancellation, it is told %+v", held)
		}

		s.patchVEN(id, patch{"groups": []string{"north"}})
		if m := h.push(); m.RequestID == "" || (m.Response != nil) != s.way.pull() || m.VTNID != "VTN" {
			t.Errorf("the empty push is %+v", m)
		}
		s.eventually("the VEN to hold nothing", func() bool { return len(h.Events()) == 0 })
	})
}

// TestCertificationEventTwoResourcesE1E12: an event for two resources of a VEN is pushed once, names these two and no other, and
// is answered once.
func TestCertificationEventTwoResourcesE1E12(t *testing.T) {
	startEachWay(t, func(t *testing.T, s *stack) {
		h := s.holder()
		id := venID(h.VEN)
		s.patchVEN(id, patch{"resources": []string{"boiler", "hall", "pump"}})
		h.push()
		spec := event()
		spec.Targets = client.Targets{Resources: []string{"boiler", "pump"}}
		e := s.create(spec)
		m := h.push(e.EventID + " 0 far")
		if got := m.Events[0].Target; !reflect.DeepEqual(got, oadr.Target{Resources: []string{"boiler", "pump"}}) {
			t.Errorf("the eiTarget is %+v", got)
		}
		s.opted(e.EventID, id, oadr.OptIn)
		if shown, err := s.GetEvent(t.Context(), e.EventID); err != nil || shown.VENs.Total != 1 || shown.VENs.Opt[oadr.OptIn] != 1 {
			t.Errorf("the operator sees %+v, %v", shown.VENs, err)
		}
	})
}

// TestCertificationEventLoadDispatchE8: a signal in powerReal, created on the command line.
func TestCertificationEventLoadDispatchE8(t *testing.T) {
	startEachWay(t, func(t *testing.T, s *stack) {
		h := s.holder()
		id := venID(h.VEN)
		file := filepath.Join(t.TempDir(), "event.json")
		if err := os.WriteFile(file, fmt.Appendf(nil, `{"eventID": "dispatch", "marketContext": "http://example.org/dr", "start": %q, "duration": "PT30M",
		"signals": [{"name": "LOAD_DISPATCH", "type": "setpoint", "unit": {"type": "powerReal", "scale": "k", "hertz": 60, "voltage": 220, "ac": true},
			"intervals": [{"duration": "PT10M", "value": 40}, {"duration": "PT20M", "value": 25.5}]}], "targets": {"venIDs": [%q]}}`,
			time.Now().Add(time.Hour).UTC().Format("2006-01-02T15:04:05Z"), id), 0o600); err != nil {
			t.Fatal(err)
		}
		runJSON[client.Event](s, "event", "create", file)
		got := h.push("dispatch 0 far").Events[0].Signals[0]
		if got.Name != "LOAD_DISPATCH" || got.Type != "setpoint" || !reflect.DeepEqual(got.Unit, &oadr.Unit{Type: "powerReal", Scale: "k", Units: "W", Hertz: 60, Voltage: 220, AC: true}) ||
			len(got.Intervals) != 2 || got.Intervals[1].Value != 25.5 {
			t.Errorf("pushed %+v", got)
		}
		s.opted("dispatch", id, oadr.OptIn)
	})
}

// TestCertificationEventPrices: two price intervals of an hour with yesterday's baseline. The operator extends the first one.
func TestCertificationEventPrices(t *testing.T) {
	startEachWay(t, func(t *testing.T, s *stack) {
		h := s.holder()
		id := venID(h.VEN)
		euros := &client.Unit{Type: "currencyPerKWh", Currency: "EUR"}
		spec := event(id)
		spec.EventID, spec.Duration = "prices", "PT2H"
		spec.Signals = []client.Signal{{Name: "ELECTRICITY_PRICE", Type: "price", Unit: euros, Intervals: []client.Interval{{Duration: "PT1H", Value: 0.25}, {Duration: "PT1H", Value: 0.75}}}}
		spec.Baseline = &client.Baseline{
			Start: spec.Start.Add(-24 * time.Hour), Duration: "PT2H", ID: "b", Name: "yesterday", Unit: euros,
			Intervals: []client.Interval{{Duration: "PT1H", Value: 0.5}, {Duration: "PT1H", Value: 0.5}},
		}
		s.create(spec)
		intervals := func(first time.Duration, values ...float64) []oadr.Interval {
			return []oadr.Interval{{UID: "0", Duration: first, Value: values[0]}, {UID: "1", Duration: time.Hour, Value: values[1]}}
		}
		t.Run("E5 E6 E7 two intervals and a baseline", func(t *testing.T) {
			got := h.push("prices 0 far").Events[0]
			if got.ActivePeriod.Duration != 2*time.Hour || !reflect.DeepEqual(got.Signals[0].Intervals, intervals(time.Hour, 0.25, 0.75)) || got.Signals[0].Unit.Units != "EUR" {
				t.Errorf("pushed for %s %+v", got.ActivePeriod.Duration, got.Signals)
			}
			if b := got.Baseline; b == nil || !b.Start.Equal(spec.Start.Add(-24*time.Hour)) || b.Duration != 2*time.Hour || !reflect.DeepEqual(b.Intervals, intervals(time.Hour, 0.5, 0.5)) {
				t.Errorf("the baseline is %+v", b)
			}
			s.opted("prices", id, oadr.OptIn)
		})
		t.Run("E3 E6 the first is lengthened", func(t *testing.T) {
			spec.Signals[0].Intervals[0].Duration = "PT1H30M"
			var p *client.Problem
			if _, err := s.PatchEvent(t.Context(), "prices", patch{"signals": spec.Signals}); !errors.As(err, &p) || p.Errors[0].Rule != "E6" {
				t.Errorf("without the event's own duration it is answered %v", err)
			}
			if e := s.patchEvent("prices", patch{"signals": spec.Signals, "duration": "PT2H30M"}); e.ModificationNumber != 1 {
				t.Errorf("modificationNumber %d", e.ModificationNumber)
			}
			got := h.push("prices 1 far").Events[0]
			if got.ActivePeriod.Duration != 150*time.Minute || !reflect.DeepEqual(got.Signals[0].Intervals, intervals(90*time.Minute, 0.25, 0.75)) || got.Baseline.Duration != 2*time.Hour {
				t.Errorf("pushed for %s %+v, the baseline for %s", got.ActivePeriod.Duration, got.Signals, got.Baseline.Duration)
			}
			s.eventually("the answer to it", func() bool {
				w := s.status("prices", id)
				return w.Delivery == "acknowledged" && w.Opt == oadr.OptIn && *w.ModificationNumber == 1
			})
		})
	})
}

// TestCertificationEventTwoPendingE1E2: a VEN that was offline receives a level and a price in one push, and answers each.
func TestCertificationEventTwoPendingE1E2(t *testing.T) {
	startEachWay(t, func(t *testing.T, s *stack) {
		a := s.account()
		held := s.leave(a)
		level, price := event(held.VENID), event(held.VENID)
		level.EventID, price.EventID = "level", "price"
		price.Start, price.MarketContext = price.Start.Add(-30*time.Minute), "http://example.org/tariff"
		price.Signals = []client.Signal{{
			Name: "ELECTRICITY_PRICE", Type: "price", Unit: &client.Unit{Type: "currencyPerKWh", Currency: "USD"}, Intervals: []client.Interval{{Duration: "PT1H", Value: 0.3}},
		}}
		s.create(level)
		s.create(price)
		if !s.way.http() {
			s.delivery("level", held.VENID, "unreachable")
		}

		pushes := make(chan *oadr.DistributeEvent, 10)
		c := s.config(a)
		c.Registration, c.SkipCatchUp = held, true
		faulty.Faults{OnPush: func(m *oadr.DistributeEvent) faulty.Reply { pushes <- m; return faulty.Reply{} }}.Apply(&c)
		c.Decide = func(e oadr.Event) ven.Decision {
			if e.Descriptor.EventID == "price" {
				return ven.Decision{OptType: oadr.OptOut}
			}
			return ven.Decision{}
		}
		h := &holder{VEN: s.connect(c), t: t, pushes: pushes}
		if s.way.push() { // at another port than before
			if _, err := h.Register(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		m := h.push("price 0 far", "level 0 far")
		if names := []string{m.Events[0].Signals[0].Name, m.Events[1].Signals[0].Name}; !slices.Equal(names, []string{"ELECTRICITY_PRICE", "SIMPLE"}) {
			t.Errorf("their signals are %q", names)
		}
		s.opted("level", held.VENID, oadr.OptIn)
		s.opted("price", held.VENID, oadr.OptOut)
		s.delivery("level", held.VENID, "acknowledged")
		s.delivery("price", held.VENID, "acknowledged")
	})
}

// TestCertificationEventCustomSignalE18: a VEN answers a signal that it does not know with 460. The operator sees that, and removes
// the signal.
func TestCertificationEventCustomSignalE18(t *testing.T) {
	startEachWay(t, func(t *testing.T, s *stack) {
		h := s.holder(func(c *ven.Config) { c.Decide = ven.RefuseCustomSignals })
		id := venID(h.VEN)
		spec := event(id)
		spec.EventID = "custom"
		spec.Signals = append(spec.Signals, client.Signal{Name: "x-mood", Type: "level", Intervals: []client.Interval{{Duration: "PT1H", Value: 5}}})
		s.create(spec)
		h.push("custom 0 far")
		refused := s.delivery("custom", id, "refused")
		if refused.ResponseCode != int(oadr.CodeSignal) || refused.Opt == oadr.OptIn {
			t.Errorf("shown as %+v", refused)
		}
		if shown, err := s.GetEvent(t.Context(), "custom"); err != nil || shown.VENs.Delivery["refused"] != 1 {
			t.Errorf("the operator sees %+v, %v", shown.VENs, err)
		}
		history, err := s.EventHistory(t.Context(), "custom", id, "", 0)
		if err != nil || !slices.ContainsFunc(history.Items, func(x client.HistoryEntry) bool { return x.Code == int(oadr.CodeSignal) && x.VENID == id }) {
			t.Errorf("its history is %+v, %v", history, err)
		}

		s.patchEvent("custom", patch{"signals": spec.Signals[:1]})
		h.push("custom 1 far")
		s.opted("custom", id, oadr.OptIn)
		s.delivery("custom", id, "acknowledged")
	})
}

// TestCertificationEventWrongCaseVENIDG2: IDs are case-sensitive, so an answer of site-a does not count for Site-A.
func TestCertificationEventWrongCaseVENIDG2(t *testing.T) {
	startEachWay(t, func(t *testing.T, s *stack) {
		var wrong atomic.Bool
		h := s.holder(func(c *ven.Config) {
			c.VENID = "Site-A"
			c.Decide = func(oadr.Event) ven.Decision { return ven.Decision{After: 24 * time.Hour} } // the test answers
			faulty.Faults{VENID: lowerWhile(&wrong)}.Apply(c)
		})
		e := s.create(event("Site-A"))
		h.push(e.EventID + " 0 far")
		if !s.way.pull() { // there the oadrCreatedEvent is all there is
			s.delivery(e.EventID, "Site-A", "acknowledged")
		}
		s.eventually("the VEN to hold it", func() bool { return len(h.Events()) == 1 })

		wrong.Store(true)
		var no *ven.ResponseError
		if err := h.Opt(t.Context(), e.EventID, oadr.OptOut); !errors.As(err, &no) || no.Kind != oadr.KindResponse || no.Code != oadr.CodeInvalidID {
			t.Errorf("the oadrCreatedEvent is answered %v, want 452", err)
		}
		if _, err := h.RequestEvent(t.Context(), 0); !errors.As(err, &no) || no.Kind != oadr.KindDistributeEvent || no.Code != oadr.CodeInvalidID {
			t.Errorf("the oadrRequestEvent is answered %v, want 452", err)
		}
		if got := s.status(e.EventID, "Site-A"); got.Opt != "none" {
			t.Errorf("the opt is %s", got.Opt)
		}
		if _, err := s.GetVEN(t.Context(), "site-a"); err == nil {
			t.Error("the operator has a site-a")
		}
		wrong.Store(false)
		if err := h.Opt(t.Context(), e.EventID, oadr.OptOut); err != nil {
			t.Error(err)
		}
		s.opted(e.EventID, "Site-A", oadr.OptOut)
	})
}
