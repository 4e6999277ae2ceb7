package core

import "context"

// Registry stores what a VTN knows. It is the union of small roles, one for each
// part of the VTN; a part names those that it needs. Implementations are safe for
// concurrent use. Where it is the database that fails, the error is an [ErrStore].
//
// [Transactions.Update], Change and Changes are durable: when they return nil, what fn
// did survives the loss of the process and of power. So is [Outboxes.Settle]. Claims,
// unparking and routes may be lost, which costs a repeated push.
type Registry interface {
	Transactions
	Outboxes
	Whereabouts
	Retirement

	// Ping says whether the store can be written.
	Ping(ctx context.Context) error
	Close() error
}

// Transactions runs functions in transactions.
type Transactions interface {
	// Update runs fn in one transaction and commits it, or rolls back when fn
	// fails, returning fn's error unchanged. fn may run more than once.
	Update(ctx context.Context, fn func(Tx) error) error
	// Change is Update under a new revision. Whatever changes an event, its targets, a
	// registration or a VEN's labels is one. Changes run one after another, so
	// revisions become visible in order.
	Change(ctx context.Context, fn func(tx Tx, rev int64) error) error
	// Changes is Change where each of several pushes needs a revision.
	Changes(ctx context.Context, fn func(tx Tx, next Revisions) error) error
	// View runs fn, which sees one consistent state.
	View(ctx context.Context, fn func(Reader) error) error
	// Browse is View for what operators look at, which may take long: VENs'
	// requests and the dispatcher never wait for it. Few run at once; the others wait
	// for some seconds at most, then fail with [ErrBusy].
	Browse(ctx context.Context, fn func(Reader) error) error
}

// Revisions returns another revision at each call, the greater the later.
type Revisions func() (int64, error)

// Reader reads. Methods that look for one thing return [ErrNotFound] if it does not
// exist. Those that list to a limit stop before it where what they list is large:
// see next, or more.
type Reader interface {
	VENReader
	RegistrationReader
	EventReader
	OptReader
	ReportReader
	OutboxReader
	NoticeReader
	HistoryReader
	QuotaReader
	FiguresReader
}

// Tx reads and writes.
type Tx interface {
	Reader
	VENWriter
	RegistrationWriter
	EventWriter
	OptWriter
	ReportWriter
	OutboxWriter
	Marker
	NoticeWriter
	HistoryWriter
	QuotaWriter
}
