package core

import (
	"context"
	"errors"
	"time"
)

// reportByTime makes VENs due by time: whose requests for the VTN's reports have
// come to their next time (rule R9), and whose cancelled requests had no update
// that the cancellation could ride in (rule R4).
func (s *ReportService) reportByTime(ctx context.Context) {
	for ctx.Err() == nil {
		next, err := s.nextReport(ctx)
		if now := s.clock.Now(); err == nil && !next.IsZero() && !next.After(now) {
			if err = errors.Join(s.vtnReports.publishDue(ctx, now), s.pushStranded(ctx, now)); err == nil {
				continue
			}
		}
		if err != nil && ctx.Err() == nil {
			s.failed(err).Msg("cannot look what is due of reports; check the store, trying again")
			next = s.clock.Now().Add(time.Minute)
		}
		waitUntil(ctx, s.clock, next, s.clockwork)
	}
}

// nextReport is when something is due next, zero for never.
func (s *ReportService) nextReport(ctx context.Context) (next time.Time, err error) {
	err = s.reg.View(ctx, func(r Reader) error {
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
