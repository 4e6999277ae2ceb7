package core

import "time"

// DeliveryState is how far an event has got with a VEN.
type DeliveryState string

// Deliveries.
const (
	DeliveryPending      DeliveryState = "pending"      // not sent in its current state
	DeliverySent         DeliveryState = "sent"         // sent, no outcome so far
	DeliveryAcknowledged DeliveryState = "acknowledged" // the VEN holds the current state
	DeliveryUnreachable  DeliveryState = "unreachable"  // nobody is there; sent again when there is news
	DeliveryRefused      DeliveryState = "refused"      // the VEN said no to the payload
)

// Deliveries are all of them, in the order an event goes through them.
var Deliveries = []DeliveryState{DeliveryPending, DeliverySent, DeliveryAcknowledged, DeliveryUnreachable, DeliveryRefused}

// OptNone is the opt of a VEN that has given none for the current modificationNumber.
const OptNone = "none"

// VENStatus is how one VEN stands with one event, as an operator sees it.
type VENStatus struct {
	VENID              string
	Delivery           DeliveryState
	ModificationNumber *uint32           // the one the VEN holds, nil for none
	Current            uint32            // the one it is to hold: its own, see [EventVersion]
	SentAt             time.Time         // zero: never
	AcknowledgedAt     time.Time         // zero: not
	Opt                string            // none, optIn, optOut
	ResourceOpts       map[string]string // per resource, where they differ (rule E17)
	DeviceClassOpts    map[string]string // per device class, where they differ (rule P5)
	PartOpts           map[Part]string   // per other part, where they differ: device classes in a resource among them
	OptAt              time.Time
	ScheduleOpt        *ScheduleOpt // what its schedules say, nil for nothing
	ResponseCode       int          // of the push, or of the eventResponse where that is not 200 (rule E18)
	Attempts           int
	LastError          string
	Withdrawn          bool      // taken off the targets (rule E23), or deleted before the event was over
	LeftOut            bool      // not told for want of room in its message (rule E25)
	VENDeletedAt       time.Time // zero: it is not

	Registered  bool
	Presence    Presence
	SeenAt      time.Time // when it was last heard from, zero: never
	NextAttempt time.Time // zero: none is to come
	Reason      string    // why it does not hold the event as it is, in words; empty where it does
}

// Counts are an event's VENs per delivery and per opt, taken-off ones aside.
type Counts struct {
	Total      int
	Deliveries map[DeliveryState]int
	Opts       map[string]int // none, optIn, optOut

	OptedOutBySchedule int // VENs whose schedules opt out of it as a whole, whatever their Opt
}
