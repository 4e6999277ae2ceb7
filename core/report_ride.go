package core

import (
	"context"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// rideGrace is how late an update may be before a cancellation that waits for it is pushed.
const rideGrace = time.Minute

// updateDue returns when the next update for the request is due.
func (r *ReportRequest) updateDue(now time.Time) time.Time {
	if begin := r.begin(); begin.After(now) {
		now = begin
	}
	return now.Add(r.ReportBack)
}

// cancellation returns the cancellation for the answer to an update for these requests (rule
// R4), nil for none. It is the oldest one, since a message has one reportToFollow and one
// requestID. One that was in an answer before is pushed instead.
func cancellation(ven *VEN, updated []*ReportRequest) *oadr.CancelReport {
	var m *oadr.CancelReport
	var rev int64
	for _, r := range updated {
		switch {
		case r.State != ReportCancelling || r.Piggyback && r.Rode > 0:
		case m == nil || r.Rev < rev:
			rev = r.Rev
			m = &oadr.CancelReport{RequestID: Token{TopicReports, ven.No, r.Rev}.String(), ReportRequestIDs: []string{r.ReportRequestID}, ReportToFollow: r.ToFollow, VENID: ven.VENID}
		case r.Rev == rev && !slices.Contains(m.ReportRequestIDs, r.ReportRequestID):
			m.ReportRequestIDs = append(m.ReportRequestIDs, r.ReportRequestID)
		}
	}
	return m
}

// rides reports whether the cancellation of a request is in m, which answers an update for it,
// or was in an earlier answer. m may hold an older cancellation instead.
func (r *ReportRequest) rides(m *oadr.CancelReport) bool {
	return r.State == ReportCancelling && r.Piggyback && (r.Rode > 0 || m != nil && slices.Contains(m.ReportRequestIDs, r.ReportRequestID))
}

// ignored reports whether the VEN ignores a cancellation in an answer, now that another update
// came. The first update after a cancellation with a last report is that report (rule R8).
func (r *ReportRequest) ignored() bool {
	return r.State == ReportCancelling && r.Piggyback && (r.Rode > 1 || r.Rode == 1 && !r.ToFollow)
}

// pushIgnored marks the VEN for the cancellations that its update ignores, so that they are
// pushed (rule R4). If that fails, its next update repeats it.
func (s *ReportService) pushIgnored(ctx context.Context, ven *VEN, requests []*ReportRequest) {
	var pushed []*ReportRequest
	err := s.pushCancellations(ctx, byToFollow, func(tx Tx) (_ []*ReportRequest, err error) {
		pushed, err = cancelling(tx, ven, requests)
		pushed = slices.DeleteFunc(pushed, func(r *ReportRequest) bool { return !r.ignored() })
		return pushed, err
	})
	if err != nil {
		s.failed(err).Str("venID", ven.VENID).Msg("cannot push a cancellation of reports that the VEN ignores; trying again at its next update")
		return
	}
	for _, r := range pushed {
		s.lines.About(ven.VENID, zerolog.WarnLevel).Str("venID", ven.VENID).Str("reportRequestID", r.ReportRequestID).
			Msg("the VEN goes on reporting although an answer cancelled that; the cancellation is pushed")
	}
}

// pushStranded marks VENs for cancellations that waited in vain for an update to answer.
func (s *ReportService) pushStranded(ctx context.Context, now time.Time) error {
	return s.pushCancellations(ctx, byToFollow, func(tx Tx) ([]*ReportRequest, error) { return tx.StrandedCancellations(now, dueBatch) })
}

// cancelling returns those of a VEN's requests that are still being cancelled.
func cancelling(tx ReportReader, ven *VEN, requests []*ReportRequest) ([]*ReportRequest, error) {
	untold, err := tx.UntoldReports([]int64{ven.No})
	return slices.DeleteFunc(untold, func(r *ReportRequest) bool {
		return r.State != ReportCancelling || !slices.ContainsFunc(requests, func(one *ReportRequest) bool { return one.No == r.No })
	}), err
}

// byToFollow groups cancellations that one message can hold: a message has one reportToFollow.
func byToFollow(requests []*ReportRequest) [][]*ReportRequest {
	last := func(r *ReportRequest) bool { return r.ToFollow }
	return [][]*ReportRequest{
		slices.DeleteFunc(slices.Clone(requests), last),
		slices.DeleteFunc(slices.Clone(requests), func(r *ReportRequest) bool { return !last(r) }),
	}
}

// each groups every request by itself.
func each(requests []*ReportRequest) [][]*ReportRequest {
	return slices.Collect(slices.Chunk(requests, 1))
}

// pushCancellations marks VENs for cancellations, each group with one revision, so that one push
// tells it.
func (s *ReportService) pushCancellations(ctx context.Context, groups func([]*ReportRequest) [][]*ReportRequest, choose func(Tx) ([]*ReportRequest, error)) error {
	now := s.clock.Now()
	return s.reg.Changes(ctx, func(tx Tx, next Revisions) error {
		requests, err := choose(tx)
		if err != nil {
			return err
		}
		for _, some := range groups(requests) {
			if err := pushTogether(tx, next, some, now); err != nil {
				return err
			}
		}
		return nil
	})
}

func pushTogether(tx Tx, next Revisions, requests []*ReportRequest, now time.Time) error {
	if len(requests) == 0 {
		return nil
	}
	rev, err := next()
	if err != nil {
		return err
	}
	for _, r := range requests {
		r.Rev, r.Piggyback, r.RideUntil = rev, false, time.Time{}
	}
	if err := tx.PutReportRequests(requests); err != nil {
		return err
	}
	return tx.MarkReports(rev, reportUrgency(requests), queueTime(now, now))
}
