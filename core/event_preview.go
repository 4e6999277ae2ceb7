package core

import (
	"context"
	"errors"
	"math"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Preview is what an event or its change would be, and whom it would reach.
type Preview struct {
	Event *Event
	Reach Reach
}

// Reach counts the VENs that an event is for, report-only ones aside.
type Reach struct {
	VENs          int
	NotRegistered int              // they are told once they register
	Transports    map[string]int   // registered VENs by transport
	Presences     map[Presence]int // registered VENs by presence
	Unreachable   int              // registered VENs whose last push found nobody
	Unsaid        int              // VENs whose profile cannot say the event
	OptedOut      int              // VENs whose schedules opt out of the whole event
	FirstOptedOut []string         // the first of those, by venID
	Bytes         int              // of the payload with this event alone, at most
	MaxBytes      int              // that a payload may have
}

// firstOptedOut is how many VENs that are opted out a preview names.
const firstOptedOut = 10

// errTrial ends a transaction that only finds out what would be.
var errTrial = errors.New("nothing is to be stored")

// PreviewEvent says what [EventService.CreateEvent] would do with a spec, and whom the event
// would reach. It stores nothing. The errors are those of CreateEvent.
func (s *EventService) PreviewEvent(ctx context.Context, spec EventSpec) (*Preview, error) {
	now := s.clock.Now()
	if spec.EventID == "" {
		spec.EventID = newID("evt-", 10)
	}
	spec = spec.normal()
	if err := s.checkNew(spec, now); err != nil {
		return nil, err
	}
	return s.try(ctx, func(tx Tx, rev int64) (*Event, error) {
		e := &Event{EventSpec: spec, Rev: rev, CreatedAt: now, ChangedAt: now}
		if err := s.put(tx, e, EventSpec{}, "", now); err != nil {
			return nil, err
		}
		var err error
		e.Warnings, err = e.warnings(tx, EventSpec{}, now)
		return e, err
	})
}

// PreviewChange says what [EventService.ModifyEvent] would do, and whom the event would
// reach; without a change that is whom it reaches. It stores nothing. The errors are those
// of ModifyEvent.
func (s *EventService) PreviewChange(ctx context.Context, eventID string, change func(EventSpec) (EventSpec, error)) (*Preview, error) {
	return s.try(ctx, func(tx Tx, rev int64) (*Event, error) {
		now := s.clock.Now()
		e, err := tx.Event(eventID)
		if err != nil {
			return nil, err
		}
		before := e.EventSpec
		switch err := s.modification(change)(e, now); {
		case errors.Is(err, errUnchanged):
			return e, nil
		case err != nil:
			return nil, err
		}
		e.Rev, e.ChangedAt = rev, now
		e.ModificationNumber++
		if err := s.put(tx, e, before, "", now); err != nil {
			return nil, err
		}
		e.Warnings, err = e.warnings(tx, before.normal(), now)
		return e, err
	})
}

// try stores an event, looks whom it reaches, and takes all back.
func (s *EventService) try(ctx context.Context, store func(tx Tx, rev int64) (*Event, error)) (*Preview, error) {
	var p Preview
	err := s.reg.Change(ctx, func(tx Tx, rev int64) error {
		e, err := store(tx, rev)
		if err != nil {
			return err
		}
		p = Preview{Event: e}
		if p.Reach, err = s.reach(tx, e); err != nil {
			return err
		}
		return errTrial
	})
	if !errors.Is(err, errTrial) {
		return nil, err
	}
	return &p, nil
}

// reach counts the VENs of a stored event.
func (s *EventService) reach(r Reader, e *Event) (Reach, error) {
	vens, err := r.Reached(e.No)
	if err != nil {
		return Reach{}, err
	}
	out := Reach{VENs: len(vens), Transports: map[string]int{}, Presences: map[Presence]int{}, Bytes: e.mostBytes(s.cfg.VTNID), MaxBytes: s.cfg.MaxPayload}
	unsaid := e.unsaid(oadr.Profile20a) != ""
	for _, v := range vens {
		if unsaid && v.Profile == oadr.Profile20a {
			out.Unsaid++
		}
		if v.State == OutboxOff {
			out.NotRegistered++
			continue
		}
		out.Transports[v.Transport]++
		presence, _ := s.delivery.state(v.VENNo)
		out.Presences[presence]++
		if v.State == OutboxParked {
			out.Unreachable++
		}
	}
	err = countOptedOut(r, e, &out)
	return out, err
}

// countOptedOut counts the VENs whose schedules opt out of the whole event.
func countOptedOut(r Reader, e *Event, out *Reach) error {
	for after := ""; ; {
		rows, next, err := r.EventVENs(e, EventVENFilter{OptOutSchedule: true}, after, 1000)
		if err != nil {
			return err
		}
		for i := range rows {
			if !scheduleOpt(e, rows[i].Schedules).out() {
				continue
			}
			if out.OptedOut++; out.OptedOut <= firstOptedOut {
				out.FirstOptedOut = append(out.FirstOptedOut, rows[i].VENID)
			}
		}
		if after = next; after == "" {
			return nil
		}
	}
}

// mostBytes is the size of the payload that tells a VEN of this event alone, at most.
func (e *Event) mostBytes(vtnID string) int {
	token := Token{Topic: TopicEvents, VENNo: math.MaxInt64, Rev: math.MaxInt64}
	around := oadr.Append(nil, oadr.Form{}, &oadr.DistributeEvent{RequestID: token.String(), VTNID: vtnID})
	return len(around) + e.Size.Content + e.Size.Targets
}
