package core

import (
	"context"
	"slices"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// ReportCancellation says how report requests are cancelled.
type ReportCancellation struct {
	ToFollow  bool // with a last report (rule R8)
	Piggyback bool // sent in the answer to the next update, if one comes, instead of by push (rule R4)
}

// CancelReport cancels one report request. Updates still count until the VEN confirms. A
// request that is over is returned as it is. An order that names this VEN alone ends with
// the request. The error is [ErrNotFound] if the request does not exist.
func (s *ReportService) CancelReport(ctx context.Context, reportRequestID string, how ReportCancellation, by string) (request *ReportRequest, err error) {
	err = s.cancelReports(ctx, how, by, func(tx Tx, now time.Time) ([]*ReportRequest, error) {
		if request, err = tx.ReportRequest(reportRequestID); err != nil {
			return nil, err
		}
		if o, err := tx.ReportOrder(request.OrderID); err == nil && o.onlyVEN() && o.EndedAt.IsZero() {
			o.EndedAt = now
			if err := tx.PutReportOrder(o); err != nil {
				return nil, err
			}
		}
		return []*ReportRequest{request}, nil
	})
	return request, err
}

// CancelReportOrder ends a standing order and cancels its open requests. The error is
// [ErrNotFound] if the order does not exist.
func (s *ReportService) CancelReportOrder(ctx context.Context, orderID string, how ReportCancellation, by string) (order *ReportOrder, err error) {
	err = s.cancelReports(ctx, how, by, func(tx Tx, now time.Time) ([]*ReportRequest, error) {
		if order, err = tx.ReportOrder(orderID); err != nil {
			return nil, err
		}
		if order.EndedAt.IsZero() {
			order.EndedAt = now
			if err := tx.PutReportOrder(order); err != nil {
				return nil, err
			}
		}
		return tx.OpenReportsOfOrder(orderID)
	})
	return order, err
}

// cancelReports cancels the requests that choose returns, in one transaction.
func (s *ReportService) cancelReports(ctx context.Context, how ReportCancellation, by string, choose func(Tx, time.Time) ([]*ReportRequest, error)) error {
	now := s.clock.Now()
	var cancelled []*ReportRequest
	err := s.reg.Change(ctx, func(tx Tx, rev int64) error {
		requests, err := choose(tx, now)
		if err != nil {
			return err
		}
		cancelled = slices.DeleteFunc(requests, func(r *ReportRequest) bool { return !r.cancel(how, rev, now) })
		if err := tx.PutReportRequests(cancelled); err != nil {
			return err
		}
		return tx.MarkReports(rev, reportUrgency(cancelled), queueTime(now, now))
	})
	if err != nil {
		return err
	}
	if how.Piggyback {
		s.clockwork.Wake()
	}
	for _, r := range cancelled {
		s.log.Info().Str("venID", r.VENID).Str("reportRequestID", r.ReportRequestID).Bool("reportToFollow", r.ToFollow).Str("by", by).Msg("report cancelled")
	}
	return nil
}

// cancel cancels a request and reports whether that changes anything. A request that still
// waits for its answer was never sent, so it is cancelled without a message.
func (r *ReportRequest) cancel(how ReportCancellation, rev int64, now time.Time) bool {
	switch {
	case !r.State.open() || r.State == ReportCancelling && r.Piggyback == how.Piggyback:
		return false
	case r.State == ReportPending && r.Piggyback && r.ToldAt.IsZero():
		r.State, r.EndedAt, r.Piggyback = ReportCancelled, now, false
		return true
	}
	r.State, r.Rev = ReportCancelling, rev
	r.ToFollow, r.Piggyback = how.ToFollow, how.Piggyback
	if r.Piggyback {
		r.RideUntil = r.updateDue(now).Add(rideGrace)
	}
	return true
}

// confirmCancel notes that the VEN has cancelled the request, or never knew it.
func (r *ReportRequest) confirmCancel(now time.Time) {
	r.State, r.EndedAt = ReportCancelled, now
	r.LastOwed = r.ToFollow
}

// cancelVTNReport cancels what a VEN requested of the VTN's reports (rule R9): all that a
// message names, or nothing.
func (v *vtnReports) cancelVTNReport(ctx context.Context, ven *VEN, m *oadr.CancelReport) (oadr.Message, error) {
	now := v.clock.Now()
	var wrong *refusal
	var pending []string
	err := v.reg.Changes(ctx, func(tx Tx, next Revisions) error {
		wrong, pending = nil, nil
		if err := stands(tx, ven); err != nil {
			return err
		}
		open, err := tx.VTNReports([]int64{ven.No})
		if err != nil {
			return err
		}
		pending = pendingOf(open)
		named := setOf(m.ReportRequestIDs)
		for _, id := range m.ReportRequestIDs {
			if id == "" || !slices.Contains(pending, id) {
				wrong = refuse(oadr.CodeInvalidID, "reportRequestID %s is unknown", excerpt.Of(id))
				return nil
			}
		}
		for _, o := range open {
			switch {
			case !named[o.RequestID]:
				continue
			case m.ReportToFollow:
				o.Every, o.NextAt = 0, time.Time{}
				if err := makeDue(tx, next, o, UrgencyFew, now); err != nil {
					return err
				}
			default:
				if err := tx.DeleteVTNReport(o); err != nil {
					return err
				}
			}
		}
		pending = slices.DeleteFunc(pending, func(id string) bool { return named[id] })
		return nil
	})
	if err != nil {
		return nil, err
	}
	reply := v.answer(m, ven, oadr.CodeOK, "OK").(*oadr.CanceledReport)
	if wrong != nil {
		reply = v.answer(m, ven, wrong.code, wrong.reason).(*oadr.CanceledReport)
	}
	reply.Pending = pending
	return reply, nil
}

// pendingOf returns the reportRequestIDs of VTN reports.
func pendingOf(reports []VTNReport) (ids []string) {
	for _, o := range reports {
		if o.RequestID != "" {
			ids = append(ids, o.RequestID)
		}
	}
	return ids
}
