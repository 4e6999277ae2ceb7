package core

import (
	"context"
	"errors"
	"time"
)

// reportByTime makes VENs due when the time comes for a VTN report (rule R9), or for the push of a
// cancellation that waited in vain for an update to answer (rule R4). It ends with ctx.
func (s *ReportService) reportByTime(ctx context.Context) {
	for ctx.Err() == nil {
		next, err := s.nextReport(ctx)
		if now := s.clock.Now(); err == nil && !next.IsZero() && !next.After(now) {
			if err = errors.Join(s.vtnReports.publishDue(ctx, now), s.pushStranded(ctx, now)); err == nil {
				continue
			}
		}
		if err != nil && ctx.Err() == nil {
			s.failed(err).Msg("cannot find out which reports are due; check the store, trying again")
			next = s.clock.Now().Add(time.Minute)
		}
		waitUntil(ctx, s.clock, next, s.clockwork)
	}
}

// nextReport returns when something is due next, zero for never.
func (s *ReportService) nextReport(ctx context.Context) (next time.Time, err error) {
	err = s.reg.View(ctx, func(r Reader) error {
		if next, err = r.NextVTNReport(); err != nil {
			return err
		}
		stranded, err := r.NextStranded()
		if !stranded.IsZero() && (next.IsZero() || stranded.Before(next)) {
			next = stranded
		}
		return err
	})
	return next, err
}
