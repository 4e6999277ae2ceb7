package api_test

import (
	"net/http"
	"testing"
)

// The API does not look for impossible names in the store: the test closes it.
func TestImpossibleNames(t *testing.T) {
	r := start(t)
	r.do(http.MethodGet, "/api/v1/me", "") // the API knows that there are no users
	if err := r.reg.Close(); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		method, path string
		status       int
		field        string
	}{
		{http.MethodGet, "vens/%00", 404, ""},
		{http.MethodGet, "events/a%0Ab/vens", 404, ""},
		{http.MethodDelete, "vens/a%7F", 404, ""},
		{http.MethodPost, "events/%FF/cancel", 404, ""},
		{http.MethodGet, "report-requests/%00/data", 404, ""},
		{http.MethodGet, "opts?venID=a%00b", 422, "venID"},
		{http.MethodGet, "opts?venID=a&eventID=%FF", 422, "eventID"},
		{http.MethodGet, "events/e/history?venID=%1F", 422, "venID"},
		{http.MethodGet, "report-requests?orderID=%09", 422, "orderID"},
		{http.MethodGet, "vens/v/data?reportSpecifierID=%00", 422, "reportSpecifierID"},
		{http.MethodGet, "vens/v/data?reportSpecifierID=s&rID=a&rID=%00", 422, "rID"},
		{http.MethodGet, "opts?venID=%zz", 400, ""},
		{http.MethodGet, "vens?cursor=%00", 422, "cursor"},
		{http.MethodGet, "events/e/vens?cursor=a%ED%A0%80", 422, "cursor"},
		{http.MethodGet, "vens/%C3%A9%20%22", 503, ""}, // which could be one
		{http.MethodGet, "opts?venID=%C3%A9+%27", 503, ""},
	} {
		a := r.do(test.method, "/api/v1/"+test.path, "")
		p := a.problem(t)
		if a.status != test.status || (len(p.Errors) == 1) != (test.field != "") || test.field != "" && p.Errors[0].Field != test.field {
			t.Errorf("%s %s: %d: %s", test.method, test.path, a.status, a.body)
		}
	}
}
