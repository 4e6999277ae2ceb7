package core

import "time"

// NoticeReader is the part of [Reader] that is about registration notices.
type NoticeReader interface {
	// Notices lists a VEN's notices, newest first, before the cursor (a revision, 0 for
	// the start).
	Notices(venNo, before int64, limit int) (notices []Notice, next int64, err error)
	// StandingNotices lists these VENs' notices that have not ended, by VEN and revision.
	StandingNotices(venNos []int64) ([]Notice, error)
}

// NoticeWriter is the part of [Tx] that is about registration notices.
type NoticeWriter interface {
	// Notice finds a notice by its VEN and revision, and locks it until the transaction
	// ends.
	Notice(venNo, rev int64) (*Notice, error)
	PutNotice(n *Notice) error
	// EndNotices ends a VEN's standing notices of a kind.
	EndNotices(venNo int64, kind NoticeKind, as NoticeState, at time.Time) error
}
