package core

import (
	"context"
	"slices"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// reportContents returns for each VEN the oldest change of reports that it has not settled:
// requests that were made together, their cancellation, or a VTN report.
func (s *ReportService) reportContents(ctx context.Context, claims []Claim, now time.Time) (map[int64]content, error) {
	vens := make([]int64, len(claims))
	for i, c := range claims {
		vens[i] = c.VENNo
	}
	var requests []*ReportRequest
	var vtnReports []VTNReport
	err := s.reg.View(ctx, func(r Reader) (err error) {
		if requests, err = r.UntoldReports(vens); err != nil {
			return err
		}
		vtnReports, err = r.VTNReports(vens)
		return err
	})
	if err != nil {
		return nil, err
	}
	matters := map[int64]*reportMatter{}
	for _, c := range claims {
		matters[c.VENNo] = &reportMatter{claim: c}
	}
	for _, r := range requests {
		if m := matters[r.VENNo]; !r.Piggyback && m.older(r.Rev) {
			m.requests = append(m.requests, r)
		}
	}
	for _, o := range vtnReports {
		if m := matters[o.VENNo]; m.older(o.Rev) {
			m.vtnReport = &o
		}
	}
	all := make(map[int64]content, len(claims))
	for no, m := range matters {
		if message := s.reportMessage(m, now); message != nil {
			all[no] = content{rev: m.rev, message: message}
		}
	}
	return all, nil
}

// reportMatter is what one change tells one VEN.
type reportMatter struct {
	claim     Claim
	rev       int64 // 0: nothing yet
	requests  []*ReportRequest
	vtnReport *VTNReport // the only one under its revision
}

// older reports whether a change belongs to the matter: it is claimed, not settled, and none
// of those seen is older. A change that is older than those seen replaces them.
func (m *reportMatter) older(rev int64) bool {
	if rev <= m.claim.Settled || rev > m.claim.Rev || m.rev != 0 && rev > m.rev {
		return false
	}
	if rev != m.rev {
		m.rev, m.requests, m.vtnReport = rev, nil, nil
	}
	return true
}

// reportMessage returns the message of a matter, nil for none.
func (s *ReportService) reportMessage(m *reportMatter, now time.Time) oadr.Message {
	requestID := Token{TopicReports, m.claim.VENNo, m.rev}.String()
	switch {
	case m.vtnReport != nil:
		return vtnReport(m.claim, requestID, m.vtnReport.RequestID)
	case len(m.requests) == 0:
		return nil
	}
	if first := m.requests[0]; first.State == ReportCancelling {
		c := &oadr.CancelReport{RequestID: requestID, ReportToFollow: first.ToFollow, VENID: m.claim.VENID}
		for _, r := range m.requests {
			c.ReportRequestIDs = append(c.ReportRequestIDs, r.ReportRequestID)
		}
		return c
	}
	c := &oadr.CreateReport{RequestID: requestID, VENID: m.claim.VENID}
	for _, r := range m.requests {
		c.Requests = append(c.Requests, r.message())
	}
	return c
}

// settleReports notes the outcome of a push about reports.
func (s *ReportService) settleReports(tx Tx, done Settlement) error {
	now, vens := s.clock.Now(), []int64{done.Token.VENNo}
	vtnReports, err := tx.VTNReports(vens)
	if err != nil {
		return err
	}
	for _, o := range vtnReports {
		if o.Rev == done.Token.Rev && o.RequestID != "" && o.NextAt.IsZero() { // requested once, or the last of several
			if err := tx.DeleteVTNReport(o); err != nil {
				return err
			}
		}
	}
	requests, err := tx.OpenReports(vens)
	if err != nil {
		return err
	}
	requests = slices.DeleteFunc(requests, func(r *ReportRequest) bool {
		return !r.awaitsAnswer() || r.Piggyback || r.Rev != done.Token.Rev
	})
	for _, r := range requests {
		r.settle(done.Outcome, now)
	}
	return tx.PutReportRequests(requests)
}

// awaitsAnswer reports whether the VEN has yet to answer the request or its cancellation. A
// VEN may send data before.
func (r *ReportRequest) awaitsAnswer() bool {
	return r.State == ReportPending || r.State == ReportCancelling || r.State == ReportActive && r.Code == 0
}

// settle notes the outcome of the push that told the request or its cancellation. An empty
// answer says only that the push arrived; the VEN sends a separate answer.
func (r *ReportRequest) settle(o Outcome, now time.Time) {
	if o.Result == Acknowledged && o.Code == 0 {
		if r.ToldAt.IsZero() {
			r.ToldAt = now
		}
		return
	}
	r.Code, r.Error = o.Code, excerpt.Of(o.Error)
	switch {
	case r.State == ReportCancelling:
		r.confirmCancel(now)
	case o.Result == Refused:
		r.State, r.ToldAt, r.EndedAt = ReportRefused, now, now
	default:
		r.State, r.ToldAt = ReportActive, now
	}
}
