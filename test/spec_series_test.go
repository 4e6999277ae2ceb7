package test

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// series is an event with all that has intervals: SIMPLE, a price and a baseline.
func series(venID string) client.EventSpec {
	spec := event(venID)
	halves := func(first, second float64) []client.Interval {
		return []client.Interval{{Duration: "PT30M", Value: first}, {Duration: "PT30M", Value: second}}
	}
	euros := &client.Unit{Type: "currencyPerKWh", Currency: "EUR"}
	spec.Signals = []client.Signal{
		{Name: "SIMPLE", Type: "level", Intervals: halves(1, 2)},
		{Name: "ELECTRICITY_PRICE", Type: "price", Unit: euros, Intervals: halves(0.25, 0.5)},
	}
	spec.Baseline = &client.Baseline{
		Start: spec.Start.Add(-24 * time.Hour), Duration: "PT1H", ID: "b", Name: "yesterday", Resources: []string{"boiler", "pump"}, Unit: euros, Intervals: halves(0.1, 0.2),
	}
	return spec
}

// theEvent is the event in a push that has one.
func (p *puppet) theEvent() (oadr.Event, string) {
	p.t.Helper()
	q := p.expect(oadr.KindDistributeEvent)
	q.ok()
	events := q.Message.(*oadr.DistributeEvent).Events
	if len(events) != 1 {
		p.t.Fatalf("pushed %q, want one event", summary(q.Message))
	}
	return events[0], q.Raw
}

// TestSpec2Spec100Spec101Spec102Spec103Intervals: the intervals of signals and baseline
// are numbered from 0, have a duration, no dtstart and one payloadFloat.
func TestSpec2Spec100Spec101Spec102Spec103Intervals(t *testing.T) {
	s := walk(t)
	p := s.puppet()
	s.create(series(p.id))
	e, raw := p.theEvent()
	for what, intervals := range map[string][]oadr.Interval{"SIMPLE": e.Signals[0].Intervals, "the price": e.Signals[1].Intervals, "the baseline": e.Baseline.Intervals} {
		if len(intervals) != 2 || intervals[0].UID != "0" || intervals[1].UID != "1" || intervals[0].Duration+intervals[1].Duration != time.Hour || intervals[0].Start != nil || intervals[1].Start != nil {
			t.Errorf("%s has the intervals %+v", what, intervals)
		}
	}
	inside := regexp.MustCompile(`(?s)<(?:\w+:)?interval[ >].*?</(?:\w+:)?interval>`).FindAllString(raw, -1)
	if len(inside) != 6 {
		t.Errorf("%d intervals in %s", len(inside), raw)
	}
	for _, x := range inside {
		if strings.Count(x, "payloadFloat>") != 2 || strings.Count(x, "signalPayload>") != 2 || strings.Contains(x, "dtstart") {
			t.Errorf("an interval is %s", x)
		}
	}
}

// TestSpec8Spec102Durations: they add up to the event's, and to the baseline's.
func TestSpec8Spec102Durations(t *testing.T) {
	s := walk(t)
	p := s.puppet()
	short := series(p.id)
	short.Signals[0].Intervals = short.Signals[0].Intervals[:1]
	s.refuses("a signal that is shorter than the event", short)
	short = series(p.id)
	short.Baseline.Intervals[0].Duration = "PT10M"
	s.refuses("a baseline whose intervals are shorter than it is", short)
	none := series(p.id)
	none.Signals[1].Intervals[0].Duration = ""
	s.refuses("an interval without a duration", none)
}

// TestSpec105Spec106Spec107Spec108Parts: x-eiNotification is always there, SIMPLE
// stands beside a price, signalIDs differ, and the baseline names what it is the sum of.
func TestSpec105Spec106Spec107Spec108Parts(t *testing.T) {
	s := walk(t)
	p := s.puppet()
	s.create(series(p.id))
	e, _ := p.theEvent()
	if n := e.ActivePeriod.Notification; n == nil || *n != 0 {
		t.Errorf("x-eiNotification is %v", n)
	}
	if len(e.Signals) != 2 || e.Signals[0].Name != "SIMPLE" || e.Signals[1].Name != "ELECTRICITY_PRICE" || e.Signals[0].ID == e.Signals[1].ID || e.Signals[0].ID == "" {
		t.Errorf("the signals are %+v", e.Signals)
	}
	if !slices.Equal(e.Baseline.Resources, []string{"boiler", "pump"}) {
		t.Errorf("the baseline is %+v", e.Baseline)
	}
}

// TestSpec14Spec29Spec110CurrentValue: that of the interval that is running; before,
// 0 of SIMPLE and none of others.
func TestSpec14Spec29Spec110CurrentValue(t *testing.T) {
	s := walk(t)
	p := s.puppet()
	current := func() (values []any) {
		e, _ := p.theEvent()
		for _, s := range e.Signals {
			if s.CurrentValue == nil {
				values = append(values, nil)
			} else {
				values = append(values, *s.CurrentValue)
			}
		}
		return values
	}
	spec := series(p.id)
	e := s.create(spec).EventID
	if got := current(); !reflect.DeepEqual(got, []any{0.0, nil}) {
		t.Errorf("before, it is %v", got)
	}
	s.patchEvent(e, patch{"start": time.Now().UTC().Truncate(time.Second)})
	if got := current(); !reflect.DeepEqual(got, []any{1.0, 0.25}) {
		t.Errorf("in the first interval, it is %v", got)
	}
}
