package oadr

import "time"

func (c *cursor) reportRequest() (r ReportRequest) {
	e := c.enter()
	for name := range e.children() {
		switch name {
		case "ei:reportRequestID":
			r.ReportRequestID = c.id()
		case "ei:reportSpecifier":
			r.Specifier.decode(c)
		}
	}
	e.require("ei:reportRequestID", "ei:reportSpecifier")
	return r
}

func (s *ReportSpecifier) decode(c *cursor) {
	var granularity, back span
	e := c.enter()
	for name := range e.children("ei:specifierPayload") {
		switch name {
		case "ei:reportSpecifierID":
			s.ReportSpecifierID = c.id()
		case "xcal:granularity":
			granularity = c.span()
		case "ei:reportBackDuration":
			back = c.span()
		case "ei:reportInterval":
			s.ReportInterval = new(c.propertiesOf())
		case "ei:specifierPayload":
			var p SpecifierPayload
			p.decode(c)
			s.Payloads = append(s.Payloads, p)
		}
	}
	e.require("ei:reportSpecifierID", "xcal:granularity", "ei:reportBackDuration", "ei:specifierPayload")
	var start time.Time
	if s.ReportInterval != nil {
		start = s.ReportInterval.Start
	}
	s.Granularity = e.lasting("granularity", start, granularity)
	s.ReportBackDuration = e.lasting("reportBackDuration", start, back)
}

func (p *SpecifierPayload) decode(c *cursor) {
	e := c.enter()
	for name := range e.children() {
		switch name {
		case "ei:rID":
			p.RID = c.text() // any, where metadata is asked for (rule R9)
		case "ei:readingType":
			p.ReadingType = c.extensible(readingTypes...)
		default:
			if p.Unit == nil {
				p.Unit = c.unit()
			}
		}
	}
	e.require("ei:rID", "ei:readingType")
}
