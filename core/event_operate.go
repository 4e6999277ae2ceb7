package core

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/label"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// CreateEvent stores an event and marks its VENs. When it returns, the event is durable.
// The error is an [*InvalidError] if the spec is invalid, and [ErrConflict] if the eventID
// is taken; then nothing is stored. Warnings of the event tell what may be a slip.
func (s *EventService) CreateEvent(ctx context.Context, spec EventSpec, by string) (*Event, error) {
	now := s.clock.Now()
	if spec.EventID == "" {
		spec.EventID = newID("evt-", 10)
	}
	spec = spec.normal()
	if err := s.checkNew(spec, now); err != nil {
		return nil, err
	}
	var e *Event
	err := s.reg.ChangeThen(ctx, func(tx Tx, rev int64) (err error) {
		e = &Event{EventSpec: spec, Rev: rev, CreatedAt: now, ChangedAt: now}
		if err := s.store(tx, e, EventSpec{}, by, now); err != nil {
			return err
		}
		e.Warnings, err = e.warnings(tx, EventSpec{}, now)
		return err
	}, func() { s.announce(e, by, "event created", now) })
	if err != nil {
		return nil, err
	}
	return e, nil
}

// checkNew refuses a spec that no event can have.
func (s *EventService) checkNew(spec EventSpec, now time.Time) error {
	if reason := label.CheckName(spec.EventID); reason != "" {
		return &InvalidError{[]Problem{{Field: "eventID", Reason: reason}}}
	}
	if err := s.checkEvent(spec, EventSpec{}); err != nil {
		return err
	}
	if spec.Duration > 0 && !spec.Start.Add(spec.Duration).After(now) {
		return &InvalidError{[]Problem{{"start", "E4", "the event would be over already; let it end after now"}}}
	}
	return nil
}

// ModifyEvent changes an event: change gets the current spec and returns the new one. The
// modificationNumber grows by one (rule E3), unless both are equal. The error is as that of
// [EventService.CreateEvent]; it is a [ConflictError] if the change concerns what has begun
// or passed (rule E26), or an event that is cancelled or completed.
func (s *EventService) ModifyEvent(ctx context.Context, eventID string, change func(EventSpec) (EventSpec, error), by string) (*Event, error) {
	return s.changeEvent(ctx, eventID, by, "event modified", s.modification(change))
}

// modification is a change of an event to another spec.
func (s *EventService) modification(change func(EventSpec) (EventSpec, error)) func(*Event, time.Time) error {
	return func(e *Event, now time.Time) error {
		if status := e.Status(now); status == oadr.StatusCancelled || status == oadr.StatusCompleted {
			return ended(e.EventID, status, rulePast, "modified; create another event")
		}
		current := e.EventSpec.normal()
		spec, err := change(e.EventSpec.normal())
		if err != nil {
			return err
		}
		spec = spec.normal()
		if spec.EventID != e.EventID {
			return &InvalidError{[]Problem{{Field: "eventID", Reason: "cannot be changed"}}}
		}
		if err := s.checkEvent(spec, current); err != nil {
			return err
		}
		if reflect.DeepEqual(spec, current) {
			return errUnchanged
		}
		if err := checkPast(current, spec, now); err != nil {
			return err
		}
		e.EventSpec = spec
		return nil
	}
}

// ExtendEvent lengthens an event and the last interval of each signal. Otherwise it is as
// [EventService.ModifyEvent].
func (s *EventService) ExtendEvent(ctx context.Context, eventID string, longer time.Duration, by string) (*Event, error) {
	if longer <= 0 {
		return nil, &InvalidError{[]Problem{{Field: "by", Reason: "must be longer than PT0S"}}}
	}
	return s.ModifyEvent(ctx, eventID, func(spec EventSpec) (EventSpec, error) {
		if spec.Duration == 0 {
			return spec, &ConflictError{[]Problem{{"duration", "E6", "the event is open ended and cannot be made longer; give it a duration, or cancel it when it is to end"}}}
		}
		spec.Duration += longer
		for _, signal := range spec.Signals {
			signal.Intervals[len(signal.Intervals)-1].Duration += longer
		}
		return spec, nil
	}, by)
}

// CancelEvent cancels an event: its VENs are told the same content with the status
// cancelled (rule E23). Cancelling again changes nothing. The error is a [ConflictError] if
// the event is completed.
func (s *EventService) CancelEvent(ctx context.Context, eventID, by string) (*Event, error) {
	return s.changeEvent(ctx, eventID, by, "event cancelled", func(e *Event, now time.Time) error {
		switch e.Status(now) {
		case oadr.StatusCancelled:
			return errUnchanged
		case oadr.StatusCompleted:
			return ended(eventID, oadr.StatusCompleted, "E23", "cancelled; there is nothing left of it to cancel")
		}
		e.CancelledAt = now
		return nil
	})
}

// ended refuses a change of an event that is over.
func ended(eventID, status, rule, what string) error {
	return &ConflictError{[]Problem{{"status", rule, fmt.Sprintf("event %s is %s and cannot be %s", eventID, status, what)}}}
}

// errUnchanged ends a transaction that would change nothing.
var errUnchanged = errors.New("nothing differs")

