package fleet

import (
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// The reports that a VEN of a fleet offers, by reportSpecifierID.
const (
	usageReport   = "usage"   // the demand of loads
	statusReport  = "status"  // their state
	historyReport = "history" // their demand in the past
)

// Bounds of the reports.
const (
	maxPoints = 100
	kept      = 24 * time.Hour
)

// reports gives a VEN its reports.
func (f *fleet) reports(i int, c *ven.Config) {
	if f.ReportEvery == 0 {
		return
	}
	account := f.Accounts[i]
	meter := Meter{Seed: seedOf(f.Seed, account.String()), Every: max(f.ReportEvery, 15*time.Minute)}
	c.Meter = meter
	c.Reports = f.offered
	c.OnUpdate = func(m *oadr.UpdateReport) {
		f.update(m)
		if f.OnUpdate != nil {
			f.OnUpdate(account, m)
		}
	}
}

// Reports are the reports that a VEN of a fleet offers: the demand, the state and the
// past demand of its loads, load1, load2 … They can be read once in every to once a
// day.
func Reports(points int, every time.Duration) []ven.Report {
	point := func(n int, reportType, reading string, unit *oadr.Unit) oadr.ReportDescription {
		return oadr.ReportDescription{
			RID: fmt.Sprintf("load%d", n+1), ReportType: reportType, ReadingType: reading, Unit: unit,
			DataSource:   &oadr.Target{Resources: []string{fmt.Sprintf("load%d", n+1)}},
			SamplingRate: &oadr.SamplingRate{MinPeriod: every, MaxPeriod: max(every, kept)},
		}
	}
	power := &oadr.Unit{Type: "powerReal", Scale: "k", Hertz: 50, Voltage: 230, AC: true}
	reports := []ven.Report{
		{SpecifierID: usageReport, Name: oadr.ReportTelemetryUsage, Duration: kept},
		{SpecifierID: statusReport, Name: oadr.ReportTelemetryStatus, Duration: kept},
		{SpecifierID: historyReport, Name: oadr.ReportHistoryUsage, Duration: kept},
	}
	for n := range points {
		reports[0].Points = append(reports[0].Points, point(n, "demand", "Mean", power))
		reports[1].Points = append(reports[1].Points, point(n, "x-resourceStatus", oadr.ReadingNotApplicable, nil))
		reports[2].Points = append(reports[2].Points, point(n, "demand", "Mean", power))
	}
	return reports
}
