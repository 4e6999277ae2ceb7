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
	// EventVersion returns the VEN's version of an event. If it has none, only the
	// numbers are set.
	EventVersion(eventNo, venNo int64) (EventVersion, error)

	// Overlaps finds stored events of the same market context whose time meets that
	// of e for VENs that both concern (rule E13). It returns at most so many events,
	// and names at most so many VENs of each. A cancelled event counts for a VEN that
	// was told of it until the VEN has acknowledged the cancellation and the event's
	// startafter has passed.
	Overlaps(e *Event, events, vens int) ([]Overlap, error)
	// Concerns lists the events that each of these VENs must know at now, by VEN and
	// event: those that target it or that it was taken off, until their [Event.End].
	// Report-only VENs have none.
	Concerns(venNos []int64, now time.Time) ([]Concern, error)
	// Concerned returns how one event, ended or not, concerns one VEN.
	Concerned(venNo int64, eventID string) (Concerned, error)
	// MatchingEvents lists the events (by No) that have not ended at now and that the
	// VEN's labels match, each with the targets that match.
	MatchingEvents(venNo int64, now time.Time) (map[int64][]Target, error)
	// EventVENs lists the VENs an event concerns by venID, after the cursor,
	// the ones taken off included, report-only VENs aside.
	EventVENs(e *Event, f EventVENFilter, after string, limit int) (vens []EventVEN, next string, err error)

	// Reached lists the VENs that are told of an event, as they are now: those that it
	// targets, report-only and deleted ones aside, by venID.
	Reached(eventNo int64) ([]ReachedVEN, error)
	// Targeted lists the VENs of a profile that an event targets, by venID, at most so
	// many, and returns how many more there are.
	Targeted(eventNo int64, profile string, most int) (venIDs []string, more int, err error)

	// Unmeasured lists events that have not ended at now, are not cancelled and have no
	// [Size].
	Unmeasured(now time.Time) ([]*Event, error)
	// Full lists VENs whose events, as far as they have not ended at now and are not
	// cancelled, take more than the limits. It looks at the VENs that an event targets,
	// or at one VEN if eventNo is 0, and leaves out report-only and deleted ones. It
	// lists at most so many, by venID, and returns how many more there are.
	Full(eventNo, venNo int64, limits SetLimits, now time.Time, most int) (full []Full, more int, err error)
}

// EventWriter is the part of [Tx] that changes events.
type EventWriter interface {
	// PutEvent stores an event and its revision, without its targets. An event whose No
	// is 0 is new and gets a number. by says who changed it. Returns [ErrConflict] if
	// the eventID is taken.
	PutEvent(e *Event, by string) error
	// PutSize stores the [Size] of an event that has none.
	PutSize(e *Event) error
	// SetTargets replaces an event's targets. It withdraws the event from VENs that were
	// sent it and are no longer targeted, and takes that back for VENs targeted again,
	// each under the VEN's modificationNumber plus one. The history records both.
	SetTargets(e *Event) error
	// PutEventVersion replaces a VEN's version of an event. The version before remains
	// for the history.
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

	// These decide whether a cancellation is still told.
	Answered NumberOrNone // the modificationNumber the VEN last answered
	Settled  int64        // the revision the VEN has settled
}

// ReachedVEN is a VEN that an event is for.
type ReachedVEN struct {
	VENNo     int64
	Profile   string // see [VEN]
	Transport string // by which it is registered, empty if it is not
	State     OutboxState
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
	ModificationNumber uint32       // the VEN's own, see [EventVersion]
	Cancelled          bool         // for this VEN or for all
	Before             NumberOrNone // the modificationNumber before the cancellation
}

// EventVEN is how one VEN stands with one event.
type EventVEN struct {
	VENNo              int64
	VENID              string
	Profile            string // see [VEN]
	ModificationNumber uint32 // the VEN's own, see [EventVersion]
	Withdrawn          bool
	Before             NumberOrNone // the modificationNumber before a cancellation
	Needed             int64        // a push from this revision on brings the event's current state

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
	Polled  bool      // it is told when it polls (rule H7)
	Unheard bool      // it has none: it was not heard since its accounts changed

	// Held is the greatest modificationNumber the VEN has acknowledged.
	Held   NumberOrNone
	Answer *Answer // nil: none
	// Oldest first: the opts for this event that are not cancelled; and, where any
	// schedule meets the event, those schedules that have a say in it: that came before
	// its end and were not replaced before it, nor cancelled unless they block.
	Opts      []Opt
	Schedules []EventSchedule
}
