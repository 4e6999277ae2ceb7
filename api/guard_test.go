package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api"
	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

func host(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }

func TestToken(t *testing.T) {
	const token = "correct-horse"
	r := start(t, withToken(token))
	paths := []string{"/api/v1/events", "/api/v1/vens", "/openapi.json", "/metrics", "/nowhere"}
	for _, path := range paths {
		for _, authorization := range []string{"", "Bearer", "Bearer ", "Bearer wrong", "Bearer " + token + "x", "Basic " + token, token} {
			a := r.do(http.MethodGet, path, "", header("Authorization", authorization))
			if a.status != http.StatusUnauthorized || a.header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s with %q: status %d", path, authorization, a.status)
			}
			a.problem(t)
		}
		a := r.do(http.MethodGet, path, "", header("Authorization", "Bearer "+token), host("vtn.example.org"))
		if a.status == http.StatusUnauthorized || a.status == http.StatusForbidden {
			t.Errorf("%s with the token: status %d", path, a.status)
		}
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if a := r.do(http.MethodGet, path, ""); a.status != http.StatusOK {
			t.Errorf("%s: status %d", path, a.status)
		}
	}
	if _, err := r.ListVENs(t.Context(), client.VENFilter{}, "", 0); err != nil {
		t.Errorf("the client with its token: %v", err)
	}
	_, err := client.New(r.url, "wrong").ListVENs(t.Context(), client.VENFilter{}, "", 0)
	refused(t, err, http.StatusUnauthorized)
	if strings.Contains(r.log.String(), token) {
		t.Error("the token is in the log")
	}
}

// TestRebinding: without a token, the API refuses a page whose name was made to point
// here after the page was loaded.
func TestRebinding(t *testing.T) {
	r := start(t)
	for name, status := range map[string]int{
		"localhost": 200, "localhost:8080": 200, "LOCALHOST": 200, "127.0.0.1:8080": 200, "[::1]": 200, "[::1]:8080": 200,
		"evil.example": 403, "localhost.evil.example:8080": 403, "127.0.0.1.evil.example": 403, "10.0.0.1": 403,
	} {
		if a := r.do(http.MethodGet, "/api/v1/vens", "", host(name)); a.status != status {
			t.Errorf("Host %s: status %d, want %d", name, a.status, status)
		}
	}
}

func TestPagesOfAnotherOrigin(t *testing.T) {
	r := startWithVEN(t)
	for _, test := range []struct {
		name   string
		change func(*http.Request)
	}{
		{"a foreign Origin", header("Origin", "https://evil.example")},
		{"another port", header("Origin", "http://127.0.0.1:1")},
		{"a null Origin", header("Origin", "null")},
		{"Sec-Fetch-Site", header("Sec-Fetch-Site", "cross-site")},
		{"a form's content type", header("Content-Type", "text/plain")},
		{"no content type", func(r *http.Request) { r.Header.Del("Content-Type") }},
	} {
		a := r.do(http.MethodPost, "/api/v1/events", least, test.change)
		if a.status != http.StatusForbidden && a.status != http.StatusUnsupportedMediaType {
			t.Errorf("%s: status %d: %s", test.name, a.status, a.body)
		}
		a.problem(t)
	}
	if a := r.do(http.MethodPost, "/api/v1/events/x/cancel", "", header("Origin", "https://evil.example")); a.status != http.StatusForbidden {
		t.Errorf("cancel from a foreign Origin: status %d", a.status)
	}
	if a := r.do(http.MethodPost, "/api/v1/events", least, header("Origin", r.url)); a.status != http.StatusCreated {
		t.Errorf("from the same origin: status %d: %s", a.status, a.body)
	}
}

func TestPathsThatAreNotThere(t *testing.T) {
	r := start(t)
	for _, test := range []struct {
		method, path string
		status       int
	}{
		{http.MethodGet, "/", 404}, {http.MethodGet, "/api/v1", 404}, {http.MethodGet, "/api/v2/events", 404},
		{http.MethodPut, "/api/v1/events", 405}, {http.MethodDelete, "/api/v1/events/x", 405}, {http.MethodPost, "/healthz", 405},
	} {
		a := r.do(test.method, test.path, "")
		if a.status != test.status || a.problem(t).Status != test.status {
			t.Errorf("%s %s: status %d, want %d", test.method, test.path, a.status, test.status)
		}
		if test.status == 405 && a.header.Get("Allow") == "" {
			t.Errorf("%s %s: no Allow", test.method, test.path)
		}
	}
}

func TestProblemsSayWhetherSomethingCouldHaveBeenStored(t *testing.T) {
	r := start(t)
	for _, test := range []struct{ method, path, body, want string }{
		{http.MethodGet, "/api/v1/events?cursor=x", "", "1 field is wrong"},
		{http.MethodGet, "/api/v1/report-requests/x/data?start=a&end=b", "", "2 fields are wrong"},
		{http.MethodPost, "/api/v1/vens", `{"venID": 1}`, "1 field is wrong; nothing was stored"},
	} {
		if a := r.do(test.method, test.path, test.body); a.status != 422 || a.problem(t).Detail != test.want {
			t.Errorf("%s %s: status %d: %s", test.method, test.path, a.status, a.body)
		}
	}
}

