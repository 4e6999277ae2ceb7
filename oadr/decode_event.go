package oadr

import (
	"strings"
	"time"
)

func (m *DistributeEvent) decode(d *decoder) {
	e := d.enter()
	for name := range e.children("oadr:oadrEvent") {
		switch name {
		case "ei:eiResponse":
			m.Response = new(EIResponse)
			m.Response.decode(d)
		case "pyld:requestID":
			m.RequestID = d.text()
		case "ei:vtnID":
			m.VTNID = d.id()
		case "oadr:oadrEvent":
			var event Event
			event.decode(d)
			m.Events = append(m.Events, event)
		}
	}
	e.require("ei:vtnID")
}

func (v *Event) decode(d *decoder) {
	e := d.enter()
	for name := range e.children() {
		switch name {
		case "ei:eiEvent":
			v.decodeEIEvent(d)
		case "oadr:oadrResponseRequired":
			v.ResponseRequired = d.oneOf(ResponseAlways, ResponseNever)
		}
	}
	e.require("ei:eiEvent", "oadr:oadrResponseRequired")
}

func (v *Event) decodeEIEvent(d *decoder) {
	e := d.enter()
	for name := range e.children("ei:eiTarget") {
		switch name {
		case "ei:eventDescriptor":
			v.Descriptor.decode(d)
		case "ei:eiActivePeriod":
			v.ActivePeriod = d.propertiesOf()
		case "ei:eiEventSignals":
			v.decodeSignals(d)
		case "ei:eiTarget":
			v.Target.decode(d)
		}
	}
	e.require("ei:eventDescriptor", "ei:eiActivePeriod", "ei:eiEventSignals", "ei:eiTarget")
	for _, s := range v.Signals {
		e.measure("eiEventSignals/eiEventSignal/intervals/interval/duration", s.Intervals, v.ActivePeriod.Start)
	}
}

func (ed *EventDescriptor) decode(d *decoder) {
	e := d.enter()
	for name := range e.children() {
		switch name {
		case "ei:eventID":
			ed.EventID = d.id()
		case "ei:modificationNumber":
			ed.ModificationNumber = d.number()
		case "ei:modificationDateTime":
			ed.ModificationDateTime = d.time()
		case "ei:modificationReason":
			ed.ModificationReason = d.text()
		case "ei:priority":
			ed.Priority = new(d.number())
		case "ei:eiMarketContext":
			ed.MarketContext = strings.Trim(d.held("emix:marketContext"), space)
		case "ei:createdDateTime":
			ed.CreatedDateTime = d.time()
		case "ei:eventStatus":
			ed.Status = d.oneOf(StatusNone, StatusFar, StatusNear, StatusActive, StatusCompleted, StatusCancelled)
		case "ei:testEvent":
			ed.TestEvent = d.text()
		case "ei:vtnComment":
			ed.VTNComment = d.text()
		}
	}
	e.require("ei:eventID", "ei:modificationNumber", "ei:eiMarketContext", "ei:createdDateTime", "ei:eventStatus")
}

// decodeSignals reads eiEventSignals, which holds the baseline as well.
func (v *Event) decodeSignals(d *decoder) {
	e := d.enter()
	for name := range e.children("ei:eiEventSignal") {
		switch name {
		case "ei:eiEventSignal":
			var s EventSignal
			s.decode(d)
			v.Signals = append(v.Signals, s)
		case "ei:eiEventBaseline":
			v.Baseline = new(EventBaseline)
			v.Baseline.decode(d)
		}
	}
	e.require("ei:eiEventSignal")
}

func (s *EventSignal) decode(d *decoder) {
	e := d.enter()
	for name := range e.children("ei:eiTarget") {
		switch name {
		case "strm:intervals":
			s.Intervals = d.intervals()
		case "ei:eiTarget":
			s.Target = d.target(s.Target)
		case "ei:signalName":
			s.Name = d.signalName()
		case "ei:signalType":
			s.Type = d.signalType()
		case "ei:signalID":
			s.ID = d.text()
		case "ei:currentValue":
			s.CurrentValue = new(d.float("ei:payloadFloat", "ei:value"))
		default:
			if s.Unit == nil {
				s.Unit = d.unit()
			}
		}
	}
	e.require("strm:intervals", "ei:signalName", "ei:signalType", "ei:signalID")
}

