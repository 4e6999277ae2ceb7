package oadr

import (
	"fmt"
	"slices"
	"time"
)

// reportUse tells an oadrReport that says what can be reported from one with values.
type reportUse uint8

const (
	reportData     reportUse = iota
	reportMetadata           // the reportRequestID may be missing, since it is always 0 (rule R1)
)

// decode reads an oadrReport.
func (r *Report) decode(d *decoder, use reportUse) {
	var duration *span
	e := d.enter()
	for name := range e.children("oadr:oadrReportDescription") {
		switch name {
		case "xcal:dtstart":
			r.Start = d.time("xcal:date-time")
		case "xcal:duration":
			duration = new(d.span())
		case "strm:intervals":
			r.Intervals = d.reportIntervals()
		case "ei:eiReportID":
			r.ReportID = d.text()
		case "oadr:oadrReportDescription":
			var rd ReportDescription
			rd.decode(d)
			r.Descriptions = append(r.Descriptions, rd)
		case "ei:reportRequestID":
			if use == reportMetadata {
				r.ReportRequestID = d.text()
			} else {
				r.ReportRequestID = d.id()
			}
		case "ei:reportSpecifierID":
			r.ReportSpecifierID = d.id()
		case "ei:reportName":
			r.ReportName = d.extensible(reportNames...)
		case "ei:createdDateTime":
			r.CreatedDateTime = d.time()
		}
	}
	if use == reportMetadata && !slices.Contains(e.taken(), "ei:reportRequestID") {
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

// measure computes the durations of intervals, including those in calendar months:
// an interval without a start begins when the one before it ends (rule R7).
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

func (rd *ReportDescription) decode(d *decoder) {
	e := d.enter()
	for name := range e.children("ei:reportSubject", "ei:reportDataSource") {
		switch name {
		case "ei:rID":
			rd.RID = d.id()
		case "ei:reportSubject":
			rd.Subject = d.target(rd.Subject)
		case "ei:reportDataSource":
			rd.DataSource = d.target(rd.DataSource)
		case "ei:reportType":
			rd.ReportType = d.extensible(reportTypes...)
		case "ei:readingType":
			rd.ReadingType = d.extensible(readingTypes...)
		case "emix:marketContext":
			rd.MarketContext = d.uri()
		case "oadr:oadrSamplingRate":
			rd.SamplingRate = new(SamplingRate)
			rd.SamplingRate.decode(d)
		default:
			if rd.Unit == nil {
				rd.Unit = d.unit()
			}
		}
	}
	e.require("ei:rID", "ei:reportType", "ei:readingType")
}

func (r *SamplingRate) decode(d *decoder) {
	e := d.enter()
	for name := range e.children() {
		switch name {
		case "oadr:oadrMinPeriod":
			r.MinPeriod = d.duration()
		case "oadr:oadrMaxPeriod":
			r.MaxPeriod = d.duration()
		case "oadr:oadrOnChange":
			r.OnChange = d.boolean()
		}
	}
	e.require("oadr:oadrMinPeriod", "oadr:oadrMaxPeriod", "oadr:oadrOnChange")
}

// reportIntervals reads strm:intervals of a report.
func (d *decoder) reportIntervals() []ReportInterval {
	var intervals []ReportInterval
	e := d.enter()
	for name := range e.children("ei:interval") {
		if name == "ei:interval" {
			var i ReportInterval
			i.decode(d)
			intervals = append(intervals, i)
		}
	}
	e.require("ei:interval")
	return intervals
}

func (i *ReportInterval) decode(d *decoder) {
	e := d.enter()
	for name := range e.children("oadr:oadrReportPayload", "oadr:oadrGBPayload") {
		switch name {
		case "xcal:dtstart":
			i.Start = d.time("xcal:date-time")
		case "xcal:duration":
			i.Duration, i.span = new(time.Duration), d.span()
		case "xcal:uid":
			i.UID = string(d.inner("xcal:text"))
		case "oadr:oadrReportPayload":
			var p ReportPayload
			p.decode(d)
			i.Payloads = append(i.Payloads, p)
		case "oadr:oadrGBPayload":
			i.GreenButton = append(i.GreenButton, d.part(NSatom, "feed"))
		}
	}
	if len(i.Payloads) == 0 && len(i.GreenButton) == 0 {
		e.mistyped("oadrReportPayload", "is missing, and so is oadrGBPayload")
	}
}

func (p *ReportPayload) decode(d *decoder) {
	e := d.enter()
	value := false
	for name := range e.children() {
		switch name {
		case "ei:rID":
			p.RID = d.id()
		case "ei:confidence":
			p.Confidence = new(d.confidence())
		case "ei:accuracy":
			p.Accuracy = d.reading() // nil if NaN
		case "ei:payloadFloat":
			if f := d.reading("ei:value"); f != nil {
				p.Value = *f
			} else {
				p.NoValue = true
			}
			value = true
		case "oadr:oadrPayloadResourceStatus":
			p.Status = new(ResourceStatus)
			p.Status.decode(d)
			value = true
		case "oadr:oadrDataQuality":
			p.Quality = d.extensible(qualities...)
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

// confidence reads an ei:confidence, in percent.
func (d *decoder) confidence() uint32 {
	name := d.name
	n := d.number()
	if n > 100 {
		d.impossible(name, "%d is more than 100", n)
		return 0
	}
	return n
}

func (s *ResourceStatus) decode(d *decoder) {
	e := d.enter()
	for name := range e.children() {
		switch name {
		case "oadr:oadrOnline":
			s.Online = d.boolean()
		case "oadr:oadrManualOverride":
			s.ManualOverride = d.boolean()
		case "oadr:oadrLoadControlState":
			s.LoadControlState = new(LoadControlState)
			s.LoadControlState.decode(d)
		}
	}
	e.require("oadr:oadrOnline", "oadr:oadrManualOverride")
}

func (s *LoadControlState) decode(d *decoder) {
	for name := range d.enter().children() {
		switch name {
		case "oadr:oadrCapacity":
			s.Capacity = d.loadControl()
		case "oadr:oadrLevelOffset":
			s.LevelOffset = d.loadControl()
		case "oadr:oadrPercentOffset":
			s.PercentOffset = d.loadControl()
		case "oadr:oadrSetPoint":
			s.SetPoint = d.loadControl()
		}
	}
}

// loadControl reads one value of an oadrLoadControlState. A number that is NaN
// counts as absent. If the current value is NaN, loadControl returns nil.
func (d *decoder) loadControl() *LoadControl {
	l := new(LoadControl)
	var current *float64
	e := d.enter()
	for name := range e.children() {
		switch name {
		case "oadr:oadrMin":
			l.Min = d.reading()
		case "oadr:oadrMax":
			l.Max = d.reading()
		case "oadr:oadrCurrent":
			current = d.reading()
		case "oadr:oadrNormal":
			l.Normal = d.reading()
		}
	}
	e.require("oadr:oadrCurrent")
	if current == nil {
		return nil
	}
	l.Current = *current
	return l
}
