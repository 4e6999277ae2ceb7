package core

import (
	"context"
	"errors"
	"time"
)

// reportByTime makes VENs due by time: whose requests for the VTN's reports have
// come to their next time (rule R9), and whose cancelled requests had no update
// that the cancellation could ride in (rule R4).
func (v *VTN) reportByTime(ctx context.Context) {
	for ctx.Err() == nil {
		next, err := v.nextReport(ctx)
		if now := v.clock.Now(); err == nil && !next.IsZero() && !next.After(now) {
			if err = errors.Join(v.publishDue(ctx, now), v.pushStranded(ctx, now)); err == nil {
				continue
			}
		}
		if err != nil && ctx.Err() == nil {
			v.failed(err).Msg("cannot look what is due of reports; check the store, trying again")
			next = v.clock.Now().Add(time.Minute)
		}
		if next.IsZero() {
			select {
			case <-ctx.Done():
			case <-v.clockwork:
			}
			continue
		}
		timer, stop := v.clock.After(next.Sub(v.clock.Now()))
		select {
		case <-ctx.Done():
		case <-v.clockwork:
		case <-timer:
		}
		stop()
	}
}

// nextReport is when something is due next, zero for never.
func (v *VTN) nextReport(ctx context.Context) (next time.Time, err error) {
	err = v.reg.View(ctx, func(r Reader) error {
		own, err := r.NextVTNReport()
		if err != nil {
			return err
		}
		next = own
		stranded, err := r.NextStranded()
		if !stranded.IsZero() && (next.IsZero() || stranded.Before(next)) {
			next = stranded
		}
		return err
	})
	return next, err
}
