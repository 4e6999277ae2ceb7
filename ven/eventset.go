package ven

import (
	"slices"
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// eventSet is the events that a VEN holds, and the answers it still has to give.
type eventSet struct {
	mu   sync.Mutex
	held []*heldEvent // in the VTN's order
	asOf time.Time    // when the last complete set arrived
}

// heldEvent is an event with its answer.
type heldEvent struct {
	Event
	decision *Decision
	due      time.Time // of the answer
	retry    time.Duration
}

// difference is what an oadrDistributeEvent changed.
type difference struct {
	fresh   []Event // new, or with a new modificationNumber
	changed bool    // whether any event came, changed or went, or got another status
}

// takeAll takes the complete set of events, which replaces the held one: an event that
// is missing was withdrawn (E1). Nothing is taken from a message that arrived before
// the last complete set did.
func (s *eventSet) takeAll(m *oadr.DistributeEvent, received time.Time) difference {
	s.mu.Lock()
	defer s.mu.Unlock()
	if received.Before(s.asOf) {
		return difference{}
	}
	named, others, d := s.merge(m, received)
	s.held, s.asOf = named, received
	d.changed = d.changed || len(others) > 0
	return d
}

// takeFirst takes the first events of the set, which withdraws no others (E24).
func (s *eventSet) takeFirst(m *oadr.DistributeEvent, received time.Time) difference {
	s.mu.Lock()
	defer s.mu.Unlock()
	if received.Before(s.asOf) {
		return difference{}
	}
	named, others, d := s.merge(m, received)
	s.held = append(named, others...)
	return d
}

// merge returns the events that a message names, the held ones that it does not name,
// and what it changes. A greater modificationNumber replaces an event, the same one
// updates its status (E3).
func (s *eventSet) merge(m *oadr.DistributeEvent, received time.Time) (named, others []*heldEvent, d difference) {
	seen := map[string]bool{}
	for _, e := range m.Events {
		id := e.Descriptor.EventID
		if seen[id] {
			continue
		}
		seen[id] = true
		h := s.find(id)
		switch {
		case h == nil || e.Descriptor.ModificationNumber > h.Descriptor.ModificationNumber:
			newer := &heldEvent{Event: Event{Event: e, Received: received, RequestID: m.RequestID}}
			if h != nil {
				newer.OptType = h.OptType
			}
			h = newer
			d.fresh = append(d.fresh, h.Event)
			d.changed = true
		case e.Descriptor.ModificationNumber == h.Descriptor.ModificationNumber:
			d.changed = d.changed || e.Descriptor.Status != h.Descriptor.Status
			h.Event.Event, h.RequestID = e, m.RequestID
		}
		named = append(named, h)
	}
	for _, h := range s.held {
		if !seen[h.Descriptor.EventID] {
			others = append(others, h)
		}
	}
	return named, others, d
}

// decide records how to answer a modificationNumber of an event.
func (s *eventSet) decide(eventID string, modificationNumber uint32, d Decision) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.find(eventID)
	if h == nil || h.Descriptor.ModificationNumber != modificationNumber {
		return
	}
	h.decision, h.due = &d, h.Received.Add(d.After)
}

// wants reports whether an event still has to be answered. A completed event is not
// (E22).
func (h *heldEvent) wants() bool {
	return !h.Answered && h.decision != nil && h.ResponseRequired != oadr.ResponseNever &&
		h.Descriptor.Status != oadr.StatusCompleted
}

func (h *heldEvent) response() oadr.EventResponse {
	return oadr.EventResponse{
		Code:               h.decision.Code,
		RequestID:          h.RequestID,
		EventID:            h.Descriptor.EventID,
		ModificationNumber: h.Descriptor.ModificationNumber,
		OptType:            h.decision.OptType,
	}
}

// due returns the answers that are due, and how long it is until others are.
func (s *eventSet) due(now time.Time) (responses []oadr.EventResponse, next rest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.held {
		if !h.wants() {
			continue
		}
		if wait := h.due.Sub(now); wait <= 0 {
			responses = append(responses, h.response())
		} else {
			next.shorten(wait)
		}
	}
	return responses, next
}

// unanswered returns all answers that are still to be given, due or not.
func (s *eventSet) unanswered() []oadr.EventResponse {
	s.mu.Lock()
	defer s.mu.Unlock()
	var responses []oadr.EventResponse
	for _, h := range s.held {
		if h.wants() {
			responses = append(responses, h.response())
		}
	}
	return responses
}

// answered records answers that the VTN accepted, and returns their events.
func (s *eventSet) answered(responses []oadr.EventResponse) []Event {
	return s.each(responses, func(h *heldEvent, r oadr.EventResponse) { h.Answered, h.OptType = true, r.OptType })
}

// refused records answers that the VTN refused; they are not repeated.
func (s *eventSet) refused(responses []oadr.EventResponse) {
	s.each(responses, func(h *heldEvent, _ oadr.EventResponse) { h.Answered = true })
}

// The time until something is sent again that did not get through.
const (
	retryFirst = 5 * time.Second
	retryMost  = 5 * time.Minute
)

// postpone makes answers due again later, each time after twice the time.
func (s *eventSet) postpone(responses []oadr.EventResponse, now time.Time) {
	s.each(responses, func(h *heldEvent, _ oadr.EventResponse) {
		h.retry = min(max(2*h.retry, retryFirst), retryMost)
		h.due = now.Add(h.retry)
	})
}

// each calls f for each response whose event has not changed since, and returns
// those events.
func (s *eventSet) each(responses []oadr.EventResponse, f func(*heldEvent, oadr.EventResponse)) []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	var events []Event
	for _, r := range responses {
		h := s.find(r.EventID)
		if h == nil || h.Descriptor.ModificationNumber != r.ModificationNumber {
			continue
		}
		f(h, r)
		events = append(events, h.Event)
	}
	return events
}

// clear drops all events, and reports whether there were any. Messages that arrived
// earlier do not bring them back.
func (s *eventSet) clear(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	had := len(s.held) > 0
	s.held, s.asOf = nil, now
	return had
}

func (s *eventSet) list() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Event, len(s.held))
	for i, h := range s.held {
		list[i] = h.Event
	}
	return list
}

func (s *eventSet) find(eventID string) *heldEvent {
	i := slices.IndexFunc(s.held, func(h *heldEvent) bool { return h.Descriptor.EventID == eventID })
	if i < 0 {
		return nil
	}
	return s.held[i]
}
