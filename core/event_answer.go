package core

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// requestEvent answers with what a push would carry, and with its token, so that an
// oadrCreatedEvent settles it (rule E14).
func (s *EventService) requestEvent(ctx context.Context, ven *VEN, from Peer, m *oadr.RequestEvent) (oadr.Message, error) {
	now := s.clock.Now()
	c := Claim{VENNo: ven.No, VENID: ven.VENID, Profile: ven.Profile, Topic: TopicEvents}
	part := m.ReplyLimit != nil
	if part { // the replyLimit may still hold the whole set
		sets, err := s.eventSets(ctx, []Claim{c}, now)
		if err != nil {
			return nil, err
		}
		part = uint64(len(sets.events[c.VENNo])) > uint64(*m.ReplyLimit)
	}
	if !part {
		claim, err := s.reg.ClaimVEN(ctx, TopicEvents, ven.No, now)
		switch {
		case err == nil:
			c = claim
			s.delivery.poke() // the time when the outbox is next due has changed
		case !errors.Is(err, ErrNotFound): // not found: it is report-only and gets an empty set
			return nil, err
		}
	}
	sets, err := s.eventSets(ctx, []Claim{c}, now)
	if err != nil {
		return nil, err
	}
	events, omitted := sets.events[c.VENNo], sets.omitted[c.VENNo]
	if m.ReplyLimit != nil && uint64(len(events)) > uint64(*m.ReplyLimit) {
		// E24: a push would carry more, so this settles none. The VEN's answers count, see
		// [EventVEN.answer].
		events, c.Rev = events[:*m.ReplyLimit], 0
	}
	reply := &oadr.DistributeEvent{RequestID: c.Token().String(), VTNID: s.cfg.VTNID, Events: events}
	if _, reply, err = s.room.oneMessage(ctx, nil, c, reply, omitted, inReply); err != nil {
		return nil, err
	}
	reply.Response = &oadr.EIResponse{Code: oadr.CodeOK, Description: "OK", RequestID: m.RequestID}
	if c.Rev != 0 && !sets.asks[c.VENNo] && ven.polls() && s.requesting(from.Transport) != nil {
		s.delivery.settleSeparately(from, c.Token(), Outcome{Result: Acknowledged}) // H10: no push would settle it
	}
	return reply, nil
}

