package oadr

import (
	"fmt"
	"slices"
	"time"
)

// decode reads an oadrReport. In metadata the reportRequestID may be left out: it is
// 0 anyway (rule R1).
func (r *Report) decode(c *cursor, metadata bool) {
	var duration *span
	e := c.enter()
	for name := range e.children("oadr:oadrReportDescription") {
		switch name {
		case "xcal:dtstart":
			r.Start = c.time("xcal:date-time")
		case "xcal:duration":
			duration = new(c.span())
		case "strm:intervals":
			r.Intervals = c.reportIntervals()
		case "ei:eiReportID":
			r.ReportID = c.text()
		case "oadr:oadrReportDescription":
			var d ReportDescription
			d.decode(c)
			r.Descriptions = append(r.Descriptions, d)
		case "ei:reportRequestID":
			if metadata {
				r.ReportRequestID = c.text()
			} else {
				r.ReportRequestID = c.id()
			}
		case "ei:reportSpecifierID":
			r.ReportSpecifierID = c.id()
		case "ei:reportName":
			r.ReportName = c.extensible(reportNames...)
		case "ei:createdDateTime":
			r.CreatedDateTime = c.time()
		}
	}
	if metadata && !slices.Contains(e.taken(), "ei:reportRequestID") {
		r.ReportRequestID = "0"
	} else {
		e.require("ei:reportRequestID")
	}
	e.require("ei:reportSpecifierID", "ei:createdDateTime")
	if duration != nil {
		r.Duration = new(e.lasting("duration", r.Start, *duration))
	}
	r.measure(e)
}

// measure finds out how long intervals are, also in calendar months: one without
// start begins where the one before it ends (rule R7).
func (r *Report) measure(e *element) {
	start := r.Start
	for n := range r.Intervals {
		i := &r.Intervals[n]
		if !i.Start.IsZero() {
			start = i.Start
		}
		if i.Duration == nil {
			continue
		}
		length, err := i.span.lasting(start)
		if err != nil {
			e.refuse(CodeInvalidData, fmt.Sprintf("intervals/interval[%d]/duration", n+1), err.Error())
		}
		*i.Duration, i.span = length, span{}
		if !start.IsZero() {
			start = start.Add(*i.Duration)
		}
	}
}

func (d *ReportDescription) decode(c *cursor) {
	e := c.enter()
	for name := range e.children("ei:reportSubject", "ei:reportDataSource") {
		switch name {
		case "ei:rID":
			d.RID = c.id()
		case "ei:reportSubject":
			d.Subject = c.target(d.Subject)
		case "ei:reportDataSource":
			d.DataSource = c.target(d.DataSource)
		case "ei:reportType":
			d.ReportType = c.extensible(reportTypes...)
		case "ei:readingType":
			d.ReadingType = c.extensible(readingTypes...)
		case "emix:marketContext":
			d.MarketContext = c.uri()
		case "oadr:oadrSamplingRate":
			d.SamplingRate = new(SamplingRate)
			d.SamplingRate.decode(c)
		default:
			if d.Unit == nil {
				d.Unit = c.unit()
			}
		}
	}
	e.require("ei:rID", "ei:reportType", "ei:readingType")
}

func (r *SamplingRate) decode(c *cursor) {
	e := c.enter()
	for name := range e.children() {
		switch name {
		case "oadr:oadrMinPeriod":
			r.MinPeriod = c.duration()
		case "oadr:oadrMaxPeriod":
			r.MaxPeriod = c.duration()
		case "oadr:oadrOnChange":
			r.OnChange = c.boolean()
		}
	}
	e.require("oadr:oadrMinPeriod", "oadr:oadrMaxPeriod", "oadr:oadrOnChange")
}

// reportIntervals reads strm:intervals of a report.
func (c *cursor) reportIntervals() []ReportInterval {
	var intervals []ReportInterval
	e := c.enter()
	for name := range e.children("ei:interval") {
		if name == "ei:interval" {
			var i ReportInterval
			i.decode(c)
			intervals = append(intervals, i)
		}
	}
	e.require("ei:interval")
	return intervals
}

