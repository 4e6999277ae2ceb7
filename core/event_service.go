package core

import (
	"context"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// EventService is EiEvent: it creates and changes events, builds what each VEN is told, and
// takes the answers of VENs.
type EventService struct {
	*common
	room interface {
		roomChecker
		partTeller
	}
	delivery interface {
		answerSettler
		inFlightFor(ctx context.Context, ven *VEN, from Peer, m oadr.Message) (Token, bool)
		poke()
		follow(e *Event, began time.Time)
		anyConnected() bool
		state(venNo int64) (is Presence, seen time.Time)
	}
}

// answerSettler settles the pushes that separate answers belong to.
type answerSettler interface {
	pushAnswered(ctx context.Context, ven *VEN, from Peer, m oadr.Message) (Token, bool)
	settleSeparately(from Peer, t Token, o Outcome)
}
