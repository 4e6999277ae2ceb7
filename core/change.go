package core

import (
	"context"
	"time"
)

// waking is a registry whose changes wake the dispatcher. They do so after an error, too,
// since a commit may succeed though its answer is lost.
//
// What could make something due to a VEN that polls ends what is remembered of its polls.
type waking struct {
	Registry
	wake func()
	idle *idlePolls
}

// changed wakes the dispatcher.
func (w waking) changed() {
	w.idle.changed()
	w.wake()
}

// Settle is [Outboxes.Settle].
func (w waking) Settle(ctx context.Context, now time.Time, s []Settlement, settled func(Tx, Settlement) error) ([]Verdict, error) {
	defer func() {
		for i := range s {
			w.idle.touched(s[i].Token.VENNo)
		}
	}()
	return w.Registry.Settle(ctx, now, s, settled)
}

// Unpark is [Whereabouts.Unpark].
func (w waking) Unpark(ctx context.Context, now time.Time, venNos []int64, sign Sign) (int, error) {
	defer func() {
		for _, no := range venNos {
			w.idle.touched(no)
		}
	}()
	return w.Registry.Unpark(ctx, now, venNos, sign)
}

// Rewind is [Outboxes.Rewind].
func (w waking) Rewind(ctx context.Context, now time.Time) error {
	defer w.idle.changed()
	return w.Registry.Rewind(ctx, now)
}

// Change is [Transactions.Change].
func (w waking) Change(ctx context.Context, fn func(tx Tx, rev int64) error) error {
	return w.ChangeThen(ctx, fn, func() {})
}

// Changes is [Transactions.Changes].
func (w waking) Changes(ctx context.Context, fn func(tx Tx, next Revisions) error) error {
	defer w.changed()
	return w.Registry.Changes(ctx, fn)
}

// ChangeThen is Change. It calls committed after a commit, before the dispatcher wakes.
func (w waking) ChangeThen(ctx context.Context, fn func(tx Tx, rev int64) error, committed func()) error {
	defer w.changed()
	err := w.Registry.Change(ctx, fn)
	if err == nil {
		committed()
	}
	return err
}
