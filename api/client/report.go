package client

import (
	"context"
	"net/http"
	"time"
)

// ReportRequestSpec asks one VEN, or all VENs that the targets name, for reports.
// Fields that choose reports and are left out match everything.
type ReportRequestSpec struct {
	VENID              string     `json:"venID,omitempty" doc:"The VEN to ask; or give targets"`
	Targets            *Targets   `json:"targets,omitempty" doc:"Instead of venID: ask all VENs of the union of these that offer such a report"`
	ReportSpecifierID  string     `json:"reportSpecifierID,omitempty" doc:"As the VEN registered it. METADATA asks for the registration of reports itself"`
	RIDs               []string   `json:"rIDs,omitempty" nullable:"false" doc:"Data points; left out: all that match"`
	ReportName         string     `json:"reportName,omitempty" example:"TELEMETRY_USAGE"`
	ReportType         string     `json:"reportType,omitempty" doc:"Only data points of this type" example:"usage"`
	Measurement        string     `json:"measurement,omitempty" doc:"Only data points whose unit is of this type" example:"powerReal"`
	Granularity        string     `json:"granularity,omitempty" default:"PT0S" doc:"Length of the intervals; PT0S: as the VEN chooses. Must be PT0S for HISTORY reports, and without a reportBackDuration" example:"PT1M"`
	ReportBackDuration string     `json:"reportBackDuration,omitempty" default:"PT0S" doc:"How often to report; PT0S: once. Must be PT0S for HISTORY reports; no longer than what the VEN keeps" example:"PT5M"`
	Start              *time.Time `json:"start,omitempty" nullable:"true" doc:"When to begin: RFC 3339 with a zone, whole seconds; null: now. For a HISTORY report, the begin of the wanted time, no longer ago than what the VEN keeps; null: as long ago as the duration. Must be null for TELEMETRY reports without a reportBackDuration"`
	Duration           *string    `json:"duration,omitempty" nullable:"true" doc:"For how long; null or PT0S: until cancelled, for a HISTORY report until now. Must be null for TELEMETRY reports without a reportBackDuration; a HISTORY report needs start or duration" example:"P1D"`
	Standing           bool       `json:"standing,omitempty" default:"false" doc:"Ask again whenever a VEN registers matching reports, because it forgets all requests then. VENs that come later are asked, too"`
	Piggyback          bool       `json:"piggyback,omitempty" default:"false" doc:"Wait until the VEN registers its reports, and ask in the answer to that, instead of by push"`
}

// ReportRequestSpecs asks for several reports at once. Each VEN gets its requests in
// one message.
type ReportRequestSpecs struct {
	Requests []ReportRequestSpec `json:"requests" nullable:"false" minItems:"1" maxItems:"100"`
}

// ReportRequest asks one VEN for a report.
type ReportRequest struct {
	ReportRequestID    string     `json:"reportRequestID"`
	OrderID            string     `json:"orderID" doc:"The order that made it"`
	VENID              string     `json:"venID"`
	ReportSpecifierID  string     `json:"reportSpecifierID"`
	ReportName         string     `json:"reportName"`
	RIDs               []string   `json:"rIDs" nullable:"false"`
	Granularity        string     `json:"granularity"`
	ReportBackDuration string     `json:"reportBackDuration" doc:"PT0S: once"`
	Start              *time.Time `json:"start" nullable:"true"`
	Duration           *string    `json:"duration" nullable:"true" doc:"null: until cancelled"`
	Piggyback          bool       `json:"piggyback" doc:"Sent in an answer, not by push"`
	State              string     `json:"state" enum:"pending,active,refused,cancelling,cancelled,ended,completed" doc:"pending: the VEN has not agreed yet; active: it has agreed, or has sent data; refused: it has refused; cancelling: cancelled, but the VEN has not confirmed that yet; cancelled: it has; ended: the VEN has registered its reports anew, or is no longer registered; completed: all requested data has come, or the time for it is over"`
	ReportToFollow     bool       `json:"reportToFollow" doc:"Cancelled with a last report"`
	CreatedAt          time.Time  `json:"createdAt"`
	CreatedBy          string     `json:"createdBy"`
	ToldAt             *time.Time `json:"toldAt" nullable:"true"`
	LastDataAt         *time.Time `json:"lastDataAt" nullable:"true"`
	EndedAt            *time.Time `json:"endedAt" nullable:"true"`
	ResponseCode       int        `json:"responseCode" doc:"What the VEN answered; 0: nothing yet"`
	LastError          string     `json:"lastError"`
}

// ReportOrder is what an operator asked for. It makes a [ReportRequest] for each
// matching report of a VEN.
type ReportOrder struct {
	OrderID            string     `json:"orderID"`
	Targets            Targets    `json:"targets"`
	ReportSpecifierID  string     `json:"reportSpecifierID"`
	RIDs               []string   `json:"rIDs" nullable:"false"`
	ReportName         string     `json:"reportName"`
	ReportType         string     `json:"reportType"`
	Measurement        string     `json:"measurement"`
	Granularity        string     `json:"granularity"`
	ReportBackDuration string     `json:"reportBackDuration"`
	Start              *time.Time `json:"start" nullable:"true"`
	Duration           *string    `json:"duration" nullable:"true"`
	Standing           bool       `json:"standing"`
	Piggyback          bool       `json:"piggyback"`
	CreatedAt          time.Time  `json:"createdAt"`
	CreatedBy          string     `json:"createdBy"`
	EndedAt            *time.Time `json:"endedAt" nullable:"true" doc:"When the order ended; no VEN is asked any more"`
	NotFitting         []Misfit   `json:"notFitting,omitempty" nullable:"false" doc:"Only if you read a standing order by its ID: the first hundred reports that it names but cannot ask for"`
}

