package oadr

import "slices"

// Messages of 2.0a, always bare (rule A1). They differ from those of 2.0b in their
// namespace, in that they have no schemaVersion, and in what they can say of an event.

// appendA appends a message of 2.0a, or nothing if 2.0a has no such message.
func appendA(dst []byte, m Message) []byte {
	var open [16]string
	w := &writer{markup: markup{b: dst, open: open[:0]}}
	switch m := m.(type) {
	case *Response: // without a venID
		w.messageA(m.Kind())
		m.Response.append(w)
	case *RequestEvent:
		w.messageA(m.Kind())
		m.append(w)
	case *CreatedEvent:
		w.messageA(m.Kind())
		m.append(w)
	case *DistributeEvent:
		w.messageA(m.Kind())
		m.appendA(w)
	}
	for len(w.open) > 0 {
		w.end()
	}
	return w.b
}

// messageA writes the start tag of a message. It declares the prefix that
// [writer.prefixed] writes, as [schemaVersion] does in 2.0b. All elements in the
// namespace of the message stand in another of it, so none declares it again.
func (w *writer) messageA(kind Kind) {
	w.b = append(append(w.b, '<'), kind...)
	w.b = append(w.b, ` xmlns="`+NS20a+`" xmlns:ei="`+NSei+`">`...)
	w.open = append(w.open, "oadr:"+string(kind))
}

func (m *DistributeEvent) appendA(w *writer) {
	m.appendHead(w)
	for i := range m.Events {
		m.Events[i].appendA(w)
	}
}

// signalSimple is the one signal of 2.0a, which calls it "simple". A VEN in the field
// knows it in no other case.
const signalSimple = "SIMPLE"

// Simple returns the signal by which 2.0a can say the event (rule A3): the first that
// is SIMPLE and for the whole target, since 2.0a has no way to name device classes. It
// returns nil if there is none.
func (v *Event) Simple() *EventSignal {
	for i := range v.Signals {
		if s := &v.Signals[i]; s.Name == signalSimple && (s.Target == nil || s.Target.IsEmpty()) {
			return s
		}
	}
	return nil
}

// eventA is an event with the signal by which 2.0a says it.
type eventA struct {
	event  *Event
	signal *EventSignal
}

func (v *Event) appendA(w *writer) {
	if s := v.shared; s != nil && s.profile == ProfileA {
		s.begin(w)
		v.Target.appendA(w)
		s.end(w)
		return
	}
	if s := v.Simple(); s != nil {
		e := eventA{v, s}
		e.appendHead(w)
		v.Target.appendA(w)
		v.appendTail(w)
	}
}

// appendHead writes what precedes the target, in the order of the schema of 2.0a, and
// leaves the elements around the target open (rule A3).
func (e eventA) appendHead(w *writer) {
	w.start("oadr:oadrEvent")
	w.start("ei:eiEvent")
	w.start("ei:eventDescriptor")
	d := &e.event.Descriptor
	w.text("ei:eventID", d.EventID)
	w.number("ei:modificationNumber", d.ModificationNumber)
	d.appendRest(w)
	w.end()
	e.event.ActivePeriod.appendActive(w)
	w.start("ei:eiEventSignals")
	w.start("ei:eiEventSignal")
	w.intervals(undated(e.signal.Intervals))
	w.text("ei:signalName", "simple")
	w.text("ei:signalType", e.signal.Type)
	w.text("ei:signalID", e.signal.ID)
	var current float64 // always there (rule 113 of the profile)
	if e.signal.CurrentValue != nil {
		current = *e.signal.CurrentValue
	}
	w.payloadFloat("ei:currentValue", current)
	w.end()
	w.end()
}

// undated returns intervals without a dtstart, which 2.0a does not have and this
// package's users never set (rule E7).
func undated(intervals []Interval) []Interval {
	if !slices.ContainsFunc(intervals, func(i Interval) bool { return i.Start != nil }) {
		return intervals
	}
	intervals = slices.Clone(intervals)
	for i := range intervals {
		intervals[i].Start = nil
	}
	return intervals
}

// appendA writes the kinds of targets that 2.0a has.
func (t *Target) appendA(w *writer) {
	w.start("ei:eiTarget")
	w.texts("ei:groupID", t.Groups)
	w.texts("ei:resourceID", t.Resources)
	w.texts("ei:venID", t.VENs)
	w.texts("ei:partyID", t.Parties)
	w.end()
}
