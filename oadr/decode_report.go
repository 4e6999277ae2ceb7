package oadr

func (m *RegisterReport) decode(c *cursor) {
	e := c.enter()
	for name := range e.children("oadr:oadrReport") {
		switch name {
		case "pyld:requestID":
			m.RequestID = c.text()
		case "oadr:oadrReport":
			var r Report
			r.decode(c, true)
			m.Reports = append(m.Reports, r)
		case "ei:venID":
			m.VENID = c.text()
		case "ei:reportRequestID":
			m.ReportRequestID = c.text()
		}
	}
}

func (m *RegisteredReport) decode(c *cursor) {
	e := c.enter()
	for name := range e.children("oadr:oadrReportRequest") {
		switch name {
		case "ei:eiResponse":
			m.Response.decode(c)
		case "oadr:oadrReportRequest":
			m.Requests = append(m.Requests, c.reportRequest())
		case "ei:venID":
			m.VENID = c.text()
		}
	}
	e.require("ei:eiResponse")
}

func (m *CreateReport) decode(c *cursor) {
	e := c.enter()
	for name := range e.children("oadr:oadrReportRequest") {
		switch name {
		case "pyld:requestID":
			m.RequestID = c.text()
		case "oadr:oadrReportRequest":
			m.Requests = append(m.Requests, c.reportRequest())
		case "ei:venID":
			m.VENID = c.text()
		}
	}
	e.require("oadr:oadrReportRequest")
}

func (m *CreatedReport) decode(c *cursor) {
	m.Response, m.Pending, m.VENID = c.pendingReports()
}

func (m *CanceledReport) decode(c *cursor) {
	m.Response, m.Pending, m.VENID = c.pendingReports()
}

// pendingReports reads what oadrCreatedReport and oadrCanceledReport consist of.
func (c *cursor) pendingReports() (r EIResponse, pending []string, venID string) {
	e := c.enter()
	for name := range e.children() {
		switch name {
		case "ei:eiResponse":
			r.decode(c)
		case "oadr:oadrPendingReports":
			for name := range c.enter().children("ei:reportRequestID") {
				if name == "ei:reportRequestID" {
					pending = append(pending, c.text())
				}
			}
		case "ei:venID":
			venID = c.text()
		}
	}
	e.require("ei:eiResponse", "oadr:oadrPendingReports")
	return r, pending, venID
}

func (m *UpdateReport) decode(c *cursor) {
	e := c.enter()
	for name := range e.children("oadr:oadrReport") {
		switch name {
		case "pyld:requestID":
			m.RequestID = c.text()
		case "oadr:oadrReport":
			var r Report
			r.decode(c, false)
			m.Reports = append(m.Reports, r)
		case "ei:venID":
			m.VENID = c.text()
		}
	}
}

func (m *UpdatedReport) decode(c *cursor) {
	e := c.enter()
	for name := range e.children() {
		switch name {
		case "ei:eiResponse":
			m.Response.decode(c)
		case "oadr:oadrCancelReport":
			m.Cancel = new(CancelReport)
			m.Cancel.decode(c)
		case "ei:venID":
			m.VENID = c.text()
		}
	}
	e.require("ei:eiResponse")
}

func (m *CancelReport) decode(c *cursor) {
	e := c.enter()
	for name := range e.children("ei:reportRequestID") {
		switch name {
		case "pyld:requestID":
			m.RequestID = c.text()
		case "ei:reportRequestID":
			m.ReportRequestIDs = append(m.ReportRequestIDs, c.id())
		case "pyld:reportToFollow":
			m.ReportToFollow = c.boolean()
		case "ei:venID":
			m.VENID = c.text()
		}
	}
	e.require("ei:reportRequestID", "pyld:reportToFollow")
}
