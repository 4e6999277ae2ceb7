package oadr

import "time"

// SpecifierMetadata is the reportSpecifierID of a request for metadata instead of
// values. An oadrRegisterReport answers it (rule R9).
const SpecifierMetadata = "METADATA"

// MetadataRID is the rID of a request for metadata (rule R3).
const MetadataRID = "0"

// ReportRequest is oadrReportRequest.
type ReportRequest struct {
	ReportRequestID string
	Specifier       ReportSpecifier
}

// ReportSpecifier is ei:reportSpecifier: which values are requested, how often, for
// how long.
type ReportSpecifier struct {
	ReportSpecifierID  string
	Granularity        time.Duration // 0: as the VEN measures
	ReportBackDuration time.Duration // 0: once (rule R3)
	ReportInterval     *Period       // its Duration 0: endless; nil: absent
	Payloads           []SpecifierPayload
}

// SpecifierPayload is ei:specifierPayload: one requested data point.
type SpecifierPayload struct {
	RID         string
	Unit        *Unit
	ReadingType string // ReadingNotApplicable in a request (rule R3)
}
