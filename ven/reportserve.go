package ven

import (
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// PendingReports lists the reportRequestIDs of the VTN's requests that the VEN serves,
// in the order they came.
func (c *reportClient) PendingReports() []string { return c.set.pending() }

// createReport accepts the VTN's requests for reports, all of them or none (rule R3).
// It refuses with 452 a report or rID that is not offered, with 461 any report if the
// VEN offers none, and with 454 times that do not fit.
func (c *reportClient) createReport(w Responder, r Request, m *oadr.CreateReport) {
	w.Result(c.createdReport(m, m.Requests, r.Received))
	c.due.Wake()
}

// createdReport accepts or refuses requests that came in a message, and returns the
// answer to it.
func (c *reportClient) createdReport(m oadr.Message, requests []oadr.ReportRequest, received time.Time) *oadr.CreatedReport {
	response := oadr.EIResponse{Code: oadr.CodeOK, Description: "OK", RequestID: m.Request()}
	if no := c.takeRequests(requests, received); no != nil {
		c.cfg.Log.Warn("refused a request for reports: "+no.description, "venID", c.VENID(), "requestID", m.Request())
		response.Code, response.Description = no.code, no.description
	}
	return &oadr.CreatedReport{Response: response, Pending: c.set.pending(), VENID: c.VENID()}
}

func (c *reportClient) takeRequests(requests []oadr.ReportRequest, received time.Time) *refusal {
	if c.cfg.Reports == nil {
		return refuse(oadr.CodeReport, "this VEN has no reports")
	}
	var taken []*openReport
	for _, request := range requests[:min(len(requests), maxOpenReports+1)] {
		o, no := openRequest(c.cfg.Reports, request, received, c.clock().Now())
		if no != nil {
			return no
		}
		taken = append(taken, o)
	}
	return c.set.take(taken)
}

// cancelReport ends requests for reports (rule R8).
func (c *reportClient) cancelReport(w Responder, m *oadr.CancelReport) {
	w.Result(c.canceledReport(m))
	c.due.Wake()
}

// canceledReport cancels requests, and returns the answer.
func (c *reportClient) canceledReport(m *oadr.CancelReport) *oadr.CanceledReport {
	response := oadr.EIResponse{Code: oadr.CodeOK, Description: "OK", RequestID: m.RequestID}
	if no := c.set.cancel(m, c.clock().Now()); no != nil {
		response.Code, response.Description = no.code, no.description
	}
	return &oadr.CanceledReport{Response: response, Pending: c.set.pending(), VENID: c.VENID()}
}

// registerReport takes the list of what the VTN can report, usually nothing. It is the
// first message after each new registration (rule N11), and answers
// [VEN.RequestMetadata] (rule R9).
func (c *reportClient) registerReport(w Responder, m *oadr.RegisterReport) {
	c.respond(w, m, oadr.CodeOK, "OK")
	if c.cfg.OnReports != nil {
		c.cfg.OnReports(m)
	}
}