// Misfit is a VEN's report that a standing order names but cannot ask for.
type Misfit struct {
	VENID             string `json:"venID"`
	ReportSpecifierID string `json:"reportSpecifierID"`
	Wrong
}

// ReportsRequested is what [ReportClient.RequestReports] made.
type ReportsRequested struct {
	Items  []ReportRequest `json:"items" nullable:"false" doc:"The first thousand requests; list report requests by orderID to get all"`
	Orders []ReportOrder   `json:"orders" nullable:"false"`
	Count  int             `json:"count" doc:"How many requests were made"`
}

// ReportClient is the part of a [Client] for reports: those that VENs offer, orders and
// requests.
type ReportClient struct{ api *connection }

// RequestReports asks for reports. spec is a [ReportRequestSpec],
// [ReportRequestSpecs], or their JSON as a [json.RawMessage]. If spec is one request
// with a venID and one request came of it, the result has no orders.
func (c *ReportClient) RequestReports(ctx context.Context, spec any) (*ReportsRequested, error) {
	out, err := send[struct {
		ReportRequest
		ReportsRequested
	}](ctx, c.api, http.MethodPost, "/report-requests", spec)
	if err != nil {
		return nil, err
	}
	if out.Items == nil {
		return &ReportsRequested{Items: []ReportRequest{out.ReportRequest}, Orders: []ReportOrder{}, Count: 1}, nil
	}
	return &out.ReportsRequested, nil
}

// ReportFilter chooses report requests. A field that is empty chooses all.
type ReportFilter struct {
	VENID, ReportSpecifierID, OrderID, State string
}

// ListReportRequests lists report requests, newest first. cursor is the Next of
// an earlier page, or empty; limit 0 is the server's choice.
func (c *ReportClient) ListReportRequests(ctx context.Context, f ReportFilter, cursor string, limit int) (*Page[ReportRequest], error) {
	return send[Page[ReportRequest]](ctx, c.api, http.MethodGet,
		"/report-requests"+page(cursor, limit, "venID", f.VENID, "reportSpecifierID", f.ReportSpecifierID, "orderID", f.OrderID, "state", f.State), nil)
}

// GetReportRequest reads a report request.
func (c *ReportClient) GetReportRequest(ctx context.Context, reportRequestID string) (*ReportRequest, error) {
	return send[ReportRequest](ctx, c.api, http.MethodGet, path("report-requests", reportRequestID), nil)
}

// ReportCancellation says how to cancel report requests.
type ReportCancellation struct {
	ReportToFollow bool // ask for a last report
	Piggyback      bool // send it in the answer to the VEN's next report, instead of by push
}

func (how ReportCancellation) query() string {
	return page("", 0, append(flag("reportToFollow", how.ReportToFollow), flag("piggyback", how.Piggyback)...)...)
}

// CancelReportRequest cancels a report request.
func (c *ReportClient) CancelReportRequest(ctx context.Context, reportRequestID string, how ReportCancellation) (*ReportRequest, error) {
	return send[ReportRequest](ctx, c.api, http.MethodDelete, path("report-requests", reportRequestID)+how.query(), nil)
}

// ReportOrderFilter chooses report orders. Its zero value chooses all.
type ReportOrderFilter struct {
	Standing bool // only orders by which VENs are still asked
}

// ListReportOrders lists report orders, newest first. cursor is the Next of an
// earlier page, or empty; limit 0 is the server's choice.
func (c *ReportClient) ListReportOrders(ctx context.Context, f ReportOrderFilter, cursor string, limit int) (*Page[ReportOrder], error) {
	return send[Page[ReportOrder]](ctx, c.api, http.MethodGet, "/report-orders"+page(cursor, limit, flag("standing", f.Standing)...), nil)
}

// GetReportOrder reads a report order.
func (c *ReportClient) GetReportOrder(ctx context.Context, orderID string) (*ReportOrder, error) {
	return send[ReportOrder](ctx, c.api, http.MethodGet, path("report-orders", orderID), nil)
}

// CancelReportOrder ends a report order and cancels its open requests.
func (c *ReportClient) CancelReportOrder(ctx context.Context, orderID string, how ReportCancellation) (*ReportOrder, error) {
	return send[ReportOrder](ctx, c.api, http.MethodDelete, path("report-orders", orderID)+how.query(), nil)
}

// PublishReports has the VTN tell a VEN again which reports the VTN offers.
func (c *ReportClient) PublishReports(ctx context.Context, venID string) error {
	_, err := send[struct{}](ctx, c.api, http.MethodPost, path("vens", venID)+"/publish-reports", nil)
	return err
}
