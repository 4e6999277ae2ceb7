package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
)

// Reports is what the API needs of a [VTN] for reports: those that VENs offer, orders
// and requests.
type Reports interface {
	RequestReports(ctx context.Context, specs []core.ReportSpec, by string) ([]*core.ReportOrder, []*core.ReportRequest, error)
	CancelReport(ctx context.Context, reportRequestID string, how core.ReportCancellation, by string) (*core.ReportRequest, error)
	CancelReportOrder(ctx context.Context, orderID string, how core.ReportCancellation, by string) (*core.ReportOrder, error)
	PublishReports(ctx context.Context, venID, by string) error

	ReportRequest(ctx context.Context, reportRequestID string) (*core.ReportRequest, error)
	ReportRequests(ctx context.Context, f core.ReportFilter, before int64, limit int) (requests []*core.ReportRequest, next int64, err error)
	ReportStatus(r *core.ReportRequest) core.ReportState
	ReportOrder(ctx context.Context, orderID string) (*core.ReportOrder, error)
	ReportOrders(ctx context.Context, f core.ReportOrderFilter, before int64, limit int) (orders []*core.ReportOrder, next int64, err error)
	Misfits(ctx context.Context, o *core.ReportOrder) ([]core.Misfit, error)
	VENReports(ctx context.Context, venID string) ([]core.ReportOffer, error)
}

type reportHandlers struct{ vtn Reports }

func (h *reportHandlers) register(api huma.API) {
	request := operation("requestReports", http.MethodPost, "/report-requests", "Ask VENs for reports")
	request.Description = "Everything that one call asks of a VEN goes to the VEN in one message. " +
		"If the body is one request with a venID, and one report request comes of it, that is the answer. Otherwise the answer lists everything that was made."
	request.Responses = answers(http.StatusCreated, either(schemaOf[client.ReportRequest](api), schemaOf[client.ReportsRequested](api)))
	add(api, request, body{jsonType: {Schema: either(schemaOf[client.ReportRequestSpec](api), schemaOf[client.ReportRequestSpecs](api))}}, h.requestReports)

	list := operation("listReportRequests", http.MethodGet, "/report-requests", "List report requests, newest first")
	list.Description = "With a state, a page may be shorter than its limit, even empty: there is more while it has a next."
	add(api, list, nil, h.listReportRequests)
	add(api, operation("getReportRequest", http.MethodGet, "/report-requests/{reportRequestID}", "Show a report request"), nil, h.getReportRequest)
	cancel := operation("cancelReportRequest", http.MethodDelete, "/report-requests/{reportRequestID}", "Cancel a report request")
	cancel.Description = "The request and its data are kept. Until the VEN confirms the cancellation, what it reports is still stored. An order for this VEN alone ends as well."
	add(api, cancel, nil, h.cancelReportRequest)

	add(api, operation("listReportOrders", http.MethodGet, "/report-orders", "List report orders, newest first"), nil, h.listReportOrders)
	add(api, operation("getReportOrder", http.MethodGet, "/report-orders/{orderID}", "Show a report order"), nil, h.getReportOrder)
	add(api, operation("cancelReportOrder", http.MethodDelete, "/report-orders/{orderID}", "End a report order and cancel its open requests"), nil, h.cancelReportOrder)

	add(api, operation("listVENReports", http.MethodGet, "/vens/{venID}/reports", "List the reports that a VEN offers"), nil, h.listVENReports)
	publish := accepting("publishReports", "/vens/{venID}/publish-reports", "Tell a VEN again which reports the VTN offers itself")
	publish.Description = "Everything else for the VEN waits until it has answered, for ten seconds at most."
	add(api, publish, nil, h.publishReports)
}

// maxMade limits how many requests one answer lists.
const maxMade = 1000

func (h *reportHandlers) requestReports(ctx context.Context, in *document) (*located[any], error) {
	members, err := decodeObject(in.RawBody)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	ask, err := parse(members, readReports)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	orders, requests, err := h.vtn.RequestReports(ctx, ask.specs, by(ctx))
	if err != nil {
		return nil, refuse(ctx, ask.restate(err))
	}
	if ask.one && ask.byVENID[0] && len(requests) == 1 {
		return locate(prefix+"/report-requests/"+url.PathEscape(requests[0].ReportRequestID), h.showReportRequest(requests[0])), nil
	}
	out := client.ReportsRequested{Items: []client.ReportRequest{}, Orders: []client.ReportOrder{}, Count: len(requests)}
	for _, r := range requests[:min(len(requests), maxMade)] {
		out.Items = append(out.Items, h.showReportRequest(r))
	}
	for _, o := range orders {
		out.Orders = append(out.Orders, showReportOrder(o))
	}
	location := ""
	if len(orders) == 1 {
		location = prefix + "/report-orders/" + url.PathEscape(orders[0].OrderID)
	}
	return locate(location, out), nil
}

func locate(location string, body any) *located[any] { return &located[any]{location, &body} }

// restate names the fields of a refusal as the operator's document names them: core
// knows a list of requests, each with targets.
func (a *reportsAsked) restate(err error) error {
	var invalid *core.InvalidError
	if !errors.As(err, &invalid) {
		return err
	}
	out := &core.InvalidError{}
	for _, p := range invalid.Problems {
		path, field, i := "", p.Field, 0
		if inside, rest, ok := strings.Cut(p.Field, "]."); ok && strings.HasPrefix(inside, "requests[") {
			if n, err := strconv.Atoi(inside[len("requests["):]); err == nil && n < len(a.byVENID) {
				path, field, i = inside+"].", rest, n
			}
		}
		switch {
		case a.byVENID[i] && strings.HasPrefix(field, "targets"):
			field = "venID"
		case !a.byVENID[i] && field == "venID":
			field = "targets.venIDs[0]"
		}
		if !a.one && path == "" && field != "requests" {
			path = "requests[0]."
		}
		out.Problems = append(out.Problems, core.Problem{Field: path + field, Rule: p.Rule, Reason: p.Reason})
	}
	return out
}

