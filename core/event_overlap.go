package core

import (
	"fmt"
	"strings"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// ruleOverlap is the rule of a [Problem] with overlapping events.
const ruleOverlap = "E13"

// The most overlapping events that an error names, and the most VENs of each.
const (
	overlapsListed     = 10
	overlapsVENsListed = 10
)

// checkOverlap refuses an event that overlaps others, naming them and the VENs.
func checkOverlap(tx EventReader, e *Event) error {
	overlaps, err := tx.Overlaps(e, overlapsListed, overlapsVENsListed)
	if err != nil || len(overlaps) == 0 {
		return err
	}
	var c check
	for _, o := range overlaps {
		c.bad("start", ruleOverlap, "%s", o.reason())
	}
	return &ConflictError{c.problems}
}

func (o Overlap) reason() string {
	vens := strings.Join(o.VENs, ", ")
	if o.More > 0 {
		vens += fmt.Sprintf(" and %d more VENs", o.More)
	}
	if !o.Cancelled {
		return fmt.Sprintf("overlaps event %s of the same marketContext for %s; move it, or set \"overlap\" to \"allow\"", o.EventID, vens)
	}
	until := "has acknowledged that"
	if o.StartAfter > 0 {
		until += fmt.Sprintf(" and its startAfter of %s is over", oadr.FormatDuration(o.StartAfter))
	}
	return fmt.Sprintf("overlaps event %s of the same marketContext, which is cancelled and counts for each VEN until it %s, so far for %s; move it, wait for them, or set \"overlap\" to \"allow\"",
		o.EventID, until, vens)
}
