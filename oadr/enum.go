package oadr

// Values of [Event.ResponseRequired].
const (
	ResponseAlways = "always"
	ResponseNever  = "never"
)

// signalTypes are the values of ei:signalType.
var signalTypes = []string{
	"delta", "level", "multiplier", "price", "priceMultiplier", "priceRelative", "setpoint",
	"x-loadControlCapacity", "x-loadControlLevelOffset", "x-loadControlPercentOffset", "x-loadControlSetpoint",
}

// serviceNames are the values of oadrServiceName.
var serviceNames = []string{"EiEvent", "EiOpt", "EiReport", "EiRegisterParty", "OadrPoll"}

// optReasons are the values of ei:optReason; others begin with x-.
var optReasons = []string{
	"economic", "emergency", "mustRun", "notParticipating", "outageRunStatus", "overrideStatus", "participating", "x-schedule",
}

// ReadingNotApplicable is the readingType in requests (rule R3).
const ReadingNotApplicable = "x-notApplicable"

// Values of [Report.ReportName]. In an oadrRegisterReport they follow
// MetadataPrefix (rule R1).
const (
	MetadataPrefix           = "METADATA_"
	ReportHistoryUsage       = "HISTORY_USAGE"
	ReportHistoryGreenButton = "HISTORY_GREENBUTTON"
	ReportTelemetryUsage     = "TELEMETRY_USAGE"
	ReportTelemetryStatus    = "TELEMETRY_STATUS"
)

// reportNames are the values of ei:reportName; others begin with x-.
var reportNames = []string{
	ReportHistoryUsage, ReportHistoryGreenButton, ReportTelemetryUsage, ReportTelemetryStatus,
	MetadataPrefix + ReportHistoryUsage, MetadataPrefix + ReportHistoryGreenButton,
	MetadataPrefix + ReportTelemetryUsage, MetadataPrefix + ReportTelemetryStatus,
}

// reportTypes are the values of ei:reportType; others begin with x-.
var reportTypes = []string{
	"reading", "usage", "demand", "setPoint", "deltaUsage", "deltaSetPoint", "deltaDemand", "baseline", "deviation",
	"avgUsage", "avgDemand", "operatingState", "upRegulationCapacityAvailable", "downRegulationCapacityAvailable",
	"regulationSetpoint", "storedEnergy", "targetEnergyStorage", "availableEnergyStorage", "price", "level",
	"powerFactor", "percentUsage", "percentDemand", "x-resourceStatus",
}

// readingTypes are the values of ei:readingType; others begin with x-.
var readingTypes = []string{
	"Direct Read", "Net", "Allocated", "Estimated", "Summed", "Derived", "Mean", "Peak", "Hybrid", "Contract",
	"Projected", "x-RMS", ReadingNotApplicable,
}

// qualities are the values of oadrDataQuality; others begin with x-.
var qualities = []string{
	"No Quality - No Value", "No New Value - Previous Value Used",
	"Quality Bad - Non Specific", "Quality Bad - Configuration Error", "Quality Bad - Not Connected",
	"Quality Bad - Device Failure", "Quality Bad - Sensor Failure", "Quality Bad - Last Known Value",
	"Quality Bad - Comm Failure", "Quality Bad - Out of Service",
	"Quality Uncertain - Non Specific", "Quality Uncertain - Last Usable Value", "Quality Uncertain - Sensor Not Accurate",
	"Quality Uncertain - EU Units Exceeded", "Quality Uncertain - Sub Normal",
	"Quality Good - Non Specific", "Quality Good - Local Override",
	"Quality Limit - Field/Not", "Quality Limit - Field/Low", "Quality Limit - Field/High", "Quality Limit - Field/Constant",
}
