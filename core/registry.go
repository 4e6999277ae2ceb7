package core

import (
	"cmp"
	"context"
	"time"
)

// How pushes are repeated. Waits get a jitter of a quarter
// up or down where they are applied.
const (
	Lease        = 10 * time.Second // how long a push may go unanswered
	Young        = time.Second      // how long it may while others wait for room, or the VEN came anew
	BackoffFirst = 5 * time.Second  // after the first failure; doubles each time
	BackoffMax   = 5 * time.Minute
	ParkProbe    = 15 * time.Minute // how often somebody parked is tried anyway
)

// Registry stores what a VTN knows. Implementations are safe for concurrent use.
// Where it is the database that fails, the error is an [ErrStore].
//
// Update is durable: when it returns nil, what fn did survives the loss of the
// process and of power. Claims, unparking and routes may be lost: they cost a
// repeated push. Settle is durable when it returns.
type Registry interface {
	// Update runs fn in one transaction and commits it, or rolls back when fn
	// fails, returning fn's error unchanged. fn may run more than once.
	Update(ctx context.Context, fn func(Tx) error) error
	// View runs fn on one consistent state of things.
	View(ctx context.Context, fn func(Reader) error) error
	// Browse is View for what operators look at, which may take long: VENs'
	// requests and the dispatcher never wait for it. Few do at once; others wait,
	// for some seconds at most: [ErrBusy].
	Browse(ctx context.Context, fn func(Reader) error) error

	// Claim takes up to limit due outboxes of one urgency, of whatever topic, in
	// order of place: sent becomes rev, the state in flight, and the next attempt
	// is after the lease and the backoff. Silent chooses those whose last push
	// went unanswered (attempts > 0) or the others. With the first claim of
	// [UrgencyFirst] begins the lease that the VEN's other boxes are held for at
	// most; the second follows when it ends, and neither counts as silent.
	Claim(ctx context.Context, urgency Urgency, silent bool, now time.Time, limit int) ([]Claim, error)
	// ClaimVEN does the same for one VEN, due or not, to be handed out in a reply: a
	// later revision does not wait for its answer. A VEN without anything due keeps
	// its state, and what is held stays so. [ErrNotFound] when the VEN has no such
	// outbox.
	ClaimVEN(ctx context.Context, topic Topic, venNo int64, now time.Time) (Claim, error)
	// Settle records outcomes, in order. An outcome counts only if its sender
	// is an identity of the token's VEN, and the token is what was sent and is
	// not yet settled; verdicts[i] says whether it did. One record of the push
	// is kept for each that settles. In the same transaction told is called for
	// those of other topics than events that settled: what was told has a record
	// of its own there. It may be called again, as a function of Update.
	//
	// A push of events tells all there is; it is the last revision's. A push of
	// another topic tells one change: up to its revision things are settled, and
	// if there are more the next is due. Any outcome of a greeting frees what it
	// held; where nobody is there, all is held again, see [Tx.Greet].
	Settle(ctx context.Context, now time.Time, s []Settlement, told func(Tx, Settlement) error) (verdicts []Verdict, err error)
	// Unpark makes what is parked for these VENs due, at its place, and reports how
	// many. Where they came it ends a backoff, too, and what is in flight is due
	// again when it has not been answered for [Young].
	Unpark(ctx context.Context, now time.Time, venNos []int64, came bool) (int, error)
	// NextDue says for each kind of claim when it will next find something, in
	// the order of urgency, silent ones last; kinds without anything are left out.
	NextDue(ctx context.Context) ([]Due, error)
	// CountDue counts the outboxes that are due now.
	CountDue(ctx context.Context, now time.Time) (int, error)
	// Retire deletes events that ended or were cancelled before the time, with all
	// that belongs to them, values of intervals that began before it, VENs that were
	// deleted before it once nothing of theirs is kept, and other records that ended
	// before it. It does so in many transactions, each of about limit rows. What it
	// has done is done, also where it fails.
	Retire(ctx context.Context, before time.Time, limit int) (Retired, error)
	// Rewind follows a clock that went back: what would wait longer than
	// anything ever does is due now.
	Rewind(ctx context.Context, now time.Time) error
	// Parked lists the identities on a transport of VENs with something parked.
	Parked(ctx context.Context, transport string, limit int) ([]string, error)
	// SetRoutes records where VENs, by No, were last heard from. A VEN that is no
	// more is passed over; an address of somebody else's identity is not kept.
	SetRoutes(ctx context.Context, routes map[int64]Route) error

	// Ping says whether the store can be written.
	Ping(ctx context.Context) error
	Close() error
}

