package ven

import (
	"context"
	"fmt"
	"slices"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// OptReasonSchedule is the optReason of a [Schedule] without a Reason.
const OptReasonSchedule = "x-schedule"

// Schedule says when a VEN can or cannot take part in any event (rule P1).
type Schedule struct {
	// OptID names the schedule; empty: a new one. The schedule replaces one with the
	// same OptID that is for the same; other opts with it stay (rule P2).
	OptID   string
	OptType string // OptIn or OptOut; empty: OptOut
	Reason  string // such as "economic"; empty: OptReasonSchedule
	// MarketContext restricts it to events of that market; empty: of any.
	MarketContext string
	// Periods say when, by Start and Duration alone; a Duration of 0 is open ended
	// (rule P4).
	Periods []oadr.Available
	// Resources and Others say whom it is for; if both are empty, the whole VEN (rule
	// P5). A schedule for the whole VEN replaces all earlier ones of its OptType, any
	// other replaces those for the same (rule P6).
	Resources []string
	Others    oadr.Target
	// DeviceClasses restrict it to devices of these classes, see
	// [oadr.CheckDeviceClass]; none: all devices.
	DeviceClasses []string
}

// OptSchedule sends a schedule to the VTN and returns its optID. With that it can be
// replaced or, by [VEN.CancelOpt], cancelled.
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

// EventOpt is an opt for a held event. It outranks the answer to the event, even when
// the event changes, until another opt or [VEN.CancelOpt] ends it (rule E17).
type EventOpt struct {
	OptID   string // empty: a new one; other opts may have the same, see [Schedule]
	EventID string
	OptType string // OptIn or OptOut
	Reason  string // such as "economic"; empty: "participating" or "notParticipating"
	// Resources and Others say whom it is for, among those that the event is for; if
	// both are empty, the whole VEN.
	Resources []string
	Others    oadr.Target
	// DeviceClasses restrict it to devices of these classes, see
	// [oadr.CheckDeviceClass]; none: all devices.
	DeviceClasses []string
}

// OptEvent sends an oadrCreateOpt for a held event, for the whole VEN or for parts of
// it, and returns the optID. It fails for an event whose oadrResponseRequired is never
// (rule P1).
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

// optTarget is the eiTarget of an opt.
func optTarget(resources []string, others oadr.Target) oadr.Target {
	others.Resources = append(slices.Clip(others.Resources), resources...)
	return others
}

// deviceClass is an oadrDeviceClass; it holds nothing but end device assets.
func deviceClass(assets []string) *oadr.Target {
	if len(assets) == 0 {
		return nil
	}
	return &oadr.Target{EndDeviceAssets: assets}
}
