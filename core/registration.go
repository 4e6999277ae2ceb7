package core

import (
	"context"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// RegistrationService is EiRegisterParty: it registers VENs, and ends registrations when
// the VEN or the operator wishes.
type RegistrationService struct {
	*common
	directory interface {
		makeWay(tx Tx, ven *VEN, now time.Time) error
		relabel(tx Tx, ven *VEN, rev int64, now time.Time) error
	}
	opts interface {
		endOpts(tx Tx, ven *VEN, now time.Time) error
	}
	room     roomChecker
	delivery interface {
		join(ctx context.Context, ven *VEN, from Peer, form oadr.Form)
		lookFor(s search)
		back(venNo int64)
		forget(venNo int64)
	}
}
