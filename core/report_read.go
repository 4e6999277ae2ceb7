package core

import (
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// latest keeps the last of several values of the same key (rule G6).
func latest(values []Value) []Value {
	index := make(map[ValueKey]int, len(values))
	kept := values[:0]
	for _, one := range values {
		if i, ok := index[one.Key()]; ok {
			kept[i] = one
			continue
		}
		index[one.Key()] = len(kept)
		kept = append(kept, one)
	}
	return kept
}

// read reads all values of a message, or returns why none of it counts. Each report must answer
// an open request (rule R5).
func (u *update) read(requests map[string]*ReportRequest, points *points, kept span, now time.Time) *refusal {
	for i := range u.m.Reports {
		report := &u.m.Reports[i]
		r := requests[report.ReportRequestID]
		if r == nil || r.VENNo != u.ven.No || !r.takes() {
			return refuse(oadr.CodeInvalidID, "reportRequestID %s is not open", excerpt.Of(report.ReportRequestID))
		}
		if report.ReportSpecifierID != r.SpecifierID {
			return refuse(oadr.CodeInvalidID, "reportSpecifierID %s is not that of reportRequestID %s, which asks for %s", excerpt.Of(report.ReportSpecifierID), excerpt.Of(r.ReportRequestID), excerpt.Of(r.SpecifierID))
		}
		values, no := readValues(r, report, points, kept, now)
		if no != nil {
			return no
		}
		u.values, u.took = append(u.values, values...), append(u.took, r)
	}
	return nil
}

// span is a period, both ends included.
type span struct{ from, to time.Time }

func (s span) holds(t time.Time) bool { return !t.Before(s.from) && !t.After(s.to) }

// readValues reads one oadrReport (rules R6, R7). Each value must begin within kept, the period
// for which values are kept.
func readValues(r *ReportRequest, report *oadr.Report, points *points, kept span, now time.Time) ([]Value, *refusal) {
	var values []Value
	next := report.Start // where an interval without a dtstart begins
	for i := range report.Intervals {
		interval := &report.Intervals[i]
		start := interval.Start
		if start.IsZero() {
			start = next
		}
		switch {
		case start.IsZero():
			return nil, refuse(oadr.CodeCompliance, "dtstart is missing: interval %d has none, and what precedes it does not say when it begins", i)
		case !kept.holds(start):
			return nil, refuse(oadr.CodeInvalidData, "dtstart %s is not from %s to %s: older values are not kept, nor are values more than a year ahead",
				oadr.FormatTime(start), oadr.FormatTime(kept.from), oadr.FormatTime(kept.to))
		}
		var lasts time.Duration
		if interval.Duration != nil {
			lasts = *interval.Duration
		} else if len(report.Intervals) == 1 && report.Duration != nil {
			lasts = *report.Duration
		}
		if lasts == 0 {
			lasts = r.Granularity
		}
		if lasts > maxDuration {
			return nil, refuse(oadr.CodeInvalidData, "duration of an interval must not be longer than a hundred years")
		}
		if next = start.Add(lasts); lasts == 0 {
			next = time.Time{}
		}
		seen := make(map[string]bool, len(interval.Payloads))
		at := Value{RequestNo: r.No, Start: start.UTC().Truncate(time.Millisecond), Duration: lasts, ReceivedAt: now}
		for j := range interval.Payloads {
			p := &interval.Payloads[j]
			one := at
			one.RID, one.PointNo = p.RID, points.no(r, p.RID)
			if one.PointNo == 0 {
				return nil, refuse(oadr.CodeInvalidID, "rID %s is not among those that reportRequestID %s asks for", excerpt.Of(p.RID), excerpt.Of(r.ReportRequestID))
			}
			if seen[p.RID] {
				return nil, refuse(oadr.CodeInvalidData, "rID %s stands twice in one interval", excerpt.Of(p.RID))
			}
			seen[p.RID] = true
			one.Value, one.NoValue, one.Status = p.Value, p.NoValue && p.Status == nil, p.Status
			one.Quality, one.Confidence, one.Accuracy = p.Quality, p.Confidence, p.Accuracy
			values = append(values, one)
		}
		if len(interval.GreenButton) > 0 {
			at.GreenButton = interval.GreenButton
			values = append(values, at)
		}
	}
	return values, nil
}
