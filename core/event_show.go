package core

import (
	"context"
	"time"
)

// Event finds an event.
func (s *EventService) Event(ctx context.Context, eventID string) (e *Event, err error) {
	err = s.reg.Browse(ctx, func(r Reader) error {
		e, err = r.Event(eventID)
		return err
	})
	return e, err
}

// Status returns the status of an event now (rule E4).
func (s *EventService) Status(e *Event) string { return e.Status(s.clock.Now()) }

// Events lists events, newest first. before is next of an earlier call, or 0 for the start;
// next is 0 at the end.
func (s *EventService) Events(ctx context.Context, before int64, limit int) (events []*Event, next int64, err error) {
	err = s.reg.Browse(ctx, func(r Reader) error {
		events, next, err = r.Events(before, limit)
		return err
	})
	return events, next, err
}

// EventVENs lists how VENs stand with an event, by venID. after is next of an earlier call,
// or empty for the start; next is empty at the end.
func (s *EventService) EventVENs(ctx context.Context, eventID, after string, limit int) (vens []VENStatus, next string, err error) {
	err = s.reg.Browse(ctx, func(r Reader) error {
		e, err := r.Event(eventID)
		if err != nil {
			return err
		}
		rows, n, err := r.EventVENs(e, EventVENFilter{}, after, limit)
		vens, next = make([]VENStatus, len(rows)), n
		for i, row := range rows {
			vens[i] = s.explained(&row, e)
		}
		return err
	})
	return vens, next, err
}

// VENsOptedOutBySchedule lists as [EventService.EventVENs] does, but only VENs whose
// schedules opt out of the whole event.
func (s *EventService) VENsOptedOutBySchedule(ctx context.Context, eventID, after string, limit int) (vens []VENStatus, next string, err error) {
	err = s.reg.Browse(ctx, func(r Reader) error {
		vens, next = nil, after
		e, err := r.Event(eventID)
		for err == nil && len(vens) < limit {
			var rows []EventVEN
			rows, next, err = r.EventVENs(e, EventVENFilter{OptOutSchedule: true}, next, limit-len(vens))
			for _, row := range rows {
				if status := s.explained(&row, e); status.ScheduleOpt.out() {
					vens = append(vens, status)
				}
			}
			if next == "" {
				break
			}
		}
		return err
	})
	return vens, next, err
}

// EventCounts counts the VENs of an event by delivery and by opt.
func (s *EventService) EventCounts(ctx context.Context, eventID string) (c Counts, err error) {
	err = s.reg.Browse(ctx, func(r Reader) error {
		c = Counts{Deliveries: map[DeliveryState]int{}, Opts: map[string]int{}}
		e, err := r.Event(eventID)
		if err != nil {
			return err
		}
		for after := ""; ; {
			rows, next, err := r.EventVENs(e, EventVENFilter{}, after, 1000)
			if err != nil {
				return err
			}
			for _, row := range rows {
				status := row.status(e)
				if status.Withdrawn {
					continue
				}
				c.Total++
				c.Deliveries[status.Delivery]++
				c.Opts[status.Opt]++
				if status.ScheduleOpt.out() {
					c.OptedOutBySchedule++
				}
			}
			if after = next; after == "" {
				return nil
			}
		}
	})
	return c, err
}

// status returns how the VEN stands with the event, as an operator is shown it.
func (r *EventVEN) status(e *Event) VENStatus {
	s := VENStatus{VENID: r.VENID, Opt: OptNone, Withdrawn: r.Withdrawn || r.deletedDuring(e), VENDeletedAt: r.VENDeletedAt, Current: r.ModificationNumber}
	if held, ok := r.Held.Get(); ok {
		s.ModificationNumber = &held
	}
	if p := r.Push; p != nil {
		p.status(&s)
	} else {
		r.underWay(e, &s)
	}
	if a := r.Answer; a != nil && a.ModificationNumber == r.ModificationNumber {
		r.answer(&s)
	}
	if r.Omitted {
		s.LeftOut, s.Delivery, s.AcknowledgedAt = true, DeliveryPending, time.Time{}
		s.LastError = "left out: the VEN's events are too many for one message; told when there is room"
	}
	r.opt(&s)
	s.ScheduleOpt = scheduleOpt(e, r.Schedules)
	if why := e.unsaid(r.Profile); why != "" { // whatever was pushed told nothing of it
		s.Unsaid, s.Delivery, s.ModificationNumber, s.LastError = why, DeliveryUnreachable, nil, why
		s.SentAt, s.AcknowledgedAt, s.Attempts, s.ResponseCode = time.Time{}, time.Time{}, 0, 0
	}
	return s
}

