package oadr

// RegisterReport is oadrRegisterReport: which reports its sender offers (rule R1).
type RegisterReport struct {
	RequestID string
	Reports   []Report // metadata: with Descriptions, without Intervals
	VENID     string
	// ReportRequestID is that of the request for metadata that this answers, "" if
	// there was no request (rule R9).
	ReportRequestID string
}

// RegisteredReport is oadrRegisteredReport. It may carry requests for the reports
// that were just registered (rule R4).
type RegisteredReport struct {
	Response EIResponse
	Requests []ReportRequest
	VENID    string
}

// CreateReport is oadrCreateReport.
type CreateReport struct {
	RequestID string
	Requests  []ReportRequest // at least one
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

// UpdatedReport is oadrUpdatedReport. It may carry a cancellation (rule R4).
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
