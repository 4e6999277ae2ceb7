package core

import (
	"context"
	"fmt"
	"slices"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// canceledReport takes a VEN's word on the cancellation of reports (rule R8). The
// one it answers is named by the token; a VEN that does not repeat it names what
// is left. One of several requests that could not all be cancelled, and that the VEN
// says it still has, is cancelled again by itself.
func (s *ReportService) canceledReport(ctx context.Context, ven *VEN, from Peer, m *oadr.CanceledReport) (oadr.Message, error) {
	now := s.clock.Now()
	t, ok := s.reportAsked(ven, m)
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

// createdReport takes a VEN's word on report requests (rule R3): those of the
// push it answers, and those it lists as pending. A refusal that names no push may
// be of anything and refuses nothing.
func (s *ReportService) createdReport(ctx context.Context, ven *VEN, from Peer, m *oadr.CreatedReport) (oadr.Message, error) {
	now := s.clock.Now()
	t, ok := s.reportAsked(ven, m)
	refused := m.Response.Code/100 != 2
	pending := setOf(m.Pending)
	pushed, err := s.changeReports(ctx, ven, func(open []*ReportRequest) (changed []*ReportRequest) {
		for _, r := range open {
			// What the VEN lists in an answer to an earlier push, it knew before it
			// was asked again.
			listed := pending[r.ReportRequestID] && (!ok || t.Rev >= r.Rev)
			asked := ok && r.Rev == t.Rev
			switch {
			case r.State != ReportPending:
				continue
			case listed, asked && !refused:
				r.answered(m.Response)
				r.State = ReportActive
			case asked:
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

// setOf is a list to look things up in.
func setOf(ids []string) map[string]bool {
	set := make(map[string]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}

// reportAsked is the token of the push that a VEN's message answers.
func (s *ReportService) reportAsked(ven *VEN, m oadr.Message) (Token, bool) {
	t, ok := s.delivery.pushAnswered(ven, m)
	return t, ok && t.Topic == TopicReports
}

// answered notes what the VEN said.
func (r *ReportRequest) answered(by oadr.EIResponse) {
	r.Code, r.Error = int(by.Code), ""
	if by.Code/100 != 2 {
		r.Error = excerpt.Of(by.Description)
	}
}

// changeReports stores those of a VEN's requests, pending or being cancelled, that
// change changed, and says whether any of them was told by a push.
func (s *ReportService) changeReports(ctx context.Context, ven *VEN, change func([]*ReportRequest) []*ReportRequest) (pushed bool, err error) {
	err = s.reg.Update(ctx, func(tx Tx) error {
		if err := stands(tx, ven); err != nil {
			return err
		}
		open, err := tx.UntoldReports([]int64{ven.No})
		if err != nil {
			return err
		}
		changed := change(open)
		pushed = slices.ContainsFunc(changed, func(r *ReportRequest) bool { return !r.Piggyback })
		return tx.PutReportRequests(changed)
	})
	if err != nil {
		return false, fmt.Errorf("change the report requests of VEN %s: %w", ven.VENID, err)
	}
	return pushed, nil
}
