package core

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// eventContents builds a message with all its events for each claimed VEN.
func (s *EventService) eventContents(ctx context.Context, claims []Claim, now time.Time) (map[int64]content, error) {
	sets, err := s.eventSets(ctx, claims, now)
	if err != nil {
		return nil, err
	}
	all := make(map[int64]content, len(claims))
	for _, c := range claims {
		all[c.VENNo] = content{rev: c.Rev, omitted: sets.omitted[c.VENNo], unanswered: !sets.asks[c.VENNo],
			message: &oadr.DistributeEvent{RequestID: c.Token().String(), VTNID: s.cfg.VTNID, Events: sets.events[c.VENNo]}}
	}
	return all, nil
}

// eventSets is what VENs must know of events, by VEN number.
type eventSets struct {
	events  map[int64][]oadr.Event // all that concern it, in order (rules E1, E2)
	omitted map[int64][]string     // eventIDs that no push has told so far for want of room
	asks    map[int64]bool         // it has an event to answer that it has not answered as it is
}

// eventSets builds what each claimed VEN must know.
func (s *EventService) eventSets(ctx context.Context, claims []Claim, now time.Time) (sets eventSets, err error) {
	vens := make([]int64, len(claims))
	of := make(map[int64]*Claim, len(claims))
	for i := range claims {
		c := &claims[i]
		vens[i], of[c.VENNo] = c.VENNo, c
	}
	var concerns []Concern
	var events map[shown]*Event
	err = s.reg.View(ctx, func(r Reader) (err error) {
		if concerns, err = r.Concerns(vens, now); err != nil {
			return err
		}
		if sets.omitted, err = r.Omitted(vens); err != nil {
			return err
		}
		events, err = eventsOf(r, concerns)
		return err
	})
	if err != nil {
		return eventSets{}, err
	}
	concerns = slices.DeleteFunc(concerns, func(c Concern) bool {
		e := events[c.shown()]
		return e == nil || !c.listed(e) || e.unsaid(of[c.VENNo].Profile) != ""
	})
	slices.SortFunc(concerns, func(a, b Concern) int {
		if a.VENNo != b.VENNo {
			return cmp.Compare(a.VENNo, b.VENNo)
		}
		return inOrder(a, events[a.shown()], b, events[b.shown()], now)
	})
	sets.events, sets.asks = make(map[int64][]oadr.Event, len(claims)), make(map[int64]bool, len(claims))
	shared := map[variant]oadr.Event{}
	for _, c := range concerns {
		ven := of[c.VENNo]
		as := variant{c.shown(), c.ModificationNumber, c.ChangedAt, ven.form().Profile}
		m, ok := shared[as]
		if !ok {
			m = events[c.shown()].withoutTarget(c, now)
			m.Share(as.profile)
			shared[as] = m
		}
		m.Target = target(c.Matched, ven.VENID)
		sets.events[c.VENNo] = append(sets.events[c.VENNo], m)
		if m.ResponseRequired != oadr.ResponseNever && !c.Answered.Is(c.ModificationNumber) {
			sets.asks[c.VENNo] = true
		}
	}
	return sets, nil
}

// variant is an event in a state that several VENs are told alike.
type variant struct {
	shown
	modification uint32
	changedAt    time.Time
	profile      oadr.Profile // in which it is encoded
}

// shown is an event at one of its modificationNumbers. A withdrawn VEN is told the one at
// which it was withdrawn.
type shown struct {
	eventNo   int64
	withdrawn bool
	as        uint32 // the event's modificationNumber then
}

func (c Concern) shown() shown {
	if c.Withdrawn {
		return shown{c.EventNo, true, c.Shown}
	}
	return shown{eventNo: c.EventNo}
}

// eventsOf reads the events of concerns.
func eventsOf(r EventReader, concerns []Concern) (map[shown]*Event, error) {
	events := map[shown]*Event{}
	var nos []int64
	for _, c := range concerns {
		s := c.shown()
		if _, ok := events[s]; ok {
			continue
		}
		events[s] = nil
		if !s.withdrawn {
			nos = append(nos, s.eventNo)
			continue
		}
		e, err := r.EventAs(s.eventNo, s.as)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, err
		}
		events[s] = e
	}
	current, err := r.EventsByNo(nos)
	for _, e := range current {
		events[shown{eventNo: e.No}] = e
	}
	return events, err
}

// listed reports whether the event is still in the set of the VEN. A cancelled one is until
// the VEN answers its modificationNumber or, without responseRequired, until its push is
// settled (rule E22).
func (c Concern) listed(e *Event) bool {
	if e.CancelledAt.IsZero() && !c.Withdrawn {
		return true
	}
	if c.Answered.Is(c.ModificationNumber) {
		return false
	}
	cancelled := e.Rev
	if c.Withdrawn {
		cancelled = c.WithdrawnRev
	}
	return e.ResponseRequired != oadr.ResponseNever || c.Settled < cancelled
}

// statusOrder is the order of rule E2: active, then far and near, then completed.
var statusOrder = map[string]int{oadr.StatusActive: 0, oadr.StatusFar: 1, oadr.StatusNear: 1, oadr.StatusCompleted: 2}

// inOrder compares two events of a VEN (rule E2): active ones by priority, 1 first and none
// last, then by start; others by start; at last by eventID.
func inOrder(a Concern, x *Event, b Concern, y *Event, now time.Time) int {
	status, other := a.placedAs(x, now), b.placedAs(y, now)
	byPriority := 0
	if status == oadr.StatusActive {
		byPriority = cmp.Compare(rank(x.Priority), rank(y.Priority))
	}
	return cmp.Or(cmp.Compare(statusOrder[status], statusOrder[other]), byPriority, x.Start.Compare(y.Start), cmp.Compare(x.EventID, y.EventID))
}

// placedAs returns the status that orders an event. A cancelled one keeps the status that it
// had before.
func (c Concern) placedAs(e *Event, now time.Time) string {
	switch {
	case c.Withdrawn && !c.ChangedAt.IsZero():
		now = c.ChangedAt
	case !c.Withdrawn && !e.CancelledAt.IsZero():
		now = e.CancelledAt
	}
	return e.timed(now)
}

// rank returns the order of a priority; 0, none, is last.
func rank(priority uint32) uint64 {
	if priority == 0 {
		return 1 << 32
	}
	return uint64(priority)
}
