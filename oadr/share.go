package oadr

// sharedEvent is an encoded event without its target.
type sharedEvent struct {
	profile    Profile
	head, tail []byte
}

// Share encodes the event once for all its copies that are written in this profile.
// Afterwards only the Target of a copy may be changed, and only the target is encoded
// when the copy is appended. An event that goes to thousands of VENs differs for each
// only in its target (rule E12).
func (v *Event) Share(p Profile) {
	v.shared = nil
	// The event stands in an oadrDistributeEvent and need not declare its
	// namespace.
	w := &writer{markup: markup{open: []string{"oadr:" + string(KindDistributeEvent)}}}
	if p == ProfileA {
		s := v.Simple()
		if s == nil { // it cannot be said
			return
		}
		eventA{v, s}.appendHead(w)
	} else {
		v.appendHead(w)
	}
	head := len(w.b)
	v.appendTail(w)
	v.shared = &sharedEvent{p, w.b[:head:head], w.b[head:]}
}

// begin writes what precedes the target.
func (s *sharedEvent) begin(w *writer) {
	w.b = append(w.b, s.head...)
	w.open = append(w.open, "oadr:oadrEvent", "ei:eiEvent")
}

// end writes what follows the target.
func (s *sharedEvent) end(w *writer) {
	w.open = w.open[:len(w.open)-2]
	w.b = append(w.b, s.tail...)
}

func (v *Event) append(w *writer) {
	if s := v.shared; s != nil && s.profile == ProfileB && !w.signed {
		s.begin(w)
		v.Target.append(w, "ei:eiTarget")
		s.end(w)
		return
	}
	v.appendHead(w)
	v.Target.append(w, "ei:eiTarget")
	v.appendTail(w)
}

// appendHead writes what precedes the target and leaves the elements around the
// target open.
func (v *Event) appendHead(w *writer) {
	w.start("oadr:oadrEvent")
	w.start("ei:eiEvent")
	v.Descriptor.append(w)
	v.ActivePeriod.appendActive(w)
	w.start("ei:eiEventSignals")
	for i := range v.Signals {
		v.Signals[i].append(w)
	}
	if v.Baseline != nil {
		v.Baseline.append(w)
	}
	w.end()
}

// appendTail writes what follows the target and closes the open elements.
func (v *Event) appendTail(w *writer) {
	w.end()
	w.text("oadr:oadrResponseRequired", v.ResponseRequired)
	w.end()
}

// appendActive writes the eiActivePeriod.
func (p *Period) appendActive(w *writer) {
	w.start("ei:eiActivePeriod")
	p.append(w)
	w.empty("xcal:components")
	w.end()
}
