package oadr

import "time"

func (d *decoder) reportRequest() (r ReportRequest) {
	e := d.enter()
	for name := range e.children() {
		switch name {
		case "ei:reportRequestID":
			r.ReportRequestID = d.id()
		case "ei:reportSpecifier":
			r.Specifier.decode(d)
		}
	}
	e.require("ei:reportRequestID", "ei:reportSpecifier")
	return r
}

func (s *ReportSpecifier) decode(d *decoder) {
	var granularity, back span
	e := d.enter()
	for name := range e.children("ei:specifierPayload") {
		switch name {
		case "ei:reportSpecifierID":
			s.ReportSpecifierID = d.id()
		case "xcal:granularity":
			granularity = d.span()
		case "ei:reportBackDuration":
			back = d.span()
		case "ei:reportInterval":
			s.ReportInterval = new(d.propertiesOf())
		case "ei:specifierPayload":
			var p SpecifierPayload
			p.decode(d)
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

func (p *SpecifierPayload) decode(d *decoder) {
	e := d.enter()
	for name := range e.children() {
		switch name {
		case "ei:rID":
			p.RID = d.text() // may be anything in a request for metadata (rule R9)
		case "ei:readingType":
			p.ReadingType = d.extensible(readingTypes...)
		default:
			if p.Unit == nil {
				p.Unit = d.unit()
			}
		}
	}
	e.require("ei:rID", "ei:readingType")
}
