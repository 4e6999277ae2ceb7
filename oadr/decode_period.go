package oadr

// propertiesOf reads an element that holds xcal:properties.
func (d *decoder) propertiesOf() (p Period) {
	e := d.enter()
	for name := range e.children() {
		if name == "xcal:properties" {
			p.decode(d)
		}
	}
	e.require("xcal:properties")
	return p
}

func (p *Period) decode(d *decoder) {
	var duration span
	var after, notification, rampUp, recovery *span
	e := d.enter()
	for name := range e.children() {
		switch name {
		case "xcal:dtstart":
			p.Start = d.time("xcal:date-time")
		case "xcal:duration":
			duration = d.span()
		case "xcal:tolerance":
			after = d.tolerance()
		case "ei:x-eiNotification":
			notification = new(d.span())
		case "ei:x-eiRampUp": // negative counts as 0 (rule E4)
			rampUp = new(d.signedSpan())
		case "ei:x-eiRecovery":
			recovery = new(d.span())
		}
	}
	e.require("xcal:dtstart", "xcal:duration")
	p.Duration = e.lasting("duration", p.Start, duration)
	p.StartAfter = e.following("tolerance/tolerate/startafter", p.Start, after)
	p.Notification = e.leading("x-eiNotification", p.Start, notification)
	p.RampUp = e.leading("x-eiRampUp", p.Start, rampUp)
	p.Recovery = e.following("x-eiRecovery", p.Start.Add(p.Duration), recovery)
}

// tolerance reads xcal:tolerance and returns the startafter in it, nil if there is
// none.
func (d *decoder) tolerance() (after *span) {
	e := d.enter()
	for name := range e.children() {
		if name != "xcal:tolerate" {
			continue
		}
		for name := range d.enter().children() {
			if name == "xcal:startafter" {
				after = new(d.span())
			}
		}
	}
	e.require("xcal:tolerate")
	return after
}
