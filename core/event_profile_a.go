package core

import (
	"fmt"
	"strings"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// unsaid returns why a VEN of this profile is not told the event, in words; empty means
// that it is. 2.0a says an event by a SIMPLE signal that is for the whole target (rule A3):
// it has no other signals, and no way to name device classes.
func (s *EventSpec) unsaid(profile string) string {
	if profile != oadr.Profile20a {
		return ""
	}
	why := "it has no SIMPLE signal"
	for _, signal := range s.Signals {
		switch {
		case signal.Name != signalSimple:
		case len(signal.DeviceClasses) == 0:
			return ""
		default:
			why = "its SIMPLE signal is for device classes"
		}
	}
	return "2.0a cannot say this event: " + why
}

// unsaidListed is the most VENs that a warning names.
const unsaidListed = 5

// warnUnsaid warns of VENs that are not told an event because their profile cannot say it.
func (c *check) warnUnsaid(r EventReader, e *Event) error {
	why := e.unsaid(oadr.Profile20a)
	if why == "" {
		return nil
	}
	vens, more, err := r.Targeted(e.No, oadr.Profile20a, unsaidListed)
	if err != nil || len(vens) == 0 {
		return err
	}
	names := strings.Join(vens, ", ")
	if more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	c.bad("signals", "A3", "are not told to %s: %s; add one for the whole target if these VENs are to act", names, why)
	return nil
}
