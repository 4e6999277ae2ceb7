package core

import (
	"context"
	"time"
)

// retireRows is about how many rows are deleted in one transaction: nobody waits
// longer than for that.
const retireRows = 1000

// retire deletes what ended after the retention time, at start and hourly.
func (v *VTN) retire(ctx context.Context) {
	for {
		before := v.clock.Now().Add(-v.cfg.Retention)
		n, err := v.reg.Retire(ctx, before, retireRows)
		if n != (Retired{}) {
			v.log.Info().Int("events", n.Events).Int("values", n.Values).Int("rows", n.Rows).Time("endedBefore", before).Msg("deleted what is old")
		}
		if err != nil && ctx.Err() == nil {
			v.failed(err).Msg("cannot delete all that is old; trying again in an hour")
		}
		timer, stop := v.clock.After(time.Hour)
		select {
		case <-ctx.Done():
			stop()
			return
		case <-timer:
		}
	}
}
