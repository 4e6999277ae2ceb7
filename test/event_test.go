package test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
	"github.com/vtn-xmpp/vtn-xmpp/ven/faulty"
)

// TestEveryFieldReachesTheVEN states an event with every field, in JSON as an
// operator writes it, and compares what the VEN decodes and what the API shows.
func TestEveryFieldReachesTheVEN(t *testing.T) {
	s := start(t)
	h := s.holder()
	id := venID(h.VEN)
	s.patchVEN(id, patch{"groups": []string{"north", "hall"}, "resources": []string{"boiler"}, "parties": []string{"acme"}, "marketContexts": []string{"http://example.org/dr"}})
	h.push() // E20: there is still no event for it
	start := time.Now().Add(48 * time.Hour).UTC().Truncate(time.Second)
	spec := everyField(id, start)
	created, err := s.CreateEvent(t.Context(), json.RawMessage(spec))
	if err != nil {
		t.Fatal(err)
	}
	got := next(t, "the push", h.pushes).Events[0]
	if got.Descriptor.CreatedDateTime.IsZero() {
		t.Error("the event has no createdDateTime")
	}
	got.Descriptor.CreatedDateTime = time.Time{} // the moment of the push
	compare(t, "", reflect.ValueOf(got), reflect.ValueOf(everyFieldOADR(id, start)))

	shown, err := s.GetEvent(t.Context(), created.EventID)
	if err != nil {
		t.Fatal(err)
	}
	var stated client.EventSpec
	if err := json.Unmarshal([]byte(spec), &stated); err != nil {
		t.Fatal(err)
	}
	slices.Sort(stated.Targets.Groups)
	for i := range stated.Signals { // the API shows defaults
		if stated.Signals[i].DeviceClasses == nil {
			stated.Signals[i].DeviceClasses = []string{}
		}
	}
	compare(t, "shown", reflect.ValueOf(shown.EventSpec), reflect.ValueOf(stated))
	if shown.Status != oadr.StatusFar || shown.ModificationNumber != 0 || shown.VENs == nil || shown.VENs.Total != 1 {
		t.Errorf("shown as %+v", shown)
	}
}

// everyField returns the JSON of an event that has every field.
func everyField(id string, start time.Time) string {
	return `{
 "eventID": "full <&> 'event'", "marketContext": "http://example.org/dr?a=b&c=d", "priority": 7, "start": "` + start.Format(time.RFC3339) + `", "duration": "PT2H",
 "notification": "P1D", "rampUp": "PT15M", "recovery": "PT5M", "startAfter": "PT3M", "testEvent": true, "comment": "Größe <b>&amp;</b>\n2", "responseRequired": "never", "overlap": "allow",
 "signals": [
  {"name": "LOAD_DISPATCH", "type": "setpoint", "unit": {"type": "powerReal", "scale": "k", "hertz": 50, "voltage": 230, "ac": true}, "deviceClasses": ["Thermostat", "Pool_Pump"],
   "intervals": [{"duration": "PT30M", "value": 40.5}, {"duration": "PT1H30M", "value": -60}]},
  {"name": "ELECTRICITY_PRICE", "type": "price", "unit": {"type": "currencyPerKWh", "currency": "EUR", "scale": "none"}, "deviceClasses": [], "intervals": [{"duration": "PT2H", "value": 0.3125}]},
  {"name": "SIMPLE", "type": "level", "intervals": [{"duration": "PT1H", "value": 2}, {"duration": "PT1H", "value": 3}]},
  {"name": "x-count", "type": "delta", "unit": {"type": "pulseCount", "pulseFactor": 0.5}, "intervals": [{"duration": "PT2H", "value": 1000000}]},
  {"name": "x-own", "type": "setpoint", "unit": {"type": "customUnit", "units": "widgets", "description": "made per hour", "scale": "M"}, "intervals": [{"duration": "PT2H", "value": 0}]}],
 "baseline": {"start": "` + start.Add(-24*time.Hour).Format(time.RFC3339) + `", "duration": "PT1H", "id": "b1", "name": "yesterday", "resources": ["boiler", "pump"],
  "unit": {"type": "powerReal", "scale": "k", "hertz": 60, "voltage": 110.5, "ac": false}, "intervals": [{"duration": "PT20M", "value": 3}, {"duration": "PT40M", "value": 4}]},
 "targets": {"all": true, "venIDs": ["` + id + `"], "groups": ["north", "hall"], "resources": ["boiler"], "parties": ["acme"], "marketContexts": ["http://example.org/dr"]}}`
}

