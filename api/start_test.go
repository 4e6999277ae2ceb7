package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

// TestEventStartsWhenItIsSaid: an event needs a start, and "now" is the time of the
// VTN's clock.
func TestEventStartsWhenItIsSaid(t *testing.T) {
	r := startWithVEN(t)
	for _, none := range []any{nil, "", "soon", "Now", "now ", 0, false, []any{"now"}} {
		a := r.do(http.MethodPost, "/api/v1/events", document(t, least, map[string]any{"start": none}))
		if p := a.problem(t); a.status != http.StatusUnprocessableEntity || len(p.Errors) != 1 || p.Errors[0].Field != "start" {
			t.Errorf("start %v: %d %+v", none, a.status, p)
		} else if none == nil && !strings.Contains(p.Errors[0].Message, `"now"`) {
			t.Errorf("without a start it says %q", p.Errors[0].Message)
		}
	}
	a := r.do(http.MethodPost, "/api/v1/events", document(t, least, map[string]any{"start": "now", "eventID": "ev-1"}))
	if a.status != http.StatusCreated {
		t.Fatalf("now: %d %s", a.status, a.body)
	}
	same(t, a.body, `{"start": "2026-11-24T12:00:00Z", "status": "active"}`)

	later := r.do(http.MethodPost, "/api/v1/events", document(t, least, map[string]any{"eventID": "ev-2", "marketContext": "http://example.org/other"}))
	if later.status != http.StatusCreated {
		t.Fatalf("%d %s", later.status, later.body)
	}
	a = r.do(http.MethodPatch, "/api/v1/events/ev-2", `{"start": "now"}`)
	same(t, a.body, `{"start": "2026-11-24T12:00:00Z", "status": "active", "modificationNumber": 1}`)
	if a = r.do(http.MethodPatch, "/api/v1/events/ev-2", `{"start": null}`); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a start taken away: %d %s", a.status, a.body)
	}
}

// TestWarningsAreInTheAnswer: the answer to a creation or a change has warnings, and
// no other answer has.
func TestWarningsAreInTheAnswer(t *testing.T) {
	r := startWithVEN(t)
	warned := func(a answer) (fields []string) {
		t.Helper()
		var e struct{ Warnings []client.Wrong }
		if err := json.Unmarshal([]byte(a.body), &e); err != nil || a.status >= 300 {
			t.Fatalf("%d %s: %v", a.status, a.body, err)
		}
		for _, w := range e.Warnings {
			if w.Message == "" {
				t.Errorf("%s has no message", w.Field)
			}
			fields = append(fields, w.Field)
		}
		return fields
	}
	a := r.do(http.MethodPost, "/api/v1/events", document(t, least, map[string]any{"eventID": "ev-1", "start": "2062-11-24T17:00:00Z", "marketContext": "dr"}))
	if got := warned(a); !slices.Equal(got, []string{"start", "marketContext", "targets.groups[0]"}) {
		t.Errorf("created: %v", got)
	}
	if got := warned(r.do(http.MethodGet, "/api/v1/events/ev-1", "")); got != nil {
		t.Errorf("read: %v", got)
	}
	if got := warned(r.do(http.MethodPatch, "/api/v1/events/ev-1", `{"start": "2063-11-24T17:00:00Z"}`)); !slices.Equal(got, []string{"start"}) {
		t.Errorf("changed: %v", got)
	}
	if got := warned(r.do(http.MethodPatch, "/api/v1/vens/ven-1", `{"identities": [{"identity": "a@example.org"}]}`)); got != nil {
		t.Errorf("given an account: %v", got)
	}
	if got := warned(r.do(http.MethodPatch, "/api/v1/vens/ven-1", `{"identities": []}`)); !slices.Equal(got, []string{"identities"}) {
		t.Errorf("taken its account: %v", got)
	}
	if got := warned(r.do(http.MethodGet, "/api/v1/vens/ven-1", "")); got != nil {
		t.Errorf("read: %v", got)
	}
}
