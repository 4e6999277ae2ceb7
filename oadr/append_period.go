package oadr

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
	w.optionalDuration("ei:x-eiNotification", p.Notification)
	w.optionalDuration("ei:x-eiRampUp", p.RampUp)
	w.optionalDuration("ei:x-eiRecovery", p.Recovery)
	w.end()
}
