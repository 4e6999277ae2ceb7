package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// Change is [core.Registry.Change].
func (r *Registry) Change(ctx context.Context, fn func(tx core.Tx, rev int64) error) error {
	return r.change(ctx, "update", func(t *tx, rev int64) error { return fn(t, rev) })
}

// Changes is [core.Registry.Changes].
func (r *Registry) Changes(ctx context.Context, fn func(tx core.Tx, next core.Revisions) error) error {
	return r.change(ctx, "update", func(t *tx, rev int64) error {
		first := true
		return fn(t, func() (int64, error) {
			if first {
				first = false
				return rev, nil
			}
			return t.nextRev()
		})
	})
}

// change runs fn under a new revision in one durable transaction.
func (r *Registry) change(ctx context.Context, op string, fn func(t *tx, rev int64) error) error {
	return r.durably(ctx, op, func(s *session) error {
		t := &tx{s}
		rev, err := t.nextRev()
		if err != nil {
			return err
		}
		return fn(t, rev)
	})
}

// nextRev raises the revision. It must be the first statement of a transaction: the
// row stays locked until the transaction ends, so changes happen one after another.
func (t *tx) nextRev() (rev int64, err error) {
	from := time.Now()
	defer func() { t.waited += time.Since(from) }()
	if err := t.row(`UPDATE change SET rev = rev + 1 RETURNING rev`, nil, &rev); err != nil {
		return 0, fmt.Errorf("next revision: %w", err)
	}
	return rev, nil
}
