package core

import (
	"cmp"
	"context"
	"time"
)

// OptService is EiOpt: VENs opt in to and out of events, one by one or by schedule.
type OptService struct{ *common }

// OptQuery chooses opts. Its zero value chooses all that stand.
type OptQuery struct {
	VENID, EventID string    // empty: any
	ActiveAt       time.Time // zero: in force or not
	Cancelled      bool      // cancelled opts, too
	Replaced       bool      // schedules that newer ones have replaced, too; ActiveAt includes them anyway
	Answers        bool      // answers to events in oadrCreatedEvents, too
	Deleted        bool      // opts of deleted VENs, too; a query for a VEN or an event includes them anyway
}

// OptCursor is where a list of opts goes on. Each VEN's answers to events, which have an EventID,
// come after its opts. Opts of one optID are in the order in which they came.
type OptCursor struct {
	VENID, OptID, EventID string
	No                    int64
}

// ListedOpt is an opt with the IDs of its VEN and its event.
type ListedOpt struct {
	Opt
	VENID, EventID string // EventID is empty for a schedule
	// Answer says that it came in an oadrCreatedEvent (rule E16), which has no optID, and
	// not in an oadrCreateOpt (rule E17).
	Answer bool
}

// Cursor returns the cursor after which a list goes on with the next opt.
func (l *ListedOpt) Cursor() OptCursor {
	if l.Answer {
		return OptCursor{VENID: l.VENID, EventID: l.EventID}
	}
	return OptCursor{VENID: l.VENID, OptID: l.OptID, No: l.No}
}

// Compare orders cursors as lists are ordered.
func (p OptCursor) Compare(q OptCursor) int {
	answers := func(p OptCursor) int { return min(len(p.EventID), 1) }
	return cmp.Or(cmp.Compare(p.VENID, q.VENID), cmp.Compare(answers(p), answers(q)), cmp.Compare(p.OptID, q.OptID), cmp.Compare(p.No, q.No), cmp.Compare(p.EventID, q.EventID))
}

// Opts lists opts by venID and optID and, if the query includes answers, after the opts of each
// VEN its answers to events by eventID. A schedule is in force during its periods, until newer
// ones replace it; an opt for an event until the event is over or cancelled; an answer while the
// event has the modificationNumber that it is for. The error is [ErrNotFound] if the event of the
// query does not exist, [ErrNoVEN] if the VEN does not. after is the next of an earlier call,
// zero for the start; next is zero at the end.
func (s *OptService) Opts(ctx context.Context, q OptQuery, after OptCursor, limit int) (opts []ListedOpt, next OptCursor, err error) {
	err = s.reg.Browse(ctx, func(r Reader) error {
		if q.VENID != "" {
			if _, err := venBeside(r, q.VENID); err != nil {
				return err
			}
		}
		if q.EventID != "" {
			if _, err := r.Event(q.EventID); err != nil {
				return err
			}
		}
		opts, next, err = r.Opts(q, after, limit)
		return err
	})
	return opts, next, err
}
