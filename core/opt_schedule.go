package core

import "github.com/vtn-xmpp/vtn-xmpp/oadr"

// EventSchedule is an opt schedule that may say something of an event.
type EventSchedule struct {
	Opt        // without its periods
	Meets bool // one of them overlaps the active period of the event
}

// ScheduleOpt is what a VEN's opt schedules say of an event, apart from its answers to the event.
type ScheduleOpt struct {
	ScheduledOpt                          // of the whole VEN; [OptNone] if there is none
	Resources     map[string]ScheduledOpt // of single resources, if they differ
	DeviceClasses map[string]ScheduledOpt // of single device classes, if they differ
	Parts         map[Part]ScheduledOpt   // of other parts, if they differ, such as device classes in a resource
}

// ScheduledOpt is the opt of one schedule.
type ScheduledOpt struct {
	OptType string // [OptNone] if the schedules say nothing of the part, but something of the whole VEN
	OptID   string
}

// scheduleOpt returns what a VEN's schedules, oldest first, say of an event, nil for nothing (rule
// P6). For each part, the newest schedule of each optType rules, even if it does not meet the
// event and so says nothing of it. If both an optIn and an optOut say something, the newer one
// counts. A schedule with a market context is only for events of that context.
func scheduleOpt(e *Event, schedules []EventSchedule) *ScheduleOpt {
	meets := map[*Opt]bool{}
	of := map[string]ruled{oadr.OptIn: {}, oadr.OptOut: {}}
	for i := range schedules {
		o := &schedules[i].Opt
		if !o.isFor(e.MarketContext) {
			continue
		}
		meets[o] = schedules[i].Meets
		if o.overBefore(e) {
			of[o.OptType].ruleUntilOver(o)
		} else {
			of[o.OptType].rule(o)
		}
	}
	says := func(p Part) (newest *Opt) {
		for _, rules := range of {
			if o := rules.of(p); o != nil && meets[o] && (newest == nil || newest.before(o)) {
				newest = o
			}
		}
		return newest
	}
	s := &ScheduleOpt{ScheduledOpt: scheduled(says(wholeVEN))}
	parts := map[Part]bool{}
	for _, rules := range of {
		rules.parts(parts)
	}
	differing := apart(parts, says)
	for p, o := range differing {
		sortPart(p, scheduled(o), &s.Resources, &s.DeviceClasses, &s.Parts)
	}
	if s.OptType == OptNone && len(differing) == 0 {
		return nil
	}
	return s
}

// scheduled returns what a schedule says; nil says nothing.
func scheduled(o *Opt) ScheduledOpt {
	if o == nil {
		return ScheduledOpt{OptType: OptNone}
	}
	return ScheduledOpt{OptType: o.OptType, OptID: o.OptID}
}

// overBefore reports whether a schedule was cancelled before the event ended. Otherwise it stood
// for all of the event, whatever came later.
func (o *Opt) overBefore(e *Event) bool {
	return !o.CancelledAt.IsZero() && (e.Duration == 0 || o.CancelledAt.Before(e.Start.Add(e.Duration)))
}

// out reports whether the whole VEN has opted out.
func (s *ScheduleOpt) out() bool { return s != nil && s.OptType == oadr.OptOut }
