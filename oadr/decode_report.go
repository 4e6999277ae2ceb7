package oadr

func (m *RegisterReport) decode(d *decoder) {
	e := d.enter()
	for name := range e.children("oadr:oadrReport") {
		switch name {
		case "pyld:requestID":
			m.RequestID = d.text()
		case "oadr:oadrReport":
			var r Report
			r.decode(d, reportMetadata)
			m.Reports = append(m.Reports, r)
		case "ei:venID":
			m.VENID = d.text()
		case "ei:reportRequestID":
			m.ReportRequestID = d.text()
		}
	}
}

func (m *RegisteredReport) decode(d *decoder) {
	e := d.enter()
	for name := range e.children("oadr:oadrReportRequest") {
		switch name {
		case "ei:eiResponse":
			m.Response.decode(d)
		case "oadr:oadrReportRequest":
			m.Requests = append(m.Requests, d.reportRequest())
		case "ei:venID":
			m.VENID = d.text()
		}
	}
	e.require("ei:eiResponse")
}

func (m *CreateReport) decode(d *decoder) {
	e := d.enter()
	for name := range e.children("oadr:oadrReportRequest") {
		switch name {
		case "pyld:requestID":
			m.RequestID = d.text()
		case "oadr:oadrReportRequest":
			m.Requests = append(m.Requests, d.reportRequest())
		case "ei:venID":
			m.VENID = d.text()
		}
	}
	e.require("oadr:oadrReportRequest")
}

func (m *CreatedReport) decode(d *decoder) {
	m.Response, m.Pending, m.VENID = d.pendingReports()
}

func (m *CanceledReport) decode(d *decoder) {
	m.Response, m.Pending, m.VENID = d.pendingReports()
}

// pendingReports reads the content of oadrCreatedReport and oadrCanceledReport.
func (d *decoder) pendingReports() (r EIResponse, pending []string, venID string) {
	e := d.enter()
	for name := range e.children() {
		switch name {
		case "ei:eiResponse":
			r.decode(d)
		case "oadr:oadrPendingReports":
			for name := range d.enter().children("ei:reportRequestID") {
				if name == "ei:reportRequestID" {
					pending = append(pending, d.text())
				}
			}
		case "ei:venID":
			venID = d.text()
		}
	}
	e.require("ei:eiResponse", "oadr:oadrPendingReports")
	return r, pending, venID
}

func (m *UpdateReport) decode(d *decoder) {
	e := d.enter()
	for name := range e.children("oadr:oadrReport") {
		switch name {
		case "pyld:requestID":
			m.RequestID = d.text()
		case "oadr:oadrReport":
			var r Report
			r.decode(d, reportData)
			m.Reports = append(m.Reports, r)
		case "ei:venID":
			m.VENID = d.text()
		}
	}
}

func (m *UpdatedReport) decode(d *decoder) {
	e := d.enter()
	for name := range e.children() {
		switch name {
		case "ei:eiResponse":
			m.Response.decode(d)
		case "oadr:oadrCancelReport":
			m.Cancel = new(CancelReport)
			m.Cancel.decode(d)
		case "ei:venID":
			m.VENID = d.text()
		}
	}
	e.require("ei:eiResponse")
}

func (m *CancelReport) decode(d *decoder) {
	e := d.enter()
	for name := range e.children("ei:reportRequestID") {
		switch name {
		case "pyld:requestID":
			m.RequestID = d.text()
		case "ei:reportRequestID":
			m.ReportRequestIDs = append(m.ReportRequestIDs, d.id())
		case "pyld:reportToFollow":
			m.ReportToFollow = d.boolean()
		case "ei:venID":
			m.VENID = d.text()
		}
	}
	e.require("ei:reportRequestID", "pyld:reportToFollow")
}
