package oadr

import "time"

// Report is oadrReport: in an oadrRegisterReport what can be reported
// (Descriptions), in an oadrUpdateReport what was measured (Intervals).
type Report struct {
	// Start is the first interval's (rule R7); zero: absent.
	Start time.Time
	// Duration is the time the report spans, of metadata how much is kept;
	// nil: absent.
	Duration          *time.Duration
	Intervals         []ReportInterval
	ReportID          string // eiReportID
	Descriptions      []ReportDescription
	ReportRequestID   string // 0 in metadata (rule R1)
	ReportSpecifierID string
	ReportName        string // METADATA_TELEMETRY_USAGE, TELEMETRY_USAGE …; begins x- where it is one's own
	CreatedDateTime   time.Time
}

// ReportDescription is oadrReportDescription: one data point.
type ReportDescription struct {
	RID           string
	Subject       *Target // device class
	DataSource    *Target // the resource measured
	ReportType    string  // usage, demand, x-resourceStatus …
	Unit          *Unit
	ReadingType   string // Direct Read, Mean, x-notApplicable …
	MarketContext string
	SamplingRate  *SamplingRate
}

// SamplingRate is oadrSamplingRate: how often a data point can be read.
type SamplingRate struct {
	MinPeriod, MaxPeriod time.Duration
	OnChange             bool // read whenever it changes, at most every MinPeriod
}

// ReportInterval is ei:interval in a report.
type ReportInterval struct {
	Start       time.Time      // zero: absent, it follows the interval before (rule R7)
	Duration    *time.Duration // nil: absent
	UID         string
	Payloads    []ReportPayload
	GreenButton []XML // the atom:feed of each oadrGBPayload

	span span // its Duration, while it is not known where it begins
}

// ReportPayload is oadrReportPayload: what one data point was. It is a number,
// a state where Status is set, or nothing where NoValue is.
type ReportPayload struct {
	RID        string
	Confidence *uint32  // 0 to 100; nil: absent
	Accuracy   *float64 // in the value's unit; nil: absent
	Value      float64
	NoValue    bool // payloadFloat is NaN or infinite: nothing was measured
	Status     *ResourceStatus
	Quality    string // oadrDataQuality, such as "Quality Good - Non Specific"; empty: absent
}

// ResourceStatus is oadrPayloadResourceStatus.
type ResourceStatus struct {
	Online, ManualOverride bool
	LoadControlState       *LoadControlState
}

// LoadControlState is oadrLoadControlState; nil: absent.
type LoadControlState struct {
	Capacity, LevelOffset, PercentOffset, SetPoint *LoadControl
}

// LoadControl is one value of an oadrLoadControlState; nil: absent.
type LoadControl struct {
	Min, Max *float64
	Current  float64
	Normal   *float64
}
