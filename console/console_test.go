package console_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/api"
	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/console"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/people"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
	"github.com/vtn-xmpp/vtn-xmpp/registry/registrytest"
)

const password = "three words together"

// site is the console of a real VTN on a real store.
type site struct {
	*client.Client
	t   *testing.T
	url string
}

func start(t *testing.T) *site {
	t.Helper()
	reg, err := registry.Open(t.Context(), registrytest.SQLite(t), zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reg.Close() })
	vtn := core.New(core.Config{VTNID: "VTN"}, reg, core.SystemClock{}, zerolog.Nop(), nil)
	cfg := api.Config{Version: "test", Token: "a token", People: people.New(reg.People(), core.SystemClock{}), Log: zerolog.Nop()}
	cfg.Pages = func(api http.Handler) http.Handler { return console.New(api, "test", time.Now, zerolog.Nop()) }
	server := httptest.NewServer(api.New(cfg, vtn).Handler())
	t.Cleanup(server.Close)
	s := &site{client.New(server.URL, "a token"), t, server.URL}
	for _, role := range []string{"administrator", "operator", "viewer"} {
		if _, err := s.AddUser(t.Context(), client.UserSpec{Name: "the-" + role, Role: role, Password: password}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// browser keeps cookies and follows redirects.
type browser struct {
	*http.Client
	s *site
}

func (s *site) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &browser{&http.Client{Jar: jar}, s}
}

// signedIn is the browser of a user.
func (s *site) signedIn(name string) *browser {
	s.t.Helper()
	b := s.browser()
	if p := b.post("/console/sign-in", url.Values{"name": {name}, "password": {password}}); p.status != 200 || p.path != "/console/events" {
		s.t.Fatalf("sign-in of %s: %d %s", name, p.status, p.path)
	}
	return b
}

// shown is a page that a browser shows.
type shown struct {
	status     int
	path, body string
	header     http.Header
}

func (b *browser) read(resp *http.Response, err error) shown {
	b.s.t.Helper()
	if err != nil {
		b.s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.s.t.Fatal(err)
	}
	return shown{resp.StatusCode, resp.Request.URL.RequestURI(), string(body), resp.Header}
}

func (b *browser) get(path string) shown {
	b.s.t.Helper()
	return b.read(b.Get(b.s.url + path))
}

func (b *browser) post(path string, form url.Values) shown {
	b.s.t.Helper()
	return b.read(b.PostForm(b.s.url+path, form))
}

func (p shown) says(t *testing.T, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(p.body, word) {
			t.Errorf("%s does not say %q: %s", p.path, word, p.body)
		}
	}
}

// sample enters a VEN and an event whose texts a page must not take for markup.
func (s *site) sample() *client.Event {
	s.t.Helper()
	const nasty = `<script>alert(1)</script>"'=1+1`
	if _, err := s.AddVEN(s.t.Context(), client.VENSpec{VENID: "ven 1", VENName: nasty, Groups: []string{nasty}}); err != nil {
		s.t.Fatal(err)
	}
	e, err := s.CreateEvent(s.t.Context(), client.EventSpec{MarketContext: "http://example.org/" + url.PathEscape(nasty), Start: time.Now().Add(time.Hour).Truncate(time.Second), Duration: "PT1H", Comment: nasty,
		Signals: []client.Signal{{Name: "SIMPLE", Type: "level", Intervals: []client.Interval{{Duration: "PT1H", Value: 2}}}}, Targets: client.Targets{All: true}})
	if err != nil {
		s.t.Fatal(err)
	}
	return e
}

// TestSignIn: whoever is not signed in is asked to and comes back to the page; a wrong
// password is said; signing out ends the session.
func TestSignIn(t *testing.T) {
	s := start(t)
	b := s.browser()
	p := b.get("/")
	if p.path != "/console/sign-in?next=%2Fconsole%2Fevents" {
		t.Errorf("the first page is %s", p.path)
	}
	p.says(t, `name="password"`, `value="/console/events"`)
	if p := b.post("/console/sign-in", url.Values{"name": {"the-viewer"}, "password": {"wrong"}}); p.status != 401 {
		t.Errorf("a wrong password: %d", p.status)
	} else {
		p.says(t, "the name or the password is wrong", `value="the-viewer"`)
	}
	if p := b.post("/console/sign-in", url.Values{"name": {"the-viewer"}, "password": {password}, "next": {"/console/vens?cursor=a"}}); p.path != "/console/vens?cursor=a" {
		t.Errorf("it goes on at %s", p.path)
	}
	if p := b.post("/console/sign-out", nil); p.path != "/console/sign-in" {
		t.Errorf("after signing out: %s", p.path)
	}
	if p := b.get("/console/vens"); !strings.HasPrefix(p.path, "/console/sign-in") {
		t.Errorf("signed out, it shows %s", p.path)
	}
	for _, next := range []string{"https://evil.example/", "//evil.example", "/console/\r\nX: y", `/console/\evil`, "/api/v1/me"} {
		if p := b.post("/console/sign-in", url.Values{"name": {"the-viewer"}, "password": {password}, "next": {next}}); p.path != "/console/events" {
			t.Errorf("next %q leads to %s", next, p.path)
		}
	}
}