// Retired counts what was deleted because it was old.
type Retired struct{ Events, Values, Rows int }

// Urgency orders claims: the lower, the earlier.
type Urgency int

// Urgencies: cancellations; what starts within its notification time; what few
// VENs are to know; the rest. Before all of them goes what each VEN waits for, see
// [Tx.Greet]; its number is the last, which programs before it never claim.
const (
	UrgencyCancel Urgency = iota
	UrgencySoon
	UrgencyFew
	UrgencyNormal
	UrgencyFirst
	Urgencies // how many there are
)

// Compare orders urgencies, the most urgent first.
func (u Urgency) Compare(other Urgency) int {
	return cmp.Compare((u+1)%Urgencies, (other+1)%Urgencies)
}

// Due is when a kind of claim will next find something.
type Due struct {
	Urgency Urgency
	Silent  bool
	At      time.Time
}

// Claim is one VEN to be told, with what a push to it needs.
type Claim struct {
	VENNo       int64
	VENID       string
	Topic       Topic
	Rev         int64 // to be told up to here
	Settled     int64
	Attempts    int // this one included
	Urgency     Urgency
	PayloadRoot string // this and Stanza: see [VEN]
	Stanza      string
	Route       Route
}

// Token of the claim's push.
func (c Claim) Token() Token { return Token{c.Topic, c.VENNo, c.Rev} }

// Settlement is the outcome of one push, and who says so.
type Settlement struct {
	Token   Token
	By      Identity
	Outcome Outcome
	From    string // where it is not empty, it counts only if the VEN's route leads there
}

// Verdict is what became of a settlement.
type Verdict uint8

// Verdicts.
const (
	Foreign Verdict = iota // not from the push's VEN, or of no push that was sent
	Spent                  // of a push that is settled, or out again: nothing changes
	Counted
)

// Reader reads. Methods that look for one thing return [ErrNotFound]. Those that list
// to a limit end before it where what they list is large: see next, or more.
type Reader interface {
	VEN(venID string) (*VEN, error)
	VENByIdentity(id Identity) (*VEN, error)
	// Senders finds the VENs that identities are, without their identities and
	// labels: what a request needs. Identities that are no VEN's are left out.
	Senders(ids []Identity) (map[Identity]*VEN, error)
	// VENs lists by venID, after the cursor, those deleted only if asked for; next
	// is empty at the end.
	VENs(deleted bool, after string, limit int) (vens []*VEN, next string, err error)
	// Greeted says at which revisions VENs are to be told the VTN's own reports, see
	// [Tx.Greet]. Those that are not to be told are left out.
	Greeted(venNos []int64) (map[int64]int64, error)
	// Stands says whether a VEN's registration is its standing one.
	Stands(venNo int64, registrationID string) (bool, error)
	// Kept counts what there is of a VEN.
	Kept(venNo int64) (Kept, error)
	// UnknownTargets are those of targets that no VEN carries as a label.
	UnknownTargets(targets []Target) (map[Target]bool, error)
	// UnreachedTargets are those of targets that no VEN carries as a label which is
	// registered, not as report-only, and has an identity: events reach nobody by
	// them now.
	UnreachedTargets(targets []Target) (map[Target]bool, error)

	Event(eventID string) (*Event, error)
	EventsByNo(nos []int64) ([]*Event, error)
	// Events lists newest first, before the cursor (an event No, 0 for the start).
	Events(before int64, limit int) (events []*Event, next int64, err error)
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
	// Omitted lists for VENs the events (by eventID) that no push has told them for
	// want of room, VENs without any aside.
	Omitted(venNos []int64) (map[int64][]string, error)
	// ToldInPart lists such VENs by number, those that events are pushed to, as a
	// claim would have them; CountToldInPart counts them.
	ToldInPart(after int64, limit int) ([]Claim, error)
	CountToldInPart() (int, error)
	// Known says what a VEN knows of events.
	Known(venNo int64, eventIDs []string) (map[string]Known, error)
	// Unmeasured lists events past no end at now, not cancelled, without a [Size].
	Unmeasured(now time.Time) ([]*Event, error)
	// Full lists VENs whose events, those past no end at now and not cancelled,
	// take more than the limits: of those that the event targets, or the one VEN
	// where eventNo is 0. Report-only and deleted ones are left out. It stops at
	// most, by venID, and says how many more there are.
	Full(eventNo, venNo int64, limits SetLimits, now time.Time, most int) (full []Full, more int, err error)
	// EventAs is an event as it was under a modificationNumber of its.
	EventAs(no int64, modification uint32) (*Event, error)
	// Own is what of an event is the VEN's own; without any, only the numbers are set.
	Own(eventNo, venNo int64) (Own, error)
	// Registered says whether the VEN is registered or ever was: else it was
	// told of nothing.
	Registered(venNo int64) (bool, error)
	// EventVENs lists the VENs an event concerns by venID, after the cursor,
	// the ones taken off included, report-only VENs aside. Where it is asked for
	// the scheduled, it leaves out who was taken off or has no schedule that opts
	// out of any of the event's time.
	EventVENs(e *Event, scheduled bool, after string, limit int) (vens []EventVEN, next string, err error)
	// Figures counts over all VENs.
	Figures(now time.Time) (Figures, error)
	// EventHistory lists what happened to an event, oldest first, after a place:
	// to the event itself, and to one VEN, or to all where venNo is 0. more says
	// whether there is anything after that.
	EventHistory(eventNo, venNo int64, after HistoryPlace, limit int) (entries []HistoryEntry, more bool, err error)

	// Opts lists opts by venID and optID, after the cursor; next is the zero
	// place at the end.
	Opts(q OptQuery, after OptPlace, limit int) (opts []ListedOpt, next OptPlace, err error)
	// OptsAs lists a VEN's opts with the same optID and [Opt.Key] as this one that are
	// not cancelled: those replaced that were not made before this, and last the one
	// that stands, if any.
	OptsAs(o *Opt) ([]Opt, error)
	// Schedules lists a VEN's schedules of an optType without their periods, oldest
	// first: those that stand or block.
	Schedules(venNo int64, optType string) ([]Opt, error)
	// Answer finds a VEN's last answer for an event.
	Answer(eventNo, venNo int64) (*Answer, error)

	// Uses says how much of a kind VENs have stored, with what the transaction did so
	// far. In a [Tx] that is the last word on it: nobody else stores of that kind for
	// these VENs until its end.
	Uses(kind QuotaKind, venNos []int64) (map[int64]Use, error)
	// NearQuota counts the VENs that have so many rows or bytes of a kind, or more,
	// deleted ones aside.
	NearQuota(kind QuotaKind, from Use) (int, error)

	// Notices lists a VEN's newest first, before the cursor (a revision, 0 for the start).
	Notices(venNo, before int64, limit int) (notices []Notice, next int64, err error)
	// StandingNotices are those of VENs that have not ended, by VEN and revision.
	StandingNotices(venNos []int64) ([]Notice, error)

	ReportReader
}

