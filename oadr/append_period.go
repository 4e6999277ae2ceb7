package oadr

import "time"

func (p *Period) append(w *writer) {
	w.start("xcal:properties")
	w.dtstart(p.Start)
	w.duration("xcal:duration", p.Duration)
	if p.StartAfter != nil {
		w.start("xcal:tolerance")
		w.start("xcal:tolerate")
		w.bareDuration("xcal:startafter", *p.StartAfter)
		w.end()
		w.end()
	}
	w.prefixed("ei:x-eiNotification", p.Notification)
	w.prefixed("ei:x-eiRampUp", p.RampUp)
	w.prefixed("ei:x-eiRecovery", p.Recovery)
	w.end()
}

// prefixed writes a duration in an element of the namespace ei around one of xcal,
// or nothing if d is nil. It uses the prefix that [schemaVersion] declares:
// x-eiNotification stands in each event (rule E11), and two declarations less make
// up for that one. In a payload that is to be signed it has no prefix, since XMPP
// servers take prefixes away (rule S13).
func (w *writer) prefixed(name string, d *time.Duration) {
	if d == nil {
		return
	}
	if w.signed {
		w.duration(name, *d)
		return
	}
	w.b = append(append(append(w.b, '<'), name...), '>')
	w.bareDuration("xcal:duration", *d)
	w.b = append(append(append(w.b, "</"...), name...), '>')
}