// everyFieldOADR returns the event of everyField as a VEN decodes it.
func everyFieldOADR(id string, start time.Time) oadr.Event {
	ptr := func(d time.Duration) *time.Duration { return &d }
	interval := func(n int, d time.Duration, value float64) oadr.Interval {
		return oadr.Interval{Duration: d, UID: fmt.Sprint(n), Value: value}
	}
	priority, zero := uint32(7), 0.0
	return oadr.Event{
		Descriptor: oadr.EventDescriptor{
			EventID: "full <&> 'event'", Priority: &priority, MarketContext: "http://example.org/dr?a=b&c=d",
			Status: oadr.StatusFar, TestEvent: "true", VTNComment: "Größe <b>&amp;</b>\n2",
		},
		ActivePeriod: oadr.ActivePeriod{
			Start: start, Duration: 2 * time.Hour, StartAfter: ptr(3 * time.Minute), Notification: ptr(24 * time.Hour),
			RampUp: ptr(15 * time.Minute), Recovery: ptr(5 * time.Minute),
		},
		Signals: []oadr.EventSignal{
			{
				Name: "LOAD_DISPATCH", Type: "setpoint", ID: "0", Target: &oadr.Target{EndDeviceAssets: []string{"Thermostat", "Pool_Pump"}},
				Unit:      &oadr.Unit{Type: "powerReal", Scale: "k", Units: "W", Hertz: 50, Voltage: 230, AC: true},
				Intervals: []oadr.Interval{interval(0, 30*time.Minute, 40.5), interval(1, 90*time.Minute, -60)},
			},
			{
				Name: "ELECTRICITY_PRICE", Type: "price", ID: "1", Unit: &oadr.Unit{Type: "currencyPerKWh", Scale: "none", Units: "EUR"},
				Intervals: []oadr.Interval{interval(0, 2*time.Hour, 0.3125)},
			},
			{
				Name: "SIMPLE", Type: "level", ID: "2", CurrentValue: &zero,
				Intervals: []oadr.Interval{interval(0, time.Hour, 2), interval(1, time.Hour, 3)},
			},
			{
				Name: "x-count", Type: "delta", ID: "3", Unit: &oadr.Unit{Type: "pulseCount", PulseFactor: 0.5},
				Intervals: []oadr.Interval{interval(0, 2*time.Hour, 1e6)},
			},
			{
				Name: "x-own", Type: "setpoint", ID: "4", Unit: &oadr.Unit{Type: "customUnit", Scale: "M", Units: "widgets", Description: "made per hour"},
				Intervals: []oadr.Interval{interval(0, 2*time.Hour, 0)},
			},
		},
		Baseline: &oadr.EventBaseline{
			Start: start.Add(-24 * time.Hour), Duration: time.Hour, ID: "b1", Name: "yesterday", Resources: []string{"boiler", "pump"},
			Unit:      &oadr.Unit{Type: "powerReal", Scale: "k", Units: "W", Hertz: 60, Voltage: 110.5},
			Intervals: []oadr.Interval{interval(0, 20*time.Minute, 3), interval(1, 40*time.Minute, 4)},
		},
		// E12: these make the event this VEN's. The schema has no target for a market context or for all.
		Target:           oadr.Target{Groups: []string{"hall", "north"}, Resources: []string{"boiler"}, VENs: []string{id}, Parties: []string{"acme"}},
		ResponseRequired: oadr.ResponseNever,
	}
}

