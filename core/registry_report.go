package core

import "time"

// ReportReader is the part of [Reader] that is about reports.
type ReportReader interface {
	// Offers lists what a VEN can report, by reportSpecifierID.
	Offers(venNo int64) ([]ReportOffer, error)
	// MatchingOffers lists what of registered VENs fits a spec, by VEN and
	// reportSpecifierID, at most limit of them. A venNo other than 0 asks of that VEN only.
	MatchingOffers(s ReportSpec, venNo int64, limit int) ([]ReportMatch, error)
	// PointNos finds the numbers of data points, also of those that their VEN
	// offers no more.
	PointNos(points []Point) (map[Point]int64, error)

	ReportOrder(orderID string) (*ReportOrder, error)
	// ReportOrders lists newest first, before the cursor (a No, 0 for the
	// start).
	ReportOrders(f ReportOrderFilter, before int64, limit int) (orders []*ReportOrder, next int64, err error)
	// StandingOrders lists those that stand and name a VEN, oldest first.
	StandingOrders(venNo int64) ([]*ReportOrder, error)

	ReportRequest(reportRequestID string) (*ReportRequest, error)
	// ReportRequestsByID finds those that exist, by reportRequestID, without most
	// of what was asked and told: what an update needs. DataAt is of the first data.
	// RIDs are left to RequestedRIDs.
	ReportRequestsByID(ids []string) (map[string]*ReportRequest, error)
	// RequestedRIDs finds the rIDs that requests ask for, by their No.
	RequestedRIDs(nos []int64) (map[int64][]string, error)
	// ReportRequests lists newest first, before the cursor (a No, 0 for the start).
	ReportRequests(f ReportFilter, before int64, limit int) (requests []*ReportRequest, next int64, err error)
	// OpenReports lists the requests of VENs that are pending, active or being
	// cancelled, and those of which a last report is owed, by VEN and No.
	OpenReports(venNos []int64) ([]*ReportRequest, error)
	// OpenReportsOfOrder lists those that an order made and that are pending, active
	// or being cancelled, by VEN and No.
	OpenReportsOfOrder(orderID string) ([]*ReportRequest, error)
	// UntoldReports lists the requests of VENs that are pending or being cancelled.
	UntoldReports(venNos []int64) ([]*ReportRequest, error)
	// StrandedCancellations lists requests whose cancellation rides and was to be
	// pushed until now, by VEN and No, at most limit of them.
	StrandedCancellations(now time.Time, limit int) ([]*ReportRequest, error)
	// NextStranded says when the next is, zero for never.
	NextStranded() (time.Time, error)

	// VTNReports lists the VTN's reports for VENs.
	VTNReports(venNos []int64) ([]VTNReport, error)
	// DueVTNReports lists what is due again by time, at most limit.
	DueVTNReports(now time.Time, limit int) ([]VTNReport, error)
	// NextVTNReport says when the next is, zero for never.
	NextVTNReport() (time.Time, error)

	// Values lists values oldest first. A part costs what it holds and, where it
	// is of all requests of a VEN's report, one look at each of them. more says
	// whether there is anything after that, or before it where the newest are asked
	// for.
	Values(q ValueQuery) (values []Value, more bool, err error)
}

// ReportOrderFilter chooses report orders. Its zero value chooses all.
type ReportOrderFilter struct {
	Standing bool // only orders by which VENs are still asked
}

// ReportFilter chooses report requests; what is empty chooses all.
type ReportFilter struct {
	VENID       string
	SpecifierID string
	OrderID     string
	State       ReportState // of a [Reader] as stored: never [ReportCompleted]
}

// ReportWriter is the part of [Tx] that is about reports.
type ReportWriter interface {
	// PutOffers replaces what a VEN can report. A data point that stays as it
	// was keeps its number, and so its values.
	PutOffers(venNo int64, offers []ReportOffer, now time.Time) error
	// PutReportOrder stores an order, new when No is 0 (which it sets).
	PutReportOrder(o *ReportOrder) error
	// PutReportRequests stores requests, new where No is 0 (which it sets).
	// One that was changed under a later revision meanwhile stays as it is. Since when a
	// cancellation rode is noted by ReportsHeard alone.
	PutReportRequests(requests []*ReportRequest) error
	// ReportsHeard notes that data came for requests, of which [ReportRequest.unheard]
	// says whether it must be: what was pending is active, a last report that was
	// owed is so no more (rule R8). It counts what came, since their cancellation
	// rides, for those of them that are riding.
	ReportsHeard(nos, riding []int64, now time.Time) error
	PutVTNReport(o VTNReport) error
	// DeleteVTNReport leaves alone one that became due anew meanwhile.
	DeleteVTNReport(o VTNReport) error
	// PutValues stores values; one of the same request, data point and start is
	// replaced (rule G6).
	PutValues(values []Value) error
}
