package core

import (
	"fmt"
	"slices"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/internal/label"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// checkReportSpecs returns an [*InvalidError] with what is wrong with specs by themselves.
func checkReportSpecs(specs []ReportSpec) error {
	var c check
	if len(specs) == 0 {
		c.bad("requests", "", "must have at least one request")
	}
	if len(specs) > maxListed {
		c.bad("requests", "", "must not have more than %d requests", maxListed)
		specs = nil
	}
	for i := range specs {
		c.reportSpec(field(specs, i), &specs[i])
	}
	if c.problems != nil {
		return &InvalidError{c.problems}
	}
	return nil
}

// reportSpec checks one spec, whose fields are at a path.
func (c *check) reportSpec(at string, s *ReportSpec) {
	c.targets(at, s.Targets)
	if len(s.RIDs) > maxRIDs {
		c.bad(at+"rIDs", "", "must not be more than %d", maxRIDs)
		return
	}
	c.reportDurations(at, s)
	for _, t := range []struct{ field, value string }{
		{"reportSpecifierID", s.SpecifierID}, {"reportName", s.ReportName}, {"reportType", s.ReportType}, {"measurement", s.Measurement},
	} {
		if reason := label.Check(t.value); t.value != "" && reason != "" {
			c.bad(at+t.field, "", "%s", reason)
		}
	}
	c.reportTimes(at, s)
	if s.SpecifierID == oadr.SpecifierMetadata && s.Standing {
		c.bad(at+"standing", "R9", "fits no request for METADATA: VENs register their reports by themselves")
	}
	c.rIDs(at, s)
}

// reportDurations checks the durations of a spec, each by itself.
func (c *check) reportDurations(at string, s *ReportSpec) {
	for _, d := range []struct {
		field string
		value time.Duration
	}{{"granularity", s.Granularity}, {"reportBackDuration", s.ReportBack}, {"duration", s.Duration}} {
		switch {
		case d.value < 0:
			c.bad(at+d.field, "", "must not be negative")
		case d.value > maxDuration:
			c.bad(at+d.field, "", "must not be longer than a hundred years")
		case d.value%time.Second != 0:
			c.bad(at+d.field, "", wholeSeconds)
		}
	}
}

// reportTimes checks the start of a spec, and its durations together.
func (c *check) reportTimes(at string, s *ReportSpec) {
	if !s.Start.IsZero() {
		c.start(at+"start", s.Start)
		if !oadr.Writable(s.Start.Add(s.Duration).Add(s.ReportBack)) {
			c.bad(at+"duration", "", endless)
		}
	}
	if s.ReportBack > 0 && s.Granularity > s.ReportBack {
		c.bad(at+"reportBackDuration", "R3", "is shorter than the granularity: there would be nothing to report each time")
	}
}

// rIDs checks the data points that a spec names.
func (c *check) rIDs(at string, s *ReportSpec) {
	for i, id := range s.RIDs {
		at := fmt.Sprintf("%srIDs[%d]", at, i)
		if reason := label.Check(id); reason != "" {
			c.bad(at, "", "%s", reason)
		}
		if s.SpecifierID == oadr.SpecifierMetadata && id != oadr.MetadataRID {
			c.bad(at, "R3", "must be 0 in a request for METADATA (rule 308 of the profile); leave rIDs out")
		}
		if slices.Contains(s.RIDs[:i], id) {
			c.bad(at, "R3", "%q stands twice", excerpt.Of(id))
		}
	}
}
