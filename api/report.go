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

// Reports is what the API needs of a [VTN] for reports: what VENs can report, and
// what they are asked for.
type Reports interface {
	RequestReports(ctx context.Context, specs []core.ReportSpec, by string) ([]*core.ReportOrder, []*core.ReportRequest, error)
	CancelReport(ctx context.Context, reportRequestID string, how core.ReportCancellation, by string) (*core.ReportRequest, error)
	CancelReportOrder(ctx context.Context, orderID string, how core.ReportCancellation, by string) (*core.ReportOrder, error)
	PublishReports(ctx context.Context, venID, by string) error

	ReportRequest(ctx context.Context, reportRequestID string) (*core.ReportRequest, error)
	ReportRequests(ctx context.Context, f core.ReportFilter, before int64, limit int) (requests []*core.ReportRequest, next int64, err error)
	ReportStatus(r *core.ReportRequest) core.ReportState
	ReportOrder(ctx context.Context, orderID string) (*core.ReportOrder, error)
	ReportOrders(ctx context.Context, standing bool, before int64, limit int) (orders []*core.ReportOrder, next int64, err error)
	Misfits(ctx context.Context, o *core.ReportOrder) ([]core.Misfit, error)
	VENReports(ctx context.Context, venID string) ([]core.ReportOffer, error)
}

type reportHandlers struct{ vtn Reports }

func (h *reportHandlers) register(api huma.API) {
	request := operation("requestReports", http.MethodPost, "/report-requests", "Ask VENs for reports")
	request.Description = "What one VEN is asked for in one call it is told in one message. " +
		"One request that names a venID and makes one request of it is answered with that; anything else with all that was made."
	request.Responses = answers(http.StatusCreated, either(schemaOf[client.ReportRequest](api), schemaOf[client.ReportsRequested](api)))
	add(api, request, body{jsonType: {Schema: either(schemaOf[client.ReportRequestSpec](api), schemaOf[client.ReportRequestSpecs](api))}}, h.requestReports)

	list := operation("listReportRequests", http.MethodGet, "/report-requests", "List report requests, newest first")
	list.Description = "With a state, a part may be shorter than its limit, even empty: go on while there is a next."
	add(api, list, nil, h.listReportRequests)
	add(api, operation("getReportRequest", http.MethodGet, "/report-requests/{reportRequestID}", "Show a report request"), nil, h.getReportRequest)
	cancel := operation("cancelReportRequest", http.MethodDelete, "/report-requests/{reportRequestID}", "Cancel a report request")
	cancel.Description = "It stays on record, as do its data. Until the VEN confirms it, what it reports still counts. An order for this VEN alone ends with it."
	add(api, cancel, nil, h.cancelReportRequest)

	add(api, operation("listReportOrders", http.MethodGet, "/report-orders", "List what reports were asked for, newest first"), nil, h.listReportOrders)
	add(api, operation("getReportOrder", http.MethodGet, "/report-orders/{orderID}", "Show an order of reports"), nil, h.getReportOrder)
	add(api, operation("cancelReportOrder", http.MethodDelete, "/report-orders/{orderID}", "End an order and cancel its open requests"), nil, h.cancelReportOrder)

	add(api, operation("listVENReports", http.MethodGet, "/vens/{venID}/reports", "List what a VEN can report"), nil, h.listVENReports)
	publish := accepting("publishReports", "/vens/{venID}/publish-reports", "Tell a VEN again what the VTN can report itself")
	publish.Description = "What else there is to push to the VEN waits for its answer to that, ten seconds at most."
	add(api, publish, nil, h.publishReports)
}

// maxMade bounds the requests that one answer lists.
const maxMade = 1000