// TestE1E23Targets changes whom an event is for, by the event's targets and by the VEN's labels.
func TestE1E23Targets(t *testing.T) {
	s := start(t, "VTN_RATE=1000") // the test queries often
	h, other := s.holder(), s.holder()
	id, otherID := venID(h.VEN), venID(other.VEN)
	s.patchVEN(otherID, patch{"groups": []string{"north"}, "resources": []string{"boiler"}, "parties": []string{"acme"}, "marketContexts": []string{"http://example.org/m"}})
	other.push() // E20: there is still no event for it

	for i, label := range []struct{ list, value string }{
		{"groups", "north"}, {"resources", "boiler"}, {"parties", "acme"}, {"marketContexts", "http://example.org/m"},
	} {
		t.Run(label.list, func(t *testing.T) {
			spec := event()
			spec.EventID = label.list
			spec.Start = spec.Start.Add(time.Duration(i) * time.Minute) // E2: in this order
			e, err := s.CreateEvent(t.Context(), withTargets(t, spec, patch{label.list: []string{label.value}}))
			if err != nil {
				t.Fatal(err)
			}
			other.push(label.list + " 0 far")
			s.delivery(e.EventID, otherID, "acknowledged")

			// The VEN's labels change: the event comes, is cancelled for this VEN alone, and comes
			// again with a higher modificationNumber. The other VEN receives nothing.
			s.patchVEN(id, patch{label.list: []string{label.value, "and-another"}})
			h.push(label.list + " 0 far")
			s.delivery(e.EventID, id, "acknowledged")
			s.eventually("the opt", func() bool { return s.status(e.EventID, id).Opt == oadr.OptIn })
			s.patchVEN(id, patch{label.list: []string{"and-another"}})
			h.push(label.list + " 1 cancelled")
			if w := s.delivery(e.EventID, id, "acknowledged"); !w.Withdrawn {
				t.Errorf("no longer a target, the VEN is shown as %+v", w)
			}
			s.patchVEN(id, patch{label.list: []string{label.value}})
			h.push(label.list + " 2 far")

			// The event's targets change: it is cancelled for this VEN, and stays for the other.
			s.eventually("the answers", func() bool {
				a, b := s.status(e.EventID, id), s.status(e.EventID, otherID)
				return a.Opt == oadr.OptIn && b.Opt == oadr.OptIn && a.Delivery == "acknowledged" && b.Delivery == "acknowledged"
			})
			s.patchEvent(e.EventID, patch{"targets": patch{label.list: []string{}, "venIDs": []string{otherID}}})
			h.push(label.list + " 3 cancelled")
			other.push(label.list + " 1 far")
			s.cancel(e.EventID)
			other.push(label.list + " 2 cancelled")
			s.eventually("both cancellations to be answered", func() bool {
				return len(requested(t, h.VEN, id, nil)) == 0 && len(requested(t, other.VEN, otherID, nil)) == 0
			})
		})
	}
}

// withTargets returns an event's JSON with other targets.
func withTargets(t *testing.T, spec client.EventSpec, targets patch) json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	var members patch
	if err := json.Unmarshal(raw, &members); err != nil {
		t.Fatal(err)
	}
	members["targets"] = targets
	if raw, err = json.Marshal(members); err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestE1EveryEventInOnePush: each push and each answer to oadrRequestEvent holds all
