package core

import (
	"cmp"
	"context"
	"time"
)

// How pushes are repeated. Each wait varies at random by up to a quarter.
const (
	Lease        = 10 * time.Second // how long a push may go unanswered
	Young        = time.Second      // the same while others wait for room, or after the VEN came anew
	BackoffFirst = 5 * time.Second  // after the first failure; doubles each time
	BackoffMax   = 5 * time.Minute
	ParkProbe    = 15 * time.Minute // how often a parked outbox is tried anyway
)

// Outboxes is the part of [Registry] that delivers.
type Outboxes interface {
	// Claim takes up to limit due outboxes of a kind, of any topic, in order of their
	// queue time. It sets sent to rev and the state to in flight, and the next attempt
	// to the end of the lease plus the backoff.
	//
	// The first claim of [UrgencyFirst] begins the lease for which the VEN's other
	// outboxes are held at most; a second one follows when it ends. Neither counts as
	// silent.
	Claim(ctx context.Context, kind ClaimKind, now time.Time, limit int) ([]Claim, error)
	// ClaimVEN claims the outbox of one VEN, due or not, to be handed out in a reply.
	// Later revisions do not wait for an answer to it. An outbox with nothing to tell
	// keeps its state, and a held one stays held. Returns [ErrNotFound] if the VEN has
	// no outbox of the topic.
	ClaimVEN(ctx context.Context, topic Topic, venNo int64, now time.Time) (Claim, error)
	// ClaimPoll claims the most urgent outbox of a VEN that polls and is due, to be
	// handed out (rule H7). What is parked is due. If there is none, claim is nil, nothing
	// is written, and next is when there will be one if nothing changes, zero for never.
	// No [Outboxes.Claim] takes the outboxes of such a VEN, and NextDue and CountDue
	// leave them out, see [RegistrationWriter.Reroute].
	ClaimPoll(ctx context.Context, venNo int64, now time.Time) (claim *Claim, next time.Time, err error)
	// Settle records outcomes, in order, and keeps one record of each push that
	// settles. An outcome counts only if its sender is an identity of the token's VEN
	// and the token was sent and is not settled yet; verdicts[i] says whether s[i] did.
	// settled is called in the same transaction for each outcome that counted and has
	// a topic other than events. Like a function of Update, it may be called again.
	//
	// A push of events tells all there is, so it settles the last revision. A push of
	// another topic tells one change: it settles up to its revision, and the next
	// change is due. Any outcome of a greeting frees the outboxes that it held, unless
	// nobody was there: then they are held again, see [OutboxWriter.Greet].
	Settle(ctx context.Context, now time.Time, s []Settlement, settled func(Tx, Settlement) error) (verdicts []Verdict, err error)
	// NextDue says when each kind of claim will next find something. It orders kinds
	// by urgency, silent ones last, and leaves out those that have nothing due.
	NextDue(ctx context.Context) ([]Due, error)
	// CountDue counts the outboxes that are due now.
	CountDue(ctx context.Context, now time.Time) (int, error)
	// Rewind makes due what would wait longer than any wait lasts. It is for a clock
	// that went back.
	Rewind(ctx context.Context, now time.Time) error
}

// Whereabouts is the part of [Registry] that is about where VENs are.
type Whereabouts interface {
	// Unpark makes these VENs' parked outboxes due, at their queue time, and returns
	// how many. [SignCame] also ends backoffs, and makes due again what has been in
	// flight for longer than [Young].
	Unpark(ctx context.Context, now time.Time, venNos []int64, sign Sign) (int, error)
	// Parked lists the identities, on a transport, of VENs with a parked outbox.
	Parked(ctx context.Context, transport string, limit int) ([]string, error)
	// SetRoutes records where VENs, by No, were last heard from. It ignores VENs that
	// no longer exist, and does not keep an address of an identity that is not the
	// VEN's.
	SetRoutes(ctx context.Context, routes map[int64]Route) error
}

