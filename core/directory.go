package core

import "time"

// Directory holds the VENs, those that an operator enters and those that registered.
type Directory struct {
	*common
	room     roomChecker
	delivery interface {
		lookFor(s search)
		keep(venNo int64, identities []Identity)
		forget(venNo int64)
		state(venNo int64) (is Presence, seen time.Time)
	}
}

// roomChecker refuses what would make VENs' events too many for one message.
type roomChecker interface {
	checkRoom(tx Tx, eventNo, venNo int64, now time.Time, field string) error
}
