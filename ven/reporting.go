package ven

import (
	"context"
	"errors"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// meterTimeout is how long a Meter may take for one report.
const meterTimeout = 10 * time.Second

// clock is where the time of reports comes from.
func (v *VEN) clock() Clock {
	if v.cfg.Clock != nil {
		return v.cfg.Clock
	}
	return systemClock{}
}

// reporting sends what is due about reports, one thing after another, while the
// VEN is registered. A VEN with reports has one goroutine for it.
func (v *VEN) reporting() {
	there := false
	for v.life.Err() == nil {
		select {
		case <-v.reportPoked: // about to look
		default:
		}
		wait := time.Duration(-1)
		if registered := v.State() == Registered; registered != there {
			there = registered
			v.reports.hurry()
		}
		if there {
			var w work
			if w, wait = v.reports.next(v.clock().Now()); wait == 0 {
				v.perform(w)
				continue
			}
		}
		var timer <-chan time.Time
		stop := func() bool { return true }
		if wait > 0 {
			timer, stop = v.clock().After(wait)
		}
		select {
		case <-timer:
		case <-v.reportPoked:
		case <-v.life.Done():
		}
		stop()
	}
}

// perform sends one thing and sees what becomes of it.
func (v *VEN) perform(w work) {
	var err error
	id := ""
	switch {
	case w.register != nil:
		_, err = v.registerReports(v.life, "")
	case w.confirm != nil:
		err = v.sendConfirmation(v.life, w.confirm.Message)
	case w.open.report == nil:
		id = w.open.ReportRequestID
		_, err = v.registerReports(v.life, id)
	default:
		id = w.open.ReportRequestID
		err = v.updateReport(v.life, w)
	}
	switch {
	case err == nil:
		v.reports.done(w)
		return
	case v.life.Err() != nil:
		return
	case registrationRequired(err):
		v.reports.postpone(w, v.clock().Now())
		v.reregister()
	case id != "" && refusedAs(err, oadr.CodeInvalidID): // the VTN has ended it (rule R5)
		v.reports.end(w.open)
	case final(err):
		v.reports.done(w)
	default:
		v.reports.postpone(w, v.clock().Now())
	}
	v.cfg.Log.Warn("reports: the VTN did not take what was sent", "venID", v.VENID(), "reportRequestID", id, "error", err)
}

// refusedAs says whether the VTN refused something with a code.
func refusedAs(err error, code oadr.Code) bool {
	var no *ResponseError
	return errors.As(err, &no) && no.Code == code
}

// final says whether it is in vain to send something again as it is.
func final(err error) bool {
	var no *ResponseError
	var stanza *StanzaError
	return errors.As(err, &no) || errors.As(err, &stanza) && stanza.Type == "modify"
}

// announceReports makes the list of reports due, where there is one.
func (v *VEN) announceReports() {
	if v.cfg.Reports != nil {
		v.reports.announce(v.clock().Now())
		v.poke()
	}
}

// RegisterReports tells the VTN which reports there are (oadrRegisterReport),
// and serves the requests that its answer brings (rule R4). A VEN with reports
// does so by itself after each registration and whenever the VTN asks. All
// requests from before are ended by it (rule R2).
func (v *VEN) RegisterReports(ctx context.Context) (*oadr.RegisteredReport, error) {
	return v.registerReports(ctx, "")
}

// registerReports is RegisterReports for a request of the VTN; empty where there
// was none.
func (v *VEN) registerReports(ctx context.Context, reportRequestID string) (*oadr.RegisteredReport, error) {
	m := &oadr.RegisterReport{RequestID: newID(), VENID: v.VENID(), ReportRequestID: reportRequestID}
	for i := range v.cfg.Reports {
		m.Reports = append(m.Reports, v.cfg.Reports[i].metadata(v.clock().Now()))
	}
	answer, received, err := expect[*oadr.RegisteredReport](ctx, v, m)
	if err == nil {
		err = refused(answer, answer.Response)
	}
	if err != nil {
		return nil, err
	}
	v.reports.registered(received, reportRequestID)
	if len(answer.Requests) > 0 {
		v.confirm(v.createdReport(answer, answer.Requests, received))
	}
	return answer, nil
}

// updateReport sends an oadrUpdateReport and takes the cancellation that its
// answer may bring (rule R4).
func (v *VEN) updateReport(ctx context.Context, w work) error {
	report, err := v.read(ctx, w)
	if err != nil {
		return err
	}
	m := &oadr.UpdateReport{RequestID: newID(), Reports: []oadr.Report{report}, VENID: v.VENID()}
	answer, err := v.Send(ctx, m)
	if err != nil {
		return err
	}
	updated, ok := answer.(*oadr.UpdatedReport)
	switch {
	case answer == nil: // an empty result takes it as well
	case !ok:
		return unexpected(m, answer)
	default:
		err = refused(updated, updated.Response)
	}
	if err == nil && v.cfg.OnUpdate != nil {
		v.cfg.OnUpdate(m)
	}
	if ok && updated.Cancel != nil {
		v.confirm(v.canceledReport(updated.Cancel))
	}
	return err
}

// sendConfirmation sends the answer to what rode in a response; the VTN answers
// with an oadrResponse.
func (v *VEN) sendConfirmation(ctx context.Context, m oadr.Message) error {
	answer, err := v.Send(ctx, m)
	switch r, ok := answer.(*oadr.Response); {
	case err != nil || answer == nil:
		return err
	case ok:
		return refused(r, r.Response)
	}
	return unexpected(m, answer)
}

// confirm makes the answer to what rode in a response due.
func (v *VEN) confirm(m oadr.Message) {
	v.reports.confirm(m, v.clock().Now())
	v.poke()
}
