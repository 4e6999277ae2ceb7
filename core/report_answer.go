package core

import (
	"context"
	"fmt"
	"slices"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// canceledReport takes a VEN's answer to the cancellation of reports (rule R8). The token
// names the push that it answers. Without one, all being cancelled are confirmed except
// those that the VEN lists as pending. If the VEN refuses to cancel several requests at
// once, those that it lists as pending are cancelled again one by one.
func (s *ReportService) canceledReport(ctx context.Context, ven *VEN, from Peer, m *oadr.CanceledReport) (oadr.Message, error) {
	now := s.clock.Now()
	t, ok := s.reportPushAnswered(ctx, ven, from, m)
	pending := setOf(m.Pending)
	var left []*ReportRequest
	pushed, err := s.changeReports(ctx, ven, func(open []*ReportRequest) (changed []*ReportRequest) {
		left = nil
		together := 0
		for _, r := range open {
			if r.State == ReportCancelling && ok && r.Rev == t.Rev {
				together++
			}
		}
		for _, r := range open {
			if r.State != ReportCancelling || ok && r.Rev != t.Rev || !ok && pending[r.ReportRequestID] {
				continue
			}
			if together > 1 && pending[r.ReportRequestID] && m.Response.Code/100 != 2 {
				left = append(left, r)
				continue
			}
			r.answered(m.Response)
			r.confirmCancel(now)
			changed = append(changed, r)
		}
		return changed
	})
	if err != nil {
		return nil, err
	}
	if len(left) > 0 {
		if err := s.pushCancellations(ctx, each, func(tx Tx) ([]*ReportRequest, error) { return cancelling(tx, ven, left) }); err != nil {
			return nil, err
		}
	}
	if ok && (pushed || len(left) > 0) {
		s.delivery.settleSeparately(from, t, responseOutcome(m.Response))
	}
	return s.answer(m, ven, oadr.CodeOK, "OK"), nil
}

// createdReport takes a VEN's answer to report requests (rule R3): those of the push that it
// answers, and those that it lists as pending. A refusal that names no push refuses nothing,
// since it may mean any request.
func (s *ReportService) createdReport(ctx context.Context, ven *VEN, from Peer, m *oadr.CreatedReport) (oadr.Message, error) {
	now := s.clock.Now()
	t, ok := s.reportPushAnswered(ctx, ven, from, m)
	refused := m.Response.Code/100 != 2
	pending := setOf(m.Pending)
	pushed, err := s.changeReports(ctx, ven, func(open []*ReportRequest) (changed []*ReportRequest) {
		for _, r := range open {
			// What the VEN lists in its answer to an earlier push, it knew before it was
			// sent the request again.
			listed := pending[r.ReportRequestID] && (!ok || t.Rev >= r.Rev)
			named := ok && r.Rev == t.Rev
			switch {
			case r.State == ReportCancelling:
				continue
			case listed, named && !refused:
				r.answered(m.Response)
				r.State = ReportActive
			case named:
				r.answered(m.Response)
				r.State, r.EndedAt = ReportRefused, now
			default:
				continue
			}
			if r.ToldAt.IsZero() {
				r.ToldAt = now
			}
			changed = append(changed, r)
		}
		return changed
	})
	if err != nil {
		return nil, err
	}
	if ok && pushed {
		s.delivery.settleSeparately(from, t, responseOutcome(m.Response))
	}
	return s.answer(m, ven, oadr.CodeOK, "OK"), nil
}

// setOf returns the IDs as a set.
func setOf(ids []string) map[string]bool {
	set := make(map[string]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}

// reportPushAnswered returns the token of the push about reports that a VEN's message answers.
func (s *ReportService) reportPushAnswered(ctx context.Context, ven *VEN, from Peer, m oadr.Message) (Token, bool) {
	t, ok := s.delivery.pushAnswered(ctx, ven, from, m)
	return t, ok && t.Topic == TopicReports
}

// answered notes what the VEN answered.
func (r *ReportRequest) answered(by oadr.EIResponse) {
	r.Code, r.Error = int(by.Code), ""
	if by.Code/100 != 2 {
		r.Error = excerpt.Of(by.Description)
	}
}

// changeReports gives change those of a VEN's requests that await its answer,
// and stores those that it returns. pushed reports whether any of them was sent by push.
func (s *ReportService) changeReports(ctx context.Context, ven *VEN, change func([]*ReportRequest) []*ReportRequest) (pushed bool, err error) {
	err = s.reg.Update(ctx, func(tx Tx) error {
		if err := stands(tx, ven); err != nil {
			return err
		}
		open, err := tx.OpenReports([]int64{ven.No})
		if err != nil {
			return err
		}
		open = slices.DeleteFunc(open, func(r *ReportRequest) bool { return !r.awaitsAnswer() })
		changed := change(open)
		pushed = slices.ContainsFunc(changed, func(r *ReportRequest) bool { return !r.Piggyback })
		return tx.PutReportRequests(changed)
	})
	if err != nil {
		return false, fmt.Errorf("change the report requests of VEN %s: %w", ven.VENID, err)
	}
	return pushed, nil
}
