package core

import "time"

// ReportReader is the part of [Reader] that is about reports.
type ReportReader interface {
	// Offers lists what a VEN can report, by reportSpecifierID.
	Offers(venNo int64) ([]ReportOffer, error)
	// MatchingOffers lists the offers of registered VENs, or of one if venNo is not 0,
	// that fit a spec, by VEN and reportSpecifierID, at most limit of them.
	MatchingOffers(s ReportSpec, venNo int64, limit int) ([]ReportMatch, error)
	// PointNos finds the numbers of data points, including those that their VEN no
	// longer offers.
	PointNos(points []Point) (map[Point]int64, error)

	ReportOrder(orderID string) (*ReportOrder, error)
	// ReportOrders lists newest first, before the cursor (a No, 0 for the
	// start).
	ReportOrders(f ReportOrderFilter, before int64, limit int) (orders []*ReportOrder, next int64, err error)
	// StandingOrders lists those that stand and name a VEN, oldest first.
	StandingOrders(venNo int64) ([]*ReportOrder, error)

	ReportRequest(reportRequestID string) (*ReportRequest, error)
	// ReportRequestsByID finds the requests that exist, by reportRequestID, with what an
	// update needs of them. DataAt is the time of the first data. For RIDs see
	// RequestedRIDs.
	ReportRequestsByID(ids []string) (map[string]*ReportRequest, error)
	// RequestedRIDs finds the rIDs that requests ask for, by their No.
	RequestedRIDs(nos []int64) (map[int64][]string, error)
	// ReportRequests lists newest first, before the cursor (a No, 0 for the start).
	ReportRequests(f ReportFilter, before int64, limit int) (requests []*ReportRequest, next int64, err error)
	// OpenReports lists these VENs' requests that are pending, active or being
	// cancelled, or whose last report is owed, by VEN and No.
	OpenReports(venNos []int64) ([]*ReportRequest, error)
	// OpenReportsOfOrder lists an order's requests that are pending, active or being
	// cancelled, by VEN and No.
	OpenReportsOfOrder(orderID string) ([]*ReportRequest, error)
	// UntoldReports lists these VENs' requests that are pending or being cancelled.
	UntoldReports(venNos []int64) ([]*ReportRequest, error)
	// StrandedCancellations lists requests whose cancellation rides and was to be
	// pushed until now, by VEN and No, at most limit of them.
	StrandedCancellations(now time.Time, limit int) ([]*ReportRequest, error)
	// NextStranded returns when the next one is to be pushed, zero for never.
	NextStranded() (time.Time, error)

	// VTNReports lists the VTN reports that these VENs requested.
	VTNReports(venNos []int64) ([]VTNReport, error)
	// DueVTNReports lists those that are due again by time, at most limit.
	DueVTNReports(now time.Time, limit int) ([]VTNReport, error)
	// NextVTNReport returns when the next one is due, zero for never.
	NextVTNReport() (time.Time, error)

	// Values lists values, oldest first. It costs as much as it returns and, for all
	// requests of a VEN's report, one look at each of them. more says whether there are
	// values after those, or before them if the newest are asked for.
	Values(q ValueQuery) (values []Value, more bool, err error)
}

// ReportOrderFilter chooses report orders. Its zero value chooses all.
type ReportOrderFilter struct {
	Standing bool // only orders that still request reports
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
	// PutOffers replaces what a VEN can report. A data point that does not change keeps
	// its number, and so its values.
	PutOffers(venNo int64, offers []ReportOffer, now time.Time) error
	// PutReportOrder stores an order. One whose No is 0 is new and gets a number.
	PutReportOrder(o *ReportOrder) error
	// PutReportRequests stores requests. Those whose No is 0 are new and get a number.
	// A request that changed under a later revision meanwhile stays as it is. Only
	// ReportsHeard stores since when a cancellation rides.
	PutReportRequests(requests []*ReportRequest) error
	// ReportsHeard notes that data came for requests: pending ones are active, a last
	// report is no longer owed (rule R8). [ReportRequest.unheard] says whether that must
	// be noted. It also counts the data that came for the riding ones since their
	// cancellation rides.
	ReportsHeard(nos, riding []int64, now time.Time) error
	PutVTNReport(o VTNReport) error
	// DeleteVTNReport deletes a VTN report unless it became due anew meanwhile.
	DeleteVTNReport(o VTNReport) error
	// PutValues stores values. Each replaces one of the same request, data point and
	// start (rule G6).
	PutValues(values []Value) error
}
