package core

import "context"

// waking is the registry as the VTN uses it: whatever raises revisions wakes the
// dispatcher, even after an error, since a commit whose answer was lost is one.
type waking struct {
	Registry
	wake func()
}

// Change is [Registry.Change].
func (w waking) Change(ctx context.Context, fn func(tx Tx, rev int64) error) error {
	return w.ChangeThen(ctx, fn, func() {})
}

// Changes is [Registry.Changes].
func (w waking) Changes(ctx context.Context, fn func(tx Tx, next Revisions) error) error {
	defer w.wake()
	return w.Registry.Changes(ctx, fn)
}

// ChangeThen is Change that calls committed before the dispatcher wakes, where the
// change was committed.
func (w waking) ChangeThen(ctx context.Context, fn func(tx Tx, rev int64) error, committed func()) error {
	defer w.wake()
	err := w.Registry.Change(ctx, fn)
	if err == nil {
		committed()
	}
	return err
}