// Tx writes, too. NextRev must be the first call of a transaction that changes
// an event, its targets, a registration or a VEN's labels: so revisions become
// visible in order.
type Tx interface {
	Reader
	NextRev() (int64, error)

	// PutVEN stores a VEN with its identities and labels, new when No is 0
	// (which it sets), and opens its outbox. [ErrConflict], naming the value,
	// when the venID or an identity is taken. It leaves route and registration alone.
	// A VEN that was stored with an identity once is [VEN.Identified] for ever.
	PutVEN(v *VEN) error
	// DeleteVEN takes a VEN from all that is to come: its labels name it no more.
	// How it stands with events is kept, as are its opts, requests and data; its
	// venID and identities until [Tx.MakeWay].
	DeleteVEN(no int64, at time.Time) error
	// MakeWay takes from VENs that are deleted the venID and the identities that
	// v is to have: such a VEN is called otherwise from then on, and is told nothing
	// more. It returns their numbers.
	MakeWay(v *VEN, at time.Time) (ousted []int64, err error)
	// LeavePast keeps how a VEN stands with the events that ended before, and that
	// the labels it is about to lose name it for.
	LeavePast(v *VEN, before time.Time) error
	// Register stores v.Registration as the standing one; any other ends.
	Register(venNo int64, r *Registration) error
	EndRegistration(venNo int64, at time.Time) error

	// PutEvent stores an event and its revision, new when No is 0 (which it
	// sets); by says who changed it. [ErrConflict] when the eventID is taken.
	// Targets are stored by SetTargets.
	PutEvent(e *Event, by string) error
	// PutOmitted notes that from this revision on pushes tell a VEN nothing of these
	// events, and where these are all the rest, that they tell of what else was
	// omitted.
	PutOmitted(venNo int64, eventIDs []string, rev int64, rest bool) error
	// PutSize stores the [Size] of an event that has none.
	PutSize(e *Event) error
	// SetTargets replaces an event's targets. VENs that were sent the event and
	// are no longer targeted are withdrawn, those targeted again no longer are,
	// each under its own modificationNumber plus one. Both are recorded in the
	// history.
	SetTargets(e *Event) error
	// PutOwn replaces what of an event is a VEN's own; what there was remains for
	// the history.
	PutOwn(o Own) error

	// MarkEvent makes the VENs an event targets due; MarkVEN one VEN. Place is
	// where it queues among what is as urgent: a time, not after now, and the
	// earliest is first. Who was due already keeps the earlier place and the
	// greater urgency. Waits (a lease, a backoff, parking) end at real times;
	// who was put back after one, by [Requeue] or Unpark, has its place again.
	MarkEvent(eventNo, rev int64, u Urgency, place time.Time) error
	MarkVEN(topic Topic, venNo, rev int64, u Urgency, place time.Time) error
	// Reach counts the VENs an event targets, at most so many.
	Reach(eventNo int64, most int) (int, error)
	// OpenOutbox starts telling a VEN that registered of its events. When there
	// is something to tell, it opens parked: the VEN is due once its route is
	// stored and Unpark is called. CloseOutbox stops; changes are still counted.
	// The outboxes of other topics are always open.
	OpenOutbox(venNo int64, rev int64, due bool, now time.Time) error
	CloseOutbox(venNo int64) error
	// Greet makes a VEN due that registered anew, for the topic of the VTN's own
	// reports, parked as OpenOutbox does. Until that push has an outcome, or a lease
	// has passed since it was first claimed, the VEN's other boxes are held: no
	// claim finds them, whoever marks them. Where nobody is there, they are held until
	// the VEN is, and greeted. Ungreet takes that back.
	Greet(venNo, rev int64, now time.Time) error
	Ungreet(venNo int64) error

	PutAnswer(a Answer) error
	PutOpt(o *Opt) error // a new one, whose No it sets
	// CancelOpts cancels a VEN's opts of an optID (rule P3) and returns those that
	// were not, without their periods. None where there are none.
	CancelOpts(venNo int64, optID string, at time.Time) ([]Opt, error)
	CancelOpt(no int64, at time.Time) error
	// EndOpts cancels all of a VEN's opts, and takes back what it said in answer to
	// events. It returns those for events that are not over, in answers without optID.
	EndOpts(venNo int64, at time.Time) ([]Opt, error)
	// ReplaceOpts notes that newer schedules leave nothing of these; BlockOpts that
	// these block.
	ReplaceOpts(nos []int64, at time.Time) error
	BlockOpts(nos []int64) error
	// DropOpt deletes an opt; DropPeriods the periods of a schedule from a time on,
	// and says whether any are left.
	DropOpt(no int64) error
	DropPeriods(no int64, from time.Time) (left bool, err error)
	// Record keeps what a VEN said of an event, or that it was taken off. What it
	// only says again is not kept, nor is anything beyond [MaxHistory].
	Record(h HistoryEntry) error

	// Notice finds one by its VEN and revision, and keeps others from changing it.
	Notice(venNo, rev int64) (*Notice, error)
	PutNotice(n *Notice) error
	// MakeRoom deletes some of the oldest that a VEN has of a kind and that matters
	// least: opts that are cancelled, report requests that ended without data,
	// registrations that ended, pushes that a later one of the same result repeats.
	MakeRoom(venNo int64, kind QuotaKind) error

	// EndNotices ends a VEN's standing notices of a kind.
	EndNotices(venNo int64, kind NoticeKind, as NoticeOutcome, at time.Time) error

	ReportWriter
}

