package core

import (
	"context"
	"time"
)

// Event finds an event.
func (v *VTN) Event(ctx context.Context, eventID string) (e *Event, err error) {
	err = v.reg.View(ctx, func(r Reader) error {
		e, err = r.Event(eventID)
		return err
	})
	return e, err
}

// Status is an event's status now (rule E4).
func (v *VTN) Status(e *Event) string { return e.Status(v.clock.Now()) }

// Events lists events, newest first. before is the next of an earlier call, 0
// for the start; next is 0 at the end.
func (v *VTN) Events(ctx context.Context, before int64, limit int) (events []*Event, next int64, err error) {
	err = v.reg.View(ctx, func(r Reader) error {
		events, next, err = r.Events(before, limit)
		return err
	})
	return events, next, err
}

// EventVENs lists how an event's VENs stand with it, by venID. after is the
// next of an earlier call, empty for the start; next is empty at the end.
func (v *VTN) EventVENs(ctx context.Context, eventID, after string, limit int) (vens []VENStatus, next string, err error) {
	err = v.reg.View(ctx, func(r Reader) error {
		e, err := r.Event(eventID)
		if err != nil {
			return err
		}
		rows, n, err := r.EventVENs(e.No, after, limit)
		vens, next = make([]VENStatus, len(rows)), n
		for i, row := range rows {
			vens[i] = row.status(e)
		}
		return err
	})
	return vens, next, err
}

// EventCounts counts an event's VENs per delivery and per opt.
func (v *VTN) EventCounts(ctx context.Context, eventID string) (Counts, error) {
	c := Counts{Deliveries: map[Delivery]int{}, Opts: map[string]int{}}
	err := v.reg.View(ctx, func(r Reader) error {
		e, err := r.Event(eventID)
		if err != nil {
			return err
		}
		c = Counts{Deliveries: map[Delivery]int{}, Opts: map[string]int{}}
		for after := ""; ; {
			rows, next, err := r.EventVENs(e.No, after, 1000)
			if err != nil {
				return err
			}
			for _, row := range rows {
				if row.Withdrawn {
					continue
				}
				s := row.status(e)
				c.Total++
				c.Deliveries[s.Delivery]++
				c.Opts[s.Opt]++
			}
			if after = next; after == "" {
				return nil
			}
		}
	})
	return c, err
}

// status is how the VEN stands with the event, for people.
func (r *EventVEN) status(e *Event) VENStatus {
	s := VENStatus{VENID: r.VENID, Opt: OptNone, Withdrawn: r.Withdrawn}
	if r.Held >= 0 {
		held := uint32(r.Held)
		s.ModificationNumber = &held
	}
	if p := r.Push; p != nil {
		p.status(&s)
	} else {
		r.underWay(e, &s)
	}
	r.opt(e, &s)
	return s
}

// status is how the event came through the push.
func (p *SettledPush) status(s *VENStatus) {
	s.SentAt, s.Attempts, s.ResponseCode = p.SentAt, p.Attempts, p.Code
	if p.Result == Refused {
		s.Delivery, s.LastError = DeliveryRefused, p.Error
		return
	}
	s.Delivery, s.AcknowledgedAt = DeliveryAcknowledged, p.SettledAt
}

// underWay is how far the event has got while no push of it is settled. What is
// sent after its end does not carry it.
func (r *EventVEN) underWay(e *Event, s *VENStatus) {
	s.Delivery = DeliveryPending
	if r.Settled >= r.Needed { // by a push that came after the event's end
		return
	}
	sent := r.Sent >= r.Needed && (e.End().IsZero() || r.SentAt.Before(e.End()))
	switch {
	case r.State == OutboxParked:
		s.Delivery = DeliveryUnreachable
	case r.State == OutboxInFlight && sent:
		s.Delivery = DeliverySent
	}
	if sent {
		s.SentAt = r.SentAt
	}
	if r.Attempts > 0 { // else the outcome is of an earlier push
		s.Attempts, s.ResponseCode, s.LastError = r.Attempts, r.Code, r.Error
	}
}

// opt is the VEN's yes or no for the current modificationNumber: by
// oadrCreateOpt where it gave one, the newest first, else by oadrCreatedEvent
// (rule E17). A cancelled event keeps the opt it had (rule E23).
func (r *EventVEN) opt(e *Event, s *VENStatus) {
	over := !e.CancelledAt.IsZero() || r.Withdrawn
	if a := r.Answer; a != nil && (over || a.ModificationNumber == e.ModificationNumber) {
		switch {
		case a.Code/100 != 2: // E18
			s.Delivery, s.ResponseCode, s.AcknowledgedAt = DeliveryRefused, a.Code, time.Time{}
		case a.OptType != "":
			s.Opt, s.OptAt = a.OptType, a.At
		}
	}
	var whole *Opt
	newest := map[string]*Opt{}
	for i := range r.Opts {
		o := &r.Opts[i]
		if !over && o.ModificationNumber != e.ModificationNumber {
			continue
		}
		if len(o.Resources) == 0 && (whole == nil || !o.CreatedAt.Before(whole.CreatedAt)) {
			whole = o
		}
		for _, resource := range o.Resources {
			if n := newest[resource]; n == nil || !o.CreatedAt.Before(n.CreatedAt) {
				newest[resource] = o
			}
		}
	}
	if whole != nil {
		s.Opt, s.OptAt = whole.OptType, whole.CreatedAt
	}
	for resource, o := range newest {
		if s.ResourceOpts == nil {
			s.ResourceOpts = map[string]string{}
		}
		s.ResourceOpts[resource] = o.OptType
	}
}
