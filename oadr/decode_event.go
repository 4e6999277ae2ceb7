package oadr

import (
	"strings"
	"time"
)

func (m *DistributeEvent) decode(c *cursor) {
	e := c.enter()
	for name := range e.children("oadr:oadrEvent") {
		switch name {
		case "ei:eiResponse":
			m.Response = new(EIResponse)
			m.Response.decode(c)
		case "pyld:requestID":
			m.RequestID = c.text()
		case "ei:vtnID":
			m.VTNID = c.id()
		case "oadr:oadrEvent":
			var event Event
			event.decode(c)
			m.Events = append(m.Events, event)
		}
	}
	e.require("ei:vtnID")
}

func (v *Event) decode(c *cursor) {
	e := c.enter()
	for name := range e.children() {
		switch name {
		case "ei:eiEvent":
			v.decodeEIEvent(c)
		case "oadr:oadrResponseRequired":
			v.ResponseRequired = c.oneOf(ResponseAlways, ResponseNever)
		}
	}
	e.require("ei:eiEvent", "oadr:oadrResponseRequired")
}

func (v *Event) decodeEIEvent(c *cursor) {
	e := c.enter()
	for name := range e.children("ei:eiTarget") {
		switch name {
		case "ei:eventDescriptor":
			v.Descriptor.decode(c)
		case "ei:eiActivePeriod":
			v.ActivePeriod = c.propertiesOf()
		case "ei:eiEventSignals":
			v.decodeSignals(c)
		case "ei:eiTarget":
			v.Target.decode(c)
		}
	}
	e.require("ei:eventDescriptor", "ei:eiActivePeriod", "ei:eiEventSignals", "ei:eiTarget")
	for _, s := range v.Signals {
		e.measure("eiEventSignals/eiEventSignal/intervals/interval/duration", s.Intervals, v.ActivePeriod.Start)
	}
}

func (d *EventDescriptor) decode(c *cursor) {
	e := c.enter()
	for name := range e.children() {
		switch name {
		case "ei:eventID":
			d.EventID = c.id()
		case "ei:modificationNumber":
			d.ModificationNumber = c.number()
		case "ei:modificationDateTime":
			d.ModificationDateTime = c.time()
		case "ei:modificationReason":
			d.ModificationReason = c.text()
		case "ei:priority":
			d.Priority = new(c.number())
		case "ei:eiMarketContext":
			d.MarketContext = strings.Trim(c.held("emix:marketContext"), space)
		case "ei:createdDateTime":
			d.CreatedDateTime = c.time()
		case "ei:eventStatus":
			d.Status = c.oneOf(StatusNone, StatusFar, StatusNear, StatusActive, StatusCompleted, StatusCancelled)
		case "ei:testEvent":
			d.TestEvent = c.text()
		case "ei:vtnComment":
			d.VTNComment = c.text()
		}
	}
	e.require("ei:eventID", "ei:modificationNumber", "ei:eiMarketContext", "ei:createdDateTime", "ei:eventStatus")
}

// decodeSignals reads eiEventSignals, which holds the baseline, too.
func (v *Event) decodeSignals(c *cursor) {
	e := c.enter()
	for name := range e.children("ei:eiEventSignal") {
		switch name {
		case "ei:eiEventSignal":
			var s EventSignal
			s.decode(c)
			v.Signals = append(v.Signals, s)
		case "ei:eiEventBaseline":
			v.Baseline = new(EventBaseline)
			v.Baseline.decode(c)
		}
	}
	e.require("ei:eiEventSignal")
}

func (s *EventSignal) decode(c *cursor) {
	e := c.enter()
	for name := range e.children("ei:eiTarget") {
		switch name {
		case "strm:intervals":
			s.Intervals = c.intervals()
		case "ei:eiTarget":
			s.Target = c.target(s.Target)
		case "ei:signalName":
			s.Name = string(c.token())
		case "ei:signalType":
			s.Type = c.oneOf(signalTypes...)
		case "ei:signalID":
			s.ID = c.text()
		case "ei:currentValue":
			s.CurrentValue = new(c.float("ei:payloadFloat", "ei:value"))
		default:
			if s.Unit == nil {
				s.Unit = c.unit()
			}
		}
	}
	e.require("strm:intervals", "ei:signalName", "ei:signalType", "ei:signalID")
}

