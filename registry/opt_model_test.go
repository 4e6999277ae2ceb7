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

// saidOpt is an oadrCreateOpt that was taken, as the model remembers it: all of them,
// for good.
type saidOpt struct {
	oadr.CreateOpt
	parts     map[core.Part]bool // none: the whole VEN
	no        int                // the step in which it came
	at        time.Time
	cancelled bool
	replaced  bool // by one of the same key
	over      int  // the step in which it was cancelled, or nothing was left of it; 0: it stands
	overAt    time.Time
}

func (o *saidOpt) end(step int, at time.Time) {
	if o.over == 0 {
		o.over, o.overAt = step, at
	}
}

func (o *saidOpt) cancel(step int, at time.Time) {
	o.end(step, at)
	o.cancelled = true
}

func (o *saidOpt) eventID() string {
	if o.Event == nil {
		return ""
	}
	return o.Event.EventID
}

// older says whether it was made before another, or came before it.
func (o *saidOpt) older(than *saidOpt) bool {
	if !o.CreatedDateTime.Equal(than.CreatedDateTime) {
		return o.CreatedDateTime.Before(than.CreatedDateTime)
	}
	return o.no < than.no
}

// holds says whether all of a part lies in what the opt is for.
func (o *saidOpt) holds(p core.Part) bool {
	return len(o.parts) == 0 || p != core.Part{} && (o.parts[p] || o.parts[core.Part{Kind: p.Kind, Name: p.Name}] ||
		p.DeviceClass != "" && o.parts[core.Part{Kind: core.TargetDeviceClass, Name: p.DeviceClass}])
}

// covers says whether it is for all that another schedule is for.
func (o *saidOpt) covers(other *saidOpt) bool {
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

func (o *saidOpt) meets(start, end time.Time) bool {
	return slices.ContainsFunc(o.Availability, func(a oadr.Available) bool {
		return a.Start.Before(end) && (a.Duration == 0 || a.Start.Add(a.Duration).After(start))
	})
}

// names says whether it is for just this part.
func (o *saidOpt) names(p core.Part) bool { return o != nil && o.parts[p] }

// optModel says what opts mean by going through all that was ever said.
type optModel []*saidOpt

// alike are those with the same key that were not cancelled.
func (m optModel) alike(as *saidOpt) (alike []*saidOpt) {
	for _, o := range m {
		if !o.cancelled && o.OptID == as.OptID && o.eventID() == as.eventID() && maps.Equal(o.parts, as.parts) {
			alike = append(alike, o)
		}
	}
	return alike
}

// create adds what is said, in its step.
func (m optModel) create(said *saidOpt) optModel {
	alike := m.alike(said)
	for _, had := range alike {
		same := had.OptType == said.OptType && had.MarketContext == said.MarketContext && slices.Equal(had.Availability, said.Availability) && had.CreatedDateTime.Equal(said.CreatedDateTime) &&
			slices.Equal(had.Target.Resources, said.Target.Resources) && (said.Event == nil || had.Event.ModificationNumber == said.Event.ModificationNumber)
		if same || said.CreatedDateTime.Before(had.CreatedDateTime) {
			return m
		}
	}
	for _, had := range alike {
		had.replaced = true
		had.end(said.no, said.at)
	}
	for _, other := range m {
		switch both := other.Schedule && said.Schedule && other.over == 0 && other.OptType == said.OptType; {
		case both && other.older(said) && said.covers(other):
			other.end(said.no, said.at)
		case both && said.older(other) && other.covers(said):
			said.end(said.no, said.at)
		}
	}
	return append(m, said)
}

// ofEvent is the oadrCreateOpt that rules a part for an event.
func (m optModel) ofEvent(e *core.Event, p core.Part) (newest *saidOpt) {
	for _, o := range m {
		stands := o.over == 0 || !o.replaced && e.Duration > 0 && !o.overAt.Before(e.End()) // cancelled when the event was over
		if o.eventID() == e.EventID && stands && o.holds(p) && (newest == nil || newest.older(o)) {
			newest = o
		}
	}
	return newest
}

// scheduled is the schedule that says something of a part for an event.
func (m optModel) scheduled(e *core.Event, p core.Part) (says *saidOpt) {
	start, end := e.Start, e.Start.Add(e.Duration)
	if e.Duration == 0 {
		end = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	for _, optType := range []string{oadr.OptIn, oadr.OptOut} {
		var newest *saidOpt
		var those []*saidOpt
		for _, o := range m {
			if o.Schedule && o.OptType == optType && o.at.Before(end) && o.holds(p) && (o.MarketContext == "" || o.MarketContext == e.MarketContext) {
				those = append(those, o)
			}
		}
		stands := func(o *saidOpt) bool { return o.over == 0 || !o.overAt.Before(end) }
		for _, o := range those {
			if stands(o) && (newest == nil || newest.older(o)) {
				newest = o
			}
		}
		taken := newest == nil || slices.ContainsFunc(those, func(o *saidOpt) bool { return !stands(o) && newest.older(o) && newest.no < o.over })
		if !taken && newest.meets(start, end) && (says == nil || says.older(newest)) {
			says = newest
		}
	}
	return says
}

// listed are those that are listed: all that stand.
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

// check compares what schedules are shown to say of an event with what the model says.
func (m optModel) check(t testing.TB, e *core.Event, c *core.ScheduleOpt) {
	t.Helper()
	shown := shownParts(core.OptNone, nil, nil, nil)
	if c != nil {
		shown = shownParts(spoken(c.ScheduledOpt), spokenOf(c.Resources), spokenOf(c.DeviceClasses), spokenOf(c.Parts))
	}
	known := map[core.Part]bool{{}: true}
	for _, said := range m {
		maps.Copy(known, said.parts)
	}
	for p := range known {
		want, says := core.OptNone, m.scheduled(e, p)
		if says != nil {
			want = says.OptType + " " + says.OptID
		}
		if got, sure := shown(p); got != want && (sure || says.names(p)) {
			t.Fatalf("after %d opts: of %v schedules say %q of %s, want %q: %+v", len(m), p, got, e.EventID, want, c)
		}
	}
}

func spoken(s core.ScheduledOpt) string {
	if s.OptID == "" {
		return s.OptType
	}
	return s.OptType + " " + s.OptID
}

func spokenOf[K comparable](of map[K]core.ScheduledOpt) map[K]string {
	said := map[K]string{}
	for k, s := range of {
		said[k] = spoken(s)
	}
	return said
}

// shownParts finds what is shown of a part: where it is not named, what it lies in. It
// is not sure of a device class in a resource where that and the class differ.
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