// TestPagesShowTextAsText: what VENs and operators enter is no markup, and the pages take
// nothing from elsewhere.
func TestPagesShowTextAsText(t *testing.T) {
	s := start(t)
	e := s.sample()
	b := s.signedIn("the-operator")
	for _, path := range []string{"/console/events", "/console/events/" + e.EventID, "/console/events/" + e.EventID + "/cancel", "/console/vens", "/console/vens/ven%201"} {
		p := b.get(path)
		if p.status != 200 || strings.Contains(p.body, "<script>") || strings.Contains(p.body, "style=") {
			t.Errorf("%s: %d %s", path, p.status, p.body)
		}
		if csp := p.header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'self'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: %s", path, csp)
		}
		for _, link := range regexp.MustCompile(`(?:href|src|action)="([^"]*)"`).FindAllStringSubmatch(p.body, -1) {
			if strings.Contains(link[1], "/sign-") || strings.HasPrefix(link[1], "#") {
				continue
			}
			if to := b.get(strings.ReplaceAll(link[1], "&amp;", "&")); to.status != 200 {
				t.Errorf("%s leads to %s: %d", path, link[1], to.status)
			}
		}
	}
	b.get("/console/vens/ven%201").says(t, "&lt;script&gt;")
	if p := b.get("/console/events/none"); p.status != 404 {
		t.Errorf("no such event: %d", p.status)
	} else {
		p.says(t, "there is no event", "Back to the events")
	}
	if p := b.get("/console/nowhere"); p.status != 404 {
		t.Errorf("no such page: %d", p.status)
	}
}

// TestCancelFromThePage: an operator is asked first, a viewer is not offered it and
// refused, and neither is a page of another origin.
func TestCancelFromThePage(t *testing.T) {
	s := start(t)
	path := "/console/events/" + s.sample().EventID
	viewer, operator := s.signedIn("the-viewer"), s.signedIn("the-operator")
	if p := viewer.get(path); strings.Contains(p.body, "Cancel the event") {
		t.Error("a viewer is offered to cancel it")
	}
	if p := viewer.post(path+"/cancel", nil); p.status != 403 {
		t.Errorf("a viewer cancels it: %d", p.status)
	} else {
		p.says(t, "needs the role operator")
	}
	operator.get(path).says(t, "Cancel the event")
	operator.get(path+"/cancel").says(t, "<b>1 VENs</b>", "not registered")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+path+"/cancel", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	if p := operator.read(operator.Do(req)); p.status != 403 {
		t.Errorf("a page of another origin: %d", p.status)
	}
	if p := operator.post(path+"/cancel", nil); p.status != 200 || p.path != path {
		t.Errorf("%d %s", p.status, p.path)
	} else {
		p.says(t, `<span class="state cancelled">cancelled</span>`)
	}
	audit, err := s.ListAudit(t.Context(), client.AuditFilter{Operation: "cancelEvent"}, "", 0)
	var who []string
	for _, x := range audit.Items {
		who = append(who, fmt.Sprint(x.Actor, " ", x.Status))
	}
	if got := strings.Join(who, ", "); err != nil || got != "the-operator 200, the-viewer 403" {
		t.Errorf("the audit log has %s, %v", got, err)
	}
}

// TestStaticFilesAreKept: a browser fetches them once for each version.
func TestStaticFilesAreKept(t *testing.T) {
	b := start(t).browser()
	links := regexp.MustCompile(`/console/static/[a-z]+\.(?:css|js)\?\w+`).FindAllString(b.get("/console/sign-in").body, -1)
	if len(links) != 2 {
		t.Fatalf("the page has %q", links)
	}
	for _, link := range links {
		if p := b.get(link); p.status != 200 || !strings.Contains(p.header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %v", link, p.status, p.header)
		}
	}
}
