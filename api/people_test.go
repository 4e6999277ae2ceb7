package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api"
	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

const aPassword = "three words together"

// withUsers is an API with the token, and a user of each role who has that password.
func withUsers(t *testing.T) *rig {
	t.Helper()
	r := start(t, withToken("correct-horse"))
	for _, role := range []string{"administrator", "operator", "viewer"} {
		if _, err := r.AddUser(t.Context(), client.UserSpec{Name: "The-" + role, Role: role, Password: aPassword}); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// signIn signs in a user and returns what makes a request theirs.
func (r *rig) signIn(name string) func(*http.Request) {
	r.t.Helper()
	a := r.do(http.MethodPost, "/api/v1/login", fmt.Sprintf(`{"name": %q, "password": %q}`, name, aPassword))
	if a.status != http.StatusOK {
		r.t.Fatalf("sign-in of %s: %d %s", name, a.status, a.body)
	}
	c, err := http.ParseSetCookie(a.header.Get("Set-Cookie"))
	if err != nil {
		r.t.Fatal(err)
	}
	if c.Name != api.SessionCookie || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Secure || c.Path != "/" {
		r.t.Errorf("the cookie is %s", c)
	}
	return func(req *http.Request) { req.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value}) }
}

func bearer(token string) func(*http.Request) { return header("Authorization", "Bearer "+token) }

// TestRoles: what each role may do, by session and by token.
func TestRoles(t *testing.T) {
	r := withUsers(t)
	for role, may := range map[string]struct{ read, change, manage bool }{
		"viewer": {read: true}, "operator": {read: true, change: true}, "administrator": {true, true, true},
	} {
		token, err := r.AddToken(t.Context(), "the-"+role, client.TokenSpec{Label: "a program"})
		if err != nil {
			t.Fatal(err)
		}
		for via, as := range map[string]func(*http.Request){"session": r.signIn("the-" + role), "token": bearer(token.Token)} {
			same(t, r.do(http.MethodGet, "/api/v1/me", "", as).body, fmt.Sprintf(`{"name": "the-%s", "role": %q, "via": %q}`, role, role, via))
			check := func(method, path, body string, may bool) {
				t.Helper()
				a := r.do(method, path, body, as)
				if got := a.status != http.StatusForbidden; got != may {
					t.Errorf("%s by %s: %s %s: %d %s", role, via, method, path, a.status, a.body)
				}
				if !may && !strings.Contains(a.problem(t).Detail, "role") {
					t.Errorf("%s", a.body)
				}
			}
			check(http.MethodGet, "/api/v1/events", "", may.read)
			check(http.MethodGet, "/metrics", "", may.read)
			check(http.MethodPost, "/api/v1/vens", fmt.Sprintf(`{"venID": "of-%s-%s"}`, role, via), may.change)
			check(http.MethodPost, "/api/v1/events/none/cancel", "", may.change)
			check(http.MethodGet, "/api/v1/users", "", may.manage)
			check(http.MethodGet, "/api/v1/audit", "", may.manage)
			check(http.MethodDelete, "/api/v1/users/nobody", "", may.manage)
			check(http.MethodGet, "/api/v1/users/the-"+role+"/tokens", "", true)
			check(http.MethodGet, "/api/v1/users/somebody/tokens", "", may.manage)
		}
		less, err := r.AddToken(t.Context(), "the-"+role, client.TokenSpec{Label: "that only reads", Role: "viewer"})
		if err != nil {
			t.Fatal(err)
		}
		if a := r.do(http.MethodPost, "/api/v1/events/none/cancel", "", bearer(less.Token)); a.status != http.StatusForbidden {
			t.Errorf("a token that only reads: %d", a.status)
		}
	}
	if strings.Contains(r.log.String(), aPassword) {
		t.Error("the password is in the log")
	}
}

