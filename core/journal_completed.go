package core

import (
	"context"
	"time"
)

// journalCompletedEvery is how often to look for events that are over.
const journalCompletedEvery = 5 * time.Second

// noteCompleted tells the journal of events that are over, until ctx ends. It writes only
// if there are some.
func (j *Journal) noteCompleted(ctx context.Context) {
	for ctx.Err() == nil {
		now := j.clock.Now()
		due := false
		err := j.reg.View(ctx, func(r Reader) (err error) {
			due, err = r.CompletedDue(now)
			return err
		})
		if err == nil && due {
			err = j.reg.JournalCompleted(ctx, now)
		}
		if err != nil && ctx.Err() == nil {
			j.failed(err).Msg("cannot tell the journal which events are over; trying again")
		}
		waitUntil(ctx, j.clock, now.Add(journalCompletedEvery), nil)
	}
}
