package registry_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// acceptedOpt is an oadrCreateOpt that the VTN accepted. The model keeps all of them.
type acceptedOpt struct {
	oadr.CreateOpt
	parts     map[core.Part]bool // if empty, the opt is for the whole VEN
	no        int                // the step in which it arrived
	at        time.Time
	cancelled bool
	replaced  bool // by an opt with the same key
	over      int  // the step in which it was cancelled or replaced in full; 0 while it stands
	overAt    time.Time
}

func (o *acceptedOpt) end(step int, at time.Time) {
	if o.over == 0 {
		o.over, o.overAt = step, at
	}
}

func (o *acceptedOpt) cancel(step int, at time.Time) {
	o.end(step, at)
	o.cancelled = true
}

func (o *acceptedOpt) eventID() string {
	if o.Event == nil {
		return ""
	}
	return o.Event.EventID
}

// older says whether o was created before another opt or, if both were created at the
// same time, arrived before it.
func (o *acceptedOpt) older(than *acceptedOpt) bool {
	if !o.CreatedDateTime.Equal(than.CreatedDateTime) {
		return o.CreatedDateTime.Before(than.CreatedDateTime)
	}
	return o.no < than.no
}

// holds says whether the opt is for the whole of a part.
func (o *acceptedOpt) holds(p core.Part) bool {
	return len(o.parts) == 0 || p != core.Part{} && (o.parts[p] || o.parts[core.Part{Kind: p.Kind, Name: p.Name}] ||
		p.DeviceClass != "" && o.parts[core.Part{Kind: core.TargetDeviceClass, Name: p.DeviceClass}])
}

// covers says whether a schedule is for everything that another schedule is for.
func (o *acceptedOpt) covers(other *acceptedOpt) bool {
	if o.MarketContext != "" && o.MarketContext != other.MarketContext || len(other.parts) == 0 && len(o.parts) > 0 {
		return false
	}
	for p := range other.parts {
		if !o.holds(p) {
			return false
		}
	}
	return true
}

func (o *acceptedOpt) meets(start, end time.Time) bool {
	return slices.ContainsFunc(o.Availability, func(a oadr.Available) bool {
		return a.Start.Before(end) && (a.Duration == 0 || a.Start.Add(a.Duration).After(start))
	})
}

// names says whether the opt names exactly this part.
func (o *acceptedOpt) names(p core.Part) bool { return o != nil && o.parts[p] }

// optModel holds all opts that were ever accepted, and derives from them what they mean.
type optModel []*acceptedOpt

// alike returns the opts with the same key that were not cancelled.
func (m optModel) alike(to *acceptedOpt) (alike []*acceptedOpt) {
	for _, o := range m {
		if !o.cancelled && o.OptID == to.OptID && o.eventID() == to.eventID() && maps.Equal(o.parts, to.parts) {
			alike = append(alike, o)
		}
	}
	return alike
}

// create adds a new opt.
func (m optModel) create(added *acceptedOpt) optModel {
	alike := m.alike(added)
	for _, had := range alike {
		same := had.OptType == added.OptType && had.MarketContext == added.MarketContext && slices.Equal(had.Availability, added.Availability) && had.CreatedDateTime.Equal(added.CreatedDateTime) &&
			slices.Equal(had.Target.Resources, added.Target.Resources) && (added.Event == nil || had.Event.ModificationNumber == added.Event.ModificationNumber)
		if same || added.CreatedDateTime.Before(had.CreatedDateTime) {
			return m
		}
	}
	for _, had := range alike {
		had.replaced = true
		had.end(added.no, added.at)
	}
	for _, other := range m {
		switch both := other.Schedule && added.Schedule && other.over == 0 && other.OptType == added.OptType; {
		case both && other.older(added) && added.covers(other):
			other.end(added.no, added.at)
		case both && added.older(other) && other.covers(added):
			added.end(added.no, added.at)
		}
	}
	return append(m, added)
}

// ofEvent returns the oadrCreateOpt for an event that applies to a part.
func (m optModel) ofEvent(e *core.Event, p core.Part) (newest *acceptedOpt) {
	for _, o := range m {
		stands := o.over == 0 || !o.replaced && e.Duration > 0 && !o.overAt.Before(e.End()) // an opt that was cancelled after the event still counts
		if o.eventID() == e.EventID && stands && o.holds(p) && (newest == nil || newest.older(o)) {
			newest = o
		}
	}
	return newest
}

