package oadr

import "time"

// DistributeEvent is oadrDistributeEvent.
type DistributeEvent struct {
	Response  *EIResponse // only in an answer to oadrRequestEvent (rule E14)
	RequestID string
	VTNID     string
	Events    []Event
}

// Event is oadrEvent: one ei:eiEvent and oadrResponseRequired.
type Event struct {
	Descriptor       EventDescriptor
	ActivePeriod     ActivePeriod
	Signals          []EventSignal
	Baseline         *EventBaseline
	Target           Target
	ResponseRequired string // always or never

	shared *sharedEvent // see [Event.Share]
}

// EventDescriptor is ei:eventDescriptor.
type EventDescriptor struct {
	EventID              string
	ModificationNumber   uint32
	ModificationDateTime time.Time // zero: absent
	ModificationReason   string
	Priority             *uint32 // nil: absent
	MarketContext        string
	CreatedDateTime      time.Time
	Status               string // none, far, near, active, completed, cancelled
	TestEvent            string // empty: absent; any text but "false" is a test (rule E19)
	VTNComment           string
}

// Values of EventDescriptor.Status.
const (
	StatusNone      = "none"
	StatusFar       = "far"
	StatusNear      = "near"
	StatusActive    = "active"
	StatusCompleted = "completed"
	StatusCancelled = "cancelled"
)

// EventSignal is ei:eiEventSignal.
type EventSignal struct {
	Intervals    []Interval
	Target       *Target // device classes (rule E12)
	Name         string  // SIMPLE, ELECTRICITY_PRICE …
	Type         string  // level, price, setpoint …
	ID           string
	Unit         *Unit
	CurrentValue *float64
}

// EventBaseline is ei:eiEventBaseline.
type EventBaseline struct {
	Start     time.Time
	Duration  time.Duration
	Intervals []Interval
	ID        string
	Resources []string
	Name      string
	Unit      *Unit
}

// Interval is ei:interval with a signalPayload of one payloadFloat.
type Interval struct {
	Start    *time.Time // never sent in signals and baselines (rule E7)
	Duration time.Duration
	UID      string
	Value    float64

	span span // the duration as written, until it is known when it begins
}

// RequestEvent is oadrRequestEvent.
type RequestEvent struct {
	RequestID  string
	VENID      string
	ReplyLimit *uint32
}

// CreatedEvent is oadrCreatedEvent.
type CreatedEvent struct {
	Response  EIResponse
	Responses []EventResponse
	VENID     string
}

// EventResponse is ei:eventResponse.
type EventResponse struct {
	Code               Code
	Description        string
	RequestID          string // of the oadrDistributeEvent (rule G1)
	EventID            string
	ModificationNumber uint32
	OptType            string
}

// Values of OptType.
const (
	OptIn  = "optIn"
	OptOut = "optOut"
)
