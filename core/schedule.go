package core

import "github.com/vtn-xmpp/vtn-xmpp/oadr"

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
	OptType       string
	OptID         string
	DeviceClasses []string // of a resource that has no opt as a whole: for these alone
}

// scheduleOpt finds what schedules that meet an event's window say of it, nil
// for nothing. They are oldest first, and the newest counts: for the whole VEN
// or, where it names some, for parts of it. A schedule with a market context is for
// events of that one alone.
func scheduleOpt(e *Event, schedules []Opt) *ScheduleOpt {
	var s *ScheduleOpt
	for _, o := range schedules {
		if o.MarketContext != "" && o.MarketContext != e.MarketContext {
			continue
		}
		opt := ScheduledOpt{OptType: o.OptType, OptID: o.OptID}
		parts := o.parts()
		switch {
		case len(parts) == 0: // over all before it
			s = &ScheduleOpt{ScheduledOpt: opt}
			continue
		case s == nil:
			s = &ScheduleOpt{ScheduledOpt: ScheduledOpt{OptType: OptNone}}
		}
		sortOpts(parts, opt, &s.Resources, &s.DeviceClasses, &s.Parts)
		for _, r := range o.Resources {
			if had := s.Resources[r]; len(o.DeviceClasses) > 0 && (had.OptType == "" || had.DeviceClasses != nil) {
				s.Resources = with(s.Resources, r, ScheduledOpt{o.OptType, o.OptID, o.DeviceClasses})
			}
		}
	}
	return s
}

// sortOpts sets the opt of each of some parts of a VEN where its kind has its place.
func sortOpts[T any](parts []Part, opt T, resources, deviceClasses *map[string]T, others *map[Part]T) {
	for _, p := range parts {
		switch {
		case p.Kind == TargetResource && p.DeviceClass == "":
			*resources = with(*resources, p.Name, opt)
		case p.Kind == TargetDeviceClass:
			*deviceClasses = with(*deviceClasses, p.Name, opt)
		default:
			*others = with(*others, p, opt)
		}
	}
}

func with[K comparable, T any](m map[K]T, key K, value T) map[K]T {
	if m == nil {
		m = map[K]T{}
	}
	m[key] = value
	return m
}

// out says whether the whole VEN has opted out.
func (s *ScheduleOpt) out() bool { return s != nil && s.OptType == oadr.OptOut }
