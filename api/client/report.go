package client

import (
	"context"
	"net/http"
	"time"
)

// ReportRequestSpec asks for reports, of one VEN or of all that the targets
// name. What chooses reports and is left out fits everything.
type ReportRequestSpec struct {
	VENID              string     `json:"venID,omitempty" doc:"The VEN to ask; or name targets"`
	Targets            *Targets   `json:"targets,omitempty" doc:"Whom to ask instead: the union of these VENs, those that offer such a report"`
	ReportSpecifierID  string     `json:"reportSpecifierID,omitempty" doc:"As the VEN registered it. METADATA asks for the registration of reports itself"`
	RIDs               []string   `json:"rIDs,omitempty" nullable:"false" doc:"Data points; without them all that fit"`
	ReportName         string     `json:"reportName,omitempty" example:"TELEMETRY_USAGE"`
	ReportType         string     `json:"reportType,omitempty" doc:"Data points of this type only" example:"usage"`
	Measurement        string     `json:"measurement,omitempty" doc:"Data points whose unit is of this type only" example:"powerReal"`
	Granularity        string     `json:"granularity,omitempty" default:"PT0S" doc:"Length of the intervals; PT0S: the VEN's own. PT0S for HISTORY reports, and without a reportBackDuration" example:"PT1M"`
	ReportBackDuration string     `json:"reportBackDuration,omitempty" default:"PT0S" doc:"How often to report; PT0S: once. PT0S for HISTORY reports; no longer than what the VEN keeps" example:"PT5M"`
	Start              *time.Time `json:"start,omitempty" nullable:"true" doc:"When to begin; of a HISTORY report, of the time that is wanted, no longer ago than what the VEN keeps. RFC 3339 with a zone, whole seconds; null: now, of a HISTORY report so long ago as the duration says. Null for TELEMETRY reports without a reportBackDuration"`
	Duration           *string    `json:"duration,omitempty" nullable:"true" doc:"For how long; null or PT0S: until cancelled, of a HISTORY report until now. Null for TELEMETRY reports without a reportBackDuration; a HISTORY report needs start or duration" example:"P1D"`
	Standing           bool       `json:"standing,omitempty" default:"false" doc:"Ask again whenever a VEN registers reports that fit: it forgets all requests with that. VENs that come later are asked, too"`
	Piggyback          bool       `json:"piggyback,omitempty" default:"false" doc:"Wait until the VEN registers its reports and ask in the answer, instead of pushing"`
}

// ReportRequestSpecs asks for several reports at once: what one VEN is asked for
// it is told in one message.
type ReportRequestSpecs struct {
	Requests []ReportRequestSpec `json:"requests" nullable:"false" minItems:"1" maxItems:"100"`
}

// ReportRequest is what one VEN is asked to report.
type ReportRequest struct {
	ReportRequestID    string     `json:"reportRequestID"`
	OrderID            string     `json:"orderID" doc:"The order it was made by"`
	VENID              string     `json:"venID"`
	ReportSpecifierID  string     `json:"reportSpecifierID"`
	ReportName         string     `json:"reportName"`
	RIDs               []string   `json:"rIDs" nullable:"false"`
	Granularity        string     `json:"granularity"`
	ReportBackDuration string     `json:"reportBackDuration" doc:"PT0S: once"`
	Start              *time.Time `json:"start" nullable:"true"`
	Duration           *string    `json:"duration" nullable:"true" doc:"null: until cancelled"`
	Piggyback          bool       `json:"piggyback" doc:"Told in an answer, not pushed"`
	State              string     `json:"state" enum:"pending,active,refused,cancelling,cancelled,ended,completed" doc:"pending: the VEN has not agreed so far; active: it agreed, or sent data; refused: it said no; cancelling: cancelled, not confirmed so far; ended: the VEN registered its reports anew, or is not registered any more; completed: what was asked for has come, or its time is over"`
	ReportToFollow     bool       `json:"reportToFollow" doc:"Cancelled with a last report"`
	CreatedAt          time.Time  `json:"createdAt"`
	CreatedBy          string     `json:"createdBy"`
	ToldAt             *time.Time `json:"toldAt" nullable:"true"`
	LastDataAt         *time.Time `json:"lastDataAt" nullable:"true"`
	EndedAt            *time.Time `json:"endedAt" nullable:"true"`
	ResponseCode       int        `json:"responseCode" doc:"What the VEN answered; 0: nothing so far"`
	LastError          string     `json:"lastError"`
}

