package ven

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// noValue is the oadrDataQuality of a value that the Meter does not have.
const noValue = "No Quality - No Value"

// read makes the report of an update. Its dtstart is that of its first interval (rule
// R7).
func (c *reportClient) read(ctx context.Context, w work) (oadr.Report, error) {
	ctx, cancel := context.WithTimeout(ctx, meterTimeout)
	defer cancel()
	o := w.open
	report := oadr.Report{
		ReportRequestID:   o.ReportRequestID,
		ReportSpecifierID: o.report.SpecifierID,
		ReportName:        o.report.Name,
		CreatedDateTime:   c.clock().Now(),
	}
	if o.report.isHistory() {
		intervals, err := c.cfg.Meter.History(ctx, o.report.SpecifierID, o.rIDs, w.from, w.to, o.granularity)
		if err != nil {
			return report, fmt.Errorf("read the history of report %s: %w", o.report.SpecifierID, err)
		}
		report.Intervals = slices.Clone(intervals)
	} else {
		report.Intervals = c.telemetry(ctx, w)
	}
	report.Start = w.from
	for i := range report.Intervals {
		interval := &report.Intervals[i]
		if len(interval.Payloads) > 0 || len(interval.GreenButton) == 0 {
			interval.Payloads = plain(o.rIDs, interval.Payloads)
		}
		if i == 0 && !interval.Start.IsZero() {
			report.Start = interval.Start
		}
	}
	report.Duration = new(max(0, w.to.Sub(report.Start)))
	return report, nil
}

// telemetry reads interval after interval. If the Meter fails, the interval has no
// values.
func (c *reportClient) telemetry(ctx context.Context, w work) []oadr.ReportInterval {
	o := w.open
	var intervals []oadr.ReportInterval
	for start := w.from; len(intervals) == 0 || start.Before(w.to); {
		span := w.to.Sub(start)
		if o.granularity > 0 {
			span = min(span, o.granularity)
		}
		payloads, err := c.cfg.Meter.Read(ctx, o.report.SpecifierID, o.rIDs, start, span)
		if err != nil {
			c.cfg.Log.Warn("cannot read the meter; no value is reported", "venID", c.VENID(), "reportRequestID", o.ReportRequestID, "error", err)
			payloads = nil
		}
		intervals = append(intervals, oadr.ReportInterval{Start: start, Duration: new(span), Payloads: payloads})
		start = start.Add(span)
	}
	return intervals
}

// plain returns one value for each rID. A value that the Meter did not return, or that
// is not finite, is sent as no value.
func plain(rIDs []string, payloads []oadr.ReportPayload) []oadr.ReportPayload {
	sent := make([]oadr.ReportPayload, 0, len(rIDs))
	for _, rID := range rIDs {
		i := slices.IndexFunc(payloads, func(p oadr.ReportPayload) bool { return p.RID == rID })
		switch {
		case i < 0, payloads[i].Status == nil && (math.IsNaN(payloads[i].Value) || math.Abs(payloads[i].Value) > math.MaxFloat32):
			sent = append(sent, oadr.ReportPayload{RID: rID, Quality: noValue})
		default:
			sent = append(sent, payloads[i])
		}
	}
	return sent
}
