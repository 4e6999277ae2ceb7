package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// longestWait is what the longest claim, backoff or parking sets, jitter included.
const longestWait = max(core.ParkProbe*5/4, core.Lease+core.BackoffMax*5/4)

// Rewind is [core.Registry.Rewind]. It may be lost with the power: who starts
// again calls it again.
func (r *Registry) Rewind(ctx context.Context, now time.Time) error {
	err := r.lightly(ctx, "rewind", func(s *session) error {
		_, err := s.exec(`UPDATE outbox SET next_at = $1, place = least(place, $1) WHERE next_at > $2`, now.UnixMilli(), now.Add(longestWait).UnixMilli())
		return err
	})
	if err != nil {
		return fmt.Errorf("follow a clock that went back: %w", err)
	}
	return nil
}
