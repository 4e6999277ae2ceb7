package core

import "time"

// DeliveryState is how far an event has got with a VEN.
type DeliveryState string

// Deliveries.
const (
	DeliveryPending      DeliveryState = "pending"      // the current state was not sent
	DeliverySent         DeliveryState = "sent"         // it was sent and has no outcome so far
	DeliveryAcknowledged DeliveryState = "acknowledged" // the VEN holds the current state
	DeliveryUnreachable  DeliveryState = "unreachable"  // nobody is there; repeated when the VEN is back. Or its profile cannot say the event
	DeliveryRefused      DeliveryState = "refused"      // the VEN refused it
)

// Deliveries lists all states, in the order in which an event goes through them.
var Deliveries = []DeliveryState{DeliveryPending, DeliverySent, DeliveryAcknowledged, DeliveryUnreachable, DeliveryRefused}

// OptNone is the opt of a VEN that gave none for the current modificationNumber.
const OptNone = "none"

// VENStatus is how one VEN stands with one event, as an operator sees it.
type VENStatus struct {
	VENID              string
	Delivery           DeliveryState
	ModificationNumber *uint32           // the one that the VEN holds; nil: none
	Current            uint32            // the one that it is to hold, see [EventVersion]
	SentAt             time.Time         // zero: never
	AcknowledgedAt     time.Time         // zero: it has not
	Opt                string            // none, optIn, optOut
	ResourceOpts       map[string]string // by resource, if they differ (rule E17)
	DeviceClassOpts    map[string]string // by device class, if they differ (rule P5)
	PartOpts           map[Part]string   // by other part, if they differ, such as a device class in a resource
	OptAt              time.Time
	ScheduleOpt        *ScheduleOpt // what its schedules say; nil: nothing
	ResponseCode       int          // of the push, or of the eventResponse if that is not 200 (rule E18)
	Attempts           int
	LastError          string
	Withdrawn          bool      // no longer targeted (rule E23), or deleted before the event was over
	LeftOut            bool      // not told for want of room (rule E25)
	Unsaid             string    // why the VEN's profile cannot say the event, so that it is not told (rule A3); empty: it can
	VENDeletedAt       time.Time // zero: it is not deleted

	Registered  bool
	Presence    Presence
	SeenAt      time.Time // when it was last heard; zero: never
	NextAttempt time.Time // zero: none is to come
	Reason      string    // why it does not hold the event as it is, in words; empty if it does
}

// Counts are the VENs of an event by delivery and by opt, without withdrawn ones.
type Counts struct {
	Total      int
	Deliveries map[DeliveryState]int
	Opts       map[string]int // none, optIn, optOut

	OptedOutBySchedule int // VENs whose schedules opt out of the whole event, whatever their Opt
}
