package core

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// HistoryKind is what happened to an event.
type HistoryKind string

// Kinds of history. The first four concern the event itself, the others one VEN.
const (
	HistoryCreated   HistoryKind = "created"
	HistoryModified  HistoryKind = "modified"
	HistoryCancelled HistoryKind = "cancelled"
	HistoryCompleted HistoryKind = "completed"

	HistoryWithdrawn    HistoryKind = "withdrawn"    // taken off the event (rule E23)
	HistoryVENDeleted   HistoryKind = "venDeleted"   // the VEN was deleted before the event was over
	HistoryRetargeted   HistoryKind = "retargeted"   // other targets of the event name the VEN, or again
	HistorySent         HistoryKind = "sent"         // a push without an outcome so far
	HistoryUnreachable  HistoryKind = "unreachable"  // a push that found nobody; repeated when the VEN is back
	HistoryAcknowledged HistoryKind = "acknowledged" // the first push that told the VEN of this modificationNumber
	HistoryRefused      HistoryKind = "refused"      // a push that the VEN refused
	HistoryAnswered     HistoryKind = "answered"     // an eventResponse in an oadrCreatedEvent
	HistoryOptCreated   HistoryKind = "optCreated"   // an oadrCreateOpt for the event
	HistoryOptReplaced  HistoryKind = "optReplaced"  // an oadrCreateOpt that replaces an opt of the VEN (rule P2)
	HistoryOptCancelled HistoryKind = "optCancelled" // an oadrCancelOpt, or the registration ended, in an answer too; then without optID
)

// MaxHistory bounds the entries of what one VEN said of one event.
const MaxHistory = 1000

// HistoryEntry is one thing that happened to an event.
type HistoryEntry struct {
	EventNo, VENNo     int64 // VENNo is 0 if it concerns the event itself
	Cursor             HistoryCursor
	At                 time.Time
	What               HistoryKind
	VENID              string
	Profile            string // of the VEN
	ModificationNumber uint32
	By                 string // who changed the event
	OptType, OptID     string
	// What the opt is for, see [Opt]; all empty: the whole VEN.
	Resources     []string
	Others        oadr.Target
	DeviceClasses []string
	Code          int       // OpenADR response code, 0 for none
	Error         string    // its description, or the stanza error's condition
	SentAt        time.Time // of the last attempt of a push
	Attempts      int
}

// HistoryCursor is where an entry stands in an event's history: by time, at the
// same time by modificationNumber, then by source, VEN, and the source's number.
type HistoryCursor struct{ At, Modification, Source, VENNo, No int64 }

// Sources of history, in the order in which one thing follows from another.
const (
	SourceChange int64 = iota // changes of the event or of its VENs
	SourcePush                // settled pushes
	SourceOutbox              // pushes in flight
	SourceRecord              // what VENs said
	sourceClock
)

func (p HistoryCursor) numbers() []int64 {
	return []int64{p.At, p.Modification, p.Source, p.VENNo, p.No}
}

// Compare orders cursors, the earlier first.
func (p HistoryCursor) Compare(q HistoryCursor) int { return slices.Compare(p.numbers(), q.numbers()) }

// String writes what [ParseHistoryCursor] reads.
func (p HistoryCursor) String() string {
	var parts []string
	for _, n := range p.numbers() {
		parts = append(parts, strconv.FormatInt(n, 10))
	}
	return strings.Join(parts, ".")
}

// ParseHistoryCursor reads what [HistoryCursor.String] writes; empty text is the start.
func ParseHistoryCursor(s string) (p HistoryCursor, err error) {
	if s == "" {
		return p, nil
	}
	parts := strings.Split(s, ".")
	into := []*int64{&p.At, &p.Modification, &p.Source, &p.VENNo, &p.No}
	if len(parts) != len(into) {
		return p, fmt.Errorf("%.100q is no cursor of a history", s)
	}
	for i := range into {
		if *into[i], err = strconv.ParseInt(parts[i], 10, 64); err != nil {
			return p, fmt.Errorf("%.100q is no cursor of a history", s)
		}
	}
	return p, nil
}

// EventHistory lists what happened to an event, oldest first: to the event itself and to
// all its VENs, or only to the one that venID names. after is next of an earlier call, or
// the zero cursor for the start; next is the zero cursor at the end. It returns
// [ErrNotFound] if the event, and [ErrNoVEN] if the VEN does not exist.
func (s *EventService) EventHistory(ctx context.Context, eventID, venID string, after HistoryCursor, limit int) (found []HistoryEntry, next HistoryCursor, err error) {
	err = s.reg.Browse(ctx, func(r Reader) error {
		e, err := r.Event(eventID)
		if err != nil {
			return err
		}
		var venNo int64
		if venID != "" {
			ven, err := venBeside(r, venID)
			if err != nil {
				return err
			}
			venNo = ven.No
		}
		entries, more, err := r.EventHistory(e.No, venNo, after, limit)
		if err != nil {
			return err
		}
		if done, ok := e.completion(s.clock.Now()); ok && done.Cursor.Compare(after) > 0 && (!more || done.Cursor.Compare(entries[len(entries)-1].Cursor) < 0) {
			entries = append(entries, done)
			slices.SortFunc(entries, func(a, b HistoryEntry) int { return a.Cursor.Compare(b.Cursor) })
		}
		if len(entries) > limit {
			entries, more = entries[:limit], true
		}
		if more {
			next = entries[len(entries)-1].Cursor
		}
		found, err = said(r, e, entries)
		return err
	})
	return found, next, err
}

// completion returns the entry of an event's completion, if it is completed.
func (e *Event) completion(now time.Time) (h HistoryEntry, ok bool) {
	if e.Status(now) != oadr.StatusCompleted {
		return h, false
	}
	at := e.Start.Add(e.Duration)
	return HistoryEntry{
		EventNo: e.No, At: at, What: HistoryCompleted, ModificationNumber: e.ModificationNumber,
		Cursor: HistoryCursor{At: at.UnixMilli(), Modification: int64(e.ModificationNumber), Source: sourceClock},
	}, true
}

// recordOpt records an opt for an event. Of a schedule it tells the journal alone.
func (s *OptService) recordOpt(tx Tx, ven *VEN, o *Opt, what HistoryKind, at time.Time) error {
	if o.EventNo == 0 {
		tx.Note(JournalEntry{At: at, Kind: JournalOpt, What: string(what), VENID: ven.VENID, Body: JournalBody{Opt: o.OptType, OptID: o.OptID}})
		return nil
	}
	return s.recordSaid(tx, ven, HistoryEntry{
		EventNo: o.EventNo, VENNo: o.VENNo, At: at, What: what, ModificationNumber: o.ModificationNumber,
		OptType: o.OptType, OptID: o.OptID, Resources: o.Resources, Others: o.Others, DeviceClasses: o.DeviceClasses,
	})
}
