package core

import "time"

// EventVENFilter chooses an event's VENs. Its zero value chooses all.
type EventVENFilter struct {
	// OptOutSchedule chooses only VENs with a schedule that opts out of some of
	// the event's time, and leaves out those taken off the event.
	OptOutSchedule bool
}

// EventReader is the part of [Reader] that is about events and the VENs they concern.
type EventReader interface {
	Event(eventID string) (*Event, error)
	EventsByNo(nos []int64) ([]*Event, error)
	// Events lists newest first, before the cursor (an event No, 0 for the start).
	Events(before int64, limit int) (events []*Event, next int64, err error)
	// EventAs is an event as it was under one of its modificationNumbers.
	EventAs(no int64, modification uint32) (*Event, error)
	// EventVersion is what of an event is the VEN's own; without any, only the numbers are set.
	EventVersion(eventNo, venNo int64) (EventVersion, error)

	// Overlaps finds up to so many events of the same market context whose window
	// meets this stored one's for VENs that both concern (rule E13), and names so
	// many of those. A cancelled event counts for a VEN that was told of it until
	// that has acknowledged the cancellation, and for its startafter then.
	Overlaps(e *Event, events, vens int) ([]Overlap, error)
	// Concerns says for each of these VENs which events it must know at now:
	// targeted or taken off, not past their [Event.End], and those whose VEN is
	// not report-only. Ordered by VEN and event.
	Concerns(venNos []int64, now time.Time) ([]Concern, error)
	// Concerned says how one event, ended or not, concerns one VEN.
	Concerned(venNo int64, eventID string) (Concerned, error)
	// MatchingEvents lists the events (No) past no end at now that the VEN's
	// labels match, with those of their targets that they match.
	MatchingEvents(venNo int64, now time.Time) (map[int64][]Target, error)
	// EventVENs lists the VENs an event concerns by venID, after the cursor,
	// the ones taken off included, report-only VENs aside.
	EventVENs(e *Event, f EventVENFilter, after string, limit int) (vens []EventVEN, next string, err error)

	// Unmeasured lists events past no end at now, not cancelled, without a [Size].
	Unmeasured(now time.Time) ([]*Event, error)
	// Full lists VENs whose events, those past no end at now and not cancelled,
	// take more than the limits: of those that the event targets, or the one VEN
	// where eventNo is 0. Report-only and deleted ones are left out. It stops at
	// most, by venID, and says how many more there are.
	Full(eventNo, venNo int64, limits SetLimits, now time.Time, most int) (full []Full, more int, err error)
}

// EventWriter is the part of [Tx] that changes events.
type EventWriter interface {
	// PutEvent stores an event and its revision, new when No is 0 (which it
	// sets); by says who changed it. [ErrConflict] when the eventID is taken.
	// Targets are stored by SetTargets.
	PutEvent(e *Event, by string) error
	// PutSize stores the [Size] of an event that has none.
	PutSize(e *Event) error
	// SetTargets replaces an event's targets. VENs that were sent the event and
	// are no longer targeted are withdrawn, those targeted again no longer are,
	// each under its own modificationNumber plus one. Both are recorded in the
	// history.
	SetTargets(e *Event) error
	// PutEventVersion replaces what of an event is a VEN's own; what there was remains for
	// the history.
	PutEventVersion(o EventVersion) error
}

// Concern is one event in one VEN's set.
type Concern struct {
	VENNo              int64
	EventNo            int64
	ModificationNumber uint32    // the VEN's own, see [EventVersion]
	Withdrawn          bool      // cancelled for this VEN alone (rule E23)
	WithdrawnRev       int64     // the revision of that
	Shown              uint32    // the event's modificationNumber whose content it then is told
	ChangedAt          time.Time // when a change of this VEN alone last raised its number, zero for never
	Matched            []Target  // the event's targets that are this VEN's (rule E12)

	// Where the event is cancelled, for this VEN or for all: what decides
	// whether that is still told.
	Answered int64 // the modificationNumber the VEN last answered, -1 for none
	Settled  int64 // the revision the VEN has settled
}

// Overlap is an event whose time meets another's for some VENs.
type Overlap struct {
	EventID    string
	Cancelled  bool          // for all, or for these VENs
	StartAfter time.Duration // of one that is cancelled
	VENs       []string      // by venID
	More       int           // VENs that are not named
}

// Concerned is how an event that a VEN speaks of concerns it.
type Concerned struct {
	EventNo            int64
	ModificationNumber uint32 // the VEN's own, see [EventVersion]
	Cancelled          bool   // for this VEN or for all
	Before             int64  // the modificationNumber before the cancellation, -1 without one
}

// EventVEN is how one VEN stands with one event.
type EventVEN struct {
	VENNo              int64
	VENID              string
	ModificationNumber uint32 // the VEN's own, see [EventVersion]
	Withdrawn          bool
	Before             int64 // the modificationNumber before a cancellation, -1 without one
	Needed             int64 // a push from this revision on brings the event's current state

	// Push is the one that told the VEN of that state: the first it
	// acknowledged, else the last it refused. A push that was sent after the
	// event's [Event.End] told nothing of it. Nil: not told so far.
	Push *SettledPush

	// The VEN's outbox, as it is now.
	Rev      int64
	Sent     int64
	Settled  int64
	State    OutboxState
	Attempts int // since something was last settled
	SentAt   time.Time
	NextAt   time.Time // of the next attempt; zero: none
	Code     int       // Code and Error are of the last outcome
	Error    string    // since the first of these attempts

	VENDeletedAt time.Time // zero: it is not
	Omitted      bool      // not told for want of room (rule E25)

	SeenAt  time.Time // when the VEN's route was stored
	Unheard bool      // it has none: it was not heard since its accounts changed

	// Held is the greatest modificationNumber the VEN has acknowledged, -1 for none.
	Held   int64
	Answer *Answer // nil: none
	// Oldest first: the opts for this event that are not cancelled; and, where any
	// schedule meets the event, those schedules that have a say in it: that came before
	// its end and were not replaced before it, nor cancelled unless they block.
	Opts      []Opt
	Schedules []EventSchedule
}
