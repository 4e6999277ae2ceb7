package oadr

import "time"

// QualifiedEventID is ei:qualifiedEventID.
type QualifiedEventID struct {
	EventID            string
	ModificationNumber uint32
}

// CreateOpt is oadrCreateOpt: an opt for an event or, with Availability, a
// schedule.
type CreateOpt struct {
	OptID           string
	OptType         string
	OptReason       string
	MarketContext   string
	VENID           string
	Availability    []Available
	Schedule        bool // there is a vavailability, maybe an empty one
	CreatedDateTime time.Time
	RequestID       string
	Event           *QualifiedEventID
	Target          Target
	DeviceClass     *Target
}

// CreatedOpt is oadrCreatedOpt.
type CreatedOpt struct {
	Response EIResponse
	OptID    string
}

// CancelOpt is oadrCancelOpt.
type CancelOpt struct {
	RequestID, OptID, VENID string
}

// CanceledOpt is oadrCanceledOpt.
type CanceledOpt struct {
	Response EIResponse
	OptID    string
}
