package core

import "github.com/vtn-xmpp/vtn-xmpp/oadr"

// EventSchedule is an opt schedule beside an event.
type EventSchedule struct {
	Opt        // without its periods
	Meets bool // one of them holds some of the event's own time
}

// ScheduleOpt is what a VEN's opt schedules say of an event, beside what it
// answers to the event itself.
type ScheduleOpt struct {
	ScheduledOpt                          // of the whole VEN; [OptNone] where there is none
	Resources     map[string]ScheduledOpt // of single resources, where they differ
	DeviceClasses map[string]ScheduledOpt // of single device classes, where they differ
	Parts         map[Part]ScheduledOpt   // of other parts, where they differ: device classes in a resource among them
}

// ScheduledOpt is the opt of one schedule.
type ScheduledOpt struct {
	OptType string // [OptNone] where the schedules leave it open, unlike that of the whole VEN
	OptID   string
}

// scheduleOpt finds what a VEN's schedules say of an event, nil for nothing (rule P6).
// They are oldest first. Of each part, of those of one optType the newest rules, also
// where it does not meet the event and so says nothing of it; where both an optIn and
// an optOut say something, the newer counts. A schedule with a market context is for
// events of that one alone.
func scheduleOpt(e *Event, schedules []EventSchedule) *ScheduleOpt {
	meets := map[*Opt]bool{}
	of := map[string]ruled{oadr.OptIn: {}, oadr.OptOut: {}}
	for i := range schedules {
		o := &schedules[i].Opt
		if !o.isFor(e.MarketContext) {
			continue
		}
		meets[o] = schedules[i].Meets
		of[o.OptType].rule(o, o.overBefore(e))
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

// scheduled is what a schedule says; nil says nothing.
func scheduled(o *Opt) ScheduledOpt {
	if o == nil {
		return ScheduledOpt{OptType: OptNone}
	}
	return ScheduledOpt{OptType: o.OptType, OptID: o.OptID}
}

// overBefore says whether a schedule was cancelled before the event's time was over:
// else it stood for all of the event, whatever came later.
func (o *Opt) overBefore(e *Event) bool {
	return !o.CancelledAt.IsZero() && (e.Duration == 0 || o.CancelledAt.Before(e.Start.Add(e.Duration)))
}

// out says whether the whole VEN has opted out.
func (s *ScheduleOpt) out() bool { return s != nil && s.OptType == oadr.OptOut }
