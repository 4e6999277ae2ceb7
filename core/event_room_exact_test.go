package core_test

import (
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// The VTN accepts exactly the events that fit into a payload, to the byte and at any
// limit: it counts what surrounds the events, with the schemaVersion of the message
// (Conformance Rule 509).
func TestE25WhatIsTakenFits(t *testing.T) {
	for _, most := range []int{4 << 10, 5000, 8200, 9000, 20_000, 50_000} {
		r := start(t, func(c *core.Config) { c.MaxPayload, c.VTNID = most, strings.Repeat("v", 200) })
		ven := strings.Repeat("y", 240)
		r.join(ven)
		event := func(id string, comment int) core.EventSpec {
			s := simple(venIDs(ven)...)
			s.EventID, s.Overlap, s.Comment = id, "allow", strings.Repeat("x", comment)
			return s
		}
		events := 0
		for id := 'a'; ; id++ {
			if _, err := r.CreateEvent(t.Context(), event(string(id), 0), "test"); err != nil {
				full(t, err, ven)
				break
			}
			events++
		}
		// Find the longest comment that fits in the last event.
		last := string(rune('a' + events - 1))
		low, high := 0, 10_000
		for low < high {
			comment := (low + high + 1) / 2
			_, err := r.ModifyEvent(t.Context(), last, func(s core.EventSpec) (core.EventSpec, error) {
				s.Comment = strings.Repeat("x", comment)
				return s, nil
			}, "test")
			if err == nil {
				low = comment
			} else { // no room beside the others, or the event alone is too large
				high = comment - 1
			}
		}
		held := r.set(peer(ven))
		if len(held) != events {
			t.Errorf("limit %d: of %d events, the last with a comment of %d bytes, the VEN holds %d", most, events, low, len(held))
		}
	}
}
