package core

import "github.com/vtn-xmpp/vtn-xmpp/oadr"

// ScheduleOpt is what a VEN's opt schedules say of an event, beside what it
// answers to the event itself.
type ScheduleOpt struct {
	ScheduledOpt                          // of the whole VEN; [OptNone] where there is none
	Resources     map[string]ScheduledOpt // of single resources, where they differ
	DeviceClasses map[string]ScheduledOpt // of single device classes, where they differ
}

// ScheduledOpt is the opt of one schedule.
type ScheduledOpt struct {
	OptType       string
	OptID         string
	DeviceClasses []string // of a resource: for these alone
}

// scheduleOpt finds what schedules that meet an event's window say of it, nil
// for nothing. They are oldest first, and the newest counts: for the whole VEN
// or, where it names some, for resources and device classes. A schedule with a
// market context is for events of that one alone.
func scheduleOpt(e *Event, schedules []Opt) *ScheduleOpt {
	var s *ScheduleOpt
	for _, o := range schedules {
		if o.MarketContext != "" && o.MarketContext != e.MarketContext {
			continue
		}
		opt := ScheduledOpt{OptType: o.OptType, OptID: o.OptID}
		switch {
		case len(o.Resources)+len(o.DeviceClasses) == 0: // over all before it
			s = &ScheduleOpt{ScheduledOpt: opt}
			continue
		case s == nil:
			s = &ScheduleOpt{ScheduledOpt: ScheduledOpt{OptType: OptNone}}
		}
		if len(o.Resources) == 0 {
			s.DeviceClasses = with(s.DeviceClasses, o.DeviceClasses, opt)
			continue
		}
		opt.DeviceClasses = o.DeviceClasses
		s.Resources = with(s.Resources, o.Resources, opt)
	}
	return s
}

// with sets the opt of each of some parts of a VEN.
func with[T any](m map[string]T, names []string, opt T) map[string]T {
	if m == nil {
		m = map[string]T{}
	}
	for _, name := range names {
		m[name] = opt
	}
	return m
}

// out says whether the whole VEN has opted out.
func (s *ScheduleOpt) out() bool { return s != nil && s.OptType == oadr.OptOut }
