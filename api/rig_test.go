package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/api"
	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
	"github.com/vtn-xmpp/vtn-xmpp/registry/registrytest"
)

// noon is when every test takes place.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// stopped is a clock that stands still.
type stopped time.Time

func (c stopped) Now() time.Time { return time.Time(c) }
func (c stopped) After(time.Duration) (<-chan time.Time, func() bool) {
	return nil, func() bool { return true }
}

// rig is the API of a real VTN on a real SQLite registry, listening on loopback.
type rig struct {
	*client.Client
	t     *testing.T
	url   string
	vtn   *core.VTN
	store string
	reg   *registry.Registry
	log   *buffer
}

func start(t *testing.T, change ...func(*api.Config)) *rig {
	t.Helper()
	return startOn(t, registrytest.SQLite(t), change...)
}

// startOn is start on a store that there is.
func startOn(t *testing.T, store string, change ...func(*api.Config)) *rig {
	t.Helper()
	r := &rig{t: t, store: store, log: &buffer{}}
	var err error
	if r.reg, err = registry.Open(t.Context(), r.store, zerolog.Nop()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.reg.Close() })
	metrics := prometheus.NewRegistry()
	r.vtn = core.New(core.Config{VTNID: "VTN", Registration: core.RegistrationOpen}, r.reg, stopped(noon), zerolog.Nop(), metrics)
	cfg := api.Config{Version: "test", Metrics: metrics, Log: zerolog.New(r.log)}
	for _, c := range change {
		c(&cfg)
	}
	server := httptest.NewServer(api.New(cfg, r.vtn).Handler())
	t.Cleanup(server.Close)
	r.url = server.URL
	r.Client = client.New(server.URL, cfg.Token)
	return r
}

func withToken(token string) func(*api.Config) { return func(c *api.Config) { c.Token = token } }

// answer is what the API said.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) problem(t *testing.T) client.Problem {
	t.Helper()
	if ct := a.header.Get("Content-Type"); ct != "application/problem+json" {
		t.Fatalf("status %d, Content-Type %q, want a problem; body %s", a.status, ct, a.body)
	}
	var p client.Problem
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		t.Fatalf("problem %s: %v", a.body, err)
	}
	if p.Status != a.status || p.RequestID == "" || p.RequestID != a.header.Get("X-Request-Id") {
		t.Fatalf("problem %s does not fit the answer: status %d, X-Request-Id %q", a.body, a.status, a.header.Get("X-Request-Id"))
	}
	return p
}

// do sends a request as it stands; change alters it first.
func (r *rig) do(method, path, body string, change ...func(*http.Request)) answer {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, c := range change {
		c(req)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(raw)}
}

func (r *rig) addVEN(spec client.VENSpec) *client.VEN {
	r.t.Helper()
	v, err := r.AddVEN(r.t.Context(), spec)
	if err != nil {
		r.t.Fatal(err)
	}
	return v
}

// refused is the problem in an error of the client.
func refused(t *testing.T, err error, status int) *client.Problem {
	t.Helper()
	var p *client.Problem
	if !errors.As(err, &p) {
		t.Fatalf("err = %v, want a problem with status %d", err, status)
	}
	if p.Status != status {
		t.Fatalf("problem %+v, want status %d", p, status)
	}
	return p
}

// document is JSON to be altered: paths are like "signals.0.type"; a nil value
// takes a member away.
func document(t *testing.T, text string, changes map[string]any) string {
	t.Helper()
	var doc any
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	for _, path := range slices.Sorted(maps.Keys(changes)) {
		value := changes[path]
		at, names := doc, strings.Split(path, ".")
		for _, name := range names[:len(names)-1] {
			if list, ok := at.([]any); ok {
				at = list[name[0]-'0']
			} else {
				at = at.(map[string]any)[name]
			}
		}
		last := names[len(names)-1]
		if value == nil {
			delete(at.(map[string]any), last)
		} else if list, ok := at.([]any); ok {
			list[last[0]-'0'] = value
		} else {
			at.(map[string]any)[last] = value
		}
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// buffer is a log that may be written and read at once.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
