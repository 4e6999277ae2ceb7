package api

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// readEvent reads an event as an operator states it.
func (h *eventHandlers) readEvent(o *object) core.EventSpec {
	o.need("marketContext", "duration", "signals", "targets")
	e := core.EventSpec{
		EventID:          o.text("eventID", ""),
		MarketContext:    o.text("marketContext", ""),
		Priority:         o.whole("priority"),
		Start:            h.readStart(o),
		Duration:         o.duration("duration"),
		Notification:     o.duration("notification"),
		RampUp:           o.signedDuration("rampUp"),
		Recovery:         o.duration("recovery"),
		StartAfter:       o.duration("startAfter"),
		TestEvent:        o.boolean("testEvent", false),
		Comment:          o.text("comment", ""),
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

// readStart reads when an event starts. That it is at once must be said: an event
// whose start was forgotten would shed load.
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
		Name:          o.text("name", ""),
		Type:          o.text("type", ""),
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
		ID:        o.text("id", ""),
		Name:      o.text("name", ""),
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

// readUnit reads an emix:itemBase. What one type of unit has and others have
// not is refused with the others: it would be lost in the payload.
func readUnit(o *object) *oadr.Unit {
	if o == nil {
		return nil
	}
	o.need("type")
	u := &oadr.Unit{
		Type:        o.text("type", ""),
		Scale:       o.text("scale", ""),
		Units:       o.text("units", ""),
		Description: o.text("description", ""),
		Hertz:       o.number("hertz"),
		Voltage:     o.number("voltage"),
		PulseFactor: o.number("pulseFactor"),
	}
	if u.Scale == "" && u.Type != "pulseCount" {
		u.Scale = "none"
	}
	power, currency := isPower(u.Type), isCurrency(u.Type)
	u.AC = o.boolean("ac", power)
	if code := o.text("currency", ""); currency {
		u.Units = code
		o.need("currency")
	}
	for _, m := range []struct {
		name string
		fits bool
		of   string
	}{
		{"hertz", power, "power types"}, {"voltage", power, "power types"}, {"ac", power, "power types"},
		{"currency", currency, "currency types"},
		{"description", u.Type == "customUnit", "customUnit"},
		{"pulseFactor", u.Type == "pulseCount", "pulseCount"},
	} {
		if o.set(m.name) && !m.fits {
			o.found.add(o.field(m.name), "is for %s only; leave it out", m.of)
		}
	}
	if currency && o.set("units") {
		o.found.add(o.field("units"), "is called currency here")
	}
	return u
}

func isPower(unitType string) bool    { return strings.HasPrefix(unitType, "power") }
func isCurrency(unitType string) bool { return strings.HasPrefix(unitType, "currency") }

func readTargets(o *object) (list []core.Target) {
	if o.boolean("all", false) {
		list = append(list, core.Target{Kind: core.TargetAll})
	}
	for _, of := range targetLists(&client.Targets{}) {
		for _, value := range o.texts(of.name) {
			list = append(list, core.Target{Kind: of.kind, Value: value})
		}
	}
	return list
}

// targetList is one of the lists of targets: its name, its kind in core.
type targetList struct {
	name   string
	kind   core.TargetKind
	values *[]string
}

func targetLists(t *client.Targets) []targetList {
	return []targetList{
		{"venIDs", core.TargetVENID, &t.VENIDs},
		{"groups", core.TargetGroup, &t.Groups},
		{"resources", core.TargetResource, &t.Resources},
		{"parties", core.TargetParty, &t.Parties},
		{"marketContexts", core.TargetMarketContext, &t.MarketContexts},
	}
}

// showSpec is an event as the operator stated it, defaults written out.
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

func showUnit(u *oadr.Unit) *client.Unit {
	if u == nil {
		return nil
	}
	out := &client.Unit{Type: u.Type, Scale: u.Scale, Units: u.Units, Description: u.Description}
	switch {
	case isPower(u.Type):
		out.Hertz, out.Voltage, out.AC = &u.Hertz, &u.Voltage, &u.AC
	case isCurrency(u.Type):
		out.Currency, out.Units = u.Units, ""
	case u.Type == "pulseCount":
		out.PulseFactor = &u.PulseFactor
	}
	return out
}

func showTargets(targets []core.Target) client.Targets {
	var out client.Targets
	lists := targetLists(&out)
	for _, l := range lists {
		*l.values = []string{}
	}
	for _, t := range targets {
		if t.Kind == core.TargetAll {
			out.All = true
		}
		for _, l := range lists {
			if l.kind == t.Kind {
				*l.values = append(*l.values, t.Value)
			}
		}
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

func showCounts(c core.Counts) *client.Counts {
	out := &client.Counts{Total: c.Total, Delivery: map[string]int{}, Opt: map[string]int{}, OptedOutBySchedule: c.OptedOutBySchedule}
	for _, d := range core.Deliveries {
		out.Delivery[string(d)] = c.Deliveries[d]
	}
	for _, opt := range []string{core.OptNone, oadr.OptIn, oadr.OptOut} {
		out.Opt[opt] = c.Opts[opt]
	}
	return out
}

func showEventVEN(v core.VENStatus) client.EventVEN {
	return client.EventVEN{
		VENID:              v.VENID,
		Delivery:           string(v.Delivery),
		ModificationNumber: v.ModificationNumber,
		Current:            v.Current,
		SentAt:             moment(v.SentAt),
		AcknowledgedAt:     moment(v.AcknowledgedAt),
		Opt:                v.Opt,
		OptAt:              moment(v.OptAt),
		ResourceOpts:       v.ResourceOpts,
		DeviceClassOpts:    v.DeviceClassOpts,
		PartOpts:           showPartOpts(v.PartOpts, func(opt string) (string, string) { return opt, "" }),
		ScheduleOpt:        showScheduleOpt(v.ScheduleOpt),
		ResponseCode:       v.ResponseCode,
		Attempts:           v.Attempts,
		LastError:          v.LastError,
		Withdrawn:          v.Withdrawn,
		LeftOut:            v.LeftOut,
		VENDeletedAt:       moment(v.VENDeletedAt),
		Registered:         v.Registered,
		Presence:           string(v.Presence),
		LastSeen:           moment(v.SeenAt),
		NextAttempt:        moment(v.NextAttempt),
		Reason:             v.Reason,
	}
}

func showScheduleOpt(s *core.ScheduleOpt) *client.ScheduleOpt {
	if s == nil {
		return nil
	}
	parts := func(of map[string]core.ScheduledOpt) map[string]client.ScheduledOpt {
		out := map[string]client.ScheduledOpt{}
		for name, o := range of {
			out[name] = client.ScheduledOpt{Opt: o.OptType, OptID: o.OptID}
		}
		return out
	}
	out := &client.ScheduleOpt{Opt: s.OptType, OptID: s.OptID, Resources: parts(s.Resources), DeviceClasses: parts(s.DeviceClasses)}
	others := showClassesOfResources(out.Resources, s.Parts)
	out.Parts = showPartOpts(others, func(o core.ScheduledOpt) (string, string) { return o.OptType, o.OptID })
	return out
}

// showClassesOfResources shows device classes with their resource, where that has
// nothing as a whole and one schedule says it all of them, and returns the other parts.
func showClassesOfResources(resources map[string]client.ScheduledOpt, parts map[core.Part]core.ScheduledOpt) map[core.Part]core.ScheduledOpt {
	classes := map[string][]string{}
	said := map[string]core.ScheduledOpt{}
	several := map[string]bool{}
	for p, o := range parts {
		if p.Kind == core.TargetResource {
			had, is := said[p.Name]
			several[p.Name] = several[p.Name] || is && had != o
			said[p.Name], classes[p.Name] = o, append(classes[p.Name], p.DeviceClass)
		}
	}
	others := maps.Clone(parts)
	for name, o := range said {
		if _, whole := resources[name]; whole || several[name] || o.OptType == core.OptNone {
			continue
		}
		slices.Sort(classes[name])
		resources[name] = client.ScheduledOpt{Opt: o.OptType, OptID: o.OptID, DeviceClasses: classes[name]}
		maps.DeleteFunc(others, func(p core.Part, _ core.ScheduledOpt) bool { return p.Kind == core.TargetResource && p.Name == name })
	}
	return others
}

// moment is a time that may not have come: null in JSON.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// list is [] in JSON where there is nothing, never null.
func list(values []string) []string {
	if values == nil {
		return []string{}
	}
	return values
}
