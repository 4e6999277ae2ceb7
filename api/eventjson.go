package api

import (
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// readEvent reads an event as an operator writes it.
func (h *eventHandlers) readEvent(o *object) core.EventSpec {
	o.need("marketContext", "duration", "signals", "targets")
	e := core.EventSpec{
		EventID:          o.text("eventID"),
		MarketContext:    o.text("marketContext"),
		Priority:         o.whole("priority"),
		Start:            h.readStart(o),
		Duration:         o.duration("duration"),
		Notification:     o.duration("notification"),
		RampUp:           o.signedDuration("rampUp"),
		Recovery:         o.duration("recovery"),
		StartAfter:       o.duration("startAfter"),
		TestEvent:        o.boolean("testEvent"),
		Comment:          o.text("comment"),
		ResponseRequired: o.oneOf("responseRequired", "always", "never"),
		Overlap:          o.oneOf("overlap", "refuse", "allow"),
	}
	for _, signal := range o.objects("signals") {
		e.Signals = append(e.Signals, readSignal(signal))
	}
	if baseline := o.object("baseline"); baseline != nil {
		e.Baseline = readBaseline(baseline)
	}
	if targets := o.object("targets"); targets != nil {
		e.Targets = readTargets(targets)
	}
	return e
}

// readStart reads when an event starts. There is no default: an event whose start
// was forgotten would shed load at once.
func (h *eventHandlers) readStart(o *object) time.Time {
	if !o.set("start") {
		o.found.add(o.field("start"), "is missing; give a time such as %q, or \"now\" for at once", "2026-11-24T17:00:00Z")
	}
	if o.members["start"] == client.StartNow {
		o.take("start")
		return h.vtn.Now().UTC().Truncate(time.Second)
	}
	return o.instant("start")
}

func readSignal(o *object) core.Signal {
	o.need("name", "type", "intervals")
	return core.Signal{
		Name:          o.text("name"),
		Type:          o.text("type"),
		Unit:          readUnit(o.object("unit")),
		DeviceClasses: o.texts("deviceClasses"),
		Intervals:     readIntervals(o),
	}
}

func readBaseline(o *object) *core.Baseline {
	o.need("start", "duration", "id", "name", "intervals")
	return &core.Baseline{
		Start:     o.instant("start"),
		Duration:  o.duration("duration"),
		ID:        o.text("id"),
		Name:      o.text("name"),
		Resources: o.texts("resources"),
		Unit:      readUnit(o.object("unit")),
		Intervals: readIntervals(o),
	}
}

func readIntervals(o *object) (list []core.Interval) {
	for _, interval := range o.objects("intervals") {
		interval.need("duration", "value")
		list = append(list, core.Interval{Duration: interval.duration("duration"), Value: interval.number("value")})
	}
	return list
}

// showSpec is an event as the operator wrote it, with its defaults.
func showSpec(s core.EventSpec) client.EventSpec {
	out := client.EventSpec{
		EventID:          s.EventID,
		MarketContext:    s.MarketContext,
		Priority:         s.Priority,
		Start:            s.Start.UTC(),
		Duration:         oadr.FormatDuration(s.Duration),
		Notification:     oadr.FormatDuration(s.Notification),
		RampUp:           oadr.FormatDuration(s.RampUp),
		Recovery:         oadr.FormatDuration(s.Recovery),
		StartAfter:       oadr.FormatDuration(s.StartAfter),
		TestEvent:        s.TestEvent,
		Comment:          s.Comment,
		ResponseRequired: s.ResponseRequired,
		Overlap:          s.Overlap,
		Signals:          []client.Signal{},
		Targets:          showTargets(s.Targets),
	}
	for _, signal := range s.Signals {
		out.Signals = append(out.Signals, client.Signal{
			Name:          signal.Name,
			Type:          signal.Type,
			Unit:          showUnit(signal.Unit),
			DeviceClasses: list(signal.DeviceClasses),
			Intervals:     showIntervals(signal.Intervals),
		})
	}
	if b := s.Baseline; b != nil {
		out.Baseline = &client.Baseline{
			Start:     b.Start.UTC(),
			Duration:  oadr.FormatDuration(b.Duration),
			ID:        b.ID,
			Name:      b.Name,
			Resources: list(b.Resources),
			Unit:      showUnit(b.Unit),
			Intervals: showIntervals(b.Intervals),
		}
	}
	return out
}

func showIntervals(intervals []core.Interval) []client.Interval {
	out := []client.Interval{}
	for _, i := range intervals {
		out = append(out, client.Interval{Duration: oadr.FormatDuration(i.Duration), Value: i.Value})
	}
	return out
}

func (h *eventHandlers) showEvent(e *core.Event) client.Event {
	return client.Event{
		EventSpec:          showSpec(e.EventSpec),
		ModificationNumber: e.ModificationNumber,
		Status:             h.vtn.Status(e),
		CreatedAt:          e.CreatedAt.UTC(),
		ChangedAt:          e.ChangedAt.UTC(),
		Warnings:           showWrong(e.Warnings),
	}
}