// events of a VEN, in the order of rule E2.
func TestE1EveryEventInOnePush(t *testing.T) {
	s := start(t)
	h := s.holder()
	id := venID(h.VEN)
	create := func(name string, startsIn time.Duration, priority uint32) {
		spec := event(id)
		spec.EventID, spec.Priority, spec.Start = name, priority, spec.Start.Add(startsIn-time.Hour)
		s.create(spec)
	}
	create("later", 3*time.Hour, 0)
	h.push("later 0 far")
	create("sooner", 2*time.Hour, 1)
	h.push("sooner 0 far", "later 0 far")
	create("now", -time.Minute, 0)
	h.push("now 0 active", "sooner 0 far", "later 0 far")
	create("urgent", -time.Minute, 1)
	h.push("urgent 0 active", "now 0 active", "sooner 0 far", "later 0 far")
	s.eventually("all four answers", func() bool {
		return !slices.ContainsFunc([]string{"later", "sooner", "now", "urgent"}, func(e string) bool { return s.status(e, id).Opt != oadr.OptIn })
	})
	s.patchEvent("sooner", patch{"comment": "changed"})
	h.push("urgent 0 active", "now 0 active", "sooner 1 far", "later 0 far")

	// E14, E24: oadrRequestEvent is answered with an eiResponse and as many events as it asks for.
	ids := func(events []oadr.Event) (all []string) {
		for _, e := range events {
			all = append(all, e.Descriptor.EventID)
		}
		return all
	}
	if got := ids(requested(t, h.VEN, id, nil)); !slices.Equal(got, []string{"urgent", "now", "sooner", "later"}) {
		t.Errorf("the answer to oadrRequestEvent holds %q", got)
	}
	two := uint32(2)
	if got := ids(requested(t, h.VEN, id, &two)); !slices.Equal(got, []string{"urgent", "now"}) {
		t.Errorf("the first two are %q", got)
	}
	// E9: an active event has a currentValue.
	if value := requested(t, h.VEN, id, nil)[0].Signals[0].CurrentValue; value == nil || *value != 1 {
		t.Errorf("the active event's currentValue is %v", value)
	}
}

// TestE14RequestDelivers: a VEN whose push got no answer receives its events in the
// answer to oadrRequestEvent, with the requestID that a push would have.
func TestE14RequestDelivers(t *testing.T) {
	s := start(t)
	v := s.join(func(c *ven.Config) {
		faulty.Faults{OnPush: func(*oadr.DistributeEvent) faulty.Reply { return silent }}.Apply(c)
	})
	id := venID(v)
	e := s.create(event(id))
	s.delivery(e.EventID, id, "sent")
	a := ask(t, v, "", &oadr.RequestEvent{RequestID: "x", VENID: id})
	a.expectOutcome(t, "oadrDistributeEvent 200")
	m := a.message.(*oadr.DistributeEvent)
	if m.Response.RequestID != "x" || m.RequestID == "" || m.RequestID == "x" || m.VTNID != "VTN" || len(m.Events) != 1 {
		t.Fatalf("answered %+v", m)
	}
	ask(t, v, "", createdEvent(id, response(m.RequestID, e.EventID, 0, oadr.OptIn))).expectOutcome(t, "oadrResponse 200")
	if got := s.delivery(e.EventID, id, "acknowledged"); got.Opt != oadr.OptIn {
		t.Errorf("the opt is %s", got.Opt)
	}
}

