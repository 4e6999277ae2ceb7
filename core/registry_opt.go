package core

import "time"

// OptReader is the part of [Reader] that is about opts and answers to events.
type OptReader interface {
	// Opts lists opts by venID and optID, after the cursor; next is the zero
	// cursor at the end.
	Opts(q OptQuery, after OptCursor, limit int) (opts []ListedOpt, next OptCursor, err error)
	// OptsAs lists a VEN's opts that have the optID and [Opt.Key] of o and are not
	// cancelled: the replaced ones that were not made before o, then the one that
	// stands, if any.
	OptsAs(o *Opt) ([]Opt, error)
	// Schedules lists a VEN's schedules of an optType without their periods, oldest
	// first: those that stand or block.
	Schedules(venNo int64, optType string) ([]Opt, error)
	// Answer finds a VEN's last answer for an event.
	Answer(eventNo, venNo int64) (*Answer, error)
}

// OptWriter is the part of [Tx] that is about opts and answers to events.
type OptWriter interface {
	PutAnswer(a Answer) error
	// PutOpt stores a new opt and sets its No.
	PutOpt(o *Opt) error
	// CancelOpts cancels a VEN's opts of an optID (rule P3) and returns those that
	// were not cancelled before, without their periods.
	CancelOpts(venNo int64, optID string, at time.Time) ([]Opt, error)
	CancelOpt(no int64, at time.Time) error
	// EndOpts cancels all of a VEN's opts and takes back its answers to events. It
	// returns those for events that are not over; answers have no optID.
	EndOpts(venNo int64, at time.Time) ([]Opt, error)
	// ReplaceOpts notes that newer schedules have replaced all of these.
	ReplaceOpts(nos []int64, at time.Time) error
	// BlockOpts sets [Opt.Blocks] of these opts.
	BlockOpts(nos []int64) error
	// DropOpt deletes an opt.
	DropOpt(no int64) error
	// DropPeriods deletes the periods of a schedule from a time on, and reports whether any
	// are left.
	DropPeriods(no int64, from time.Time) (left bool, err error)
}
