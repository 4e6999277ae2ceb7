package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// Change is [core.Transactions.Change].
func (r *transactions) Change(ctx context.Context, fn func(tx core.Tx, rev int64) error) error {
	return r.change(ctx, "update", func(s *session, rev int64) error { return fn(newTx(s), rev) })
}

// Changes is [core.Transactions.Changes].
func (r *transactions) Changes(ctx context.Context, fn func(tx core.Tx, next core.Revisions) error) error {
	return r.change(ctx, "update", func(s *session, rev int64) error {
		first := true
		return fn(newTx(s), func() (int64, error) {
			if first {
				first = false
				return rev, nil
			}
			return s.nextRev()
		})
	})
}

// change runs fn under a new revision in one durable transaction.
func (r *transactions) change(ctx context.Context, op string, fn func(s *session, rev int64) error) error {
	return r.durably(ctx, op, func(s *session) error {
		rev, err := s.nextRev()
		if err != nil {
			return err
		}
		return fn(s, rev)
	})
}

// nextRev raises the revision. It must be the first statement of a transaction: the
// row stays locked until the transaction ends, so changes happen one after another.
func (s *session) nextRev() (rev int64, err error) {
	from := time.Now()
	defer func() { s.waited += time.Since(from) }()
	if err := s.row(`UPDATE change SET rev = rev + 1 RETURNING rev`, nil, &rev); err != nil {
		return 0, fmt.Errorf("next revision: %w", err)
	}
	return rev, nil
}