// signalName reads a signalName. That of 2.0a is "simple", in whatever case, and means
// SIMPLE.
func (d *decoder) signalName() string {
	name := string(d.token())
	if d.in == ProfileA && strings.EqualFold(name, signalSimple) {
		return signalSimple
	}
	return name
}

// signalType reads a signalType. That of 2.0a may be any (rule 69 of the profile).
func (d *decoder) signalType() string {
	if d.in == ProfileA {
		return string(d.token())
	}
	return d.oneOf(signalTypes...)
}

func (b *EventBaseline) decode(d *decoder) {
	var duration span
	e := d.enter()
	for name := range e.children("ei:resourceID") {
		switch name {
		case "xcal:dtstart":
			b.Start = d.time("xcal:date-time")
		case "xcal:duration":
			duration = d.span()
		case "strm:intervals":
			b.Intervals = d.intervals()
		case "ei:baselineID":
			b.ID = d.text()
		case "ei:resourceID":
			b.Resources = append(b.Resources, d.text())
		case "ei:baselineName":
			b.Name = d.text()
		default:
			if b.Unit == nil {
				b.Unit = d.unit()
			}
		}
	}
	e.require("xcal:dtstart", "xcal:duration", "strm:intervals", "ei:baselineID", "ei:baselineName")
	b.Duration = e.lasting("duration", b.Start, duration)
	e.measure("intervals/interval/duration", b.Intervals, b.Start)
}

// intervals reads strm:intervals.
func (d *decoder) intervals() []Interval {
	var intervals []Interval
	e := d.enter()
	for name := range e.children("ei:interval") {
		if name == "ei:interval" {
			intervals = append(intervals, d.interval())
		}
	}
	e.require("ei:interval")
	return intervals
}

func (d *decoder) interval() Interval {
	var i Interval
	e := d.enter()
	for name := range e.children() {
		switch name {
		case "xcal:dtstart":
			i.Start = new(d.time("xcal:date-time"))
		case "xcal:duration":
			i.span = d.span()
		case "xcal:uid":
			i.UID = string(d.inner("xcal:text"))
		case "ei:signalPayload":
			i.Value = d.float("ei:payloadFloat", "ei:value")
		}
	}
	e.require("ei:signalPayload")
	return i
}

// measure computes the durations of intervals, including those in calendar months:
// the first interval begins at start, each of the others when the one before it
// ends.
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

func (m *RequestEvent) decode(d *decoder) {
	e := d.enter()
	for name := range e.children() {
		if name != "pyld:eiRequestEvent" {
			continue
		}
		r := d.enter()
		for name := range r.children() {
			switch name {
			case "pyld:requestID":
				m.RequestID = d.text()
			case "ei:venID":
				m.VENID = d.id()
			case "pyld:replyLimit":
				m.ReplyLimit = new(d.number())
			}
		}
		r.require("ei:venID")
	}
	e.require("pyld:eiRequestEvent")
}

func (m *CreatedEvent) decode(d *decoder) {
	e := d.enter()
	for name := range e.children() {
		if name != "pyld:eiCreatedEvent" {
			continue
		}
		r := d.enter()
		for name := range r.children() {
			switch name {
			case "ei:eiResponse":
				m.Response.decode(d)
			case "ei:eventResponses":
				m.Responses = d.eventResponses()
			case "ei:venID":
				m.VENID = d.id()
			}
		}
		r.require("ei:eiResponse", "ei:venID")
	}
	e.require("pyld:eiCreatedEvent")
}

func (d *decoder) eventResponses() []EventResponse {
	var responses []EventResponse
	for name := range d.enter().children("ei:eventResponse") {
		if name == "ei:eventResponse" {
			var r EventResponse
			r.decode(d)
			responses = append(responses, r)
		}
	}
	return responses
}

func (r *EventResponse) decode(d *decoder) {
	e := d.enter()
	for name := range e.children() {
		switch name {
		case "ei:responseCode":
			r.Code = d.code()
		case "ei:responseDescription":
			r.Description = d.text()
		case "pyld:requestID":
			r.RequestID = d.text()
		case "ei:qualifiedEventID":
			var q QualifiedEventID
			q.decode(d)
			r.EventID, r.ModificationNumber = q.EventID, q.ModificationNumber
		case "ei:optType":
			r.OptType = d.oneOf(OptIn, OptOut)
		}
	}
	e.require("ei:responseCode", "ei:qualifiedEventID", "ei:optType")
}