type reportRequestPath struct {
	ReportRequestID string `path:"reportRequestID"`
}

func (h *reportHandlers) listReportRequests(ctx context.Context, in *struct {
	VENID             string `query:"venID" maxLength:"1000"`
	ReportSpecifierID string `query:"reportSpecifierID" maxLength:"1000"`
	OrderID           string `query:"orderID" maxLength:"1000"`
	State             string `query:"state" enum:"pending,active,refused,cancelling,cancelled,ended,completed"`
	Paging
}) (*answered[client.Page[client.ReportRequest]], error) {
	before, err := parseNumber(in.Cursor)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	f := core.ReportFilter{VENID: in.VENID, SpecifierID: in.ReportSpecifierID, OrderID: in.OrderID, State: core.ReportState(in.State)}
	requests, next, err := h.vtn.ReportRequests(ctx, f, before, in.Limit)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	return answerPage(requests, formatNumber(next), h.showReportRequest), nil
}

func (h *reportHandlers) getReportRequest(ctx context.Context, in *reportRequestPath) (*answered[client.ReportRequest], error) {
	r, err := h.vtn.ReportRequest(ctx, in.ReportRequestID)
	if err != nil {
		return nil, refuseOf(ctx, err, reportRequestNamed(in.ReportRequestID))
	}
	return answer(h.showReportRequest(r)), nil
}

// Cancellation says how to cancel report requests.
type Cancellation struct {
	ReportToFollow bool `query:"reportToFollow" doc:"Ask the VEN for a last report"`
	Piggyback      bool `query:"piggyback" doc:"Tell the VEN in the answer to its next report for this request, instead of by push. If the VEN ignores that, or sends none until a minute after it was due, the cancellation is pushed"`
}

func (c Cancellation) how() core.ReportCancellation {
	return core.ReportCancellation{ToFollow: c.ReportToFollow, Piggyback: c.Piggyback}
}

func (h *reportHandlers) cancelReportRequest(ctx context.Context, in *struct {
	ReportRequestID string `path:"reportRequestID"`
	Cancellation
}) (*answered[client.ReportRequest], error) {
	r, err := h.vtn.CancelReport(ctx, in.ReportRequestID, in.how(), by(ctx))
	if err != nil {
		return nil, refuseOf(ctx, err, reportRequestNamed(in.ReportRequestID))
	}
	return answer(h.showReportRequest(r)), nil
}

func (h *reportHandlers) listReportOrders(ctx context.Context, in *struct {
	Standing bool `query:"standing" doc:"Only orders by which VENs are still asked"`
	Paging
}) (*answered[client.Page[client.ReportOrder]], error) {
	before, err := parseNumber(in.Cursor)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	orders, next, err := h.vtn.ReportOrders(ctx, core.ReportOrderFilter{Standing: in.Standing}, before, in.Limit)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	return answerPage(orders, formatNumber(next), showReportOrder), nil
}

type reportOrderPath struct {
	OrderID string `path:"orderID"`
}

func (h *reportHandlers) getReportOrder(ctx context.Context, in *reportOrderPath) (*answered[client.ReportOrder], error) {
	o, err := h.vtn.ReportOrder(ctx, in.OrderID)
	if err != nil {
		return nil, refuseOf(ctx, err, reportOrderNamed(in.OrderID))
	}
	misfits, err := h.vtn.Misfits(ctx, o)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	out := showReportOrder(o)
	for _, m := range misfits {
		out.NotFitting = append(out.NotFitting, client.Misfit{VENID: m.VENID, ReportSpecifierID: m.SpecifierID, Wrong: client.Wrong{Field: m.Field, Rule: m.Rule, Message: m.Reason}})
	}
	return answer(out), nil
}

func (h *reportHandlers) cancelReportOrder(ctx context.Context, in *struct {
	OrderID string `path:"orderID"`
	Cancellation
}) (*answered[client.ReportOrder], error) {
	o, err := h.vtn.CancelReportOrder(ctx, in.OrderID, in.how(), by(ctx))
	if err != nil {
		return nil, refuseOf(ctx, err, reportOrderNamed(in.OrderID))
	}
	return answer(showReportOrder(o)), nil
}

func (h *reportHandlers) listVENReports(ctx context.Context, in *venPath) (*answered[client.Page[client.VENReport]], error) {
	offers, err := h.vtn.VENReports(ctx, in.VENID)
	if err != nil {
		return nil, refuseOf(ctx, err, venNamed(in.VENID))
	}
	return answerPage(offers, "", showVENReport), nil
}

func (h *reportHandlers) publishReports(ctx context.Context, in *venPath) (*struct{}, error) {
	if err := h.vtn.PublishReports(ctx, in.VENID, by(ctx)); err != nil {
		return nil, refuseOf(ctx, err, venNamed(in.VENID))
	}
	return nil, nil
}

func reportRequestNamed(id string) string { return "report request " + strconv.Quote(excerpt.Of(id)) }
func reportOrderNamed(id string) string   { return "report order " + strconv.Quote(excerpt.Of(id)) }