// scheduled returns the schedule that applies to a part during an event.
func (m optModel) scheduled(e *core.Event, p core.Part) (says *acceptedOpt) {
	start, end := e.Start, e.Start.Add(e.Duration)
	if e.Duration == 0 {
		end = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	for _, optType := range []string{oadr.OptIn, oadr.OptOut} {
		var newest *acceptedOpt
		var those []*acceptedOpt
		for _, o := range m {
			if o.Schedule && o.OptType == optType && o.at.Before(end) && o.holds(p) && (o.MarketContext == "" || o.MarketContext == e.MarketContext) {
				those = append(those, o)
			}
		}
		stands := func(o *acceptedOpt) bool { return o.over == 0 || !o.overAt.Before(end) }
		for _, o := range those {
			if stands(o) && (newest == nil || newest.older(o)) {
				newest = o
			}
		}
		taken := newest == nil || slices.ContainsFunc(those, func(o *acceptedOpt) bool { return !stands(o) && newest.older(o) && newest.no < o.over })
		if !taken && newest.meets(start, end) && (says == nil || says.older(newest)) {
			says = newest
		}
	}
	return says
}

// listed lists the opts that stand.
func (m optModel) listed() (lines []string) {
	for _, o := range m {
		if o.over == 0 {
			lines = append(lines, fmt.Sprint(o.OptID, " ", o.eventID(), " ", o.OptType, " ", o.MarketContext, " ", o.CreatedDateTime.UnixMilli(), " ", len(o.Availability), partNames(o.parts)))
		}
	}
	slices.Sort(lines)
	return lines
}

func partNames(parts map[core.Part]bool) []string {
	var names []string
	for p := range parts {
		names = append(names, fmt.Sprint(p))
	}
	slices.Sort(names)
	return names
}

// check compares what the VTN shows of schedules for an event with the model.
func (m optModel) check(t testing.TB, e *core.Event, c *core.ScheduleOpt) {
	t.Helper()
	shown := shownParts(core.OptNone, nil, nil, nil)
	if c != nil {
		shown = shownParts(describe(c.ScheduledOpt), describeAll(c.Resources), describeAll(c.DeviceClasses), describeAll(c.Parts))
	}
	known := map[core.Part]bool{{}: true}
	for _, opt := range m {
		maps.Copy(known, opt.parts)
	}
	for p := range known {
		want, says := core.OptNone, m.scheduled(e, p)
		if says != nil {
			want = says.OptType + " " + says.OptID
		}
		if got, sure := shown(p); got != want && (sure || says.names(p)) {
			t.Fatalf("after %d opts: for %v the schedules mean %q during %s, want %q: %+v", len(m), p, got, e.EventID, want, c)
		}
	}
}

func describe(s core.ScheduledOpt) string {
	if s.OptID == "" {
		return s.OptType
	}
	return s.OptType + " " + s.OptID
}

func describeAll[K comparable](of map[K]core.ScheduledOpt) map[K]string {
	texts := map[K]string{}
	for k, s := range of {
		texts[k] = describe(s)
	}
	return texts
}

// shownParts finds what is shown for a part: if the part is not named, what is shown for
// the part that contains it. It is not sure of a device class of a resource if the
// resource and the device class differ.
func shownParts(whole string, resources, classes map[string]string, parts map[core.Part]string) func(core.Part) (opt string, sure bool) {
	all := maps.Clone(parts)
	if all == nil {
		all = map[core.Part]string{}
	}
	for name, opt := range resources {
		all[core.Part{Kind: core.TargetResource, Name: name}] = opt
	}
	for name, opt := range classes {
		all[core.Part{Kind: core.TargetDeviceClass, Name: name}] = opt
	}
	return func(p core.Part) (string, bool) {
		if opt, is := all[p]; is {
			return opt, true
		}
		part, named := all[core.Part{Kind: p.Kind, Name: p.Name}]
		class, classed := all[core.Part{Kind: core.TargetDeviceClass, Name: p.DeviceClass}]
		switch {
		case named && classed:
			return part, part == class
		case named:
			return part, p.DeviceClass == ""
		case classed:
			return class, false
		}
		return whole, true
	}
}
