package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

func TestR3RequestForOneReport(t *testing.T) {
	r := startReports(t)
	r.reports("ven-1")
	a := r.do(http.MethodPost, requests, `{"venID": "ven-1", "reportSpecifierID": "telemetry", "rIDs": ["power"], "granularity": "PT1M",
		"reportBackDuration": "PT5M", "start": "2026-11-24T14:00:00+01:00", "duration": "P1D"}`)
	if a.status != http.StatusCreated {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	var made client.ReportRequest
	if err := json.Unmarshal([]byte(a.body), &made); err != nil {
		t.Fatal(err)
	}
	if a.header.Get("Location") != requests+"/"+made.ReportRequestID || made.ReportRequestID == "" || made.OrderID == "" {
		t.Errorf("Location %q: %s", a.header.Get("Location"), a.body)
	}
	const whole = `{"venID": "ven-1", "reportSpecifierID": "telemetry", "reportName": "TELEMETRY_USAGE", "rIDs": ["power"], "granularity": "PT1M",
		"reportBackDuration": "PT5M", "start": "2026-11-24T13:00:00Z", "duration": "P1D", "piggyback": false, "reportToFollow": false,
		"createdAt": "2026-11-24T12:00:00Z", "createdBy": "local", "toldAt": null, "lastDataAt": null, "endedAt": null, "responseCode": 0, "lastError": "", "state": "pending"}`
	same(t, a.body, whole)
	if got := r.do(http.MethodGet, requests+"/"+made.ReportRequestID, ""); got.body != a.body {
		t.Errorf("GET answers %s", got.body)
	}
	order := r.do(http.MethodGet, "/api/v1/report-orders/"+made.OrderID, "")
	same(t, order.body, `{"targets": {"all": false, "venIDs": ["ven-1"], "groups": [], "resources": [], "parties": [], "marketContexts": []}, "reportSpecifierID": "telemetry",
		"rIDs": ["power"], "reportName": "", "reportType": "", "measurement": "", "granularity": "PT1M", "reportBackDuration": "PT5M", "start": "2026-11-24T13:00:00Z",
		"duration": "P1D", "standing": false, "piggyback": false, "createdAt": "2026-11-24T12:00:00Z", "createdBy": "local", "endedAt": null}`)

	r.say("ven-1", &oadr.CreatedReport{Response: oadr.EIResponse{Code: oadr.CodeOK}, Pending: []string{made.ReportRequestID}, VENID: "ven-1"})
	r.sends(made, minutes(0, 1)...)
	same(t, r.do(http.MethodGet, requests+"/"+made.ReportRequestID, "").body,
		`{"state": "active", "toldAt": "2026-11-24T12:00:00Z", "lastDataAt": "2026-11-24T12:00:00Z", "responseCode": 200}`)

	// What can be left out may be null.
	a = r.do(http.MethodPost, requests, `{"venID": "ven-1", "reportSpecifierID": "telemetry", "rIDs": [], "start": null, "duration": null, "piggyback": true}`)
	same(t, a.body, `{"rIDs": ["power", "=voltage"], "granularity": "PT0S", "reportBackDuration": "PT0S", "start": null, "duration": null, "piggyback": true}`)
}

func TestR3SeveralReportsAtOnce(t *testing.T) {
	r := startReports(t)
	r.reports("ven-1", "north")
	r.reports("ven-2", "north")
	for _, x := range []struct {
		name, body string
		requests   []string // venID and reportSpecifierID
		orders     int
	}{
		{"by group", `{"targets": {"groups": ["north"]}, "reportSpecifierID": "telemetry"}`, []string{"ven-1 telemetry", "ven-2 telemetry"}, 1},
		{"by measurement", `{"targets": {"all": true}, "measurement": "powerReal"}`, []string{"ven-1 telemetry", "ven-2 telemetry"}, 1},
		{"by name", `{"targets": {"all": true}, "reportName": "TELEMETRY_STATUS"}`, []string{"ven-1 status", "ven-2 status"}, 1},
		{"all of one VEN's", `{"venID": "ven-1"}`, []string{"ven-1 status", "ven-1 telemetry"}, 1},
		{"one by targets", `{"targets": {"venIDs": ["ven-2"]}, "reportType": "demand"}`, []string{"ven-2 telemetry"}, 1},
		{"two in one message", `{"requests": [{"venID": "ven-1", "reportSpecifierID": "telemetry"}, {"venID": "ven-1", "reportSpecifierID": "status"}]}`,
			[]string{"ven-1 status", "ven-1 telemetry"}, 2},
		{"a list of one", `{"requests": [{"venID": "ven-1", "reportSpecifierID": "status"}]}`, []string{"ven-1 status"}, 1},
		{"nobody so far", `{"targets": {"groups": ["north"]}, "measurement": "frequency", "standing": true}`, nil, 1},
	} {
		t.Run(x.name, func(t *testing.T) {
			a := r.do(http.MethodPost, requests, x.body)
			if a.status != http.StatusCreated {
				t.Fatalf("status %d: %s", a.status, a.body)
			}
			var made client.ReportsRequested
			if err := json.Unmarshal([]byte(a.body), &made); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, one := range made.Items {
				got = append(got, one.VENID+" "+one.ReportSpecifierID)
			}
			slices.Sort(got)
			if !slices.Equal(got, x.requests) || made.Count != len(x.requests) || len(made.Orders) != x.orders {
				t.Errorf("made %v in %d orders: %s", got, len(made.Orders), a.body)
			}
			location := ""
			if x.orders == 1 {
				location = "/api/v1/report-orders/" + made.Orders[0].OrderID
			}
			if a.header.Get("Location") != location {
				t.Errorf("Location %q, want %q", a.header.Get("Location"), location)
			}
			if made.Items == nil || strings.Contains(a.body, "null,\"orders\"") {
				t.Errorf("items is null: %s", a.body)
			}
		})
	}
}

func TestBadReportRequests(t *testing.T) {
	r := startReports(t)
	r.reports("ven-1", "north")
	r.joins("mute")
	r.addVEN(client.VENSpec{VENID: "stranger"})
	good := `{"venID": "ven-1", "reportSpecifierID": "telemetry"}`
	for _, x := range []struct{ name, body, field, rule, says string }{
		{"an rID never registered", `{"venID": "ven-1", "reportSpecifierID": "telemetry", "rIDs": ["power", "never"]}`, "rIDs[1]", "R3", "there are: power, =voltage"},
		{"an unknown report", `{"venID": "ven-1", "reportSpecifierID": "never"}`, "reportSpecifierID", "R3", "there are: status, telemetry"},
		{"an unknown VEN", `{"venID": "nobody", "reportSpecifierID": "telemetry"}`, "venID", "E1", "nobody"},
		{"an unknown VEN by targets", `{"targets": {"venIDs": ["ven-1", "nobody"]}}`, "targets.venIDs[1]", "E1", "nobody"},
		{"a VEN without reports", `{"venID": "mute"}`, "venID", "R3", "no reports"},
		{"one without, by targets", `{"targets": {"venIDs": ["mute"]}}`, "targets.venIDs[0]", "R3", "no reports"},
		{"a VEN that is not registered", `{"venID": "stranger"}`, "venID", "R3", "not registered"},
		{"an empty venID", `{"venID": ""}`, "venID", "E1", "empty"},
		{"nobody", `{"reportSpecifierID": "telemetry"}`, "venID", "", "targets"},
		{"both", `{"venID": "ven-1", "targets": {"all": true}}`, "targets", "", "one of the two"},
		{"empty targets", `{"targets": {}}`, "targets", "E1", "at least one"},
		{"a granularity it has not", `{"venID": "ven-1", "reportSpecifierID": "telemetry", "granularity": "PT1S", "reportBackDuration": "PT5M"}`, "granularity", "R3", "PT1M to PT1H"},
		{"a granularity over the period", `{"venID": "ven-1", "granularity": "PT10M", "reportBackDuration": "PT5M"}`, "reportBackDuration", "R3", "shorter"},
		{"a negative duration", `{"venID": "ven-1", "duration": "-PT1M"}`, "duration", "", "negative"},
		{"a start without a zone", `{"venID": "ven-1", "start": "2026-11-24T12:00:00"}`, "start", "", "zone"},
		{"a start in 1900", `{"venID": "ven-1", "start": "1900-01-01T00:00:00Z"}`, "start", "", "1970"},
		{"an unknown member", `{"venID": "ven-1", "rID": "power"}`, "rID", "", "not known"},
		{"a number", `{"venID": 1}`, "venID", "", "text"},
		{"standing by text", `{"venID": "ven-1", "standing": "yes"}`, "standing", "", "true or false"},
		{"rIDs that are no list", `{"venID": "ven-1", "rIDs": "power"}`, "rIDs", "", "list"},
		{"something beside requests", `{"requests": [` + good + `], "venID": "ven-1"}`, "venID", "", "not known"},
		{"no requests", `{"requests": []}`, "requests", "", "at least one"},
		{"too many requests", `{"requests": [` + strings.Repeat(good+",", 100) + good + `]}`, "requests", "", "100"},
		{"the second of two", `{"requests": [` + good + `, {"venID": "ven-1", "rIDs": ["never"], "reportSpecifierID": "telemetry"}]}`, "requests[1].rIDs[0]", "R3", "there are"},
		{"the VEN of the second", `{"requests": [` + good + `, {"venID": "nobody"}]}`, "requests[1].venID", "E1", "nobody"},
		{"the second without a VEN", `{"requests": [` + good + `, {}]}`, "requests[1].venID", "", "missing"},
		{"the only one of a list", `{"requests": [{"venID": "ven-1", "granularity": "PT1S", "reportBackDuration": "PT5M", "reportSpecifierID": "telemetry"}]}`, "requests[0].granularity", "R3", "PT1M"},
	} {
		t.Run(x.name, func(t *testing.T) {
			a := r.do(http.MethodPost, requests, x.body)
			if a.status != http.StatusUnprocessableEntity {
				t.Fatalf("status %d: %s", a.status, a.body)
			}
			p := a.problem(t)
			i := slices.IndexFunc(p.Errors, func(w client.Wrong) bool { return w.Field == x.field })
			if i < 0 {
				t.Fatalf("%s does not name %s", a.body, x.field)
			}
			if w := p.Errors[i]; w.Rule != x.rule || !strings.Contains(w.Message, x.says) {
				t.Errorf("%+v, want rule %q and a message with %q", w, x.rule, x.says)
			}
		})
	}
	for _, body := range []string{"", "[]", "{", "null"} {
		if a := r.do(http.MethodPost, requests, body); a.status != http.StatusBadRequest || a.problem(t).Detail == "" {
			t.Errorf("%q: status %d: %s", body, a.status, a.body)
		}
	}
	page, err := r.ListReportRequests(t.Context(), client.ReportFilter{}, "", 0)
	if err != nil || len(page.Items) != 0 {
		t.Errorf("stored %+v, %v", page, err)
	}
}

func TestListReportRequests(t *testing.T) {
	r := startReports(t)
	r.reports("ven-1")
	r.reports("ven-2")
	one, two := periodic, periodic
	two.VENID = "ven-2"
	a, b, c := r.requested(one), r.requested(two), r.requested(client.ReportRequestSpec{VENID: "ven-1", ReportSpecifierID: "status"})
	once := r.requested(client.ReportRequestSpec{VENID: "ven-2", ReportSpecifierID: "telemetry"})
	r.sends(once, minutes(0, 1)...)
	list := func(f client.ReportFilter) (ids []string) {
		t.Helper()
		for cursor := ""; ; {
			page, err := r.ListReportRequests(t.Context(), f, cursor, 1)
			if err != nil {
				t.Fatal(err)
			}
			for _, q := range page.Items {
				ids = append(ids, q.ReportRequestID)
			}
			if cursor = page.Next; cursor == "" {
				return ids
			}
		}
	}
	for name, x := range map[string]struct {
		f    client.ReportFilter
		want []client.ReportRequest
	}{
		"all":       {client.ReportFilter{}, []client.ReportRequest{once, c, b, a}},
		"venID":     {client.ReportFilter{VENID: "ven-1"}, []client.ReportRequest{c, a}},
		"report":    {client.ReportFilter{ReportSpecifierID: "telemetry"}, []client.ReportRequest{once, b, a}},
		"order":     {client.ReportFilter{OrderID: b.OrderID}, []client.ReportRequest{b}},
		"active":    {client.ReportFilter{State: "active"}, []client.ReportRequest{c, b, a}},
		"completed": {client.ReportFilter{State: "completed"}, []client.ReportRequest{once}},
		"both":      {client.ReportFilter{State: "active", VENID: "ven-2"}, []client.ReportRequest{b}},
		"nobody":    {client.ReportFilter{VENID: "nobody"}, nil},
	} {
		var want []string
		for _, q := range x.want {
			want = append(want, q.ReportRequestID)
		}
		if got := list(x.f); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	for _, query := range []string{"state=open", "limit=0", "cursor=x", "venid=x"} {
		if a := r.do(http.MethodGet, requests+"?"+query, ""); a.status != 422 || a.problem(t).Errors[0].Field != query[:strings.Index(query, "=")] {
			t.Errorf("?%s: status %d: %s", query, a.status, a.body)
		}
	}
}

func TestR8CancelReports(t *testing.T) {
	r := startReports(t)
	r.reports("ven-1", "north")
	q := r.requested(periodic)
	a := r.do(http.MethodDelete, requests+"/"+q.ReportRequestID+"?reportToFollow=true&piggyback=true", "")
	if a.status != http.StatusOK {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	same(t, a.body, `{"state": "cancelling", "reportToFollow": true, "piggyback": true}`)
	reply := r.say("ven-1", &oadr.UpdateReport{RequestID: "up", VENID: "ven-1", Reports: []oadr.Report{{Start: noon, ReportRequestID: q.ReportRequestID,
		ReportSpecifierID: "telemetry", ReportName: "TELEMETRY_USAGE", CreatedDateTime: noon, Intervals: minutes(0, 1)}}}).(*oadr.UpdatedReport)
	if reply.Cancel == nil || !reply.Cancel.ReportToFollow {
		t.Fatalf("the answer to an update is %+v", reply)
	}
	r.say("ven-1", &oadr.CanceledReport{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: "x"}, VENID: "ven-1"})
	got, err := r.CancelReportRequest(t.Context(), q.ReportRequestID, client.ReportCancellation{}) // again changes nothing
	if err != nil || got.State != "cancelled" || got.EndedAt == nil || !got.ReportToFollow {
		t.Errorf("%+v, %v", got, err)
	}
	if o, err := r.GetReportOrder(t.Context(), q.OrderID); err != nil || o.EndedAt == nil {
		t.Errorf("its order: %+v, %v", o, err)
	}
}

func TestR8CancelReportOrders(t *testing.T) {
	r := startReports(t)
	r.reports("ven-1", "north")
	r.reports("ven-2", "north")
	q := r.requested(periodic)
	made, err := r.RequestReports(t.Context(), client.ReportRequestSpec{Targets: &client.Targets{Groups: []string{"north"}}, ReportSpecifierID: "telemetry", ReportBackDuration: "PT5M", Standing: true})
	if err != nil || len(made.Items) != 2 || len(made.Orders) != 1 {
		t.Fatalf("%+v, %v", made, err)
	}
	standing := func() (ids []string) {
		t.Helper()
		page, err := r.ListReportOrders(t.Context(), client.ReportOrderFilter{Standing: true}, "", 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page.Items {
			ids = append(ids, o.OrderID)
		}
		return ids
	}
	order := made.Orders[0].OrderID
	if got := standing(); !slices.Equal(got, []string{order}) {
		t.Errorf("standing orders %v", got)
	}
	if o, err := r.CancelReportOrder(t.Context(), order, client.ReportCancellation{ReportToFollow: true}); err != nil || o.EndedAt == nil {
		t.Errorf("%+v, %v", o, err)
	}
	if got := standing(); len(got) != 0 {
		t.Errorf("standing orders %v", got)
	}
	page, err := r.ListReportRequests(t.Context(), client.ReportFilter{OrderID: order}, "", 0)
	if err != nil || len(page.Items) != 2 {
		t.Fatal(page, err)
	}
	for _, q := range page.Items {
		if q.State != "cancelling" || !q.ReportToFollow {
			t.Errorf("%+v", q)
		}
	}
	all, err := r.ListReportOrders(t.Context(), client.ReportOrderFilter{}, "", 1)
	if err != nil || len(all.Items) != 1 || all.Next == "" {
		t.Fatal(all, err)
	}
	if all, err = r.ListReportOrders(t.Context(), client.ReportOrderFilter{}, all.Next, 1); err != nil || len(all.Items) != 1 || all.Items[0].OrderID != q.OrderID || all.Next != "" {
		t.Error(all, err)
	}
}

func TestReportsThatAreNotThere(t *testing.T) {
	r := startReports(t)
	r.addVEN(client.VENSpec{VENID: "stranger"})
	for _, at := range []struct {
		method, path string
		status       int
	}{
		{http.MethodGet, requests + "/none", 404}, {http.MethodDelete, requests + "/none", 404}, {http.MethodGet, requests + "/none/data", 404},
		{http.MethodGet, requests + "/none/data?format=csv", 404}, {http.MethodGet, "/api/v1/report-orders/none", 404}, {http.MethodDelete, "/api/v1/report-orders/none", 404},
		{http.MethodGet, "/api/v1/vens/none/reports", 404}, {http.MethodGet, "/api/v1/vens/none/data?reportSpecifierID=x", 404},
		{http.MethodPost, "/api/v1/vens/none/publish-reports", 404}, {http.MethodPost, "/api/v1/vens/stranger/publish-reports", 409},
		{http.MethodGet, "/api/v1/vens/stranger/data", 422}, {http.MethodGet, "/api/v1/vens/stranger/reports", 200},
	} {
		a := r.do(at.method, at.path, "")
		if a.status != at.status || at.status == 404 && !strings.Contains(a.problem(t).Detail, `"none"`) {
			t.Errorf("%s %s: status %d: %s", at.method, at.path, a.status, a.body)
		}
	}
}

func TestR1ReportsOfAVEN(t *testing.T) {
	r := startReports(t)
	r.joins("ven-1")
	m := telemetry("ven-1")
	m.Reports[1].Duration = nil
	m.Reports[1].Descriptions = append(m.Reports[1].Descriptions, oadr.ReportDescription{RID: "green", ReportType: "x-greenButton", ReadingType: "Direct Read",
		Unit: &oadr.Unit{Type: "oadrGBDataDescription", GreenButton: greenButton}, SamplingRate: &oadr.SamplingRate{OnChange: true}})
	r.registers("ven-1", m)
	a := r.do(http.MethodGet, "/api/v1/vens/ven-1/reports", "")
	var got, want any
	if err := json.Unmarshal([]byte(a.body), &got); err != nil {
		t.Fatal(err)
	}
	feed, _ := json.Marshal(greenButton)
	rate := `{"minPeriod": "PT1M", "maxPeriod": "PT1H", "onChange": false}`
	if err := json.Unmarshal([]byte(`{"items": [
		{"reportSpecifierID": "status", "reportName": "TELEMETRY_STATUS", "duration": null, "createdDateTime": "2026-11-24T12:00:00Z", "registeredAt": "2026-11-24T12:00:00Z", "dataPoints": [
			{"rID": "state", "reportType": "x-resourceStatus", "readingType": "x-notApplicable", "marketContext": ""},
			{"rID": "green", "reportType": "x-greenButton", "readingType": "Direct Read", "marketContext": "", "unit": {"type": "oadrGBDataDescription"}, "greenButton": `+string(feed)+`,
				"samplingRate": {"minPeriod": "PT0S", "maxPeriod": "PT0S", "onChange": true}}]},
		{"reportSpecifierID": "telemetry", "reportName": "TELEMETRY_USAGE", "duration": "P2D", "createdDateTime": "2026-11-24T12:00:00Z", "registeredAt": "2026-11-24T12:00:00Z", "dataPoints": [
			{"rID": "power", "reportType": "demand", "readingType": "Direct Read", "marketContext": "http://example.org/dr", "samplingRate": `+rate+`,
				"unit": {"type": "powerReal", "scale": "k", "units": "W", "hertz": 50, "voltage": 230, "ac": true},
				"subject": {"deviceClasses": ["Thermostat"]}, "dataSource": {"resources": ["r1"], "groups": ["north"]}},
			{"rID": "=voltage", "reportType": "reading", "readingType": "Direct Read", "marketContext": "", "samplingRate": `+rate+`, "unit": {"type": "voltage", "scale": "none"}}]}
	]}`), &want); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("reports %s\nwant %v", a.body, want)
	}
	offers, err := r.VENReports(t.Context(), "ven-1")
	if err != nil || len(offers) != 2 || len(offers[1].DataPoints) != 2 {
		t.Errorf("%+v, %v", offers, err)
	}
}

func TestN11PublishReportsAgain(t *testing.T) {
	r := startReports(t)
	r.reports("ven-1")
	if a := r.do(http.MethodPost, "/api/v1/vens/ven-1/publish-reports", ""); a.status != http.StatusAccepted || a.body != "" {
		t.Errorf("status %d: %s", a.status, a.body)
	}
	if err := r.PublishReports(t.Context(), "ven-1"); err != nil {
		t.Error(err)
	}
}

// content is the JSON that an operation of the document takes or answers with.
type content map[string]struct {
	Schema struct {
		Ref   string `json:"$ref"`
		OneOf []struct {
			Ref string `json:"$ref"`
		}
	}
}

// names are the schemas of a content type.
func (c content) names(contentType string) string {
	s := c[contentType].Schema
	all := []string{s.Ref}
	for _, one := range s.OneOf {
		all = append(all, one.Ref)
	}
	return strings.TrimSpace(strings.ReplaceAll(strings.Join(all, " "), "#/components/schemas/", ""))
}

const dataParameters = "start end rID limit cursor latest format"

// reportOperations are the operations for reports that the document should have.
var reportOperations = []struct{ method, path, parameters, body, status, answer string }{
	{"post", "/report-requests", "", "ReportRequestSpec ReportRequestSpecs", "201", "ReportRequest ReportsRequested"},
	{"get", "/report-requests", "venID reportSpecifierID orderID state limit cursor", "", "200", "PageReportRequest"},
	{"get", "/report-requests/{reportRequestID}", "reportRequestID", "", "200", "ReportRequest"},
	{"delete", "/report-requests/{reportRequestID}", "reportRequestID reportToFollow piggyback", "", "200", "ReportRequest"},
	{"get", "/report-requests/{reportRequestID}/data", "reportRequestID " + dataParameters, "", "200", "PageReportValue"},
	{"get", "/report-orders", "standing limit cursor", "", "200", "PageReportOrder"},
	{"get", "/report-orders/{orderID}", "orderID", "", "200", "ReportOrder"},
	{"delete", "/report-orders/{orderID}", "orderID reportToFollow piggyback", "", "200", "ReportOrder"},
	{"get", "/vens/{venID}/reports", "venID", "", "200", "PageVENReport"},
	{"get", "/vens/{venID}/data", "venID reportSpecifierID " + dataParameters, "", "200", "PageReportValue"},
	{"post", "/vens/{venID}/publish-reports", "venID", "", "202", ""},
}

// TestOpenAPIOfReports: the document has each operation with its parameters, body and
// answers.
func TestOpenAPIOfReports(t *testing.T) {
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters  []struct{ Name, In string }
			RequestBody struct{ Content content }
			Responses   map[string]struct{ Content content }
		}
	}
	if err := json.Unmarshal([]byte(start(t).do(http.MethodGet, "/openapi.json", "").body), &doc); err != nil {
		t.Fatal(err)
	}
	for _, x := range reportOperations {
		op, ok := doc.Paths["/api/v1"+x.path][x.method]
		if !ok {
			t.Errorf("%s %s is missing", x.method, x.path)
			continue
		}
		var parameters []string
		for _, p := range op.Parameters {
			parameters = append(parameters, p.Name)
		}
		if got := strings.Join(parameters, " "); got != x.parameters {
			t.Errorf("%s %s has the parameters %q, want %q", x.method, x.path, got, x.parameters)
		}
		if got := op.RequestBody.Content.names("application/json"); got != x.body {
			t.Errorf("%s %s takes %q, want %q", x.method, x.path, got, x.body)
		}
		answer, ok := op.Responses[x.status]
		if got := answer.Content.names("application/json"); !ok || got != x.answer {
			t.Errorf("%s %s answers %q, want %s %q", x.method, x.path, got, x.status, x.answer)
		}
		if _, csv := answer.Content["text/csv"]; csv != strings.HasSuffix(x.path, "/data") {
			t.Errorf("%s %s: CSV %v", x.method, x.path, csv)
		}
	}
}

// TestManyRequestsAreAnsweredInPart checks that the answer stays small.
func TestManyRequestsAreAnsweredInPart(t *testing.T) {
	r := startReports(t)
	for i := range 21 {
		r.joins(fmt.Sprint("ven-", i))
		m := telemetry(fmt.Sprint("ven-", i))
		m.Reports = nil
		for j := range 50 {
			one := telemetry("").Reports[1]
			one.ReportSpecifierID = fmt.Sprint("status-", j)
			m.Reports = append(m.Reports, one)
		}
		r.registers(fmt.Sprint("ven-", i), m)
	}
	made, err := r.RequestReports(t.Context(), client.ReportRequestSpec{Targets: &client.Targets{All: true}})
	if err != nil || len(made.Items) != 1000 || made.Count != 1050 {
		t.Errorf("%d items of %d, %v", len(made.Items), made.Count, err)
	}
}
