package ven

// State is how far a VEN has come.
type State uint8

// States of a VEN.
const (
	Disconnected State = iota // no session with the server; the VEN is making one
	Connected                 // a session, but no registration
	Registered                // both
	Closed                    // ended by Close or Abort
)

func (s State) String() string {
	switch s {
	case Connected:
		return "connected"
	case Registered:
		return "registered"
	case Closed:
		return "closed"
	}
	return "disconnected"
}