func (b *EventBaseline) decode(c *cursor) {
	var duration span
	e := c.enter()
	for name := range e.children("ei:resourceID") {
		switch name {
		case "xcal:dtstart":
			b.Start = c.time("xcal:date-time")
		case "xcal:duration":
			duration = c.span()
		case "strm:intervals":
			b.Intervals = c.intervals()
		case "ei:baselineID":
			b.ID = c.text()
		case "ei:resourceID":
			b.Resources = append(b.Resources, c.text())
		case "ei:baselineName":
			b.Name = c.text()
		default:
			if b.Unit == nil {
				b.Unit = c.unit()
			}
		}
	}
	e.require("xcal:dtstart", "xcal:duration", "strm:intervals", "ei:baselineID", "ei:baselineName")
	b.Duration = e.lasting("duration", b.Start, duration)
	e.measure("intervals/interval/duration", b.Intervals, b.Start)
}

// intervals reads strm:intervals.
func (c *cursor) intervals() []Interval {
	var intervals []Interval
	e := c.enter()
	for name := range e.children("ei:interval") {
		if name == "ei:interval" {
			intervals = append(intervals, c.interval())
		}
	}
	e.require("ei:interval")
	return intervals
}

func (c *cursor) interval() Interval {
	var i Interval
	e := c.enter()
	for name := range e.children() {
		switch name {
		case "xcal:dtstart":
			i.Start = new(c.time("xcal:date-time"))
		case "xcal:duration":
			i.span = c.span()
		case "xcal:uid":
			i.UID = string(c.inner("xcal:text"))
		case "ei:signalPayload":
			i.Value = c.float("ei:payloadFloat", "ei:value")
		}
	}
	e.require("ei:signalPayload")
	return i
}

// measure finds out how long intervals are, also in calendar months: the first
// begins at start, each other where the one before it ends.
func (e *element) measure(path string, intervals []Interval, start time.Time) {
	for n := range intervals {
		i := &intervals[n]
		if i.Start != nil {
			start = *i.Start
		}
		i.Duration = e.lasting(path, start, i.span)
		i.span = span{}
		if !start.IsZero() {
			start = start.Add(i.Duration)
		}
	}
}

func (m *RequestEvent) decode(c *cursor) {
	e := c.enter()
	for name := range e.children() {
		if name != "pyld:eiRequestEvent" {
			continue
		}
		r := c.enter()
		for name := range r.children() {
			switch name {
			case "pyld:requestID":
				m.RequestID = c.text()
			case "ei:venID":
				m.VENID = c.id()
			case "pyld:replyLimit":
				m.ReplyLimit = new(c.number())
			}
		}
		r.require("ei:venID")
	}
	e.require("pyld:eiRequestEvent")
}

func (m *CreatedEvent) decode(c *cursor) {
	e := c.enter()
	for name := range e.children() {
		if name != "pyld:eiCreatedEvent" {
			continue
		}
		r := c.enter()
		for name := range r.children() {
			switch name {
			case "ei:eiResponse":
				m.Response.decode(c)
			case "ei:eventResponses":
				m.Responses = c.eventResponses()
			case "ei:venID":
				m.VENID = c.id()
			}
		}
		r.require("ei:eiResponse", "ei:venID")
	}
	e.require("pyld:eiCreatedEvent")
}

func (c *cursor) eventResponses() []EventResponse {
	var responses []EventResponse
	for name := range c.enter().children("ei:eventResponse") {
		if name == "ei:eventResponse" {
			var r EventResponse
			r.decode(c)
			responses = append(responses, r)
		}
	}
	return responses
}

func (r *EventResponse) decode(c *cursor) {
	e := c.enter()
	for name := range e.children() {
		switch name {
		case "ei:responseCode":
			r.Code = c.code()
		case "ei:responseDescription":
			r.Description = c.text()
		case "pyld:requestID":
			r.RequestID = c.text()
		case "ei:qualifiedEventID":
			var q QualifiedEventID
			q.decode(c)
			r.EventID, r.ModificationNumber = q.EventID, q.ModificationNumber
		case "ei:optType":
			r.OptType = c.oneOf(OptIn, OptOut)
		}
	}
	e.require("ei:responseCode", "ei:qualifiedEventID", "ei:optType")
}
