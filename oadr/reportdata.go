package oadr

import "time"

// Report is oadrReport: in an oadrRegisterReport what can be reported
// (Descriptions), in an oadrUpdateReport what was measured (Intervals).
type Report struct {
	// Start is when the first interval begins (rule R7). The zero time means
	// absent.
	Start time.Time
	// Duration is the time that the report spans; in metadata, how much of the past
	// the VEN keeps. nil means absent.
	Duration          *time.Duration
	Intervals         []ReportInterval
	ReportID          string // eiReportID
	Descriptions      []ReportDescription
	ReportRequestID   string // 0 in metadata (rule R1)
	ReportSpecifierID string
	ReportName        string // METADATA_TELEMETRY_USAGE, TELEMETRY_USAGE …; extensions begin with x-
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
	OnChange             bool // read when it changes, at most once in MinPeriod
}

// ReportInterval is ei:interval in a report.
type ReportInterval struct {
	Start       time.Time      // zero: absent, it begins when the interval before it ends (rule R7)
	Duration    *time.Duration // nil: absent
	UID         string
	Payloads    []ReportPayload
	GreenButton []XML // the atom:feed of each oadrGBPayload

	span span // the duration as written, until it is known when it begins
}

// ReportPayload is oadrReportPayload: the value of one data point. It is a state if
// Status is set, nothing if NoValue is, and a number otherwise.
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