func (i *ReportInterval) decode(c *cursor) {
	e := c.enter()
	for name := range e.children("oadr:oadrReportPayload", "oadr:oadrGBPayload") {
		switch name {
		case "xcal:dtstart":
			i.Start = c.time("xcal:date-time")
		case "xcal:duration":
			i.Duration, i.span = new(time.Duration), c.span()
		case "xcal:uid":
			i.UID = string(c.inner("xcal:text"))
		case "oadr:oadrReportPayload":
			var p ReportPayload
			p.decode(c)
			i.Payloads = append(i.Payloads, p)
		case "oadr:oadrGBPayload":
			i.GreenButton = append(i.GreenButton, c.part(NSatom, "feed"))
		}
	}
	if len(i.Payloads) == 0 && len(i.GreenButton) == 0 {
		e.mistyped("oadrReportPayload", "is missing, and so is oadrGBPayload")
	}
}

func (p *ReportPayload) decode(c *cursor) {
	e := c.enter()
	value := false
	for name := range e.children() {
		switch name {
		case "ei:rID":
			p.RID = c.id()
		case "ei:confidence":
			p.Confidence = new(c.confidence())
		case "ei:accuracy":
			p.Accuracy = c.reading() // NaN is none
		case "ei:payloadFloat":
			if f := c.reading("ei:value"); f != nil {
				p.Value = *f
			} else {
				p.NoValue = true
			}
			value = true
		case "oadr:oadrPayloadResourceStatus":
			p.Status = new(ResourceStatus)
			p.Status.decode(c)
			value = true
		case "oadr:oadrDataQuality":
			p.Quality = c.extensible(qualities...)
		}
	}
	e.require("ei:rID")
	if p.Status != nil {
		p.Value, p.NoValue = 0, false
	}
	if !value {
		e.mistyped("payloadFloat", "is missing, and so is oadrPayloadResourceStatus")
	}
}

// confidence is an ei:confidence, in percent.
func (c *cursor) confidence() uint32 {
	name := c.name
	n := c.number()
	if n > 100 {
		c.impossible(name, "%d is more than 100", n)
		return 0
	}
	return n
}

func (s *ResourceStatus) decode(c *cursor) {
	e := c.enter()
	for name := range e.children() {
		switch name {
		case "oadr:oadrOnline":
			s.Online = c.boolean()
		case "oadr:oadrManualOverride":
			s.ManualOverride = c.boolean()
		case "oadr:oadrLoadControlState":
			s.LoadControlState = new(LoadControlState)
			s.LoadControlState.decode(c)
		}
	}
	e.require("oadr:oadrOnline", "oadr:oadrManualOverride")
}

func (s *LoadControlState) decode(c *cursor) {
	for name := range c.enter().children() {
		switch name {
		case "oadr:oadrCapacity":
			s.Capacity = c.loadControl()
		case "oadr:oadrLevelOffset":
			s.LevelOffset = c.loadControl()
		case "oadr:oadrPercentOffset":
			s.PercentOffset = c.loadControl()
		case "oadr:oadrSetPoint":
			s.SetPoint = c.loadControl()
		}
	}
}

// loadControl reads one value of an oadrLoadControlState. NaN is none, and where
// the current value is none, so is all of it.
func (c *cursor) loadControl() *LoadControl {
	l := new(LoadControl)
	var current *float64
	e := c.enter()
	for name := range e.children() {
		switch name {
		case "oadr:oadrMin":
			l.Min = c.reading()
		case "oadr:oadrMax":
			l.Max = c.reading()
		case "oadr:oadrCurrent":
			current = c.reading()
		case "oadr:oadrNormal":
			l.Normal = c.reading()
		}
	}
	e.require("oadr:oadrCurrent")
	if current == nil {
		return nil
	}
	l.Current = *current
	return l
}
