package api_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api"
	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// lowerCase normalises identities as a transport might.
func lowerCase(c *api.Config) {
	c.Normalize = func(id core.Identity) (core.Identity, error) {
		if !strings.Contains(id.Name, "@") {
			return id, errors.New("is no JID")
		}
		id.Name = strings.ToLower(id.Name)
		return id, nil
	}
}

func TestVEN(t *testing.T) {
	r := start(t, lowerCase)
	const whole = `{"venID": "ven-1", "venName": "House 7", "profile": "2.0b", "payloadRoot": "oadrSignedObject", "stanza": "message", "signatures": "off",
		"identities": [{"transport": "xmpp", "identity": "ven1@example.org"}],
		"groups": ["g1"], "resources": ["r1", "r2"], "parties": ["p1"], "marketContexts": ["http://example.org/dr"]}`
	a := r.do(http.MethodPost, "/api/v1/vens", strings.Replace(whole, "ven1@", "VEN1@", 1))
	if a.status != http.StatusCreated || a.header.Get("Location") != "/api/v1/vens/ven-1" {
		t.Fatalf("status %d, Location %q: %s", a.status, a.header.Get("Location"), a.body)
	}
	a = r.do(http.MethodGet, "/api/v1/vens/ven-1", "")
	same(t, a.body, whole)
	same(t, a.body, `{"createdAt": "2026-11-24T12:00:00Z", "registration": null, "presence": "unknown", "lastSeen": null}`)

	v, err := r.PatchVEN(t.Context(), "ven-1", json.RawMessage(`{"groups": ["g2"], "venName": null, "payloadRoot": null, "stanza": null, "signatures": null, "identities": [{"identity": "Other@example.org"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if v.VENName+v.PayloadRoot+v.Stanza+v.Signatures != "" || !slices.Equal(v.Groups, []string{"g2"}) || !slices.Equal(v.Resources, []string{"r1", "r2"}) ||
		!slices.Equal(v.Identities, []client.Identity{{Transport: "xmpp", Identity: "other@example.org"}}) {
		t.Errorf("after the patch: %+v", v)
	}

	for _, at := range []struct{ method, body string }{{http.MethodGet, ""}, {http.MethodPatch, "{}"}, {http.MethodDelete, ""}} {
		if a := r.do(at.method, "/api/v1/vens/ven-2", at.body); a.status != http.StatusNotFound || !strings.Contains(a.problem(t).Detail, `"ven-2"`) {
			t.Errorf("%s: status %d: %s", at.method, a.status, a.body)
		}
	}
}

// A VEN of 2.0a is entered with its profile and, to push over HTTP, its URL.
func TestA2A4VENOf20a(t *testing.T) {
	r := start(t)
	const whole = `{"venID": "ven-1", "profile": "2.0a", "pushURL": "https://ven.example.org:8443/", "identities": [{"transport": "simpleHttp", "identity": "x"}]}`
	if a := r.do(http.MethodPost, "/api/v1/vens", whole); a.status != http.StatusCreated {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	same(t, r.do(http.MethodGet, "/api/v1/vens/ven-1", "").body, whole)
	v, err := r.GetVEN(t.Context(), "ven-1")
	if err != nil || v.Registration.Profile != "2.0a" || v.Registration.Transport != "simpleHttp" || v.Registration.Address != v.PushURL {
		t.Errorf("it is %+v, %+v, %v", v, v.Registration, err)
	}
	v, err = r.PatchVEN(t.Context(), "ven-1", json.RawMessage(`{"pushURL": null}`))
	if err != nil || v.PushURL != "" || v.Registration.Address != "x" {
		t.Errorf("without the URL it is %+v, %v", v, err)
	}
	for field, patch := range map[string]string{"profile": `{"profile": "2.0c"}`, "pushURL": `{"pushURL": "ven.example.org"}`} {
		if a := r.do(http.MethodPatch, "/api/v1/vens/ven-1", patch); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, field) {
			t.Errorf("%s: status %d: %s", field, a.status, a.body)
		}
	}
}

// The answer to a deletion says what is kept of the VEN, and that can be read.
func TestDeletedVEN(t *testing.T) {
	r := start(t, lowerCase)
	spec := client.VENSpec{VENID: "ven-1", Groups: []string{"north"}, Identities: []client.Identity{{Identity: "ven1@example.org"}}}
	r.addVEN(spec)
	r.addVEN(client.VENSpec{VENID: "ven-2"})
	if _, err := r.CreateEvent(t.Context(), json.RawMessage(strings.Replace(least, `"groups": ["g1"]`, `"all": true`, 1))); err != nil {
		t.Fatal(err)
	}
	for range 2 { // again is the same
		d, err := r.DeleteVEN(t.Context(), "ven-1")
		if err != nil || d.VENID != "ven-1" || d.DeletedAt.IsZero() || d.Kept.Events != 1 || d.KeptFor != "P400D" || d.Notice != nil {
			t.Errorf("deleted: %+v, %v", d, err)
		}
	}
	if a := r.do(http.MethodPatch, "/api/v1/vens/ven-1", `{"venName": "x"}`); a.status != http.StatusConflict || !strings.Contains(a.problem(t).Detail, "deleted at") {
		t.Errorf("PATCH: status %d: %s", a.status, a.body)
	}
	if v, err := r.GetVEN(t.Context(), "ven-1"); err != nil || v.DeletedAt == nil || !slices.Equal(v.Groups, []string{"north"}) {
		t.Errorf("it is %+v, %v", v, err)
	}
	ids := func(deleted bool) (ids []string) {
		page, err := r.ListVENs(t.Context(), client.VENFilter{Deleted: deleted}, "", 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range page.Items {
			ids = append(ids, v.VENID)
		}
		return ids
	}
	if got := ids(false); !slices.Equal(got, []string{"ven-2"}) {
		t.Errorf("listed are %q", got)
	}
	if got := ids(true); !slices.Equal(got, []string{"ven-1", "ven-2"}) {
		t.Errorf("with those deleted it is %q", got)
	}
	r.addVEN(spec)
	if got := ids(true); len(got) != 3 || got[0] != "ven-1" || !strings.HasPrefix(got[1], "ven-1 (deleted ") {
		t.Errorf("entered again it is %q", got)
	}
}

// Market contexts are shown as they were written, and compared in their normal form.
func TestSpec512MarketContextsKeepTheirSpelling(t *testing.T) {
	r := start(t)
	const label, target, program = "HTTP://Example.org/a", "http://example.org:80/%61", "http://EXAMPLE.org/x/../a"
	r.addVEN(client.VENSpec{VENID: "ven-1", MarketContexts: []string{label}})
	r.addVEN(client.VENSpec{VENID: "ven-2", MarketContexts: []string{"http://example.org/A"}})
	a := r.do(http.MethodPost, "/api/v1/events", document(t, least, map[string]any{"eventID": "e", "marketContext": program, "targets": map[string]any{"marketContexts": []any{target}}}))
	if a.status != http.StatusCreated {
		t.Fatal(a.body)
	}
	if a := r.do(http.MethodPatch, "/api/v1/events/e", `{"comment": "c"}`); a.status != http.StatusOK {
		t.Error(a.body)
	}
	e, err := r.GetEvent(t.Context(), "e")
	if err != nil || e.MarketContext != program || !slices.Equal(e.Targets.MarketContexts, []string{target}) || e.VENs.Total != 1 {
		t.Errorf("the event is %+v, %v", e, err)
	}
	for _, spelling := range []string{label, "http://example.org/./a"} {
		if a := r.do(http.MethodPatch, "/api/v1/vens/ven-1", `{"marketContexts": ["`+spelling+`"]}`); a.status != http.StatusOK {
			t.Error(a.body)
		}
		if v, err := r.GetVEN(t.Context(), "ven-1"); err != nil || !slices.Equal(v.MarketContexts, []string{spelling}) {
			t.Errorf("the VEN is %+v, %v", v, err)
		}
		if vens, err := r.EventVENs(t.Context(), "e"); err != nil || len(vens) != 1 || vens[0].VENID != "ven-1" || vens[0].Withdrawn {
			t.Errorf("it is for %+v, %v", vens, err)
		}
	}
	if a := r.do(http.MethodPost, "/api/v1/events", document(t, least, map[string]any{"targets": map[string]any{"marketContexts": []any{target}}, "marketContext": label})); a.status != http.StatusConflict {
		t.Errorf("an overlap is answered %d: %s", a.status, a.body)
	}
}

func TestAVENNeedsNothing(t *testing.T) {
	r := start(t)
	v := r.addVEN(client.VENSpec{})
	if v.VENID == "" || v.Profile != "2.0b" {
		t.Errorf("%+v, want a venID of the VTN's and the profile 2.0b", v)
	}
}

func TestBadVENs(t *testing.T) {
	r := start(t, lowerCase)
	r.addVEN(client.VENSpec{VENID: "ven-1", Identities: []client.Identity{{Identity: "ven1@example.org"}}})
	for _, test := range []struct {
		name, body string
		status     int
		field      string // or a part of the detail
	}{
		{"an unknown field", `{"name": "x"}`, 422, "name"},
		{"what the VTN sets", `{"presence": "available"}`, 422, "presence"},
		{"groups that are text", `{"groups": "g1"}`, 422, "groups"},
		{"an empty group", `{"groups": [""]}`, 422, "groups[0]"},
		{"a market context twice", `{"marketContexts": ["http://example.org/a", "http://example.org/b", "HTTP://EXAMPLE.org:80/%61"]}`, 422, "marketContexts[2]"},
		{"a group twice", `{"groups": ["a", "a"]}`, 422, "groups[1]"},
		{"an identity without a name", `{"identities": [{"transport": "xmpp"}]}`, 422, "identities[0].identity"},
		{"an identity that is no JID", `{"identities": [{"identity": "x"}]}`, 422, "identities[0].identity"},
		{"the identities of a text", `{"identities": ["ven2@example.org"]}`, 422, "identities[0]"},
		{"an unknown payloadRoot", `{"payloadRoot": "soap"}`, 422, "payloadRoot"},
		{"an unknown mode of signatures", `{"signatures": "on"}`, 422, "signatures"},
		{"signatures of a VTN that has no certificate", `{"signatures": "required"}`, 422, "signatures"},
		{"an unknown stanza", `{"stanza": "presence"}`, 422, "stanza"},
		{"a stanza that is no text", `{"stanza": 1}`, 422, "stanza"},
		{"an unknown profile", `{"profile": "3.0"}`, 422, "profile"},
		{"a venID with a space", `{"venID": " x"}`, 422, "venID"},
		{"a venID that is taken", `{"venID": "ven-1"}`, 409, "ven-1"},
		{"an identity that is taken", `{"venID": "ven-2", "identities": [{"identity": "VEN1@example.org"}]}`, 409, "ven1@example.org"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := r.do(http.MethodPost, "/api/v1/vens", test.body)
			if a.status != test.status {
				t.Fatalf("status %d, want %d: %s", a.status, test.status, a.body)
			}
			p := a.problem(t)
			named := strings.Contains(p.Detail, test.field)
			for _, w := range p.Errors {
				named = named || w.Field == test.field
			}
			if !named {
				t.Errorf("%s does not name %s", a.body, test.field)
			}
		})
	}
	if _, err := r.PatchVEN(t.Context(), "ven-1", map[string]string{"venID": "ven-3"}); err == nil {
		t.Error("a venID was changed")
	}
}

func TestListVENs(t *testing.T) {
	r := start(t)
	for _, id := range []string{"c", "a", "b"} {
		r.addVEN(client.VENSpec{VENID: id})
	}
	var got []string
	for cursor := ""; ; {
		page, err := r.ListVENs(t.Context(), client.VENFilter{}, cursor, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range page.Items {
			got = append(got, v.VENID)
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("VENs %v", got)
	}
}

// VENs that were called . or .. before that was refused can still be used.
func TestDotsAreNamedInPaths(t *testing.T) {
	r := start(t)
	for _, id := range []string{".", ".."} {
		if err := r.reg.Change(t.Context(), func(tx core.Tx, _ int64) error {
			return tx.PutVEN(&core.VEN{VENID: id, Profile: "2.0b"})
		}); err != nil {
			t.Fatal(err)
		}
		if v, err := r.PatchVEN(t.Context(), id, json.RawMessage(`{"venName": "dots"}`)); err != nil || v.VENID != id {
			t.Errorf("changed is %+v, %v", v, err)
		}
		if v, err := r.GetVEN(t.Context(), id); err != nil || v.VENName != "dots" {
			t.Errorf("shown is %+v, %v", v, err)
		}
		if _, err := r.DeleteVEN(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	for _, id := range []string{".", "..", "/"} {
		_, err := r.AddVEN(t.Context(), client.VENSpec{VENID: id})
		refused(t, err, http.StatusUnprocessableEntity)
	}
}

// Every operation refuses a member that its object has twice, and names its path:
// nobody knows which of the two is meant.
func TestMembersThatStandTwiceAreRefused(t *testing.T) {
	r := startWithVEN(t)
	for body, field := range map[string]string{
		`{"venID": "a", "venID": "b"}`: "venID",
		`{"venID": "a", "identities": [{"identity": "x"}, {"identity": "y", "identity": "z"}]}`: "identities[1].identity",
		`{"venID": "a", "venID": null}`: "venID",
	} {
		for method, path := range map[string]string{http.MethodPost: "/api/v1/vens", http.MethodPatch: "/api/v1/vens/ven-1"} {
			a := r.do(method, path, body)
			if p := a.problem(t); a.status != http.StatusUnprocessableEntity || len(p.Errors) != 1 || p.Errors[0].Field != field {
				t.Errorf("%s %s: status %d: %s", method, body, a.status, a.body)
			}
		}
	}
	a := r.do(http.MethodPost, "/api/v1/events", strings.Replace(least, `"value": 2`, `"value": 2, "value": 3`, 1))
	if p := a.problem(t); a.status != http.StatusUnprocessableEntity || p.Errors[0].Field != "signals[0].intervals[0].value" {
		t.Errorf("status %d: %s", a.status, a.body)
	}
	if a := r.do(http.MethodPost, "/api/v1/vens", strings.Repeat(`{"x":`, 1000)+"1"+strings.Repeat("}", 1000)); a.status != http.StatusBadRequest {
		t.Errorf("nested deeply: status %d: %.200s", a.status, a.body)
	}
}
