package core

import (
	"cmp"
	"context"
	"time"
)

// OptService is EiOpt: VENs opt in and out, of events and by schedule.
type OptService struct{ *common }

// OptQuery chooses opts; its zero value is all that stand.
type OptQuery struct {
	VENID, EventID string    // empty: any
	ActiveAt       time.Time // zero: in force or not
	Cancelled      bool      // those cancelled, too
	Replaced       bool      // schedules that newer ones have replaced, too; needless with ActiveAt
	Answers        bool      // what VENs said of events in oadrCreatedEvents, too
	Deleted        bool      // those of VENs that are deleted, too; needless where the query names a VEN or an event
}

// OptCursor is where an opt stands in a list: a VEN's answers to events, which have
// an EventID, behind its opts. Those of one optID stand as they came.
type OptCursor struct {
	VENID, OptID, EventID string
	No                    int64
}

// ListedOpt is an opt with the names of what it is of and for.
type ListedOpt struct {
	Opt
	VENID, EventID string // EventID is empty for a schedule
	// Answer says that it was given in an oadrCreatedEvent (rule E16), which has no
	// optID, and not by oadrCreateOpt (rule E17).
	Answer bool
}

// Place is where it stands.
func (l *ListedOpt) Cursor() OptCursor {
	if l.Answer {
		return OptCursor{VENID: l.VENID, EventID: l.EventID}
	}
	return OptCursor{VENID: l.VENID, OptID: l.OptID, No: l.No}
}

// Compare orders places, the earlier first.
func (p OptCursor) Compare(q OptCursor) int {
	answers := func(p OptCursor) int { return min(len(p.EventID), 1) }
	return cmp.Or(cmp.Compare(p.VENID, q.VENID), cmp.Compare(answers(p), answers(q)), cmp.Compare(p.OptID, q.OptID), cmp.Compare(p.No, q.No), cmp.Compare(p.EventID, q.EventID))
}

// Opts lists opts by venID and optID, and behind each VEN's, where they are asked
// for, its answers to events by eventID. An opt is in force at a time that one of
// its periods holds, until newer ones have replaced it; one for an event until that is
// over or cancelled, and an answer while the event has the modificationNumber that it
// is for. [ErrNotFound] when the query names an event that there is not, [ErrNoVEN]
// for a VEN. after is the next of an earlier call, the zero place for the start; next
// is the zero place at the end.
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
