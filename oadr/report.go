package oadr

// The report messages carry here what a VTN needs to answer them in their row.

// RegisterReport is oadrRegisterReport.
type RegisterReport struct {
	RequestID, VENID, ReportRequestID string
}

// RegisteredReport is oadrRegisteredReport.
type RegisteredReport struct {
	Response EIResponse
	VENID    string
}

// CreateReport is oadrCreateReport. It can only be received.
type CreateReport struct {
	RequestID, VENID string
}

// CreatedReport is oadrCreatedReport.
type CreatedReport struct {
	Response EIResponse
	Pending  []string // reportRequestIDs
	VENID    string
}

// UpdateReport is oadrUpdateReport. It can only be received.
type UpdateReport struct {
	RequestID, VENID string
	ReportRequestIDs []string // one per oadrReport
}

// UpdatedReport is oadrUpdatedReport.
type UpdatedReport struct {
	Response EIResponse
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
