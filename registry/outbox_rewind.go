package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// longestWait is the longest wait that a claim, a backoff or parking sets, including
// jitter.
const longestWait = max(core.ParkProbe*5/4, core.Lease+core.BackoffMax*5/4)

// rewind ends waits that are too long. It leaves alone what is held for a greeting
// that has not been claimed: the greeting itself is rewound, and what it holds
// follows.
func rewind(d *database.Dialect) string {
	return `UPDATE outbox SET place = ` + d.Least("place", "$1") + `,
       next_at = CASE WHEN state = 'held' AND EXISTS (
         SELECT 1 FROM outbox m WHERE m.box = outbox.ven_no` + metadataOutbox + ` AND m.state IN ('parked', 'idle')) THEN next_at ELSE $1 END
 WHERE next_at > $2`
}

// Rewind is [core.Outboxes.Rewind]. A loss of power may undo it, but whoever starts
// again calls it again.
func (r outboxes) Rewind(ctx context.Context, now time.Time) error {
	err := r.lightly(ctx, "rewind", func(s *session) error {
		_, err := s.exec(rewind(s.Dialect), now.UnixMilli(), now.Add(longestWait).UnixMilli())
		return err
	})
	if err != nil {
		return fmt.Errorf("shorten waits after the clock went back: %w", err)
	}
	return nil
}
