package core

import "time"

// Reached is how a VEN is told what it is to know.
type Reached uint8

// Ways to reach a VEN.
const (
	ByPush Reached = iota
	ByPoll         // it asks (rule H7)
)

// RegistrationReader is the part of [Reader] that is about registrations.
type RegistrationReader interface {
	// Stands reports whether this is the VEN's current registration.
	Stands(venNo int64, registrationID string) (bool, error)
	// Registered reports whether the VEN is registered or ever was. If not, it was told of
	// nothing.
	Registered(venNo int64) (bool, error)
}

// RegistrationWriter is the part of [Tx] that is about registrations.
type RegistrationWriter interface {
	// Register stores the VEN's registration and ends any other.
	Register(venNo int64, r *Registration) error
	EndRegistration(venNo int64, at time.Time) error
	// Reroute stores a VEN's route and how it is reached from now on. What waited for the
	// VEN is due at once, and what is in flight is, too, unless the way is the same.
	Reroute(venNo int64, to Route, how Reached) error
}
