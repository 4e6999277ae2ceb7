package api_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// registered enters a VEN that is registered.
func (r *rig) registered(venID string) {
	r.t.Helper()
	r.addVEN(client.VENSpec{VENID: venID})
	if err := r.reg.Change(r.t.Context(), func(tx core.Tx, _ int64) error {
		v, err := tx.VEN(venID)
		if err != nil {
			return err
		}
		return tx.Register(v.No, &core.Registration{RegistrationID: "reg-of-" + venID, StartedAt: noon})
	}); err != nil {
		r.t.Fatal(err)
	}
}

func TestNotices(t *testing.T) {
	r := start(t)
	r.registered("ven-1")

	a := r.do(http.MethodPost, "/api/v1/vens/ven-1/request-reregistration", "")
	if a.status != http.StatusAccepted {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	same(t, a.body, `{"kind": "reregister", "registrationID": "reg-of-ven-1", "outcome": "pending", "createdAt": "2026-11-24T12:00:00Z", "createdBy": "local", "toldAt": null, "endedAt": null}`)
	if again := r.do(http.MethodPost, "/api/v1/vens/ven-1/request-reregistration", ""); again.body != a.body {
		t.Errorf("asked again it is %s, was %s", again.body, a.body)
	}
	if v, err := r.GetVEN(t.Context(), "ven-1"); err != nil || v.LastNotice == nil || v.LastNotice.Kind != "reregister" || v.Registration == nil {
		t.Errorf("the VEN is %+v, %v", v, err)
	}
	a = r.do(http.MethodPost, "/api/v1/vens/ven-1/cancel-registration", "")
	if a.status != http.StatusAccepted {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	same(t, a.body, `{"kind": "cancel", "registrationID": "reg-of-ven-1", "outcome": "pending", "createdBy": "local", "endedAt": null}`)
	v, err := r.GetVEN(t.Context(), "ven-1")
	if err != nil || v.LastNotice == nil || v.LastNotice.Kind != "cancel" || v.Registration != nil {
		t.Errorf("the VEN is %+v, %v", v, err)
	}
	if !strings.Contains(v.LastNotice.RequestID, "-") {
		t.Errorf("the requestID is %q", v.LastNotice.RequestID)
	}
}

func TestNoticesAreListed(t *testing.T) {
	r := start(t)
	r.registered("ven-1")
	r.addVEN(client.VENSpec{VENID: "stranger"})
	if _, err := r.RequestReregistration(t.Context(), "ven-1"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.CancelRegistration(t.Context(), "ven-1"); err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for cursor := ""; ; {
		page, err := r.ListNotices(t.Context(), "ven-1", cursor, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range page.Items {
			kinds = append(kinds, n.Kind+" "+n.Outcome)
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if !slices.Equal(kinds, []string{"cancel pending", "reregister dropped"}) {
		t.Errorf("on record are %q", kinds)
	}
	if a := r.do(http.MethodGet, "/api/v1/vens/stranger/notices", ""); a.status != http.StatusOK || !strings.Contains(a.body, `"items":[]`) {
		t.Errorf("of nothing: status %d: %s", a.status, a.body)
	}
	if a := r.do(http.MethodGet, "/api/v1/vens/ven-1/notices?cursor=x", ""); a.status != 422 || a.problem(t).Errors[0].Field != "cursor" {
		t.Errorf("a bad cursor: status %d: %s", a.status, a.body)
	}
	if a := r.do(http.MethodGet, "/api/v1/vens/nobody/notices", ""); a.status != 404 {
		t.Errorf("of nobody: status %d: %s", a.status, a.body)
	}
}

func TestNoticesToTheUnregistered(t *testing.T) {
	r := start(t)
	r.registered("ven-1")
	r.addVEN(client.VENSpec{VENID: "stranger"})
	if _, err := r.CancelRegistration(t.Context(), "ven-1"); err != nil {
		t.Fatal(err)
	}
	for name, do := range map[string]func(context.Context, string) (*client.Notice, error){"cancel-registration": r.CancelRegistration, "request-reregistration": r.RequestReregistration} {
		for venID, status := range map[string]int{"ven-1": 409, "stranger": 409, "nobody": 404} {
			a := r.do(http.MethodPost, "/api/v1/vens/"+venID+"/"+name, "")
			if a.status != status || !strings.Contains(a.problem(t).Detail, venID) {
				t.Errorf("%s of %s: status %d: %s", name, venID, a.status, a.body)
			}
			if _, err := do(t.Context(), venID); err == nil {
				t.Errorf("%s of %s by the client is taken", name, venID)
			}
		}
	}
}
