package ven

import (
	"fmt"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Event is an event as the VEN holds it.
type Event struct {
	oadr.Event
	Received  time.Time // when this modificationNumber arrived
	RequestID string    // of the latest oadrDistributeEvent with it
	OptType   string    // the latest answer that the VTN took; empty: none so far
	Answered  bool      // whether that was for this modificationNumber
}

// Statuses of an event, the values of [Event.Status].
const (
	StatusNone      = oadr.StatusNone
	StatusFar       = oadr.StatusFar
	StatusNear      = oadr.StatusNear
	StatusActive    = oadr.StatusActive
	StatusCompleted = oadr.StatusCompleted
	StatusCancelled = oadr.StatusCancelled
)

// Answers to an event, the values of [Decision.OptType] and [Event.OptType].
const (
	OptIn  = oadr.OptIn
	OptOut = oadr.OptOut
)

// ID is the event's eventID.
func (e Event) ID() string { return e.Descriptor.EventID }

// Status is the event's status when the VTN sent it last, such as [StatusFar].
func (e Event) Status() string { return e.Descriptor.Status }

// String tells what the event asks for, on one line:
//
//	event heat-1, modification 2, far: 2026-11-24T13:00:00Z for 1h30m0s, SIMPLE level 1 for 1h0m0s, 2 for 30m0s
func (e Event) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "event %s, modification %d, %s: %s", e.ID(), e.Descriptor.ModificationNumber, e.Status(), oadr.FormatTime(e.ActivePeriod.Start))
	if e.ActivePeriod.Duration > 0 {
		fmt.Fprintf(&b, " for %s", e.ActivePeriod.Duration)
	}
	for _, s := range e.Signals {
		fmt.Fprintf(&b, ", %s %s", s.Name, s.Type)
		for i, interval := range s.Intervals {
			if i > 0 {
				b.WriteString(",")
			}
			fmt.Fprintf(&b, " %g", interval.Value)
			if interval.Duration > 0 {
				fmt.Fprintf(&b, " for %s", interval.Duration)
			}
		}
	}
	return b.String()
}
