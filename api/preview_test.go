package api_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

// TestPreviewOfAnEvent: whom it would reach; a viewer may ask, and nothing is stored.
func TestPreviewOfAnEvent(t *testing.T) {
	r := withUsers(t)
	r.addVEN(client.VENSpec{VENID: "v1", Groups: []string{"g1"}})
	as := r.signIn("the-viewer")
	a := r.do(http.MethodPost, "/api/v1/events/preview", least, as)
	if a.status != http.StatusOK {
		t.Fatal(a.body)
	}
	var p client.EventPreview
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		t.Fatal(err)
	}
	if p.Reach.VENs != 1 || p.Reach.NotRegistered != 1 || p.Reach.Bytes == 0 || p.Reach.FirstOptedOut == nil || len(p.Event.Warnings) != 1 {
		t.Errorf("%+v", p)
	}
	if a := r.do(http.MethodPost, "/api/v1/events/preview", `{"marketContext": "x"}`, as); a.status != 422 || len(a.problem(t).Errors) < 3 {
		t.Errorf("%d %s", a.status, a.body)
	}
	if page, err := r.ListEvents(t.Context(), "", 0); err != nil || len(page.Items) != 0 {
		t.Errorf("%+v, %v", page, err)
	}
	e, err := r.CreateEvent(t.Context(), json.RawMessage(least))
	if err != nil {
		t.Fatal(err)
	}
	for patch, status := range map[string]int{`{}`: 200, `{"comment": "later"}`: 200, `{"targets": {"groups": ["none"]}}`: 422, `{"x": 1}`: 422, `[]`: 400} {
		if a := r.do(http.MethodPost, "/api/v1/events/"+e.EventID+"/preview", patch, as); a.status != status {
			t.Errorf("%s: %d %s", patch, a.status, a.body)
		}
	}
	if a := r.do(http.MethodPost, "/api/v1/events/none/preview", `{}`, as); a.status != 404 {
		t.Errorf("%d %s", a.status, a.body)
	}
	if now, err := r.GetEvent(t.Context(), e.EventID); err != nil || now.ModificationNumber != 0 || now.Comment != "" {
		t.Errorf("%+v, %v", now, err)
	}
}
