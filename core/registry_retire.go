package core

import (
	"context"
	"time"
)

// Retirement is the part of [Registry] that deletes what is old.
type Retirement interface {
	// Retire deletes events that ended or were cancelled before a time, with all that
	// belongs to them; values of intervals that began before it; VENs deleted before it,
	// once nothing of theirs is kept; and other records that ended before it. It works
	// in many transactions of about limit rows each. If it fails, what was deleted
	// stays deleted.
	Retire(ctx context.Context, before time.Time, limit int) (Retired, error)
}

// Retired counts what was deleted because it was old.
type Retired struct{ Events, Values, Rows int }
