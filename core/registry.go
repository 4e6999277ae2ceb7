package core

import "context"

// Registry stores what a VTN knows. It is a union of small roles, one for each part of
// the VTN. Implementations are safe for concurrent use. Errors of the database itself
// are [ErrStore].
//
// Update, Change, Changes and Settle are durable: once they return nil, what they did
// survives the loss of the process and of power. Claims, unparking and routes may be
// lost, which costs a repeated push.
type Registry interface {
	Transactions
	Outboxes
	Whereabouts
	Retirement
	JournalKeeping
	WebhookKeeping

	// Ping reports whether the store can be written.
	Ping(ctx context.Context) error
	Close() error
}

// Transactions runs functions in transactions.
type Transactions interface {
	// Update runs fn in one transaction and commits it, or rolls back when fn
	// fails, returning fn's error unchanged. fn may run more than once.
	Update(ctx context.Context, fn func(Tx) error) error
	// Change is Update under a new revision. Use it for whatever changes an event, its
	// targets, a registration or a VEN's labels. Changes run one after another, so
	// revisions become visible in order.
	Change(ctx context.Context, fn func(tx Tx, rev int64) error) error
	// Changes is Change for several pushes that each need a revision.
	Changes(ctx context.Context, fn func(tx Tx, next Revisions) error) error
	// View runs fn, which sees one consistent state.
	View(ctx context.Context, fn func(Reader) error) error
	// Browse is View for operators, whose reading may take long. VENs' requests and the
	// dispatcher never wait for it. Only a few run at once; others wait some seconds
	// for their turn, then fail with [ErrBusy].
	Browse(ctx context.Context, fn func(Reader) error) error
}

// Revisions returns another revision at each call, each greater than the one before.
// [Transactions.Changes] raises the first before fn runs.
type Revisions func() (int64, error)

// Reader reads. Methods that find one thing return [ErrNotFound] if it does not exist.
// Methods that list up to a limit return fewer if the rows are large: next, or more, says
// whether the list goes on.
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
	JournalReader
	WebhookReader
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
	JournalWriter
	WebhookWriter
}
