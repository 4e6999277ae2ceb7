package core

import (
	"context"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// rideGrace is how late an update may be for a cancellation to wait for it.
const rideGrace = time.Minute

// updateDue is when the VEN's next update for the request is due.
func (r *ReportRequest) updateDue(now time.Time) time.Time {
	if begin := r.begin(); begin.After(now) {
		now = begin
	}
	return now.Add(r.ReportBack)
}

// cancellation is what rides in the answer to an update for these requests (rule
// R4): the oldest cancellation of some of them, since a message has one
// reportToFollow and one requestID; nil for none. One that rode already is pushed.
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

// rides says of a request that an update came for whether its cancellation rides in
// the answer, m, or rode in an earlier one: another may have gone before.
func (r *ReportRequest) rides(m *oadr.CancelReport) bool {
	return r.State == ReportCancelling && r.Piggyback && (r.Rode > 0 || m != nil && slices.Contains(m.ReportRequestIDs, r.ReportRequestID))
}

// ignored says of a request that an update came for whether its VEN goes on in
// spite of a cancellation that rode. The first after one that wants a last report is
// that (rule R8).
func (r *ReportRequest) ignored() bool {
	return r.State == ReportCancelling && r.Piggyback && (r.Rode > 1 || r.Rode == 1 && !r.ToFollow)
}

// pushIgnored has the cancellations pushed that a VEN's update ignores (rule R4).
// Where that fails, its next update brings it about.
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
			Msg("the VEN reports on though an answer cancelled that; the cancellation is pushed")
	}
}

// pushStranded has the cancellations pushed that found no update to ride in.
func (s *ReportService) pushStranded(ctx context.Context, now time.Time) error {
	return s.pushCancellations(ctx, byToFollow, func(tx Tx) ([]*ReportRequest, error) { return tx.StrandedCancellations(now, dueBatch) })
}

// cancelling are those of a VEN's requests that are still being cancelled.
func cancelling(tx ReportReader, ven *VEN, requests []*ReportRequest) ([]*ReportRequest, error) {
	untold, err := tx.UntoldReports([]int64{ven.No})
	return slices.DeleteFunc(untold, func(r *ReportRequest) bool {
		return r.State != ReportCancelling || !slices.ContainsFunc(requests, func(one *ReportRequest) bool { return one.No == r.No })
	}), err
}

// byToFollow has those go together that can: a message has one reportToFollow.
func byToFollow(requests []*ReportRequest) [][]*ReportRequest {
	last := func(r *ReportRequest) bool { return r.ToFollow }
	return [][]*ReportRequest{
		slices.DeleteFunc(slices.Clone(requests), last),
		slices.DeleteFunc(slices.Clone(requests), func(r *ReportRequest) bool { return !last(r) }),
	}
}

// each has every one go by itself.
func each(requests []*ReportRequest) [][]*ReportRequest {
	return slices.Collect(slices.Chunk(requests, 1))
}

// pushCancellations has cancellations pushed, those of a group together.
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
