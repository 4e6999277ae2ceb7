package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api"
)

// TestStoreAwayIs503InWords checks every path that uses the store.
func TestStoreAwayIs503InWords(t *testing.T) {
	var r *rig
	r = start(t, func(c *api.Config) {
		c.TestWebhook = func(ctx context.Context, id string) (error, error) {
			_, err := r.vtn.Webhook(ctx, id)
			return nil, err
		}
	})
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal([]byte(r.do(http.MethodGet, "/openapi.json", "").body), &doc); err != nil {
		t.Fatal(err)
	}
	if err := r.reg.Close(); err != nil {
		t.Fatal(err)
	}
	bodies := map[string]string{
		"/api/v1/events": least, "/api/v1/events/preview": least, "/api/v1/events/{eventID}/preview": "{}", "/api/v1/vens": `{"venID": "x"}`, "/api/v1/webhooks": `{"url": "https://x/"}`,
		"/api/v1/report-requests": `{"venID": "x", "reportSpecifierID": "y", "reportBackDuration": "PT5M", "granularity": "PT1M"}`,
		"/api/v1/users":           `{"name": "x", "role": "viewer"}`, "/api/v1/users/{name}": `{"role": "viewer"}`, "/api/v1/users/{name}/tokens": `{"label": "x"}`,
		"/api/v1/login": `{"name": "x", "password": "y"}`, "/api/v1/me/password": `{"present": "x", "password": "y"}`,
	}
	asked := 0
	delete(doc.Paths["/api/v1/me"], "get") // which needs no store
	for path, methods := range doc.Paths {
		for method := range methods {
			body := bodies[path]
			if method == "get" {
				body = ""
			}
			if method == "patch" && body == "" {
				body = `{"comment": "x"}`
			}
			at := regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, "x")
			at += map[string]string{"/api/v1/vens/{venID}/data": "?reportSpecifierID=x", "/api/v1/events/{eventID}/extend": "?by=PT1M"}[path]
			a := r.do(strings.ToUpper(method), at, body)
			if a.status != http.StatusServiceUnavailable {
				t.Errorf("%s %s: %d %s", method, at, a.status, a.body)
				continue
			}
			p := a.problem(t)
			if want := map[bool]string{true: "try again later", false: "check whether it was done"}[method == "get"]; !strings.Contains(p.Detail, "store") || !strings.Contains(p.Detail, want) {
				t.Errorf("%s %s says %q", method, at, p.Detail)
			}
			asked++
		}
	}
	if asked < 20 {
		t.Errorf("only %d were asked", asked)
	}
}

// TestWrongTokenIsToldFromAMissingOne checks the difference that RFC 6750 section 3.1
// makes.
func TestWrongTokenIsToldFromAMissingOne(t *testing.T) {
	r := start(t, withToken("correct-horse"))
	for authorization, c := range map[string]struct {
		word    string
		invalid bool
	}{
		"": {"missing", false}, "Bearer": {"missing", false}, "Bearer ": {"missing", false}, "correct-horse": {"missing", false},
		"Basic Y29ycmVjdA==": {`not "Basic"`, false}, "Bearer wrong": {"not this VTN's", true}, "bearer correct-hors": {"not this VTN's", true},
	} {
		a := r.do(http.MethodGet, "/api/v1/vens", "", header("Authorization", authorization))
		p := a.problem(t)
		if a.status != http.StatusUnauthorized || !strings.Contains(p.Detail, c.word) || !strings.Contains(p.Detail, "VTN_API_TOKEN") && !strings.Contains(p.Detail, "Bearer") {
			t.Errorf("%q: %d %q", authorization, a.status, p.Detail)
		}
		if got := strings.Contains(a.header.Get("WWW-Authenticate"), `error="invalid_token"`); got != c.invalid {
			t.Errorf("%q: %s", authorization, a.header.Get("WWW-Authenticate"))
		}
	}
}