// ReportOrder is a request for reports as it was given. The VENs are asked by
// the requests that name it.
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
	EndedAt            *time.Time `json:"endedAt" nullable:"true" doc:"Since then no VEN is asked for it any more"`
	NotFitting         []Misfit   `json:"notFitting,omitempty" nullable:"false" doc:"Of a standing order that was asked for by its ID: what it names and cannot ask for, the first hundred"`
}

// Misfit is a VEN's report that a standing order names and cannot ask for.
type Misfit struct {
	VENID             string `json:"venID"`
	ReportSpecifierID string `json:"reportSpecifierID"`
	Wrong
}

// ReportsRequested is what came of asking for reports.
type ReportsRequested struct {
	Items  []ReportRequest `json:"items" nullable:"false" doc:"The first thousand of the requests; the list of requests has all, by orderID"`
	Orders []ReportOrder   `json:"orders" nullable:"false"`
	Count  int             `json:"count" doc:"How many requests there are"`
}

// ReportClient is the part of a [Client] for reports: what VENs can report, and what they are asked for.
type ReportClient struct{ api *connection }

// RequestReports asks for reports by JSON: a [ReportRequestSpec],
// [ReportRequestSpecs], or a [json.RawMessage]. Where one VEN was asked by one
// request, the orders are not told.
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

// ReportFilter chooses report requests; what is empty chooses all.
type ReportFilter struct {
	VENID, ReportSpecifierID, OrderID, State string
}

// ListReportRequests lists report requests, newest first. cursor is the Next of
// an earlier page, or empty; limit 0 is the server's choice.
func (c *ReportClient) ListReportRequests(ctx context.Context, f ReportFilter, cursor string, limit int) (*Page[ReportRequest], error) {
	return send[Page[ReportRequest]](ctx, c.api, http.MethodGet,
		"/report-requests"+page(cursor, limit, "venID", f.VENID, "reportSpecifierID", f.ReportSpecifierID, "orderID", f.OrderID, "state", f.State), nil)
}

// GetReportRequest finds a report request.
func (c *ReportClient) GetReportRequest(ctx context.Context, reportRequestID string) (*ReportRequest, error) {
	return send[ReportRequest](ctx, c.api, http.MethodGet, path("report-requests", reportRequestID), nil)
}

// ReportCancellation says how to cancel report requests.
type ReportCancellation struct {
	ReportToFollow bool // with a last report
	Piggyback      bool // told in the answer to the VEN's next report, instead of by push
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
	Standing bool // only those by which VENs are still asked
}

// ListReportOrders lists report orders, newest first. cursor is the Next of an
// earlier page, or empty; limit 0 is the server's choice.
func (c *ReportClient) ListReportOrders(ctx context.Context, f ReportOrderFilter, cursor string, limit int) (*Page[ReportOrder], error) {
	return send[Page[ReportOrder]](ctx, c.api, http.MethodGet, "/report-orders"+page(cursor, limit, flag("standing", f.Standing)...), nil)
}

// GetReportOrder finds an order.
func (c *ReportClient) GetReportOrder(ctx context.Context, orderID string) (*ReportOrder, error) {
	return send[ReportOrder](ctx, c.api, http.MethodGet, path("report-orders", orderID), nil)
}

// CancelReportOrder ends an order and cancels its requests.
func (c *ReportClient) CancelReportOrder(ctx context.Context, orderID string, how ReportCancellation) (*ReportOrder, error) {
	return send[ReportOrder](ctx, c.api, http.MethodDelete, path("report-orders", orderID)+how.query(), nil)
}

// PublishReports has the VTN tell a VEN again what it can report itself.
func (c *ReportClient) PublishReports(ctx context.Context, venID string) error {
	_, err := send[struct{}](ctx, c.api, http.MethodPost, path("vens", venID)+"/publish-reports", nil)
	return err
}
