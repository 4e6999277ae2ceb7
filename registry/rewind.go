package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// longestWait is what the longest claim, backoff or parking sets, jitter included.
const longestWait = max(core.ParkProbe*5/4, core.Lease+core.BackoffMax*5/4)

// rewind leaves alone what waits longer for a greeting that is to be claimed: that is
// rewound itself, and what it holds follows.
func rewind(d *database.Dialect) string {
	return `UPDATE outbox SET place = ` + d.Least("place", "$1") + `,
       next_at = CASE WHEN state = 'held' AND EXISTS (
         SELECT 1 FROM outbox m WHERE m.box = outbox.ven_no` + metadataOutbox + ` AND m.state IN ('parked', 'idle')) THEN next_at ELSE $1 END
 WHERE next_at > $2`
}

// Rewind is [core.Registry.Rewind]. It may be lost with the power: who starts
// again calls it again.
func (r outboxes) Rewind(ctx context.Context, now time.Time) error {
	err := r.lightly(ctx, "rewind", func(s *session) error {
		_, err := s.exec(rewind(s.Dialect), now.UnixMilli(), now.Add(longestWait).UnixMilli())
		return err
	})
	if err != nil {
		return fmt.Errorf("follow a clock that went back: %w", err)
	}
	return nil
}
