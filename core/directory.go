package core

import "time"

// Directory keeps the VENs: those that an operator entered and those that registered.
type Directory struct {
	*common
	room roomChecker
	opts interface {
		endOpts(tx Tx, ven *VEN, now time.Time) error
	}
	delivery interface {
		lookFor(s search)
		keep(venNo int64, identities []Identity)
		forget(venNo int64)
		back(venNo int64)
		turned(ven *VEN)
		state(venNo int64) (is Presence, seen time.Time)
	}
}

// roomChecker refuses a change after which the events of a VEN do not fit one message
// (rule E25).
type roomChecker interface {
	checkRoom(tx Tx, eventNo, venNo int64, now time.Time, field string) error
}