// createdEvent stores the answers of a VEN to events (rule E16). It stores all that are
// valid, and its oadrResponse tells of the first that is not, 452 before 450.
func (s *EventService) createdEvent(ctx context.Context, ven *VEN, from Peer, m *oadr.CreatedEvent) (oadr.Message, error) {
	var wrong *refusal
	err := s.reg.Update(ctx, func(tx Tx) error {
		wrong = nil
		if err := stands(tx, ven); err != nil {
			return err
		}
		for _, r := range lastOfEach(m.Responses) {
			err := s.takeAnswer(tx, ven, r)
			var no *refusal
			switch {
			case errors.As(err, &no):
				if wrong == nil || no.code > wrong.code {
					wrong = no
				}
			case err != nil:
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.room.roomMade()
	if err := s.settleBy(ctx, from, ven, m); err != nil {
		return nil, err
	}
	if wrong != nil {
		return s.answer(m, ven, wrong.code, wrong.reason), nil
	}
	return s.answer(m, ven, oadr.CodeOK, "OK"), nil
}

// lastOfEach keeps the last of several eventResponses for one event; the others do not
// count.
func lastOfEach(responses []oadr.EventResponse) []oadr.EventResponse {
	last := make(map[string]int, len(responses))
	for i, r := range responses {
		last[r.EventID] = i
	}
	kept := make([]oadr.EventResponse, 0, len(last))
	for i, r := range responses {
		if last[r.EventID] == i {
			kept = append(kept, r)
		}
	}
	return kept
}

// takeAnswer stores one eventResponse.
func (s *EventService) takeAnswer(tx Tx, ven *VEN, r oadr.EventResponse) error {
	c, err := concern(tx, ven, r.EventID)
	if err != nil {
		return err
	}
	if r.ModificationNumber != c.ModificationNumber {
		return refuse(oadr.CodeOutOfSequence, "event %s has modificationNumber %d", excerpt.Of(r.EventID), c.ModificationNumber)
	}
	now := s.clock.Now()
	a := Answer{EventNo: c.EventNo, VENNo: ven.No, ModificationNumber: r.ModificationNumber, Code: int(r.Code), At: now}
	if r.Code/100 == 2 {
		a.OptType, a.OptAt = r.OptType, now
	} else { // E18
		a.Error = r.Description
	}
	if c.Cancelled {
		// E23: the answer to a cancellation changes no opt.
		a.OptType, a.OptAt = "", time.Time{}
		switch earlier, err := tx.Answer(c.EventNo, ven.No); {
		case err == nil && (earlier.ModificationNumber == c.ModificationNumber || c.Before.Is(earlier.ModificationNumber)):
			a.OptType, a.OptAt = earlier.OptType, earlier.OptAt
		case err != nil && !errors.Is(err, ErrNotFound):
			return err
		}
	}
	s.log.Debug().Str("venID", ven.VENID).Str("eventID", r.EventID).Str("requestID", excerpt.Of(r.RequestID)).
		Uint32("modificationNumber", r.ModificationNumber).Str("opt", r.OptType).Int("code", int(r.Code)).Msg("the VEN answered an event")
	if err := tx.PutAnswer(a); err != nil {
		return err
	}
	return s.recordSaid(tx, ven, HistoryEntry{
		EventNo: c.EventNo, VENNo: ven.No, At: now, What: HistoryAnswered, ModificationNumber: r.ModificationNumber,
		OptType: r.OptType, Code: int(r.Code), Error: a.Error,
	})
}

// concern finds how an event concerns a VEN. An ended event still does, since a late answer
// counts. The error is a refusal with 452 if the event does not concern the VEN.
func concern(tx EventReader, ven *VEN, eventID string) (Concerned, error) {
	c, err := tx.Concerned(ven.No, eventID)
	if errors.Is(err, ErrNotFound) {
		return c, refuse(oadr.CodeInvalidID, "event %s is unknown", excerpt.Of(eventID))
	}
	return c, err
}

// settleBy settles the pushes that the requestIDs in an oadrCreatedEvent name. It settles
// the last of each topic, and with it those before.
func (s *EventService) settleBy(ctx context.Context, from Peer, ven *VEN, m *oadr.CreatedEvent) error {
	o := createdEventOutcome(m)
	last := map[Topic]Token{}
	for _, r := range m.Responses {
		if t, err := ParseToken(r.RequestID); err == nil && t.VENNo == ven.No && t.Rev > last[t.Topic].Rev {
			last[t.Topic] = t
		}
	}
	for _, t := range last {
		s.delivery.settleSeparately(from, t, o)
	}
	if slices.ContainsFunc(m.Responses, func(r oadr.EventResponse) bool { return r.RequestID != "" }) {
		return nil
	}
	// No eventResponse names a push, so it answers the one in flight.
	if t, err := ParseToken(m.Response.RequestID); err == nil && t.VENNo == ven.No {
		s.delivery.settleSeparately(from, t, o)
		return nil
	}
	t, ok := s.delivery.inFlightFor(ctx, ven, from, m)
	if ok && o.Result != Refused { // an answer to an earlier push may leave events unanswered
		var err error
		if ok, err = s.allAnswered(ctx, ven); err != nil {
			return err
		}
	}
	if ok {
		s.delivery.settleSeparately(from, t, o)
	}
	return nil
}

// answeredAt reports whether a VEN has answered the current modificationNumber of an event.
func answeredAt(r OptReader, c Concern) (bool, error) {
	a, err := r.Answer(c.EventNo, c.VENNo)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil && a.ModificationNumber == c.ModificationNumber, err
}

// allAnswered reports whether a VEN has answered every event that it is told and that wants
// an answer.
func (s *EventService) allAnswered(ctx context.Context, ven *VEN) (all bool, err error) {
	now := s.clock.Now()
	err = s.reg.View(ctx, func(r Reader) error {
		all = false
		concerns, err := r.Concerns([]int64{ven.No}, now)
		if err != nil {
			return err
		}
		events, err := eventsOf(r, concerns)
		if err != nil {
			return err
		}
		for _, c := range concerns {
			e := events[c.shown()]
			if e == nil || !c.listed(e) || e.ResponseRequired == oadr.ResponseNever || e.Status(now) == oadr.StatusCompleted || e.unsaid(ven.Profile) != "" {
				continue
			}
			answered, err := answeredAt(r, c)
			if err != nil || !answered {
				return err
			}
		}
		all = true
		return nil
	})
	return all, err
}
