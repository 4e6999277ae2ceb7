package api

import (
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

// reportOperations registers everything about reports.
func (s *Server) reportOperations(api huma.API) {
	request := operation("requestReports", http.MethodPost, "/report-requests", "Ask VENs for reports")
	request.Description = "What one VEN is asked for in one call it is told in one message. " +
		"One request that names a venID and makes one request of it is answered with that; anything else with all that was made."
	request.Responses = answers(http.StatusCreated, either(schema[client.ReportRequest](api), schema[client.ReportsRequested](api)))
	add(api, request, body{jsonType: {Schema: either(schema[client.ReportRequestSpec](api), schema[client.ReportRequestSpecs](api))}}, s.requestReports)

	list := operation("listReportRequests", http.MethodGet, "/report-requests", "List report requests, newest first")
	list.Description = "With a state, a part may be shorter than its limit, even empty: go on while there is a next."
	add(api, list, nil, s.listReportRequests)
	add(api, operation("getReportRequest", http.MethodGet, "/report-requests/{reportRequestID}", "Show a report request"), nil, s.getReportRequest)
	cancel := operation("cancelReportRequest", http.MethodDelete, "/report-requests/{reportRequestID}", "Cancel a report request")
	cancel.Description = "It stays on record, as do its data. Until the VEN confirms it, what it reports still counts. An order for this VEN alone ends with it."
	add(api, cancel, nil, s.cancelReportRequest)

	add(api, operation("listReportOrders", http.MethodGet, "/report-orders", "List what reports were asked for, newest first"), nil, s.listReportOrders)
	add(api, operation("getReportOrder", http.MethodGet, "/report-orders/{orderID}", "Show an order of reports"), nil, s.getReportOrder)
	add(api, operation("cancelReportOrder", http.MethodDelete, "/report-orders/{orderID}", "End an order and cancel its open requests"), nil, s.cancelReportOrder)

	add(api, operation("listVENReports", http.MethodGet, "/vens/{venID}/reports", "List what a VEN can report"), nil, s.listVENReports)
	publish := accepting("publishReports", "/vens/{venID}/publish-reports", "Tell a VEN again what the VTN can report itself")
	publish.Description = "What else there is to push to the VEN waits for its answer to that, ten seconds at most."
	add(api, publish, nil, s.publishReports)

	add(api, dataOperation(api, "getReportData", "/report-requests/{reportRequestID}/data", "List or download the data of a report request"), nil, s.reportData)
	add(api, dataOperation(api, "getVENReportData", "/vens/{venID}/data", "List or download the data of a VEN's report, whatever request it came for"), nil, s.venReportData)
}

const (
	jsonType = "application/json"
	csvType  = "text/csv"
)

func dataOperation(api huma.API, id, path, summary string) huma.Operation {
	op := operation(id, http.MethodGet, path, summary)
	op.Description = "Oldest first. Without a format it is a part of the data; it may be shorter than its limit, even empty: go on while there is a next.\n\n" +
		"format=csv, or Accept: text/csv, downloads all of it as CSV (RFC 4180, UTF-8) under a line with the names of the columns: " +
		"those of the JSON, with those inside status by their path, and several Green Button feeds in one cell, each on a line of its own. " +
		"So that no program takes a text of the VEN's for a formula, a text that begins with = + - @, with their full-width forms, with ', a tab or a line end has a ' before it; numbers stand as they are.\n\n" +
		"format=json downloads all of it as the JSON of one part without a next. A download that fails is cut off: the transfer ends without its last chunk, and JSON before its end."
	op.Responses = answers(http.StatusOK, schema[client.Page[client.ReportValue]](api))
	op.Responses["200"].Content[csvType] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	return op
}

// schema is the JSON of a thing.
func schema[T any](api huma.API) *huma.Schema { return whole[T](api)[jsonType].Schema }

func either(schemas ...*huma.Schema) *huma.Schema { return &huma.Schema{OneOf: schemas} }

// answers is the good answer of an operation that can be more than one thing.
func answers(status int, s *huma.Schema) map[string]*huma.Response {
	return map[string]*huma.Response{strconv.Itoa(status): {
		Description: http.StatusText(status),
		Content:     map[string]*huma.MediaType{jsonType: {Schema: s}},
	}}
}