func (s *EventService) changeEvent(ctx context.Context, eventID, by, what string, change func(*Event, time.Time) error) (*Event, error) {
	var now time.Time
	var e *Event
	err := s.reg.ChangeThen(ctx, func(tx Tx, rev int64) (err error) {
		now = s.clock.Now() // the transaction may have waited
		if e, err = tx.Event(eventID); err != nil {
			return err
		}
		before := e.EventSpec
		if err := change(e, now); err != nil {
			return err
		}
		// VENs that the event no longer targets must be told, too.
		if err := markEvent(tx, e, rev, now); err != nil {
			return err
		}
		e.Rev, e.ChangedAt = rev, now
		e.ModificationNumber++
		if err := s.store(tx, e, before, by, now); err != nil {
			return err
		}
		e.Warnings, err = e.warnings(tx, before.normal(), now)
		return err
	}, func() { s.announce(e, by, what, now) })
	if err != nil && !errors.Is(err, errUnchanged) {
		return nil, err
	}
	return e, nil
}

// store stores an event under its revision and marks its VENs. before is the spec that it
// had, empty for a new event.
func (s *EventService) store(tx Tx, e *Event, before EventSpec, by string, now time.Time) error {
	if err := s.put(tx, e, before, by, now); err != nil {
		return err
	}
	e.note(tx, before.EventID == "", by, now)
	return markEvent(tx, e, e.Rev, now)
}

// put stores an event if it fits what is stored. Its VENs are not marked.
func (s *EventService) put(tx Tx, e *Event, before EventSpec, by string, now time.Time) error {
	if e.CancelledAt.IsZero() {
		if err := checkTargets(tx, e.Targets); err != nil {
			return err
		}
	}
	was := Event{EventSpec: before.normal()}
	was.measure()
	e.measure()
	if err := tx.PutEvent(e, by); err != nil {
		return err
	}
	if err := tx.SetTargets(e); err != nil {
		return err
	}
	if grown := e.Size.Content > was.Size.Content || !slices.Equal(was.Targets, e.Targets); grown && e.CancelledAt.IsZero() {
		if err := s.room.checkRoom(tx, e.No, 0, now, "signals"); err != nil {
			return err
		}
	}
	if e.CancelledAt.IsZero() && e.Overlap != overlapAllow {
		return checkOverlap(tx, e)
	}
	return nil
}

// note tells the journal of a change.
func (e *Event) note(tx JournalWriter, created bool, by string, now time.Time) {
	what := HistoryModified
	switch {
	case created:
		what = HistoryCreated
	case !e.CancelledAt.IsZero():
		what = HistoryCancelled
	}
	number := e.ModificationNumber
	tx.Note(JournalEntry{At: now, Kind: JournalEvent, What: string(what), EventID: e.EventID, Body: JournalBody{ModificationNumber: &number, Revision: e.Rev, By: by}})
}

func (s *EventService) announce(e *Event, by, what string, began time.Time) {
	s.delivery.follow(e, began)
	s.log.Info().Str("eventID", e.EventID).Uint32("modificationNumber", e.ModificationNumber).Str("by", by).Msg(what)
}

// fewVENs is the most VENs of a change that goes before larger ones: so few hold up nobody,
// and somebody may wait for them.
const fewVENs = 50

// markEvent marks the VENs that the stored event targets.
func markEvent(tx Marker, e *Event, rev int64, now time.Time) error {
	u := e.urgency(now)
	if u == UrgencyNormal {
		reach, err := tx.Reach(e.No, fewVENs+1)
		if err != nil {
			return err
		}
		if reach <= fewVENs {
			u = UrgencyFew
		}
	}
	return tx.MarkEvent(e.No, rev, u, queueTime(e.Start, now))
}

// urgency returns how urgent the pushes of an event are: cancellations come first, then
// what starts within its notification time, then the rest.
func (e *Event) urgency(now time.Time) Urgency {
	switch {
	case !e.CancelledAt.IsZero():
		return UrgencyCancel
	case !now.Before(e.Start.Add(-e.Notification)):
		return UrgencySoon
	}
	return UrgencyNormal
}

// queueTime returns the time by which a push queues among the equally urgent: that of its
// start, less a hundred years. So it is past, as what is due at once needs, and earlier
// than the end of any wait.
func queueTime(start, now time.Time) time.Time {
	if at := start.AddDate(-100, 0, 0); at.Before(now) {
		return at
	}
	return now
}

// checkTargets refuses a target that no VEN carries as a label.
func checkTargets(tx VENReader, targets []Target) error {
	var c check
	unknown, err := tx.UnknownTargets(targets)
	if err != nil {
		return err
	}
	err = eachTarget(targets, func(t Target, field string) error {
		switch {
		case !unknown[t], len(c.problems) >= maxProblems:
		case t.Kind == TargetAll:
			c.bad(field, "E1", "there are no VENs so far; enter or register one first")
		default:
			c.bad(field, "E1", "no VEN has the %s %q; enter it with the VEN first", t.Kind, t.Value)
		}
		return nil
	})
	if err == nil && c.problems != nil {
		err = &InvalidError{c.problems}
	}
	return err
}
