package main

import (
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

const specifierID = "telemetry"

// points are what each client measures.
var points = []struct {
	rID, reportType string
	unit            oadr.Unit
	value           float64
}{
	{"power", "demand", oadr.Unit{Type: "powerReal", Scale: "k", Hertz: 50, Voltage: 230, AC: true}, 12.5},
	{"reactive", "demand", oadr.Unit{Type: "powerReactive", Scale: "k", Hertz: 50, Voltage: 230, AC: true}, 1.25},
	{"energy", "usage", oadr.Unit{Type: "energyReal", Scale: "k"}, 9876.543},
	{"voltage", "reading", oadr.Unit{Type: "voltage", Scale: "none"}, 231.4},
	{"frequency", "reading", oadr.Unit{Type: "frequency", Scale: "none"}, 49.98},
}

func reportRequestID(no int) string { return fmt.Sprintf("rr-%09d", no) }

// descriptions are the points as they are registered.
func descriptions() (d []oadr.ReportDescription) {
	for _, p := range points {
		d = append(d, oadr.ReportDescription{RID: p.rID, ReportType: p.reportType, ReadingType: "Direct Read", Unit: &p.unit,
			SamplingRate: &oadr.SamplingRate{MinPeriod: time.Minute, MaxPeriod: time.Hour}})
	}
	return d
}

// telemetry is a client's report of one minute: each point's value with its
// quality, as a VEN sends it that was asked for its telemetry every minute.
func telemetry(no int, start time.Time) *oadr.UpdateReport {
	minute := time.Minute
	interval := oadr.ReportInterval{Start: start, Duration: &minute}
	for _, p := range points {
		interval.Payloads = append(interval.Payloads, oadr.ReportPayload{RID: p.rID, Value: p.value, Quality: "Quality Good - Non Specific"})
	}
	return &oadr.UpdateReport{RequestID: fmt.Sprintf("u%d", start.Unix()), VENID: venID(no), Reports: []oadr.Report{{
		Start: start, Duration: &minute, Intervals: []oadr.ReportInterval{interval}, ReportRequestID: reportRequestID(no), ReportSpecifierID: specifierID,
		ReportName: oadr.ReportTelemetryUsage, CreatedDateTime: start.Add(minute),
	}}}
}
