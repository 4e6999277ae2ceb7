package core

import (
	"strconv"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// message returns the event as one VEN is told it at now. Its target names only what
// belongs to that VEN (rule E12).
func (e *Event) message(c Concern, venID string, now time.Time) oadr.Event {
	m := e.withoutTarget(c, now)
	m.Target = target(c.Matched, venID)
	return m
}

// withoutTarget returns the event as all VENs with the same variant of it are told. status,
// currentValue and createdDateTime are computed for now (rules E3, E4).
func (e *Event) withoutTarget(c Concern, now time.Time) oadr.Event {
	status := e.Status(now)
	if c.Withdrawn {
		status = oadr.StatusCancelled
	}
	m := oadr.Event{
		Descriptor: oadr.EventDescriptor{
			EventID:            e.EventID,
			ModificationNumber: c.ModificationNumber,
			Priority:           &e.Priority,
			MarketContext:      e.MarketContext,
			CreatedDateTime:    now,
			Status:             status,
			TestEvent:          strconv.FormatBool(e.TestEvent),
			VTNComment:         e.Comment,
		},
		ActivePeriod: oadr.ActivePeriod{
			Start:        e.Start,
			Duration:     e.Duration,
			StartAfter:   unlessZero(e.StartAfter),
			Notification: &e.Notification, // E11: in every active period
			RampUp:       unlessZero(e.RampUp),
			Recovery:     unlessZero(e.Recovery),
		},
		ResponseRequired: e.ResponseRequired,
	}
	if c.ModificationNumber > 0 {
		m.Descriptor.ModificationDateTime = e.ChangedAt
		if c.ChangedAt.After(e.ChangedAt) {
			m.Descriptor.ModificationDateTime = c.ChangedAt
		}
	}
	for i, s := range e.Signals {
		m.Signals = append(m.Signals, s.message(i, status, now.Sub(e.Start)))
	}
	if e.Baseline != nil {
		m.Baseline = e.Baseline.message()
	}
	return m
}

func (s Signal) message(i int, status string, elapsed time.Duration) oadr.EventSignal {
	m := oadr.EventSignal{
		Intervals:    intervals(s.Intervals),
		Name:         s.Name,
		Type:         s.Type,
		ID:           strconv.Itoa(i), // E10: unique in the event
		Unit:         s.Unit,
		CurrentValue: s.current(status, elapsed),
	}
	if len(s.DeviceClasses) > 0 {
		m.Target = &oadr.Target{EndDeviceAssets: s.DeviceClasses}
	}
	return m
}

// current returns the value of the running interval while the event is active. Otherwise
// it is 0 for SIMPLE and missing for other signals (rule E9).
func (s Signal) current(status string, elapsed time.Duration) *float64 {
	var value float64
	if status == oadr.StatusActive {
		value = s.Intervals[len(s.Intervals)-1].Value
		for _, i := range s.Intervals {
			if elapsed < i.Duration {
				value = i.Value
				break
			}
			elapsed -= i.Duration
		}
		return &value
	}
	if s.Name == signalSimple {
		return &value
	}
	return nil
}

func (b *Baseline) message() *oadr.EventBaseline {
	return &oadr.EventBaseline{
		Start:     b.Start,
		Duration:  b.Duration,
		Intervals: intervals(b.Intervals),
		ID:        b.ID,
		Resources: b.Resources,
		Name:      b.Name,
		Unit:      b.Unit,
	}
}

// intervals numbers them 0, 1, 2 … (rule E5), without dtstart (rule E7).
func intervals(from []Interval) []oadr.Interval {
	m := make([]oadr.Interval, len(from))
	for i, s := range from {
		m[i] = oadr.Interval{Duration: s.Duration, UID: strconv.Itoa(i), Value: s.Value}
	}
	return m
}

// target returns the part of an event's targets that belongs to one VEN (rule E12). It
// names the VEN by its venID if the event targets it as one of all, by a market context,
// or no longer.
func target(matched []Target, venID string) oadr.Target {
	var t oadr.Target
	for _, m := range matched {
		switch m.Kind {
		case TargetGroup:
			t.Groups = append(t.Groups, m.Value)
		case TargetResource:
			t.Resources = append(t.Resources, m.Value)
		case TargetParty:
			t.Parties = append(t.Parties, m.Value)
		case TargetVENID:
			t.VENs = []string{venID}
		}
	}
	if len(t.Groups)+len(t.Resources)+len(t.Parties) == 0 {
		t.VENs = []string{venID}
	}
	return t
}

func unlessZero(d time.Duration) *time.Duration {
	if d == 0 {
		return nil
	}
	return &d
}
