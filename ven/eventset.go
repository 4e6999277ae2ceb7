package ven

import (
	"slices"
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// eventSet is the events a VEN holds and what it still has to say about them.
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
	changed bool    // anything at all: these, a status, one that went
}

// take takes the events of an oadrDistributeEvent. A complete set replaces what
// was held: what is missing was withdrawn (E1). An event with a greater
// modificationNumber takes the place of the one before it; with the same one it
// brings its status up to date (E3). A message that arrived before the set was
// last complete is out of date; nothing is taken from it.
func (s *eventSet) take(m *oadr.DistributeEvent, received time.Time, complete bool) difference {
	s.mu.Lock()
	defer s.mu.Unlock()
	var d difference
	if received.Before(s.asOf) {
		return d
	}
	before := map[string]*heldEvent{}
	for _, h := range s.held {
		before[h.Descriptor.EventID] = h
	}
	after := make([]*heldEvent, 0, len(m.Events))
	seen := map[string]bool{}
	for _, e := range m.Events {
		id := e.Descriptor.EventID
		if seen[id] {
			continue
		}
		seen[id] = true
		h := before[id]
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
		after = append(after, h)
		delete(before, id)
	}
	if complete {
		s.asOf = received
		d.changed = d.changed || len(before) > 0
	} else {
		for _, h := range s.held {
			if before[h.Descriptor.EventID] != nil {
				after = append(after, h)
			}
		}
	}
	s.held = after
	return d
}

// decide notes how a modificationNumber of an event is to be answered.
func (s *eventSet) decide(eventID string, modificationNumber uint32, d Decision) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.find(eventID)
	if h == nil || h.Descriptor.ModificationNumber != modificationNumber {
		return
	}
	h.decision, h.due = &d, h.Received.Add(d.After)
}

// wants says whether an event still has to be answered. A completed event is
// not acknowledged (E22).
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

// due is the answers that are due, and how long until the next ones are.
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

// unanswered is every answer that is still to be given, due or not.
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

// answered notes answers that were given, and returns the events they are for.
func (s *eventSet) answered(responses []oadr.EventResponse) []Event {
	return s.each(responses, func(h *heldEvent, r oadr.EventResponse) { h.Answered, h.OptType = true, r.OptType })
}

// refused notes answers that the VTN will not take; they are not repeated.
func (s *eventSet) refused(responses []oadr.EventResponse) {
	s.each(responses, func(h *heldEvent, _ oadr.EventResponse) { h.Answered = true })
}

// Repeating an answer that did not get through.
const (
	retryFirst = 5 * time.Second
	retryMost  = 5 * time.Minute
)

// postpone puts answers off, for longer each time.
func (s *eventSet) postpone(responses []oadr.EventResponse, now time.Time) {
	s.each(responses, func(h *heldEvent, _ oadr.EventResponse) {
		h.retry = min(max(2*h.retry, retryFirst), retryMost)
		h.due = now.Add(h.retry)
	})
}

// each calls f with the events that responses are for and that have not changed
// since.
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

// clear drops all events; older stanzas do not bring them back. It says whether
// there were any.
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
