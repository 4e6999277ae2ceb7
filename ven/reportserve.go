package ven

import (
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// PendingReports lists the reportRequestIDs of the VTN's requests that are being
// served, in the order they came.
func (v *VEN) PendingReports() []string { return v.reports.pending() }

// createReport takes the VTN's requests for reports, all of them or none (rule
// R3): 452 for a report or an rID that is not offered, 461 where there are none, 454
// for times that do not fit.
func (v *VEN) createReport(w Responder, r Request, m *oadr.CreateReport) {
	w.Result(v.createdReport(m, m.Requests, r.Received))
	v.poke()
}

// createdReport takes requests that came in a message and is the answer to it.
func (v *VEN) createdReport(m oadr.Message, requests []oadr.ReportRequest, received time.Time) *oadr.CreatedReport {
	response := oadr.EIResponse{Code: oadr.CodeOK, Description: "OK", RequestID: m.Request()}
	if no := v.takeRequests(requests, received); no != nil {
		v.cfg.Log.Warn("refused a request for reports: "+no.description, "venID", v.VENID(), "requestID", m.Request())
		response.Code, response.Description = no.code, no.description
	}
	return &oadr.CreatedReport{Response: response, Pending: v.reports.pending(), VENID: v.VENID()}
}

func (v *VEN) takeRequests(requests []oadr.ReportRequest, received time.Time) *refusal {
	if v.cfg.Reports == nil {
		return refuse(oadr.CodeReport, "this VEN has no reports")
	}
	var news []*openReport
	for _, request := range requests[:min(len(requests), maxOpenReports+1)] {
		o, no := openRequest(v.cfg.Reports, request, received, v.clock().Now())
		if no != nil {
			return no
		}
		news = append(news, o)
	}
	return v.reports.take(news)
}

// cancelReport ends requests for reports (rule R8).
func (v *VEN) cancelReport(w Responder, m *oadr.CancelReport) {
	w.Result(v.canceledReport(m))
	v.poke()
}

// canceledReport cancels and is the answer to it.
func (v *VEN) canceledReport(m *oadr.CancelReport) *oadr.CanceledReport {
	response := oadr.EIResponse{Code: oadr.CodeOK, Description: "OK", RequestID: m.RequestID}
	if no := v.reports.cancel(m, v.clock().Now()); no != nil {
		response.Code, response.Description = no.code, no.description
	}
	return &oadr.CanceledReport{Response: response, Pending: v.reports.pending(), VENID: v.VENID()}
}

// registerReport takes the list of what the VTN can report, mostly nothing: it
// comes first after each new registration (rule N11), and when it was asked for (rule
// R9).
func (v *VEN) registerReport(w Responder, m *oadr.RegisterReport) {
	v.respond(w, m, oadr.CodeOK, "OK")
	if v.cfg.OnReports != nil {
		v.cfg.OnReports(m)
	}
}
