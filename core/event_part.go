package core

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// eventFitting makes the events of a VEN fit into one message (rule E25).
type eventFitting struct {
	*common
	events interface {
		eventSets(ctx context.Context, claims []Claim, now time.Time) (sets eventSets, err error)
	}

	inPart atomic.Bool // some VEN is told part of its events
	shrunk wake.Signal // some VEN may have room for more of them
}

func newEventFitting(c *common) *eventFitting {
	return &eventFitting{common: c, shrunk: wake.New()}
}

// The events of a VEN can be too large for one message although each change is checked
// (rule E25): the limit was lowered, the VEN speaks in another form, or an earlier version
// stored them. Then the VEN is told the most urgent that fit, and the rest once there is
// room.

// Known is what a VEN knows of an event from messages that it acknowledged.
type Known struct {
	Event        bool // the event, in some state
	Cancellation bool // that it is cancelled
}

// way is how payloads reach a VEN.
type way struct {
	transport Transport // nil: without a limit of its own
	form      oadr.Form
	stanza    string
	spare     int // bytes that are left free
	signature int // bytes that a signature takes
}

// wayTo returns the way to a VEN. It spares room for what only the answer to an
// oadrRequestEvent holds, so that a push and that answer tell the same.
func (f *eventFitting) wayTo(c Claim) way {
	w := way{f.transports[c.Route.Transport], c.form(), c.stanza(), f.spare(), 0}
	if mode := f.signatureMode(c.Signatures); mode != "" && mode != SignaturesOff && w.form.Profile != oadr.ProfileA {
		w.signature = f.signing() // also if it is not asked for: an answer is signed if the request was (rule S12)
	}
	return w
}

func (c *common) spare() int { return min(1024, c.cfg.MaxPayload/20) }

// fits fails with [ErrTooLarge] if a payload is too large for this way. It is given without
// signature.
func (f *eventFitting) fits(w way, payload []byte) error {
	if len(payload) > f.cfg.MaxPayload-w.spare-w.signature {
		return ErrTooLarge
	}
	if carrier, ok := w.transport.(Carrier); ok {
		if w.signature > 0 { // in text its markup takes more
			payload = append(payload[:len(payload):len(payload)], make([]byte, w.signature*5/4)...)
		}
		return carrier.Fits(w.stanza, payload)
	}
	return nil
}

