package api

import (
	"maps"
	"slices"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

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

// showClassesOfResources adds a resource's device classes to resources if the
// resource has no opt as a whole and one schedule says the same of all of them. It
// returns the parts that it did not add.
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