// OutboxReader is the part of [Reader] that says what VENs were told.
type OutboxReader interface {
	// Known says what a VEN knows of events.
	Known(venNo int64, eventIDs []string) (map[string]Known, error)
	// Omitted lists for each VEN the events (by eventID) that pushes do not tell it for
	// want of room (rule E25). VENs without any are left out.
	Omitted(venNos []int64) (map[int64][]string, error)
	// ToldInPart lists the VENs that events are omitted for and pushed to, by No, as a
	// claim would return them. CountToldInPart counts them.
	ToldInPart(after int64, limit int) ([]Claim, error)
	CountToldInPart() (int, error)
	// Revision returns the revision of the last change.
	Revision() (int64, error)
	// HandedOut lists what a VEN was told by push or in an answer and has not answered,
	// up to the revision that was sent, the longest ago first.
	HandedOut(venNo int64) ([]Claim, error)
	// Greeted returns the revisions at which VENs are to be greeted, see
	// [OutboxWriter.Greet]. It leaves out VENs that are not to be.
	Greeted(venNos []int64) (map[int64]int64, error)
}

// OutboxWriter is the part of [Tx] that opens and closes outboxes.
type OutboxWriter interface {
	// OpenOutbox starts telling a VEN that registered of its events. The outbox opens
	// idle, or parked if there is something to tell: it is then due once the VEN's
	// route is stored and Unpark is called. Outboxes of other topics are always open.
	OpenOutbox(venNo, rev int64, as OutboxState, now time.Time) error
	// CloseOutbox stops that. Changes are still counted.
	CloseOutbox(venNo int64) error
	// Greet makes a VEN that registered anew due for the topic of the VTN's own
	// reports, parked as with OpenOutbox. The VEN's other outboxes are held until that
	// push has an outcome, or a lease has passed since it was first claimed: no claim
	// finds them, whatever marks them. If nobody is there, they are held until the VEN
	// is there and greeted.
	Greet(venNo, rev int64, now time.Time) error
	// Ungreet takes a greeting back.
	Ungreet(venNo int64) error
	// PutOmitted notes what pushes do not tell a VEN.
	PutOmitted(o Omission) error
}

// Marker is the part of [Tx] that makes VENs due. The queue time says where a VEN
// queues among what is as urgent, the earliest first; it must not be after now. A VEN
// that was due already keeps the earlier queue time and the greater urgency. Waits (a
// lease, a backoff, parking) end at real times; an outbox that [Requeue] or
// [Whereabouts.Unpark] puts back after one has its queue time again.
type Marker interface {
	// MarkEvent marks the VENs an event targets.
	MarkEvent(eventNo, rev int64, u Urgency, queueTime time.Time) error
	// MarkVEN marks one VEN.
	MarkVEN(topic Topic, venNo, rev int64, u Urgency, queueTime time.Time) error
	// MarkReports marks the VENs whose requests have this revision and are not
	// piggybacked.
	MarkReports(rev int64, u Urgency, queueTime time.Time) error
	// Reach counts the VENs an event targets, and stops at most.
	Reach(eventNo int64, most int) (int, error)
}

// Urgency orders claims: the lower, the earlier.
type Urgency int

// Urgencies: cancellations; what starts within its notification time; what few VENs are
// to know; the rest. UrgencyFirst, a greeting (see [OutboxWriter.Greet]), goes before all
// of them. Its number is the last, since earlier programs on the same store never claim
// it.
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

// ClaimKind is what one claim takes.
type ClaimKind struct {
	Urgency Urgency
	Silent  bool // VENs whose last push went unanswered (attempts > 0), otherwise the others
}

// Due is when a kind of claim next finds something.
type Due struct {
	ClaimKind
	At time.Time
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
	Profile     string // this, PayloadRoot and Stanza: see [VEN]
	PayloadRoot string
	Stanza      string
	Route       Route

	Signatures   SignatureMode // see [VEN]
	XMLSignature bool          // see [Registration]
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
	Foreign Verdict = iota // not from the push's VEN, or not from where it speaks
	Unsent                 // of no push that was sent
	Spent                  // of a push that is settled, or out again: nothing changes
	Counted
)

func (v Verdict) String() string {
	switch v {
	case Unsent:
		return "no such push was sent"
	case Spent:
		return "the push is settled, or out again"
	case Counted:
		return "counted"
	}
	return "it is not from the VEN that was pushed to, or not from where it speaks"
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
	OutboxHeld      OutboxState = "held" // until the VEN was greeted, see [OutboxWriter.Greet]
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

// Omission is what pushes do not tell a VEN for want of room (rule E25).
type Omission struct {
	VENNo    int64
	EventIDs []string
	Rev      int64 // from this revision on
	All      bool  // EventIDs are all: pushes tell again of what else was omitted
}

// Sign is how a VEN shows that it is there.
type Sign int

// Signs. One that came may have lost what was pushed to it before.
const (
	SignHeard Sign = iota // it sent a request, or another address of it may be right
	SignCame              // it sent presence
)
