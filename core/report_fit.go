package core

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// startSlack is how much earlier a history may begin than the VEN keeps values. The clock of
// the operator may differ, and a request takes a while.
const startSlack = 5 * time.Minute

// isHistory reports whether reports of this name cover past values.
func isHistory(reportName string) bool { return strings.HasPrefix(reportName, "HISTORY_") }

// isTelemetry reports whether reports of this name cover what is measured now.
func isTelemetry(reportName string) bool { return strings.HasPrefix(reportName, "TELEMETRY_") }

// unfit returns what of a spec does not fit reports of a name (rule R3). A history comes
// once, for the time that the request names. Telemetry that comes once is of the moment.
func (s *ReportSpec) unfit(reportName string, now time.Time) []Problem {
	var c check
	switch {
	case isHistory(reportName):
		if s.ReportBack > 0 {
			c.bad("reportBackDuration", "R3", "must be PT0S for a %s report, which comes once (rule 324 of the profile); leave it out", excerpt.Of(reportName))
		}
		if s.Granularity > 0 {
			c.bad("granularity", "R3", "must be PT0S for a %s report, whose steps the VEN chooses (rule 317 of the profile); leave it out", excerpt.Of(reportName))
		}
		switch from, _ := s.past(now); {
		case s.Start.IsZero() && s.Duration == 0:
			c.bad("start", "R3", "is missing: a request for a %s report names the time that it covers (rule 324 of the profile); give start and duration, "+
				"a start alone for all since then, or a duration alone for the last so long, such as P1D", excerpt.Of(reportName))
		case !from.Before(now.Truncate(time.Second)):
			c.bad("start", "R3", "is not past, and a %s report covers the past (rule 324 of the profile); use a time before now", excerpt.Of(reportName))
		}
	case isTelemetry(reportName) && s.ReportBack == 0:
		const once = "does not go with a %s report that comes once, which is of the moment (rule 324 of the profile); leave it out, or say by reportBackDuration how often to report, such as PT5M"
		if s.Granularity > 0 {
			c.bad("granularity", "R3", once, excerpt.Of(reportName))
		}
		if !s.Start.IsZero() {
			c.bad("start", "R3", once, excerpt.Of(reportName))
		}
		if s.Duration > 0 {
			c.bad("duration", "R3", once, excerpt.Of(reportName))
		}
	}
	return c.problems
}

// past returns the time that a history covers: without a start the last s.Duration, without
// a duration all since the start.
func (s *ReportSpec) past(now time.Time) (from time.Time, lasts time.Duration) {
	from, lasts = s.Start, s.Duration
	now = now.UTC().Truncate(time.Second)
	if from.IsZero() {
		from = now.Add(-lasts)
	}
	if lasts == 0 {
		lasts = now.Sub(from)
	}
	return from, lasts
}

// beyond returns what of a spec asks for more than the VEN keeps (rule R3).
func (s *ReportSpec) beyond(m *ReportMatch, now time.Time) []Problem {
	if m.Keeps == nil || *m.Keeps <= 0 {
		return nil
	}
	var c check
	keeps := fmt.Sprintf("VEN %s keeps %s of report %s (rule 340 of the profile)", m.VENID, oadr.FormatDuration(*m.Keeps), excerpt.Of(m.SpecifierID))
	if !isHistory(m.ReportName) {
		if s.ReportBack > *m.Keeps {
			c.bad("reportBackDuration", "R3", "is %s, and %s; use that or less", oadr.FormatDuration(s.ReportBack), keeps)
		}
		return c.problems
	}
	from, lasts := s.past(now)
	first := now.Add(-*m.Keeps)
	switch {
	case lasts > *m.Keeps && s.Duration > 0:
		c.bad("duration", "R3", "is %s, and %s; use that or less", oadr.FormatDuration(s.Duration), keeps)
	case from.Before(first.Add(-startSlack)):
		c.bad("start", "R3", "is %s, and %s; use one since %s", oadr.FormatTime(from), keeps, oadr.FormatTime(first))
	}
	return c.problems
}

// meant leaves out offers that cannot be requested so, if the spec names no report: all that
// measures power every 15 minutes does not mean histories of it. If nothing is left it
// returns all, so that the operator learns why none fits.
func (s *ReportSpec) meant(matches []ReportMatch, now time.Time) []ReportMatch {
	if s.SpecifierID != "" || s.ReportName != "" {
		return matches
	}
	fit := slices.DeleteFunc(slices.Clone(matches), func(m ReportMatch) bool { return s.unfit(m.ReportName, now) != nil })
	if len(fit) == 0 {
		return matches
	}
	return fit
}

// misfit returns why an offer cannot be requested as it is ordered (rule R3).
func (o *ReportOrder) misfit(m *ReportMatch, now time.Time) (problems []Problem) {
	if o.lacks(m) {
		return []Problem{{"rIDs", "R3", fmt.Sprintf("are %d, and VEN %s offers %d of them in report %s", len(o.RIDs), m.VENID, len(m.Points), excerpt.Of(m.SpecifierID))}}
	}
	if !o.Early {
		if problems = o.unfit(m.ReportName, now); problems == nil {
			problems = o.beyond(m, now)
		}
	}
	if reason := m.refuses(o.Granularity); reason != "" && problems == nil {
		problems = []Problem{{"granularity", "R3", reason}}
	}
	return problems
}

// mend changes a request of an early order to what the profile allows, and reports whether
// there is anything left to request. kept is how long the VTN keeps values. A periodic
// request stays as it is, since it would not come otherwise.
func (r *ReportRequest) mend(m *ReportMatch, kept time.Duration, now time.Time) bool {
	switch now = now.UTC().Truncate(time.Second); {
	case r.ReportBack > 0:
	case isHistory(r.ReportName):
		if m.Keeps != nil && *m.Keeps > 0 {
			kept = min(kept, *m.Keeps)
		}
		from, to := now.Add(-kept), now
		if !r.Start.IsZero() && r.Duration > 0 {
			to = r.Start.Add(r.Duration)
		}
		if r.Start.After(from) {
			from = r.Start
		}
		r.Granularity, r.Start, r.Duration = 0, from, to.Sub(from)
		return r.Duration > 0
	case isTelemetry(r.ReportName):
		if r.Granularity = 0; !r.Start.After(now) {
			r.Start, r.Duration = time.Time{}, 0
		}
	}
	return true
}
