package ven

import (
	"fmt"
	"slices"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// maxValues is how many values one oadrUpdateReport may have, so that it fits into
// 256 KiB (rule G5).
const maxValues = 300

// openReport is a request for a report that the VEN serves (rule R3). Each update
// covers the time back after the one before it, the last one ends at end. A request
// for one reading or one history has a single update.
type openReport struct {
	oadr.ReportRequest
	task
	received    time.Time     // when the request arrived
	report      *Report       // the report requested; nil: the list of reports (rule R9)
	rIDs        []string      // the data points requested
	back        time.Duration // between updates; 0: there is only one
	granularity time.Duration // of intervals; 0: one moment, or what a history has
	from        time.Time     // the start of the next update
	end         time.Time     // of the last update; zero: never
	last        bool          // cancelled, but one more update is wanted (rule R8)
}

// refusal is why the VEN refuses a request.
type refusal struct {
	code        oadr.Code
	description string
}

func refuse(code oadr.Code, format string, args ...any) *refusal {
	return &refusal{code, fmt.Sprintf(format, args...)}
}

// openRequest plans how to serve a request, or refuses it.
func openRequest(reports []Report, r oadr.ReportRequest, received, now time.Time) (*openReport, *refusal) {
	now = now.Truncate(time.Second) // times on the wire are whole seconds
	o := &openReport{ReportRequest: r, received: received}
	s := &r.Specifier
	if s.ReportBackDuration%time.Second != 0 || s.Granularity%time.Second != 0 {
		return nil, refuse(oadr.CodeInvalidData, "reportBackDuration and granularity must be whole seconds")
	}
	if s.ReportSpecifierID != oadr.SpecifierMetadata {
		if no := o.find(reports); no != nil {
			return nil, no
		}
	}
	start, period := now, s.ReportInterval
	if period != nil && period.Start.After(now) {
		start = period.Start.Truncate(time.Second)
	}
	switch {
	case s.ReportBackDuration > 0:
		o.from, o.back = start, s.ReportBackDuration
		if period != nil && period.Duration > 0 {
			o.end = period.Start.Add(period.Duration)
		}
		if !o.end.IsZero() && !o.end.After(now) {
			return nil, refuse(oadr.CodeInvalidData, "reportInterval ended at %s", oadr.FormatTime(o.end))
		}
	case o.report != nil && (o.report.isHistory() || period != nil && period.Duration > 0):
		o.from, o.end = now.Add(-o.report.Duration), now
		if period != nil && period.Start.After(o.from) {
			o.from = period.Start
		}
		if period != nil && period.Duration > 0 {
			o.end = period.Start.Add(period.Duration)
		}
		if o.report.isHistory() && o.end.After(now) { // a history is reported at once (rule R3)
			o.end = now
		}
		if !o.from.Before(o.end) {
			return nil, refuse(oadr.CodeInvalidData, "reportInterval has no time for which there are values: they are kept for %s", oadr.FormatDuration(o.report.Duration))
		}
	default: // the value at start, or the average until then
		o.from, o.end = start.Add(-s.Granularity), start
	}
	o.due = o.next()
	return o, o.divide(s.Granularity)
}

// find looks up the report and the data points requested.
func (o *openReport) find(reports []Report) *refusal {
	s := &o.Specifier
	for i := range reports {
		if reports[i].SpecifierID == s.ReportSpecifierID {
			o.report = &reports[i]
		}
	}
	if o.report == nil {
		return refuse(oadr.CodeInvalidID, "there is no reportSpecifierID %.40q", s.ReportSpecifierID)
	}
	for _, p := range s.Payloads {
		point := o.report.point(p.RID)
		if point == nil {
			return refuse(oadr.CodeInvalidID, "report %s has no rID %.40q", s.ReportSpecifierID, p.RID)
		}
		if rate := point.SamplingRate; rate != nil && s.Granularity > 0 {
			if s.Granularity < rate.MinPeriod || rate.MaxPeriod > 0 && s.Granularity > rate.MaxPeriod {
				return refuse(oadr.CodeInvalidData, "granularity of rID %s must be from %s to %s",
					p.RID, oadr.FormatDuration(rate.MinPeriod), oadr.FormatDuration(rate.MaxPeriod))
			}
		}
		if !slices.Contains(o.rIDs, p.RID) {
			o.rIDs = append(o.rIDs, p.RID)
		}
	}
	if o.rIDs == nil {
		return refuse(oadr.CodeCompliance, "specifierPayload is missing")
	}
	return nil
}

// divide sets the length of intervals. If 0 is requested it is the shortest that all
// data points have and that gives no more than [maxValues] values.
func (o *openReport) divide(granularity time.Duration) *refusal {
	if o.report == nil {
		return nil
	}
	span, most := o.span(), o.most()
	if granularity > 0 {
		o.granularity = granularity
		if pieces(span, granularity) > most {
			return refuse(oadr.CodeInvalidData, "granularity gives more than %d values in a report; ask for less at once", maxValues)
		}
		return nil
	}
	if o.report.isHistory() || span == 0 {
		return nil
	}
	own := time.Duration(0)
	for _, rID := range o.rIDs {
		if rate := o.report.point(rID).SamplingRate; rate != nil {
			own = max(own, rate.MinPeriod)
		}
	}
	if own == 0 {
		own = span
	}
	o.granularity = own * time.Duration(pieces(time.Duration(pieces(span, own)), time.Duration(most)))
	return nil
}

// most is how many intervals an update may have.
func (o *openReport) most() int64 { return int64(maxValues / len(o.rIDs)) }

// pieces is how many pieces of a length a span has; the last may be shorter.
func pieces(span, length time.Duration) int64 {
	n := int64(span / length)
	if span%length > 0 {
		n++
	}
	return n
}

// span is how much time one update covers.
func (o *openReport) span() time.Duration {
	if o.back > 0 {
		return o.back
	}
	return o.end.Sub(o.from)
}

// next is when the next update is due.
func (o *openReport) next() time.Time {
	if o.back == 0 || !o.end.IsZero() && o.from.Add(o.back).After(o.end) {
		return o.end
	}
	return o.from.Add(o.back)
}

// covered returns the time that an update sent now covers. It is longer than usual after
// updates that could not be sent, but never so long that there are too many values.
func (o *openReport) covered(now time.Time) (from, to time.Time) {
	from, to = o.from, o.due
	now = now.Truncate(time.Second)
	switch {
	case o.last:
		to = now
		if o.from.After(now) { // the report has not begun
			from = now
		}
	case o.back > 0 && now.After(o.due):
		to = o.from.Add(now.Sub(o.from).Truncate(o.back))
	}
	if !o.end.IsZero() && (to.After(o.end) || !o.last && !now.Before(o.end)) {
		to = o.end
	}
	if o.granularity > 0 && pieces(to.Sub(from), o.granularity) > o.most() {
		from = to.Add(-o.granularity * time.Duration(o.most()))
	}
	return from, to
}

// sent records that an update until to was sent, and reports whether it was the last.
func (o *openReport) sent(to time.Time) bool {
	if o.last || o.back == 0 || !o.end.IsZero() && !to.Before(o.end) {
		return true
	}
	o.from = to
	o.due = o.next()
	o.hurry()
	return false
}