// TestFailuresKeepInternalsIn: an answer reveals no internals. The test closes the
// store under the API.
func TestFailuresKeepInternalsIn(t *testing.T) {
	r := start(t)
	if err := r.reg.Close(); err != nil {
		t.Fatal(err)
	}
	a := r.do(http.MethodGet, "/api/v1/vens", "")
	p := a.problem(t)
	if a.status != http.StatusServiceUnavailable || strings.Contains(a.body, "sql") || strings.Contains(a.body, "closed") {
		t.Errorf("status %d: %s", a.status, a.body)
	}
	if !strings.Contains(r.log.String(), p.RequestID) {
		t.Errorf("the log does not tell of requestID %s: %s", p.RequestID, r.log)
	}
}

func TestReady(t *testing.T) {
	down := errors.New("not connected: start the server")
	var err error
	r := start(t, func(c *api.Config) {
		c.Ready = []api.Part{
			{Name: "xmpp", Check: func(context.Context) error { return err }, Note: func() string { return "0 of 2 connections stand" }},
			{Name: "store", Check: func(context.Context) error { return nil }},
		}
	})
	if a := r.do(http.MethodGet, "/readyz", ""); a.status != http.StatusOK {
		t.Errorf("status %d: %s", a.status, a.body)
	}
	err = down
	a := r.do(http.MethodGet, "/readyz", "")
	if a.status != http.StatusServiceUnavailable {
		t.Errorf("status %d: %s", a.status, a.body)
	}
	same(t, a.body, `{"ready": false, "parts": [{"name": "xmpp", "ready": false, "reason": "not connected: start the server", "note": "0 of 2 connections stand"}, {"name": "store", "ready": true}]}`)
}

func TestMetrics(t *testing.T) {
	if a := start(t).do(http.MethodGet, "/metrics", ""); a.status != http.StatusOK || !strings.Contains(a.body, "vtn_pushes_in_flight") {
		t.Errorf("status %d: %.200s", a.status, a.body)
	}
}

func TestOpenAPI(t *testing.T) {
	a := start(t).do(http.MethodGet, "/openapi.json", "")
	var doc struct {
		OpenAPI    string
		Paths      map[string]map[string]json.RawMessage
		Components struct{ Schemas map[string]json.RawMessage }
	}
	if err := json.Unmarshal([]byte(a.body), &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.") {
		t.Errorf("openapi = %q", doc.OpenAPI)
	}
	count := 0
	for path, methods := range map[string][]string{
		"/api/v1/report-requests": {"get", "post"}, "/api/v1/report-requests/{reportRequestID}": {"get", "delete"}, "/api/v1/report-requests/{reportRequestID}/data": {"get"},
		"/api/v1/report-orders": {"get"}, "/api/v1/report-orders/{orderID}": {"get", "delete"},
		"/api/v1/vens/{venID}/reports": {"get"}, "/api/v1/vens/{venID}/data": {"get"}, "/api/v1/vens/{venID}/publish-reports": {"post"},
		"/api/v1/events": {"get", "post"}, "/api/v1/events/{eventID}": {"get", "patch"}, "/api/v1/events/{eventID}/cancel": {"post"}, "/api/v1/events/{eventID}/extend": {"post"},
		"/api/v1/events/{eventID}/vens": {"get"}, "/api/v1/vens": {"get", "post"}, "/api/v1/vens/{venID}": {"get", "patch", "delete"},
		"/api/v1/vens/{venID}/cancel-registration": {"post"}, "/api/v1/vens/{venID}/request-reregistration": {"post"}, "/api/v1/vens/{venID}/notices": {"get"},
		"/api/v1/events/{eventID}/history": {"get"}, "/api/v1/opts": {"get"},
		"/api/v1/me": {"get"}, "/api/v1/me/password": {"post"}, "/api/v1/login": {"post"}, "/api/v1/logout": {"post"}, "/api/v1/audit": {"get"},
		"/api/v1/users": {"get", "post"}, "/api/v1/users/{name}": {"get", "patch", "delete"}, "/api/v1/users/{name}/tokens": {"get", "post"}, "/api/v1/users/{name}/tokens/{id}": {"delete"},
		"/api/v1/stream": {"get"}, "/api/v1/events/preview": {"post"}, "/api/v1/events/{eventID}/preview": {"post"},
		"/api/v1/webhooks": {"get", "post"}, "/api/v1/webhooks/{webhookID}": {"get", "patch", "delete"}, "/api/v1/webhooks/{webhookID}/test": {"post"}, "/api/v1/webhooks/{webhookID}/resume": {"post"},
	} {
		for _, method := range methods {
			if doc.Paths[path][method] == nil {
				t.Errorf("%s %s is missing", method, path)
			}
			count++
		}
	}
	for path, methods := range doc.Paths {
		for range methods {
			count--
		}
		if strings.Contains(string(doc.Paths[path]["post"]), "binary") {
			t.Errorf("%s takes binary", path)
		}
	}
	if count != 0 {
		t.Error("it lists more than there is")
	}
	for _, name := range []string{"EventSpec", "Event", "VENSpec", "VEN", "Notice", "Problem"} {
		if doc.Components.Schemas[name] == nil {
			t.Errorf("the schema %s is missing", name)
		}
	}
	// The document requires nothing that may be left out.
	var spec struct{ Required []string }
	if err := json.Unmarshal(doc.Components.Schemas["EventSpec"], &spec); err != nil {
		t.Fatal(err)
	}
	slices.Sort(spec.Required)
	if want := []string{"duration", "marketContext", "signals", "start", "targets"}; !slices.Equal(spec.Required, want) {
		t.Errorf("EventSpec requires %v, want %v", spec.Required, want)
	}
}