func (h *reportHandlers) requestReports(ctx context.Context, in *document) (*located[any], error) {
	members, err := decodeObject(in.RawBody)
	if err != nil {
		return nil, refuse(ctx, err, "")
	}
	ask, err := parse(members, readReports)
	if err != nil {
		return nil, refuse(ctx, err, "")
	}
	orders, requests, err := h.vtn.RequestReports(ctx, ask.specs, by)
	if err != nil {
		return nil, refuse(ctx, ask.restate(err), "")
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

// restate names the fields of a refusal as the operator stated them.
func (a *reportsAsked) restate(err error) error {
	var invalid *core.InvalidError
	if !errors.As(err, &invalid) {
		return err
	}
	out := &core.InvalidError{}
	for _, p := range invalid.Problems {
		place, field, i := "", p.Field, 0
		if inside, rest, ok := strings.Cut(p.Field, "]."); ok && strings.HasPrefix(inside, "requests[") {
			if n, err := strconv.Atoi(inside[len("requests["):]); err == nil && n < len(a.byVENID) {
				place, field, i = inside+"].", rest, n
			}
		}
		switch {
		case a.byVENID[i] && strings.HasPrefix(field, "targets"):
			field = "venID"
		case !a.byVENID[i] && field == "venID":
			field = "targets.venIDs[0]"
		}
		if !a.one && place == "" && field != "requests" {
			place = "requests[0]."
		}
		out.Problems = append(out.Problems, core.Problem{Field: place + field, Rule: p.Rule, Reason: p.Reason})
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
	before, err := number(in.Cursor)
	if err != nil {
		return nil, refuse(ctx, err, "")
	}
	f := core.ReportFilter{VENID: in.VENID, SpecifierID: in.ReportSpecifierID, OrderID: in.OrderID, State: core.ReportState(in.State)}
	requests, next, err := h.vtn.ReportRequests(ctx, f, before, in.Limit)
	if err != nil {
		return nil, refuse(ctx, err, "")
	}
	page := client.Page[client.ReportRequest]{Items: []client.ReportRequest{}, Next: cursor(next)}
	for _, r := range requests {
		page.Items = append(page.Items, h.showReportRequest(r))
	}
	return &answered[client.Page[client.ReportRequest]]{&page}, nil
}

func (h *reportHandlers) getReportRequest(ctx context.Context, in *reportRequestPath) (*answered[client.ReportRequest], error) {
	r, err := h.vtn.ReportRequest(ctx, in.ReportRequestID)
	if err != nil {
		return nil, refuse(ctx, err, reportRequestNamed(in.ReportRequestID))
	}
	out := h.showReportRequest(r)
	return &answered[client.ReportRequest]{&out}, nil
}

// Cancellation is how to cancel report requests.
type Cancellation struct {
	ReportToFollow bool `query:"reportToFollow" doc:"Ask for a last report"`
	Piggyback      bool `query:"piggyback" doc:"Tell the VEN in the answer to its next report for it, instead of by push; it is pushed where the VEN ignores that, or a minute after that report was due"`
}

func (c Cancellation) how() core.ReportCancellation {
	return core.ReportCancellation{ToFollow: c.ReportToFollow, Piggyback: c.Piggyback}
}

func (h *reportHandlers) cancelReportRequest(ctx context.Context, in *struct {
	ReportRequestID string `path:"reportRequestID"`
	Cancellation
}) (*answered[client.ReportRequest], error) {
	r, err := h.vtn.CancelReport(ctx, in.ReportRequestID, in.how(), by)
	if err != nil {
		return nil, refuse(ctx, err, reportRequestNamed(in.ReportRequestID))
	}
	out := h.showReportRequest(r)
	return &answered[client.ReportRequest]{&out}, nil
}

func (h *reportHandlers) listReportOrders(ctx context.Context, in *struct {
	Standing bool `query:"standing" doc:"Only those by which VENs are still asked"`
	Paging
}) (*answered[client.Page[client.ReportOrder]], error) {
	before, err := number(in.Cursor)
	if err != nil {
		return nil, refuse(ctx, err, "")
	}
	orders, next, err := h.vtn.ReportOrders(ctx, in.Standing, before, in.Limit)
	if err != nil {
		return nil, refuse(ctx, err, "")
	}
	page := client.Page[client.ReportOrder]{Items: []client.ReportOrder{}, Next: cursor(next)}
	for _, o := range orders {
		page.Items = append(page.Items, showReportOrder(o))
	}
	return &answered[client.Page[client.ReportOrder]]{&page}, nil
}

type reportOrderPath struct {
	OrderID string `path:"orderID"`
}

func (h *reportHandlers) getReportOrder(ctx context.Context, in *reportOrderPath) (*answered[client.ReportOrder], error) {
	o, err := h.vtn.ReportOrder(ctx, in.OrderID)
	if err != nil {
		return nil, refuse(ctx, err, reportOrderNamed(in.OrderID))
	}
	misfits, err := h.vtn.Misfits(ctx, o)
	if err != nil {
		return nil, refuse(ctx, err, "")
	}
	out := showReportOrder(o)
	for _, m := range misfits {
		out.NotFitting = append(out.NotFitting, client.Misfit{VENID: m.VENID, ReportSpecifierID: m.SpecifierID, Wrong: client.Wrong{Field: m.Field, Rule: m.Rule, Message: m.Reason}})
	}
	return &answered[client.ReportOrder]{&out}, nil
}

func (h *reportHandlers) cancelReportOrder(ctx context.Context, in *struct {
	OrderID string `path:"orderID"`
	Cancellation
}) (*answered[client.ReportOrder], error) {
	o, err := h.vtn.CancelReportOrder(ctx, in.OrderID, in.how(), by)
	if err != nil {
		return nil, refuse(ctx, err, reportOrderNamed(in.OrderID))
	}
	out := showReportOrder(o)
	return &answered[client.ReportOrder]{&out}, nil
}

func (h *reportHandlers) listVENReports(ctx context.Context, in *venPath) (*answered[client.Page[client.VENReport]], error) {
	offers, err := h.vtn.VENReports(ctx, in.VENID)
	if err != nil {
		return nil, refuse(ctx, err, venNamed(in.VENID))
	}
	page := client.Page[client.VENReport]{Items: []client.VENReport{}}
	for i := range offers {
		page.Items = append(page.Items, showVENReport(&offers[i]))
	}
	return &answered[client.Page[client.VENReport]]{&page}, nil
}

func (h *reportHandlers) publishReports(ctx context.Context, in *venPath) (*struct{}, error) {
	if err := h.vtn.PublishReports(ctx, in.VENID, by); err != nil {
		return nil, refuse(ctx, err, venNamed(in.VENID))
	}
	return nil, nil
}

func reportRequestNamed(id string) string { return "report request " + strconv.Quote(excerpt.Of(id)) }
func reportOrderNamed(id string) string   { return "report order " + strconv.Quote(excerpt.Of(id)) }
