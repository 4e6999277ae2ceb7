package ven

import (
	"context"
	"errors"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// meterTimeout is how long a Meter may take for one report.
const meterTimeout = 10 * time.Second

// reportClient is the VEN's side of EiReport: what it offers, and the requests of
// the VTN that it serves.
type reportClient struct {
	*caller
	registrar reregisterer
	set       reportSet
	due       wake.Signal // woken when something may be due
}

// clock is the clock of reports.
func (c *reportClient) clock() Clock {
	if c.cfg.Clock != nil {
		return c.cfg.Clock
	}
	return systemClock{}
}

// sendReports sends what is due about reports, one thing after another, while the
// VEN is registered. It runs in a VEN with reports, until that is closed.
func (c *reportClient) sendReports() {
	registered := false
	for c.life.Err() == nil {
		select {
		case <-c.due: // it looks anyway
		default:
		}
		var until rest
		if now := c.State() == Registered; now != registered {
			registered = now
			c.set.hurry()
		}
		if registered {
			var w work
			if w, until = c.set.next(c.clock().Now()); w != (work{}) {
				c.perform(w)
				continue
			}
		}
		var timer <-chan time.Time
		stop := func() bool { return true }
		if until.ends {
			timer, stop = c.clock().After(until.length)
		}
		select {
		case <-timer:
		case <-c.due:
		case <-c.life.Done():
		}
		stop()
	}
}

// perform sends one thing, and sends it later again if it does not get through.
func (c *reportClient) perform(w work) {
	var err error
	id := ""
	switch {
	case w.register != nil:
		_, err = c.RegisterReports(c.life)
	case w.confirm != nil:
		err = c.sendConfirmation(c.life, w.confirm.Message)
	case w.open.report == nil:
		id = w.open.ReportRequestID
		_, err = c.registerReports(c.life, id)
	default:
		id = w.open.ReportRequestID
		err = c.updateReport(c.life, w)
	}
	switch {
	case err == nil:
		c.set.done(w)
		return
	case c.life.Err() != nil:
		return
	case registrationRequired(err):
		c.set.postpone(w, c.clock().Now())
		c.registrar.reregister()
	case id != "" && refusedAs(err, oadr.CodeInvalidID): // the VTN does not know the request any more (rule R5)
		c.set.end(w.open)
	case final(err):
		c.set.done(w)
	default:
		c.set.postpone(w, c.clock().Now())
	}
	c.cfg.Log.Warn("the VTN did not accept a message about reports", "venID", c.VENID(), "reportRequestID", id, "error", err)
}

// refusedAs reports whether an error is the VTN's refusal with a code.
func refusedAs(err error, code oadr.Code) bool {
	var no *ResponseError
	return errors.As(err, &no) && no.Code == code
}

// final reports whether sending the same again would fail again.
func final(err error) bool {
	var no *ResponseError
	var stanza *StanzaError
	var status *StatusError
	return errors.As(err, &no) || errors.As(err, &stanza) && stanza.Type == "modify" || errors.As(err, &status) && status.final()
}

// announce makes the list of reports due, if there is one.
func (c *reportClient) announce() {
	if c.cfg.Reports != nil {
		c.set.announce(c.clock().Now())
		c.due.Wake()
	}
}

// clear drops everything: the registration has ended.
func (c *reportClient) clear() { c.set.clear() }

// RegisterReports tells the VTN which reports there are (oadrRegisterReport), and
// serves the requests in its answer (rule R4). A VEN with reports does so by itself
// after each registration and whenever the VTN asks. It ends all earlier requests
// (rule R2).
func (c *reportClient) RegisterReports(ctx context.Context) (*oadr.RegisteredReport, error) {
	return c.registerReports(ctx, "")
}

// registerReports is RegisterReports as the answer to a request of the VTN; the ID is
// empty if there was none.
func (c *reportClient) registerReports(ctx context.Context, reportRequestID string) (*oadr.RegisteredReport, error) {
	m := &oadr.RegisterReport{RequestID: newID(), VENID: c.VENID(), ReportRequestID: reportRequestID}
	for i := range c.cfg.Reports {
		m.Reports = append(m.Reports, c.cfg.Reports[i].metadata(c.clock().Now()))
	}
	sent := time.Now()
	answer, received, err := expect[*oadr.RegisteredReport](ctx, c.caller, m)
	if err == nil {
		err = refused(answer, answer.Response)
	}
	if err != nil {
		return nil, err
	}
	ends := received
	if c.cfg.HTTP != nil { // what the VTN asks for anew may overtake its answer
		ends = sent
	}
	c.set.registered(ends, reportRequestID)
	if len(answer.Requests) > 0 {
		c.confirm(c.createdReport(answer, answer.Requests, received))
	}
	return answer, nil
}

// updateReport sends an oadrUpdateReport, and does what the cancellation in its answer
// asks for, if there is one (rule R4).
func (c *reportClient) updateReport(ctx context.Context, w work) error {
	report, err := c.read(ctx, w)
	if err != nil {
		return err
	}
	m := &oadr.UpdateReport{RequestID: newID(), Reports: []oadr.Report{report}, VENID: c.VENID()}
	answer, err := c.Send(ctx, m)
	if err != nil {
		return err
	}
	updated, ok := answer.(*oadr.UpdatedReport)
	switch {
	case answer == nil: // an empty result accepts it, too
	case !ok:
		return unexpected(m, answer)
	default:
		err = refused(updated, updated.Response)
	}
	if err == nil && c.cfg.OnUpdate != nil {
		c.cfg.OnUpdate(m)
	}
	if ok && updated.Cancel != nil {
		c.confirm(c.canceledReport(updated.Cancel))
	}
	return err
}

// sendConfirmation sends the answer to a request that came in an answer of the VTN,
// which the VTN answers with an oadrResponse.
func (c *reportClient) sendConfirmation(ctx context.Context, m oadr.Message) error {
	answer, err := c.Send(ctx, m)
	switch r, ok := answer.(*oadr.Response); {
	case err != nil || answer == nil:
		return err
	case ok:
		return refused(r, r.Response)
	}
	return unexpected(m, answer)
}

// confirm makes the answer to a request that came in an answer of the VTN due.
func (c *reportClient) confirm(m oadr.Message) {
	c.set.confirm(m, c.clock().Now())
	c.due.Wake()
}
