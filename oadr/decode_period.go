package oadr

// propertiesOf reads an element that holds xcal:properties.
func (c *cursor) propertiesOf() (p Period) {
	e := c.enter()
	for name := range e.children() {
		if name == "xcal:properties" {
			p.decode(c)
		}
	}
	e.require("xcal:properties")
	return p
}

func (p *Period) decode(c *cursor) {
	var duration span
	var after, notification, rampUp, recovery *span
	e := c.enter()
	for name := range e.children() {
		switch name {
		case "xcal:dtstart":
			p.Start = c.time("xcal:date-time")
		case "xcal:duration":
			duration = c.span()
		case "xcal:tolerance":
			after = c.tolerance()
		case "ei:x-eiNotification":
			notification = new(c.span())
		case "ei:x-eiRampUp": // negative counts as 0 (rule E4)
			rampUp = new(c.signedSpan())
		case "ei:x-eiRecovery":
			recovery = new(c.span())
		}
	}
	e.require("xcal:dtstart", "xcal:duration")
	p.Duration = e.lasting("duration", p.Start, duration)
	p.StartAfter = e.following("tolerance/tolerate/startafter", p.Start, after)
	p.Notification = e.leading("x-eiNotification", p.Start, notification)
	p.RampUp = e.leading("x-eiRampUp", p.Start, rampUp)
	p.Recovery = e.following("x-eiRecovery", p.Start.Add(p.Duration), recovery)
}

// tolerance reads xcal:tolerance for the startafter in it, nil when there is none.
func (c *cursor) tolerance() (after *span) {
	e := c.enter()
	for name := range e.children() {
		if name != "xcal:tolerate" {
			continue
		}
		for name := range c.enter().children() {
			if name == "xcal:startafter" {
				after = new(c.span())
			}
		}
	}
	e.require("xcal:tolerate")
	return after
}
