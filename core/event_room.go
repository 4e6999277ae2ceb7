package core

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/label"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Size is the most bytes that an event takes in the message of a VEN. Zero means that it
// was not measured.
type Size struct {
	Content int // without its target
	Targets int // a target that names all that the event targets
}

// measure sets the size of an event.
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

// bytesOf returns the bytes that an event adds to a message.
func bytesOf(m oadr.Event) int {
	with := oadr.Append(nil, oadr.Form{}, &oadr.DistributeEvent{RequestID: "x", Events: []oadr.Event{m}})
	return len(with) - len(oadr.Append(nil, oadr.Form{}, &oadr.DistributeEvent{RequestID: "x"}))
}

// SetLimits are the most bytes that the events of one VEN may take together.
type SetLimits struct {
	Bytes    int
	ByStanza map[string]int // of [Push.Stanza] kinds that leave less room
}

// Full is a VEN whose events take too many bytes.
type Full struct {
	VENID string
	Bytes int // the most that they take
	Limit int
}

// setLimits returns limits that leave room for the rest of the payload and its stanza.
func (f *eventFitting) setLimits() SetLimits {
	l := SetLimits{Bytes: f.roomInPayload(), ByStanza: map[string]int{}}
	for _, t := range f.transports {
		carrier, ok := t.(Carrier)
		if !ok {
			continue
		}
		for stanza, most := range carrier.Room() {
			if most = most*9/10 - f.signing()*5/4; most < l.Bytes {
				l.ByStanza[stanza] = most
			}
		}
	}
	return l
}

// fullListed is the most VENs that an error names.
const fullListed = 10

// checkRoom refuses a change after which the events of a VEN do not fit one message: of a
// VEN that the event targets, or, if eventNo is 0, of the one VEN. Cancelled events do not
// count, so cancelling makes room.
func (f *eventFitting) checkRoom(tx Tx, eventNo, venNo int64, now time.Time, field string) error {
	unmeasured, err := tx.Unmeasured(now) // an earlier version stored them
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
		"with it the events that a VEN must know take more bytes than one message holds: %s; cancel some, use fewer intervals or VENs, or allow larger payloads", strings.Join(vens, ", "))}}}
}

// RuleRoom is the rule of a [Problem] with events that would not fit one message.
const RuleRoom = "E25"
