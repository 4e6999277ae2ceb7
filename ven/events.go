package ven

import (
	"context"
	"slices"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Events are the events the VEN holds, in the VTN's order (E2).
func (v *VEN) Events() []Event { return v.events.list() }

// PendingAnswers are the answers to events that the VEN has decided on and not
// yet given, whether or not they are due.
func (v *VEN) PendingAnswers() []oadr.EventResponse { return v.events.unanswered() }

// RequestEvent asks for the events (oadrRequestEvent) and takes what comes, as a
// push is taken. A replyLimit other than 0 asks for the first so many only
// (E24).
func (v *VEN) RequestEvent(ctx context.Context, replyLimit uint32) (*oadr.DistributeEvent, error) {
	m := &oadr.RequestEvent{RequestID: newID(), VENID: v.VENID()}
	if replyLimit > 0 {
		m.ReplyLimit = &replyLimit
	}
	answer, received, err := expect[*oadr.DistributeEvent](ctx, v, m)
	if err != nil {
		return nil, err
	}
	if answer.Response != nil {
		if err := refused(answer, *answer.Response); err != nil {
			return nil, err
		}
	}
	// As many as were asked for: there may be more, so none counts as missing.
	complete := replyLimit == 0 || len(answer.Events) < int(replyLimit)
	news := v.events.take(answer, received, complete)
	v.decide(news.fresh)
	v.tell(news)
	return answer, nil
}

// decide settles how to answer events that are new or changed.
func (v *VEN) decide(fresh []Event) {
	for _, e := range fresh {
		d := Decision{}
		switch {
		case e.Descriptor.Status == oadr.StatusCancelled:
			d.OptType = e.OptType // a cancellation is acknowledged, not opted on (E23)
		case v.cfg.Decide != nil:
			d = v.cfg.Decide(e.Event)
		}
		if d.OptType == "" {
			d.OptType = oadr.OptIn
		}
		if d.Code == 0 {
			d.Code = oadr.CodeOK
		}
		v.events.decide(e.Descriptor.EventID, e.Descriptor.ModificationNumber, d)
	}
}

// tell tells the VEN's owner of news, and the answering of events too.
func (v *VEN) tell(n news) {
	for _, e := range n.fresh {
		d := e.Descriptor
		v.cfg.Log.Info("event", "venID", v.VENID(), "eventID", d.EventID, "requestID", e.RequestID, "modificationNumber", d.ModificationNumber, "status", d.Status)
		if v.cfg.OnEvent != nil {
			v.cfg.OnEvent(e)
		}
	}
	if n.changed && v.cfg.OnChange != nil {
		v.cfg.OnChange(v.Events())
	}
	v.poke()
}

// news is what an oadrDistributeEvent changed.
type news struct {
	fresh   []Event // new, or with a new modificationNumber
	changed bool    // anything at all: these, a status, one that went
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
