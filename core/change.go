package core

import "context"

// waking is a registry whose changes wake the dispatcher. They do so after an error, too,
// since a commit may succeed though its answer is lost.
type waking struct {
	Registry
	wake func()
}

// Change is [Transactions.Change].
func (w waking) Change(ctx context.Context, fn func(tx Tx, rev int64) error) error {
	return w.ChangeThen(ctx, fn, func() {})
}

// Changes is [Transactions.Changes].
func (w waking) Changes(ctx context.Context, fn func(tx Tx, next Revisions) error) error {
	defer w.wake()
	return w.Registry.Changes(ctx, fn)
}

// ChangeThen is Change. It calls committed after a commit, before the dispatcher wakes.
func (w waking) ChangeThen(ctx context.Context, fn func(tx Tx, rev int64) error, committed func()) error {
	defer w.wake()
	err := w.Registry.Change(ctx, fn)
	if err == nil {
		committed()
	}
	return err
}
