package oadr

import "time"

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
	e := c.enter()
	for name := range e.children() {
		switch name {
		case "xcal:dtstart":
			p.Start = c.time("xcal:date-time")
		case "xcal:duration":
			duration = c.span()
		case "xcal:tolerance":
			p.StartAfter = c.tolerance()
		case "ei:x-eiNotification":
			p.Notification = new(c.duration())
		case "ei:x-eiRampUp": // negative counts as 0 (rule E4)
			p.RampUp = new(c.signedDuration())
		case "ei:x-eiRecovery":
			p.Recovery = new(c.duration())
		}
	}
	e.require("xcal:dtstart", "xcal:duration")
	p.Duration = e.lasting("duration", p.Start, duration)
}

// tolerance reads xcal:tolerance for the startafter in it, nil when there is none.
func (c *cursor) tolerance() (after *time.Duration) {
	e := c.enter()
	for name := range e.children() {
		if name != "xcal:tolerate" {
			continue
		}
		for name := range c.enter().children() {
			if name == "xcal:startafter" {
				after = new(c.duration())
			}
		}
	}
	e.require("xcal:tolerate")
	return after
}