func TestE16Answers(t *testing.T) {
	s := start(t)
	h, id := s.mute()
	a, b := s.create(event(id)), s.create(event(id))
	s.delivery(a.EventID, id, "acknowledged")
	s.delivery(b.EventID, id, "acknowledged")
	s.patchEvent(b.EventID, patch{"priority": 2})
	opt := func(eventID string) string { return s.status(eventID, id).Opt }

	// One wrong modificationNumber: the answer is 450, and the right responses in the message count.
	m := ask(t, h.VEN, "", createdEvent(id, response("r", b.EventID, 0, oadr.OptOut), response("r", a.EventID, 0, oadr.OptOut)))
	m.expectOutcome(t, "oadrResponse 450")
	if !strings.Contains(m.description(), b.EventID) {
		t.Errorf("%q does not name the event", m.description())
	}
	if opt(a.EventID) != oadr.OptOut || opt(b.EventID) != "none" {
		t.Errorf("opts %s and %s, want optOut and none", opt(a.EventID), opt(b.EventID))
	}
	// 452 takes precedence over 450, whatever the order.
	m = ask(t, h.VEN, "", createdEvent(id, response("r", b.EventID, 9, oadr.OptIn), response("r", "nowhere", 0, oadr.OptIn), response("r", b.EventID, 1, oadr.OptIn)))
	m.expectOutcome(t, "oadrResponse 452")
	if !strings.Contains(m.description(), "nowhere") {
		t.Errorf("%q does not name the event", m.description())
	}
	if opt(b.EventID) != oadr.OptIn {
		t.Errorf("the right response among wrong ones is %s", opt(b.EventID))
	}
	// E16: responses may be repeated, and the last one counts.
	for range 2 {
		ask(t, h.VEN, "", createdEvent(id, response("r", a.EventID, 0, oadr.OptIn))).expectOutcome(t, "oadrResponse 200")
		if opt(a.EventID) != oadr.OptIn {
			t.Errorf("the opt is %s", opt(a.EventID))
		}
	}
	// E18: a code other than 200 is a refusal of that event alone.
	refusal := response("r", a.EventID, 0, oadr.OptOut)
	refusal.Code = oadr.CodeSignal
	ask(t, h.VEN, "", createdEvent(id, refusal)).expectOutcome(t, "oadrResponse 200")
	if got := s.status(a.EventID, id); got.Delivery != "refused" || got.ResponseCode != int(oadr.CodeSignal) {
		t.Errorf("E18: shown as %+v", got)
	}
	// An event that is not the VEN's is unknown to it.
	foreign := s.create(event(venID(s.join())))
	ask(t, h.VEN, "", createdEvent(id, response("r", foreign.EventID, 0, oadr.OptIn))).expectOutcome(t, "oadrResponse 452")
}

