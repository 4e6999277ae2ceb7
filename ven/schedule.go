package ven

import (
	"context"
	"fmt"
	"slices"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// OptReasonSchedule is the optReason of a [Schedule] that names none.
const OptReasonSchedule = "x-schedule"

// Schedule says when a VEN can or cannot take part in events, whichever come
// (rule P1).
type Schedule struct {
	// OptID names the schedule. It takes the place of one with this optID that is for
	// the same; other opts of the optID stand beside it (rule P2). Empty: a new one.
	OptID   string
	OptType string // oadr.OptIn or oadr.OptOut; empty: oadr.OptOut
	Reason  string // such as "economic"; empty: OptReasonSchedule
	// MarketContext restricts it to events of one; empty: of any.
	MarketContext string
	// Periods are when; a Duration of 0 is open ended (rule P4). Nothing but
	// Start and Duration counts.
	Periods []oadr.Available
	// Resources are whom it is for, and what Others names beside them; nothing: the
	// whole VEN (rule P5). One for the whole VEN replaces all before it of its OptType,
	// another those for the same (rule P6).
	Resources []string
	Others    oadr.Target
	// DeviceClasses restrict it to devices of these classes, see [oadr.CheckDeviceClass];
	// none: all.
	DeviceClasses []string
}

// OptSchedule tells the VTN of a schedule and returns its optID, by which it is
// replaced or, with [VEN.CancelOpt], cancelled.
func (c *optClient) OptSchedule(ctx context.Context, s Schedule) (optID string, err error) {
	if len(s.Periods) == 0 {
		return "", fmt.Errorf("schedule %q has no Periods; give one at least", s.OptID)
	}
	if s.OptType == "" {
		s.OptType = oadr.OptOut
	}
	if s.Reason == "" {
		s.Reason = OptReasonSchedule
	}
	return c.CreateOpt(ctx, oadr.CreateOpt{
		OptID:         s.OptID,
		OptType:       s.OptType,
		OptReason:     s.Reason,
		MarketContext: s.MarketContext,
		Schedule:      true,
		Availability:  s.Periods,
		Target:        optTarget(s.Resources, s.Others),
		DeviceClass:   deviceClass(s.DeviceClasses),
	})
}

// EventOpt is an opt for a held event that outranks the answer to it, also when the
// event changes, until another one or [VEN.CancelOpt] (rule E17).
type EventOpt struct {
	OptID   string // may be that of other opts, see [Schedule]; empty: a new one
	EventID string
	OptType string // oadr.OptIn or oadr.OptOut
	Reason  string // such as "economic"; empty: "participating" or "notParticipating"
	// Resources are whom it is for, of those that the event is for, and what Others
	// names beside them; nothing: the whole VEN.
	Resources []string
	Others    oadr.Target
	// DeviceClasses restrict it to devices of these classes, see [oadr.CheckDeviceClass];
	// none: all.
	DeviceClasses []string
}

// OptEvent opts for a held event by an oadrCreateOpt, for the whole VEN or for
// parts of it, and returns the optID. It fails for an event with oadrResponseRequired
// never, which takes none (rule P1).
func (c *optClient) OptEvent(ctx context.Context, o EventOpt) (optID string, err error) {
	events := c.events.Events()
	held := slices.IndexFunc(events, func(e Event) bool { return e.Descriptor.EventID == o.EventID })
	if held < 0 {
		return "", fmt.Errorf("the VEN holds no event %s", o.EventID)
	}
	if o.Reason == "" {
		o.Reason = "participating"
		if o.OptType == oadr.OptOut {
			o.Reason = "notParticipating"
		}
	}
	if events[held].ResponseRequired == oadr.ResponseNever {
		return "", fmt.Errorf("event %s takes no opt: its oadrResponseRequired is never", o.EventID)
	}
	d := events[held].Descriptor
	return c.CreateOpt(ctx, oadr.CreateOpt{
		OptID:         o.OptID,
		OptType:       o.OptType,
		OptReason:     o.Reason,
		MarketContext: d.MarketContext,
		Event:         &oadr.QualifiedEventID{EventID: o.EventID, ModificationNumber: d.ModificationNumber},
		Target:        optTarget(o.Resources, o.Others),
		DeviceClass:   deviceClass(o.DeviceClasses),
	})
}

// optTarget is an eiTarget of all that an opt is for.
func optTarget(resources []string, others oadr.Target) oadr.Target {
	others.Resources = append(slices.Clip(others.Resources), resources...)
	return others
}

// deviceClass is an oadrDeviceClass, which holds end device assets only.
func deviceClass(assets []string) *oadr.Target {
	if len(assets) == 0 {
		return nil
	}
	return &oadr.Target{EndDeviceAssets: assets}
}
