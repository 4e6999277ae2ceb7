package core

import (
	"context"
	"time"
)

// JournalKeeping is the part of [Registry] that keeps the journal in order.
type JournalKeeping interface {
	// NumberJournal numbers entries that are committed and have no number so far. Where
	// transactions run side by side, entries are visible to readers only after it: so
	// nobody who reads up to a number misses one before it.
	NumberJournal(ctx context.Context) error
	// PruneJournal deletes the oldest entries: those from before a time, and what is
	// beyond so many of the newest. The newest row stays, so numbers never begin again.
	// It works in transactions of about limit rows, and returns how many rows went.
	PruneJournal(ctx context.Context, before time.Time, keep int64, limit int) (rows int, err error)
	// JournalCompleted is [JournalWriter.NoteCompleted] in a transaction of its own.
	JournalCompleted(ctx context.Context, now time.Time) error
	// OnJournal has fn called after each commit that wrote entries. It must be called
	// before the registry is used.
	OnJournal(fn func())
}

// JournalReader is the part of [Reader] that reads the journal.
type JournalReader interface {
	// JournalAfter lists entries after a number, oldest first: about limit of them, at
	// most a thousand more.
	JournalAfter(after int64, limit int) ([]JournalEntry, error)
	// JournalSpan returns the last number that is no longer kept, and the newest.
	JournalSpan() (gone, last int64, err error)
	// CompletedDue reports whether NoteCompleted would find something.
	CompletedDue(now time.Time) (bool, error)
}

// JournalWriter is the part of [Tx] that writes the journal.
type JournalWriter interface {
	// Note adds an entry when the transaction commits.
	Note(e JournalEntry)
	// NoteReports adds an entry of the kind report for each message, all in one row.
	NoteReports(at time.Time, reports []NotedReport)
	// NoteCompleted adds an entry for each event that was over between the last time
	// that this was asked and now, and returns how many. In the first call, none is.
	NoteCompleted(now time.Time) (int, error)
}

// NotedReport says that a VEN sent values for a report request.
type NotedReport struct {
	VENNo, RequestNo int64
	Values           int
}