// TestE17Opts creates and cancels opts to an event, of the whole VEN and of a resource.
func TestE17Opts(t *testing.T) {
	s := start(t)
	v := s.join()
	id := venID(v)
	e := s.create(event(id))
	opts := func(want string) {
		t.Helper()
		if got := s.status(e.EventID, id); got.Opt != want {
			t.Errorf("the opt is %s, want %s", got.Opt, want)
		}
	}
	s.eventually("the oadrCreatedEvent", func() bool { return s.status(e.EventID, id).Opt == oadr.OptIn })
	create := func(modificationNumber uint32, target oadr.Target) (string, error) {
		return v.CreateOpt(t.Context(), oadr.CreateOpt{
			OptType: oadr.OptOut, OptReason: "economic", Target: target,
			Event: &oadr.QualifiedEventID{EventID: e.EventID, ModificationNumber: modificationNumber},
		})
	}
	whole, err := create(0, oadr.Target{})
	if err != nil {
		t.Fatal(err)
	}
	opts(oadr.OptOut)
	if _, err := create(3, oadr.Target{}); !strings.Contains(fmt.Sprint(err), "450") {
		t.Errorf("P1: a wrong modificationNumber is answered %v", err)
	}
	part, err := create(0, oadr.Target{Resources: []string{"boiler"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.status(e.EventID, id).ResourceOpts; !reflect.DeepEqual(got, map[string]string{"boiler": oadr.OptOut}) {
		t.Errorf("the opts of resources are %v", got)
	}
	if err := v.CancelOpt(t.Context(), whole); err != nil {
		t.Fatal(err)
	}
	opts(oadr.OptIn) // that of the oadrCreatedEvent
	if err := v.CancelOpt(t.Context(), part); err != nil {
		t.Fatal(err)
	}
	if err := v.CancelOpt(t.Context(), part); err == nil || !strings.Contains(err.Error(), "452") {
		t.Errorf("P3: cancelling again is answered %v", err)
	}
	if got := s.status(e.EventID, id).ResourceOpts; len(got) != 0 {
		t.Errorf("after the cancellation the opts of resources are %v", got)
	}
	if _, err := create(0, oadr.Target{}); err != nil {
		t.Fatal(err)
	}
	s.patchEvent(e.EventID, patch{"comment": "changed"})
	s.answered(e.EventID, id, 1, oadr.OptIn)
	opts(oadr.OptOut) // outlasts a modification and the answer to it

	// P1, P4: a schedule, open ended.
	if _, err := v.CreateOpt(t.Context(), oadr.CreateOpt{
		OptType: oadr.OptOut, OptReason: "economic", Schedule: true, Availability: []oadr.Available{{Start: time.Now()}},
	}); err != nil {
		t.Error(err)
	}
}

// answered waits until an event's history holds a VEN's answer to a modificationNumber. The push may be acknowledged before or after it.
func (s *stack) answered(eventID, venID string, modificationNumber uint32, opt string) {
	s.t.Helper()
	s.eventually("the answer to the new modificationNumber", func() bool {
		page, err := s.EventHistory(s.t.Context(), eventID, venID, "", 0)
		if err != nil {
			s.t.Fatal(err)
		}
		return slices.ContainsFunc(page.Items, func(e client.HistoryEntry) bool {
			return e.What == "answered" && e.ModificationNumber == modificationNumber && e.Opt == opt
		})
	})
}

// TestE22E23Cancellation follows a cancelled event until it is answered.
func TestE22E23Cancellation(t *testing.T) {
	s := start(t)
	h, id := s.mute()
	first := event(id)
	first.EventID = "first"
	s.create(first)
	h.push("first 0 far")
	s.delivery("first", id, "acknowledged")
	ask(t, h.VEN, "", createdEvent(id, response("r", "first", 0, oadr.OptOut))).expectOutcome(t, "oadrResponse 200")

	s.cancel("first")
	m := h.push("first 1 cancelled")
	if got := m.Events[0]; got.ActivePeriod.Duration != time.Hour || len(got.Signals) != 1 {
		t.Errorf("E23: the cancellation's content is %+v", got)
	}
	s.delivery("first", id, "acknowledged")
	if again := s.cancel("first"); again.ModificationNumber != 1 {
		t.Errorf("cancelling again makes it modificationNumber %d", again.ModificationNumber)
	}
	// Not answered yet: it stays in the set (E22).
	second := event(id)
	second.EventID = "second"
	s.create(second)
	h.push("first 1 cancelled", "second 0 far")
	// Answered: the opt is what it was (E23), and the event goes.
	ask(t, h.VEN, "", createdEvent(id, response("r", "first", 1, oadr.OptIn))).expectOutcome(t, "oadrResponse 200")
	if got := s.status("first", id).Opt; got != oadr.OptOut {
		t.Errorf("after the cancellation was answered the opt is %s", got)
	}
	s.patchEvent("second", patch{"comment": "changed"})
	h.push("second 1 far")
	if _, err := s.PatchEvent(t.Context(), "first", patch{"comment": "late"}); !strings.Contains(fmt.Sprint(err), "cancelled") {
		t.Errorf("changing a cancelled event: %v", err)
	}

	// responseRequired never: until the push has a result.
	s.patchEvent("second", patch{"responseRequired": "never"})
	h.push("second 2 far")
	s.delivery("second", id, "acknowledged")
	s.cancel("second")
	h.push("second 3 cancelled")
	s.delivery("second", id, "acknowledged")
	if left := requested(t, h.VEN, id, nil); len(left) != 0 {
		t.Errorf("still in the set: %+v", left)
	}

	// E23: what is over cannot be cancelled, and is said so.
	short := event(id)
	short.EventID, short.Start, short.Duration = "short", time.Now().UTC().Truncate(time.Second), "PT2S"
	short.Signals[0].Intervals[0].Duration = "PT2S"
	s.create(short)
	s.eventually("the event to be over", func() bool {
		e, err := s.GetEvent(t.Context(), "short")
		return err == nil && e.Status == oadr.StatusCompleted
	})
	if _, err := s.CancelEvent(t.Context(), "short"); !strings.Contains(fmt.Sprint(err), "completed") {
		t.Errorf("cancelling a completed event: %v", err)
	}
}
