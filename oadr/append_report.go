package oadr

func (m *RegisterReport) append(w *writer) {
	w.text("pyld:requestID", m.RequestID)
	w.reports(m.Reports)
	w.optional("ei:venID", m.VENID)
	w.optional("ei:reportRequestID", m.ReportRequestID)
}

func (m *RegisteredReport) append(w *writer) {
	m.Response.append(w)
	w.reportRequests(m.Requests)
	w.optional("ei:venID", m.VENID)
}

func (m *CreateReport) append(w *writer) {
	w.text("pyld:requestID", m.RequestID)
	w.reportRequests(m.Requests)
	w.optional("ei:venID", m.VENID)
}

func (m *CreatedReport) append(w *writer) {
	m.Response.append(w)
	w.pendingReports(m.Pending)
	w.optional("ei:venID", m.VENID)
}

func (m *UpdateReport) append(w *writer) {
	w.text("pyld:requestID", m.RequestID)
	w.reports(m.Reports)
	w.optional("ei:venID", m.VENID)
}

func (m *UpdatedReport) append(w *writer) {
	m.Response.append(w)
	if m.Cancel != nil {
		w.start("oadr:oadrCancelReport")
		m.Cancel.append(w)
		w.end()
	}
	w.optional("ei:venID", m.VENID)
}

func (m *CancelReport) append(w *writer) {
	w.text("pyld:requestID", m.RequestID)
	w.texts("ei:reportRequestID", m.ReportRequestIDs)
	w.boolean("pyld:reportToFollow", m.ReportToFollow)
	w.optional("ei:venID", m.VENID)
}

func (m *CanceledReport) append(w *writer) {
	m.Response.append(w)
	w.pendingReports(m.Pending)
	w.optional("ei:venID", m.VENID)
}

func (w *writer) pendingReports(ids []string) {
	w.start("oadr:oadrPendingReports")
	w.texts("ei:reportRequestID", ids)
	w.end()
}

func (w *writer) reports(reports []Report) {
	for i := range reports {
		reports[i].append(w)
	}
}

func (w *writer) reportRequests(requests []ReportRequest) {
	for i := range requests {
		requests[i].append(w)
	}
}
