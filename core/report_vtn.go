package core

import (
	"context"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/internal/label"
	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// vtnReports serves the reports that the VTN offers (rule R9).
type vtnReports struct {
	*common
	delivery  answerSettler
	clockwork wake.Signal // the time when something is next due has changed
}

const (
	maxVTNReports      = 100              // that one VEN may request
	minVTNReportPeriod = 10 * time.Second // between two of them
	dueBatch           = 500              // made due by time in one transaction
)

// vtnReport returns the VTN's oadrRegisterReport. The VTN can report nothing, but VENs wait for
// that message (rules N11, R9). reportRequestID is empty if the VEN did not request it.
func vtnReport(c Claim, requestID, reportRequestID string) oadr.Message {
	return &oadr.RegisterReport{RequestID: requestID, VENID: c.VENID, ReportRequestID: reportRequestID}
}

// makeDue makes a report due under a new revision, so that a push tells it alone.
func makeDue(tx Tx, next Revisions, o VTNReport, u Urgency, now time.Time) (err error) {
	if o.Rev, err = next(); err != nil {
		return err
	}
	if err := tx.PutVTNReport(o); err != nil {
		return err
	}
	return tx.MarkVEN(TopicReports, o.VENNo, o.Rev, u, queueTime(now, now))
}

// createVTNReport takes a VEN's requests for reports of the VTN (rule R9): all of a message, or
// nothing.
func (v *vtnReports) createVTNReport(ctx context.Context, ven *VEN, m *oadr.CreateReport) (oadr.Message, error) {
	pending, wrong, err := v.takeVTNReportRequests(ctx, ven, m.Requests, 0)
	if err != nil {
		return nil, err
	}
	reply := v.answer(m, ven, oadr.CodeOK, "OK").(*oadr.CreatedReport)
	if wrong != nil {
		reply = v.answer(m, ven, wrong.code, wrong.reason).(*oadr.CreatedReport)
	}
	reply.Pending = pending
	return reply, nil
}

// registeredReport takes a VEN's answer to the VTN's oadrRegisterReport, which may request
// reports (rule R4).
func (v *vtnReports) registeredReport(ctx context.Context, ven *VEN, from Peer, m *oadr.RegisteredReport) (oadr.Message, error) {
	wait := minVTNReportPeriod // or a VEN that requests some in each answer would be pushed to without pause
	if t, ok := v.delivery.pushAnswered(ctx, ven, from, m); ok && (t.Topic == TopicReports || t.Topic == TopicMetadata) {
		v.delivery.settleSeparately(from, t, responseOutcome(m.Response))
		if t.Topic == TopicMetadata {
			wait = 0
		}
	}
	_, wrong, err := v.takeVTNReportRequests(ctx, ven, m.Requests, wait)
	switch {
	case err != nil:
		return nil, err
	case wrong != nil:
		return v.answer(m, ven, wrong.code, wrong.reason), nil
	}
	return v.answer(m, ven, oadr.CodeOK, "OK"), nil
}

// takeVTNReportRequests stores a VEN's requests for reports of the VTN, and returns the
// reportRequestIDs of all that are open. The first reports are due after wait.
func (v *vtnReports) takeVTNReportRequests(ctx context.Context, ven *VEN, requests []oadr.ReportRequest, wait time.Duration) (pending []string, wrong *refusal, err error) {
	now := v.clock.Now()
	err = v.reg.Changes(ctx, func(tx Tx, next Revisions) error {
		wrong = nil
		if _, err := stillRegistered(tx, ven); err != nil {
			return err
		}
		open, err := tx.VTNReports([]int64{ven.No})
		if err != nil {
			return err
		}
		pending = pendingOf(open)
		begin := now.Add(wait)
		type want struct {
			VTNReport
			due bool
		}
		var wanted []want
		for _, r := range requests {
			o, due, no := vtnReportRequest(ven, r, begin, now)
			if no != nil {
				wrong, pending = no, pendingOf(open)
				return nil
			}
			if !slices.Contains(pending, o.RequestID) {
				pending = append(pending, o.RequestID)
			}
			wanted = append(wanted, want{o, due})
		}
		if len(pending) > maxVTNReports {
			wrong, pending = refuse(oadr.CodeNotAllowed, "too many report requests; cancel some"), pendingOf(open)
			return nil
		}
		for _, o := range wanted {
			if o.due {
				err = makeDue(tx, next, o.VTNReport, UrgencyFew, now)
			} else {
				err = tx.PutVTNReport(o.VTNReport)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && wrong == nil && len(requests) > 0 {
		v.lines.About(ven.VENID, zerolog.InfoLevel).Str("venID", ven.VENID).Int("requests", len(requests)).Msg("the VEN requested reports of the VTN")
		v.clockwork.Wake()
	}
	return pending, wrong, err
}

// vtnReportRequest reads one oadrReportRequest of a VEN, for reports from begin on. due reports
// whether the first is due now.
func vtnReportRequest(ven *VEN, r oadr.ReportRequest, begin, now time.Time) (o VTNReport, due bool, no *refusal) {
	s := r.Specifier
	o = VTNReport{VENNo: ven.No, RequestID: r.ReportRequestID, RegistrationID: ven.Registration.RegistrationID, Every: s.ReportBackDuration}
	if reason := label.Check(r.ReportRequestID); reason != "" {
		return o, false, refuse(oadr.CodeInvalidData, "reportRequestID %s", reason)
	}
	if s.ReportSpecifierID != oadr.SpecifierMetadata {
		return o, false, refuse(oadr.CodeInvalidID, "reportSpecifierID %s is not offered; METADATA is", excerpt.Of(s.ReportSpecifierID))
	}
	if s.ReportBackDuration > 0 && s.ReportBackDuration < minVTNReportPeriod {
		return o, false, refuse(oadr.CodeInvalidData, "reportBackDuration must be PT0S, or %s at least", oadr.FormatDuration(minVTNReportPeriod))
	}
	if s.ReportBackDuration > maxDuration {
		return o, false, refuse(oadr.CodeInvalidData, "reportBackDuration must not be longer than a hundred years")
	}
	if p := s.ReportInterval; p != nil {
		if p.Start.Year() < 1970 || p.Start.Year() > 9999 || p.Duration > maxDuration {
			return o, false, refuse(oadr.CodeInvalidData, "reportInterval must begin between the years 1970 and 9999 and last a hundred years at most")
		}
		if p.Start.After(begin) { // delayed
			begin = p.Start
		}
		if p.Duration > 0 && o.Every > 0 {
			o.EndsAt = p.Start.Add(p.Duration)
		}
		if !o.EndsAt.IsZero() && !o.EndsAt.After(now) {
			return o, false, refuse(oadr.CodeInvalidData, "reportInterval ended at %s", oadr.FormatTime(o.EndsAt))
		}
	}
	if begin.After(now) {
		o.NextAt = begin
		return o, false, nil
	}
	if o.Every > 0 {
		o.next(begin.Add(o.Every))
	}
	return o, true, nil
}

// next sets when the report is due again, unless that is after its end.
func (o *VTNReport) next(at time.Time) {
	if o.NextAt = at; !o.EndsAt.IsZero() && at.After(o.EndsAt) {
		o.NextAt = time.Time{}
	}
}

// publishDue makes reports due whose time has come, at most dueBatch.
func (v *vtnReports) publishDue(ctx context.Context, now time.Time) error {
	return v.reg.Changes(ctx, func(tx Tx, next Revisions) error {
		due, err := tx.DueVTNReports(now, dueBatch)
		if err != nil {
			return err
		}
		for _, o := range due {
			o.advance(now)
			if err := makeDue(tx, next, o, UrgencyNormal, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// advance sets the next time of the report after now. It does not make up for missed ones.
func (o *VTNReport) advance(now time.Time) {
	if o.Every == 0 {
		o.NextAt = time.Time{}
		return
	}
	missed := now.Sub(o.NextAt) / o.Every
	o.next(o.NextAt.Add((missed + 1) * o.Every))
}
