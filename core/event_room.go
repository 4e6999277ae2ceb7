package core

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/label"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Size is how many bytes an event takes in a VEN's message at the most. 0 is not
// measured.
type Size struct {
	Content int // whatever its target
	Targets int // the target, where all that the event targets is the VEN's
}

// measure finds the size of an event as stored.
func (e *Event) measure() {
	m := e.withoutTarget(Concern{ModificationNumber: math.MaxUint32}, e.Start) // active: with a currentValue
	m.Descriptor.ModificationDateTime = e.Start
	m.Target = target(nil, "")
	const times = 64              // fractions of a second, a longer status
	values := 32 * len(e.Signals) // a longer currentValue
	e.Size.Content = bytesOf(m) + times + values
	all := target(e.Targets, strings.Repeat("x", label.MaxSize))
	all.VENs = []string{strings.Repeat("x", label.MaxSize)}
	m.Target = all
	e.Size.Targets = bytesOf(m) + times + values - e.Size.Content
}

// bytesOf is what an event adds to a message.
func bytesOf(m oadr.Event) int {
	with := oadr.Append(nil, oadr.Form{}, &oadr.DistributeEvent{RequestID: "x", Events: []oadr.Event{m}})
	return len(with) - len(oadr.Append(nil, oadr.Form{}, &oadr.DistributeEvent{RequestID: "x"}))
}

// SetLimits are how many bytes the events of one VEN may take together.
type SetLimits struct {
	Bytes    int
	ByStanza map[string]int // where the kind of stanza leaves less
}

// Full is a VEN whose events take too much.
type Full struct {
	VENID string
	Bytes int // that they take, at the most
	Limit int
}

// setLimits leave room for what stands around the events, in a payload and in
// its stanza.
func (f *eventFitting) setLimits() SetLimits {
	l := SetLimits{Bytes: f.roomInPayload(), ByStanza: map[string]int{}}
	for _, t := range f.transports {
		carrier, ok := t.(Carrier)
		if !ok {
			continue
		}
		for stanza, most := range carrier.Room() {
			if most = most * 9 / 10; most < l.Bytes {
				l.ByStanza[stanza] = most
			}
		}
	}
	return l
}

// fullListed is how many VENs an error names.
const fullListed = 10

// checkRoom refuses what would make the events of VENs more than a message
// holds: of those that an event targets, or of one VEN. Cancelled events do not
// count: cancelling makes room. Mostly all events together fit, and no VEN is
// asked for.
func (f *eventFitting) checkRoom(tx Tx, eventNo, venNo int64, now time.Time, field string) error {
	unmeasured, err := tx.Unmeasured(now) // stored by an earlier version
	if err != nil {
		return err
	}
	for _, e := range unmeasured {
		e.measure()
		if err := tx.PutSize(e); err != nil {
			return err
		}
	}
	full, more, err := tx.Full(eventNo, venNo, f.setLimits(), now, fullListed)
	if err != nil || len(full) == 0 {
		return err
	}
	var vens []string
	for _, x := range full {
		vens = append(vens, fmt.Sprintf("%s %d of %d", x.VENID, x.Bytes, x.Limit))
	}
	if more > 0 {
		vens = append(vens, fmt.Sprintf("and %d more", more))
	}
	return &InvalidError{[]Problem{{field, RuleRoom, fmt.Sprintf(
		"with it the events that a VEN must know take more bytes than one message holds: %s; cancel some, use fewer intervals or VENs, or raise VTN_MAX_PAYLOAD", strings.Join(vens, ", "))}}}
}

// RuleRoom is the rule that a [Problem] names when VENs' events would be too many
// for a message.
const RuleRoom = "E25"
