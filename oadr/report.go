package oadr

// RegisterReport is oadrRegisterReport: what its sender can report (rule R1).
type RegisterReport struct {
	RequestID string
	Reports   []Report // metadata: with Descriptions, without Intervals
	VENID     string
	// ReportRequestID is the request for metadata that this answers, empty
	// where nobody asked (rule R9).
	ReportRequestID string
}

// RegisteredReport is oadrRegisteredReport. Requests for the reports just
// registered may ride in it (rule R4).
type RegisteredReport struct {
	Response EIResponse
	Requests []ReportRequest
	VENID    string
}

// CreateReport is oadrCreateReport.
type CreateReport struct {
	RequestID string
	Requests  []ReportRequest // one at least
	VENID     string
}

// CreatedReport is oadrCreatedReport.
type CreatedReport struct {
	Response EIResponse
	Pending  []string // reportRequestIDs
	VENID    string
}

// UpdateReport is oadrUpdateReport: measured values.
type UpdateReport struct {
	RequestID string
	Reports   []Report // with Intervals, without Descriptions
	VENID     string
}

// UpdatedReport is oadrUpdatedReport. A cancellation may ride in it (rule R4).
type UpdatedReport struct {
	Response EIResponse
	Cancel   *CancelReport
	VENID    string
}

// CancelReport is oadrCancelReport.
type CancelReport struct {
	RequestID        string
	ReportRequestIDs []string
	ReportToFollow   bool
	VENID            string
}

// CanceledReport is oadrCanceledReport.
type CanceledReport struct {
	Response EIResponse
	Pending  []string
	VENID    string
}
