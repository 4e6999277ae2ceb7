package ven

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Report is a report that a VEN offers: data points that can be requested together.
type Report struct {
	// SpecifierID is the reportSpecifierID, unique among the VEN's reports.
	SpecifierID string
	// Name is oadr.ReportTelemetryUsage, ReportTelemetryStatus,
	// ReportHistoryUsage or ReportHistoryGreenButton. The VEN registers it with
	// METADATA_ before it (rule R1).
	Name string
	// Duration is how far back values are kept.
	Duration time.Duration
	// Points are the data points. Their rIDs are unique within the report.
	Points []oadr.ReportDescription
}

// Meter gives the values of a VEN's reports. One goroutine calls it and waits; ctx
// ends after ten seconds.
type Meter interface {
	// Read returns what data points of a telemetry report were during span from
	// start on, a number or a status each. A span of 0 is the moment start. That
	// time is over, usually just now; a VEN that could not report reads it later.
	Read(ctx context.Context, specifierID string, rIDs []string, start time.Time, span time.Duration) ([]oadr.ReportPayload, error)
	// History returns what a history report holds between two times, oldest first:
	// numbers, or Green Button as XML. With a granularity of 0 the Meter chooses.
	History(ctx context.Context, specifierID string, rIDs []string, from, to time.Time, granularity time.Duration) ([]oadr.ReportInterval, error)
}

// isHistory reports whether the report is of the past.
func (r *Report) isHistory() bool { return strings.HasPrefix(r.Name, "HISTORY_") }

// point is the data point with an rID, nil if there is none.
func (r *Report) point(rID string) *oadr.ReportDescription {
	i := slices.IndexFunc(r.Points, func(d oadr.ReportDescription) bool { return d.RID == rID })
	if i < 0 {
		return nil
	}
	return &r.Points[i]
}

// metadata is the report as it is registered (rule R1).
func (r *Report) metadata(now time.Time) oadr.Report {
	return oadr.Report{
		Duration:          &r.Duration,
		Descriptions:      r.Points,
		ReportRequestID:   "0",
		ReportSpecifierID: r.SpecifierID,
		ReportName:        oadr.MetadataPrefix + r.Name,
		CreatedDateTime:   now,
	}
}

// reportNames are the values of [Report.Name].
var reportNames = []string{
	oadr.ReportTelemetryUsage, oadr.ReportTelemetryStatus, oadr.ReportHistoryUsage, oadr.ReportHistoryGreenButton,
}

// checkReports checks the reports of a Config.
func checkReports(reports []Report, meter Meter) error {
	if len(reports) > 0 && meter == nil {
		return errors.New("there are Reports but no Meter, which gives their values")
	}
	seen := map[string]bool{}
	for _, r := range reports {
		if seen[r.SpecifierID] {
			return fmt.Errorf("report %q appears twice; each report needs its own SpecifierID", r.SpecifierID)
		}
		seen[r.SpecifierID] = true
		if err := r.check(); err != nil {
			return fmt.Errorf("report %q: %w", r.SpecifierID, err)
		}
	}
	return nil
}

func (r *Report) check() error {
	switch {
	case r.SpecifierID == "" || r.SpecifierID == oadr.SpecifierMetadata:
		return errors.New("its SpecifierID must be neither empty nor METADATA, which requests the list of reports")
	case !slices.Contains(reportNames, r.Name):
		return fmt.Errorf("its Name %q is none of %s", r.Name, strings.Join(reportNames, ", "))
	case r.Duration <= 0:
		return errors.New("its Duration must say how long values are kept")
	case len(r.Points) == 0 || len(r.Points) > maxValues:
		return fmt.Errorf("its Points must be 1 to %d data points", maxValues)
	}
	seen := map[string]bool{}
	for _, p := range r.Points {
		if seen[p.RID] {
			return fmt.Errorf("RID %q appears twice; each data point needs its own", p.RID)
		}
		seen[p.RID] = true
		if err := checkPoint(p); err != nil {
			return fmt.Errorf("RID %q: %w", p.RID, err)
		}
	}
	return nil
}

func checkPoint(p oadr.ReportDescription) error {
	switch {
	case p.RID == "" || p.ReportType == "" || p.ReadingType == "":
		return errors.New("RID, ReportType and ReadingType are all needed")
	case p.SamplingRate != nil && (p.SamplingRate.MinPeriod < 0 || p.SamplingRate.MaxPeriod < p.SamplingRate.MinPeriod):
		return errors.New("its SamplingRate must run from a MinPeriod up to a MaxPeriod")
	case p.Unit != nil:
		if err := p.Unit.Check(); err != nil {
			return fmt.Errorf("its Unit: %w", err)
		}
	}
	if err := oadr.CheckURI(p.MarketContext); err != nil {
		return fmt.Errorf("its MarketContext: %w", err)
	}
	return nil
}
