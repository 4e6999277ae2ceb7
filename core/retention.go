package core

import (
	"context"
	"time"
)

// retention deletes what is old.
type retention struct{ *common }

// retireRows is about the number of rows that one transaction deletes, so that nobody
// waits long for it.
const retireRows = 1000

// retire deletes what ended longer ago than the retention time, at start and hourly, until
// ctx ends.
func (r *retention) retire(ctx context.Context) {
	for ctx.Err() == nil {
		before := r.clock.Now().Add(-r.cfg.Retention)
		if rows, err := r.reg.PruneJournal(ctx, before, int64(r.cfg.Journal), retireRows); err != nil && ctx.Err() == nil {
			r.failed(err).Msg("cannot delete what is old in the journal; trying again in an hour")
		} else if rows > 0 {
			r.log.Info().Int("rows", rows).Msg("deleted what is old in the journal, or too much")
		}
		n, err := r.reg.Retire(ctx, before, retireRows)
		if n != (Retired{}) {
			r.log.Info().Int("events", n.Events).Int("values", n.Values).Int("rows", n.Rows).Time("endedBefore", before).Msg("deleted what is old")
		}
		if err != nil && ctx.Err() == nil {
			r.failed(err).Msg("cannot delete all that is old; trying again in an hour")
		}
		waitUntil(ctx, r.clock, r.clock.Now().Add(time.Hour), nil)
	}
}
