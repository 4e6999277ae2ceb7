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

// optReasons are the values of ei:optReason; others begin with x-.
var optReasons = []string{
	"economic", "emergency", "mustRun", "notParticipating", "outageRunStatus", "overrideStatus", "participating", "x-schedule",
}