// Concern is one event in one VEN's set.
type Concern struct {
	VENNo              int64
	EventNo            int64
	ModificationNumber uint32    // the VEN's own, see [Own]
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
	ModificationNumber uint32 // the VEN's own, see [Own]
	Cancelled          bool   // for this VEN or for all
	Before             int64  // the modificationNumber before the cancellation, -1 without one
}

// OutboxState is where a VEN stands with a topic.
type OutboxState string

// Outbox states.
const (
	OutboxOff       OutboxState = "off" // not registered, or report-only: nothing is pushed
	OutboxIdle      OutboxState = "idle"
	OutboxInFlight  OutboxState = "in_flight"
	OutboxHandedOut OutboxState = "handed_out" // in a reply to the VEN
	OutboxBackoff   OutboxState = "backoff"
	OutboxParked    OutboxState = "parked"
	OutboxHeld      OutboxState = "held" // until the VEN was told the VTN's own reports, see [Tx.Greet]
)

// EventVEN is how one VEN stands with one event.
type EventVEN struct {
	VENNo              int64
	VENID              string
	ModificationNumber uint32 // the VEN's own, see [Own]
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

// SettledPush is the record of one push.
type SettledPush struct {
	Result    Result // [Acknowledged] or [Refused]
	Attempts  int
	SentAt    time.Time // of the last attempt
	SettledAt time.Time
	Code      int
	Error     string
}
