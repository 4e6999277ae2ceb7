package core

import (
	"context"
	"errors"
	"strings"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/internal/label"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// registerReport takes what a VEN can report (rules R1, R2). Requests that waited for it are
// sent in the answer (rule R4). What else is requested again is pushed.
func (s *ReportService) registerReport(ctx context.Context, ven *VEN, m *oadr.RegisterReport) (oadr.Message, error) {
	offers, wrong := offersOf(m)
	if wrong != nil {
		return s.answer(m, ven, wrong.code, wrong.reason), nil
	}
	now := s.clock.Now()
	var riding []*ReportRequest
	err := s.reg.Changes(ctx, func(tx Tx, next Revisions) error {
		rev, err := next()
		if err != nil {
			return err
		}
		whole, err := stillRegistered(tx, ven)
		if err != nil {
			return err
		}
		for i := range offers {
			offers[i].RegisteredAt = now
		}
		if err := s.quota.within(tx, ven, QuotaPoints, func() error { return tx.PutOffers(ven.No, offers, now) }); err != nil {
			return err
		}
		riding, err = s.restart(tx, next, whole, m.ReportRequestID, offers, rev, now) // last, since it may raise more revisions
		return err
	})
	if errors.As(err, &wrong) {
		return s.answer(m, ven, wrong.code, wrong.reason), nil
	}
	if err != nil {
		return nil, err
	}
	s.lines.About(ven.VENID, zerolog.InfoLevel).Str("venID", ven.VENID).Str("requestID", excerpt.Of(m.RequestID)).Int("reports", len(offers)).Int("requests", len(riding)).Msg("the VEN registered its reports")
	reply := s.answer(m, ven, oadr.CodeOK, "OK").(*oadr.RegisteredReport)
	for _, r := range riding {
		reply.Requests = append(reply.Requests, r.message())
	}
	return reply, nil
}

// offersOf reads the reports of an oadrRegisterReport. It tolerates deviations from rule R1
// whose meaning is clear.
func offersOf(m *oadr.RegisterReport) ([]ReportOffer, *refusal) {
	var offers []ReportOffer
	specifiers := map[string]bool{}
	for i := range m.Reports {
		r := &m.Reports[i]
		if reason := label.Check(r.ReportSpecifierID); reason != "" {
			return nil, refuse(oadr.CodeInvalidData, "reportSpecifierID %s", reason)
		}
		if specifiers[r.ReportSpecifierID] {
			return nil, refuse(oadr.CodeInvalidData, "reportSpecifierID %s stands twice", excerpt.Of(r.ReportSpecifierID))
		}
		specifiers[r.ReportSpecifierID] = true
		rIDs := map[string]bool{}
		for _, d := range r.Descriptions {
			if reason := label.Check(d.RID); reason != "" {
				return nil, refuse(oadr.CodeInvalidData, "rID %s", reason)
			}
			if rIDs[d.RID] {
				return nil, refuse(oadr.CodeInvalidData, "rID %s stands twice in report %s", excerpt.Of(d.RID), excerpt.Of(r.ReportSpecifierID))
			}
			rIDs[d.RID] = true
		}
		offers = append(offers, ReportOffer{
			SpecifierID: r.ReportSpecifierID,
			Name:        strings.TrimPrefix(r.ReportName, oadr.MetadataPrefix),
			Keeps:       r.Duration,
			CreatedAt:   r.CreatedDateTime,
			Points:      r.Descriptions,
		})
	}
	return offers, nil
}