// TestWhoChanged: what is changed, and the audit log, name who did it.
func TestWhoChanged(t *testing.T) {
	r := withUsers(t)
	r.addVEN(client.VENSpec{VENID: "v1", Groups: []string{"g1"}})
	as := r.signIn("The-Operator")
	a := r.do(http.MethodPost, "/api/v1/events", least, as)
	if a.status != http.StatusCreated {
		t.Fatal(a.body)
	}
	if a := r.do(http.MethodGet, a.header.Get("Location")+"/history", "", as); !strings.Contains(a.body, `"by":"the-operator"`) {
		t.Error(a.body)
	}
	if a := r.do(http.MethodPost, "/api/v1/vens", `{"venID": "v"}`, r.signIn("the-viewer")); a.status != http.StatusForbidden {
		t.Error(a.body)
	}
	log, err := r.ListAudit(t.Context(), client.AuditFilter{}, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, x := range log.Items {
		got = append(got, fmt.Sprint(x.Actor, " ", x.Operation, " ", x.Status))
		if x.Address != "127.0.0.1" || x.RequestID == "" || !x.At.Equal(noon) {
			t.Errorf("%+v", x)
		}
	}
	want := "the-viewer addVEN 403, the-viewer signIn 200, the-operator createEvent 201, the-operator signIn 200, token addVEN 201, token addUser 201, token addUser 201, token addUser 201"
	if strings.Join(got, ", ") != want {
		t.Errorf("the log is %s, want %s", strings.Join(got, ", "), want)
	}
	log, err = r.ListAudit(t.Context(), client.AuditFilter{Actor: "the-operator", Operation: "createEvent", From: noon}, "", 1)
	if err != nil || len(log.Items) != 1 || log.Items[0].Path != "/api/v1/events" || log.Next != "" {
		t.Errorf("%+v, %v", log, err)
	}
}

// TestSessionsEnd: by logout, by another password, and with the user.
func TestSessionsEnd(t *testing.T) {
	r := withUsers(t)
	reads := func(as func(*http.Request)) int { return r.do(http.MethodGet, "/api/v1/events", "", as).status }
	first, second := r.signIn("the-viewer"), r.signIn("the-viewer")
	if a := r.do(http.MethodPost, "/api/v1/logout", "", first); a.status != http.StatusNoContent || !strings.Contains(a.header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("%d %s", a.status, a.header)
	}
	if reads(first) != http.StatusUnauthorized || reads(second) != http.StatusOK {
		t.Error("after logout")
	}
	const another = "some other words"
	for _, test := range []struct {
		present, password string
		status            int
	}{{"wrong", another, 422}, {aPassword, "short", 422}, {aPassword, "", 422}, {aPassword, another, 204}} {
		if a := r.do(http.MethodPost, "/api/v1/me/password", fmt.Sprintf(`{"present": %q, "password": %q}`, test.present, test.password), second); a.status != test.status {
			t.Errorf("%+v: %d %s", test, a.status, a.body)
		}
	}
	if reads(second) != http.StatusUnauthorized {
		t.Error("another password did not end the session")
	}
	operator := r.signIn("the-operator")
	token, err := r.AddToken(t.Context(), "the-operator", client.TokenSpec{Label: "x", Duration: "P1D"})
	if err != nil || token.ExpiresAt == nil {
		t.Fatal(token, err)
	}
	if keys, err := r.ListKeys(t.Context(), "the-operator"); err != nil || len(keys.Items) != 2 || strings.Contains(fmt.Sprint(keys), token.Token) {
		t.Errorf("%+v, %v", keys, err)
	}
	if err := r.DeleteUser(t.Context(), "the-operator"); err != nil {
		t.Fatal(err)
	}
	if reads(operator) != http.StatusUnauthorized || reads(bearer(token.Token)) != http.StatusUnauthorized {
		t.Error("a user who was deleted goes on")
	}
}

// TestUsersCloseTheAPI: once there is a user, nobody is let in without credentials, and
// another Host than loopback is taken.
func TestUsersCloseTheAPI(t *testing.T) {
	r := start(t)
	if a := r.do(http.MethodGet, "/api/v1/me", ""); !strings.Contains(a.body, `"local"`) {
		t.Error(a.body)
	}
	if _, err := r.AddUser(t.Context(), client.UserSpec{Name: "ada", Role: "administrator", Password: aPassword}); err != nil {
		t.Fatal(err)
	}
	if a := r.do(http.MethodGet, "/api/v1/me", ""); a.status != http.StatusUnauthorized {
		t.Error(a.body)
	}
	as := r.signIn("ada")
	if a := r.do(http.MethodGet, "/api/v1/me", "", as, host("vtn.example.org")); a.status != http.StatusOK {
		t.Error(a.body)
	}
	if a := r.do(http.MethodPost, "/api/v1/vens", `{"venID": "x"}`, as, header("Origin", "https://evil.example"), header("Sec-Fetch-Site", "cross-site")); a.status != http.StatusForbidden {
		t.Errorf("a page of another origin: %d", a.status)
	}
	if a := r.do(http.MethodDelete, "/api/v1/users/ada", "", as); a.status != http.StatusNoContent {
		t.Errorf("the last user: %d %s", a.status, a.body)
	}
	if a := r.do(http.MethodGet, "/api/v1/me", ""); a.status != http.StatusOK {
		t.Errorf("without users again: %s", a.body)
	}
}

// TestWrongPasswords: a thousand of them make that client wait, and nobody else. None of
// them tells whether there is such a user.
func TestWrongPasswords(t *testing.T) {
	r := withUsers(t)
	statuses := map[int]int{}
	for i := range 1000 {
		name := []string{"the-viewer", "nobody-at-all"}[i%2]
		a := r.do(http.MethodPost, "/api/v1/login", fmt.Sprintf(`{"name": %q, "password": "guess %d"}`, name, i))
		if statuses[a.status]++; a.status == http.StatusTooManyRequests && a.header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
		if strings.Contains(a.body, "nobody") || strings.Contains(a.body, "viewer") {
			t.Error(a.body)
		}
	}
	if statuses[401] != 10 || statuses[429] != 990 {
		t.Errorf("they were answered %v", statuses)
	}
	r.signIn("the-operator")
	for _, bad := range []string{`{"name": "the-operator"}`, `{"name": 1, "password": "x"}`, `{"name": "a", "password": "b", "code": "c"}`, `[]`} {
		if a := r.do(http.MethodPost, "/api/v1/login", bad); a.status != 422 && a.status != 400 {
			t.Errorf("%s: %d", bad, a.status)
		}
	}
}

// TestBadUsers: what is wrong with a user is named.
func TestBadUsers(t *testing.T) {
	r := withUsers(t)
	as := bearer("correct-horse")
	for body, field := range map[string]string{
		`{"name": "", "role": "viewer"}`: "name", `{"name": "token", "role": "viewer"}`: "name", `{"name": "a b", "role": "viewer"}`: "name",
		`{"name": "a", "role": "boss"}`: "role", `{"name": "a"}`: "role", `{"name": "a", "role": "viewer", "password": "short"}`: "password",
		`{"name": "averylongname", "role": "viewer", "password": "AVeryLongName1"}`: "password", `{"name": "a", "role": "viewer", "admin": true}`: "admin",
	} {
		a := r.do(http.MethodPost, "/api/v1/users", body, as)
		if a.status != 422 || len(a.problem(t).Errors) != 1 || a.problem(t).Errors[0].Field != field {
			t.Errorf("%s: %d %s", body, a.status, a.body)
		}
	}
	for _, test := range []struct {
		method, path, body string
		status             int
	}{
		{http.MethodPost, "/users", `{"name": "THE-VIEWER", "role": "viewer"}`, 409},
		{http.MethodPatch, "/users/the-administrator", `{"role": "viewer"}`, 409},
		{http.MethodDelete, "/users/the-administrator", ``, 409},
		{http.MethodGet, "/users/x", ``, 404},
		{http.MethodPost, "/users/x/tokens", `{"label": "x"}`, 404},
		{http.MethodPost, "/users/the-viewer/tokens", `{"label": ""}`, 422},
		{http.MethodPost, "/users/the-viewer/tokens", `{"label": "x", "duration": "-PT1H"}`, 422},
		{http.MethodDelete, "/users/the-viewer/tokens/x", ``, 404},
		{http.MethodPost, "/me/password", `{"present": "x", "password": "y"}`, 409},
		{http.MethodPatch, "/users/the-viewer", `{"role": "operator", "password": null}`, 200},
	} {
		if a := r.do(test.method, "/api/v1"+test.path, test.body, as); a.status != test.status {
			t.Errorf("%s %s: %d %s", test.method, test.path, a.status, a.body)
		}
	}
	if a := r.do(http.MethodPost, "/api/v1/login", fmt.Sprintf(`{"name": "the-viewer", "password": %q}`, aPassword)); a.status != 401 {
		t.Errorf("without a password: %d", a.status)
	}
}