// choose returns the events of m that fit into the message, and the eventIDs of the rest.
func (f *eventFitting) choose(ctx context.Context, venNo int64, w way, m oadr.DistributeEvent) (chosen []oadr.Event, rest []string, err error) {
	all := m.Events
	if f.fits(w, oadr.Append(nil, w.form, &m)) == nil {
		return all, nil, nil
	}
	var known map[string]Known
	err = f.reg.View(ctx, func(r Reader) (err error) {
		known, err = r.Known(venNo, eventIDs(all))
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	order := slices.Clone(all)
	slices.SortStableFunc(order, func(a, b oadr.Event) int { return int(partRankOf(a, known)) - int(partRankOf(b, known)) })
	m.Events = nil
	room := f.cfg.MaxPayload - w.spare - w.signature - len(oadr.Append(nil, w.form, &m))
	for ; room > 0; room = room * 9 / 10 {
		m.Events = inRoom(order, known, room)
		if len(m.Events) == 0 || f.fits(w, oadr.Append(nil, w.form, &m)) == nil {
			break
		}
	}
	index := map[string]int{}
	for i, e := range all {
		index[e.Descriptor.EventID] = i
	}
	slices.SortFunc(m.Events, func(a, b oadr.Event) int { return index[a.Descriptor.EventID] - index[b.Descriptor.EventID] })
	have := eventIDs(m.Events)
	for _, e := range all {
		if id := e.Descriptor.EventID; !slices.Contains(have, id) && partRankOf(e, known) != rankKnownCancelled {
			rest = append(rest, id)
		}
	}
	return m.Events, rest, nil
}

// partRank orders the events of a VEN when not all of them fit, the most urgent first.
type partRank int

const (
	rankCancellation   partRank = iota // of an event that the VEN knows
	rankOpen                           // the event is active or will be
	rankCompleted                      // the event has ended
	rankKnownCancelled                 // the VEN knows of the cancellation and need not be told again
	rankUnknown                        // the event was cancelled before the VEN knew of it
)

func partRankOf(e oadr.Event, known map[string]Known) partRank {
	k := known[e.Descriptor.EventID]
	switch {
	case e.Descriptor.Status == oadr.StatusCompleted:
		return rankCompleted
	case e.Descriptor.Status != oadr.StatusCancelled:
		return rankOpen
	case !k.Event:
		return rankUnknown
	case k.Cancellation:
		return rankKnownCancelled
	}
	return rankCancellation
}

// inRoom returns the events that fit into room bytes, in order.
func inRoom(order []oadr.Event, known map[string]Known, room int) (chosen []oadr.Event) {
	for _, e := range order {
		n := bytesOf(e)
		if n > room && partRankOf(e, known) == rankCancellation { // a cancellation always gets through
			e = brief(e)
			n = bytesOf(e)
		}
		if n <= room {
			chosen = append(chosen, e)
			room -= n
		}
	}
	return chosen
}

// brief returns a cancelled event with one interval instead of all, since the intervals do
// not matter any more.
func brief(e oadr.Event) oadr.Event {
	short := oadr.Event{Descriptor: e.Descriptor, ActivePeriod: e.ActivePeriod, Target: e.Target, ResponseRequired: e.ResponseRequired}
	short.Descriptor.VTNComment = ""
	if len(e.Signals) > 0 && len(e.Signals[0].Intervals) > 0 {
		s := e.Signals[0]
		if simple := e.Simple(); simple != nil { // which any profile can say
			s = *simple
		}
		s.Intervals = slices.Clone(s.Intervals[:1])
		s.Intervals[0].Duration = e.ActivePeriod.Duration
		s.Target = nil
		short.Signals = []oadr.EventSignal{s}
	}
	return short
}

func eventIDs(events []oadr.Event) (ids []string) {
	for _, e := range events {
		ids = append(ids, e.Descriptor.EventID)
	}
	return ids
}

// occasion is when a VEN is told of events.
type occasion uint8

const (
	inPush  occasion = iota
	inReply          // to the VEN's oadrRequestEvent
)

// oneMessage returns what one message tells a VEN of m, and the payload, without signature, in the
// room of dst: all, or if that does not fit a part (rule E25). before lists the eventIDs
// that are on record as left out.
func (f *eventFitting) oneMessage(ctx context.Context, dst []byte, c Claim, m *oadr.DistributeEvent, before []string, in occasion) (payload []byte, part *oadr.DistributeEvent, err error) {
	w := f.wayTo(c)
	payload = oadr.Append(dst[:0], w.form, m)
	if len(before) == 0 && f.fits(w, payload) == nil {
		return payload, m, nil
	}
	if m, err = f.tellInPart(ctx, c, w, m, before, in); err != nil {
		return nil, nil, err
	}
	return oadr.Append(payload[:0], w.form, m), m, nil
}

// tellInPart returns m with the events that fit. It first records the events that it leaves
// out; before lists those on record. A push also takes from the record what it tells again.
// A reply leaves those, since nobody acknowledges a reply. A claim without a revision, for a
// reply with a replyLimit, changes no record.
func (f *eventFitting) tellInPart(ctx context.Context, c Claim, w way, m *oadr.DistributeEvent, before []string, in occasion) (*oadr.DistributeEvent, error) {
	chosen, rest, err := f.choose(ctx, c.VENNo, w, *m)
	if err != nil {
		return nil, err
	}
	slices.Sort(rest)
	fewer := slices.ContainsFunc(rest, func(id string) bool { return !slices.Contains(before, id) })
	if c.Rev != 0 && (fewer || in == inPush && len(rest) != len(before)) {
		err := f.reg.Update(ctx, func(tx Tx) error {
			return tx.PutOmitted(Omission{VENNo: c.VENNo, EventIDs: rest, Rev: c.Rev, All: in == inPush})
		})
		if err != nil {
			return nil, err
		}
		f.leftOut(c.VENID, rest)
	}
	if len(chosen) == 0 { // a message without events would withdraw all that the VEN holds
		return m, nil
	}
	part := *m
	part.Events = chosen
	return &part, nil
}

// leftOut logs which events a VEN is not told. Only the operator can help.
func (f *eventFitting) leftOut(venID string, events []string) {
	if len(events) == 0 {
		f.lines.About(venID, zerolog.InfoLevel).Str("venID", venID).Msg("the VEN is told all its events again")
		return
	}
	named := events[:min(len(events), fullListed)]
	f.lines.About(venID, zerolog.WarnLevel).Str("venID", venID).Strs("eventIDs", named).Int("leftOut", len(events)).Int("maxPayload", f.cfg.MaxPayload).
		Msg("the VEN's events are too many for one message: these are not told until there is room; cancel some, or allow larger payloads")
	f.inPart.Store(true)
	f.shrunk.Wake()
}