// deletedDuring reports whether the VEN was deleted before the event was over or cancelled.
// Like a withdrawn VEN, it takes no part in the event any more.
func (r *EventVEN) deletedDuring(e *Event) bool {
	before := func(end time.Time) bool { return end.IsZero() || r.VENDeletedAt.Before(end) }
	return !r.VENDeletedAt.IsZero() && before(e.End()) && before(e.CancelledAt)
}

// status sets in s what the settled push tells of the delivery.
func (p *SettledPush) status(s *VENStatus) {
	s.SentAt, s.Attempts, s.ResponseCode = p.SentAt, p.Attempts, p.Code
	if p.Result == Refused {
		s.Delivery, s.LastError = DeliveryRefused, p.Error
		return
	}
	s.Delivery, s.AcknowledgedAt = DeliveryAcknowledged, p.SettledAt
}

// underWay sets in s how far the event has got while no push of it is settled. A push after
// its end does not carry the event.
func (r *EventVEN) underWay(e *Event, s *VENStatus) {
	s.Delivery = DeliveryPending
	if r.Settled >= r.Needed { // a push after the end of the event settled it
		return
	}
	sent := r.Sent >= r.Needed && (e.End().IsZero() || r.SentAt.Before(e.End()))
	switch {
	case r.State == OutboxParked && !r.Polled:
		s.Delivery = DeliveryUnreachable
	case sent && (r.State == OutboxInFlight || r.State == OutboxHandedOut):
		s.Delivery = DeliverySent
	}
	if sent {
		s.SentAt = r.SentAt
	}
	if r.Attempts > 0 { // otherwise the outcome is that of an earlier push
		s.Attempts, s.ResponseCode, s.LastError = r.Attempts, r.Code, r.Error
	}
}

// answer sets in s what the VEN's answer to the current modificationNumber tells of the
// delivery: an error code refuses the event (rule E18); otherwise the VEN holds it, however
// it was told (rule E24).
func (r *EventVEN) answer(s *VENStatus) {
	a := r.Answer
	switch {
	case a.Code/100 != 2:
		s.Delivery, s.ResponseCode, s.LastError, s.AcknowledgedAt = DeliveryRefused, a.Code, a.Error, time.Time{}
	case s.Delivery != DeliveryAcknowledged:
		s.Delivery, s.ResponseCode, s.LastError, s.AcknowledgedAt = DeliveryAcknowledged, a.Code, "", a.At
		s.ModificationNumber = &a.ModificationNumber
	}
}

// opt sets in s the opt of the VEN: that of its newest oadrCreateOpt, otherwise that of its
// oadrCreatedEvent for the current modificationNumber (rule E17). An opt that names parts of
// the VEN counts for those alone (rule P5). A cancelled event keeps its opt (rule E23).
func (r *EventVEN) opt(s *VENStatus) {
	if a := r.Answer; a != nil && a.OptType != "" && (a.ModificationNumber == r.ModificationNumber || r.Before.Is(a.ModificationNumber)) {
		s.Opt, s.OptAt = a.OptType, a.OptAt
	}
	rules := ruled{}
	for i := range r.Opts {
		rules.rule(&r.Opts[i])
	}
	if o := rules.of(wholeVEN); o != nil {
		s.Opt, s.OptAt = o.OptType, o.ReceivedAt
	}
	for p, o := range apart(rules.parts(map[Part]bool{}), rules.of) {
		sortPart(p, o.OptType, &s.ResourceOpts, &s.DeviceClassOpts, &s.PartOpts)
	}
}
