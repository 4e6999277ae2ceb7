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

// Outboxes is the part of [Registry] that delivers.
type Outboxes interface {
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
	// is kept for each that settles. In the same transaction, settled is called for
	// those of other topics than events that settled: these have records of what
	// the push told. It may be called again, like a function of Update.
	//
	// A push of events tells all there is; it is the last revision's. A push of
	// another topic tells one change: up to its revision things are settled, and
	// if there are more the next is due. Any outcome of a greeting frees what it
	// held; where nobody is there, all is held again, see [OutboxWriter.Greet].
	Settle(ctx context.Context, now time.Time, s []Settlement, settled func(Tx, Settlement) error) (verdicts []Verdict, err error)
	// NextDue says for each kind of claim when it will next find something, in
	// the order of urgency, silent ones last; kinds without anything are left out.
	NextDue(ctx context.Context) ([]Due, error)
	// CountDue counts the outboxes that are due now.
	CountDue(ctx context.Context, now time.Time) (int, error)
	// Rewind follows a clock that went back: what would wait longer than
	// anything ever does is due now.
	Rewind(ctx context.Context, now time.Time) error
}

// Whereabouts is the part of [Registry] that is about where VENs are.
type Whereabouts interface {
	// Unpark makes what is parked for these VENs due, at its queue time, and reports how
	// many. Where they came it ends a backoff, too, and what is in flight is due
	// again when it has not been answered for [Young].
	Unpark(ctx context.Context, now time.Time, venNos []int64, came bool) (int, error)
	// Parked lists the identities on a transport of VENs with something parked.
	Parked(ctx context.Context, transport string, limit int) ([]string, error)
	// SetRoutes records where VENs, by No, were last heard from. A VEN that is no
	// more is passed over; an address of somebody else's identity is not kept.
	SetRoutes(ctx context.Context, routes map[int64]Route) error
}

// OutboxReader is the part of [Reader] that says what VENs were told.
type OutboxReader interface {
	// Known says what a VEN knows of events.
	Known(venNo int64, eventIDs []string) (map[string]Known, error)
	// Omitted lists for VENs the events (by eventID) that no push has told them for
	// want of room, VENs without any aside.
	Omitted(venNos []int64) (map[int64][]string, error)
	// ToldInPart lists such VENs by number, those that events are pushed to, as a
	// claim would have them; CountToldInPart counts them.
	ToldInPart(after int64, limit int) ([]Claim, error)
	CountToldInPart() (int, error)
	// Greeted says at which revisions VENs are to be told the VTN's own reports, see
	// [OutboxWriter.Greet]. Those that are not to be told are left out.
	Greeted(venNos []int64) (map[int64]int64, error)
}

// OutboxWriter is the part of [Tx] that opens and closes outboxes.
type OutboxWriter interface {
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
	// PutOmitted notes that from this revision on pushes tell a VEN nothing of these
	// events, and where these are all the rest, that they tell of what else was
	// omitted.
	PutOmitted(venNo int64, eventIDs []string, rev int64, rest bool) error
}

// Marker is the part of [Tx] that makes VENs due. Place is where a VEN queues among
// what is as urgent: a time, not after now, and the earliest is first. Who was due
// already keeps the earlier place and the greater urgency. Waits (a lease, a backoff,
// parking) end at real times; who was put back after one, by [Requeue] or
// [Whereabouts.Unpark], has its place again.
type Marker interface {
	// MarkEvent marks the VENs an event targets.
	MarkEvent(eventNo, rev int64, u Urgency, queueTime time.Time) error
	// MarkVEN marks one VEN.
	MarkVEN(topic Topic, venNo, rev int64, u Urgency, queueTime time.Time) error
	// MarkReports marks the VENs whose requests have this revision and are not
	// piggybacked.
	MarkReports(rev int64, u Urgency, queueTime time.Time) error
	// Reach counts the VENs an event targets, at most so many.
	Reach(eventNo int64, most int) (int, error)
}

// Urgency orders claims: the lower, the earlier.
type Urgency int

// Urgencies: cancellations; what starts within its notification time; what few
// VENs are to know; the rest. Before all of them goes what each VEN waits for, see
// [OutboxWriter.Greet]; its number is the last, which programs before it never claim.
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
	OutboxHeld      OutboxState = "held" // until the VEN was told the VTN's own reports, see [OutboxWriter.Greet]
)

// SettledPush is the record of one push.
type SettledPush struct {
	Result    Result // [Acknowledged] or [Refused]
	Attempts  int
	SentAt    time.Time // of the last attempt
	SettledAt time.Time
	Code      int
	Error     string
}
