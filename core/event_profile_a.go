package core

import (
	"errors"
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

// said leaves out of an event's history the pushes that told nothing of the event, since
// the VEN's profile could not say it as it then was.
func said(r EventReader, e *Event, entries []HistoryEntry) ([]HistoryEntry, error) {
	kept := entries[:0]
	unsaid := map[uint32]bool{} // by the event's number
	for _, h := range entries {
		if pushed := h.Cursor.Source == SourcePush || h.Cursor.Source == SourceOutbox; !pushed || h.Profile != oadr.Profile20a {
			kept = append(kept, h)
			continue
		}
		number := min(h.ModificationNumber, e.ModificationNumber) // the VEN's own may be greater
		is, known := unsaid[number]
		if !known {
			was, err := r.EventAs(e.No, number)
			if err != nil && !errors.Is(err, ErrNotFound) {
				return nil, err
			}
			is = err == nil && was.unsaid(h.Profile) != ""
			unsaid[number] = is
		}
		if !is {
			kept = append(kept, h)
		}
	}
	return kept, nil
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
