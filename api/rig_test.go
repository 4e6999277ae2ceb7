package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
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
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
	"github.com/vtn-xmpp/vtn-xmpp/people"
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

// startOn is start on an existing store.
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
	cfg := api.Config{Version: "test", Metrics: metrics, Log: zerolog.New(r.log), People: people.New(r.reg.People(), stopped(noon))}
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

// answer is an answer of the API.
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

// do sends a request. change alters it before.
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

// refused is the problem in an error of the client, which must have this status.
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

// document changes JSON. Paths are like "signals.0.type"; nil removes a member.
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

// buffer is a log that may be written and read concurrently.
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

// startWithVEN has one VEN, which all targets of full and least name.
func startWithVEN(t *testing.T) *rig {
	r := start(t)
	r.addVEN(client.VENSpec{VENID: "ven-1", Groups: []string{"g1"}, Resources: []string{"r1"}, Parties: []string{"p1"}, MarketContexts: []string{"http://example.org/dr"}})
	return r
}

// same compares JSON, ignoring the members of got that want does not have.
func same(t *testing.T, got, want string) {
	t.Helper()
	var g, w map[string]any
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		t.Fatalf("%s: %v", got, err)
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	for name := range w {
		if !reflect.DeepEqual(g[name], w[name]) {
			t.Errorf("%s = %v, want %v", name, g[name], w[name])
		}
	}
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// offered is a transport that VENs can register with. It sends nothing.
type offered struct{}

func (offered) Name() string                                { return "xmpp" }
func (offered) Push(context.Context, core.Push) error       { return core.ErrNotConnected }
func (offered) Probe(context.Context, []string) error       { return core.ErrNotConnected }
func (offered) Compare(string, core.Peer) core.AddressMatch { return core.OtherIdentity }

// reportRig is a rig with VENs that report. Nothing is pushed to them; they send all
// messages as requests.
type reportRig struct {
	*rig
	sent *oadrtest.Recorder
}

func startReports(t *testing.T) *reportRig {
	t.Helper()
	r := &reportRig{start(t), &oadrtest.Recorder{}}
	r.vtn.AddTransport(offered{})
	t.Cleanup(func() {
		if len(r.sent.Payloads()) > 0 {
			r.sent.Validate(t)
		}
	})
	return r
}

// say sends a message of a VEN to the VTN and returns the reply.
func (r *reportRig) say(venID string, m oadr.Message) oadr.Message {
	r.t.Helper()
	return r.sayRaw(venID, oadr.Append(nil, oadr.Form{}, m))
}

func (r *reportRig) sayRaw(venID string, raw []byte) oadr.Message {
	r.t.Helper()
	p, err := oadr.Decode(raw, oadr.DefaultLimits)
	if err != nil {
		r.t.Fatal(err)
	}
	from := core.Peer{Transport: "xmpp", Identity: venID + "@example.org", Address: venID + "@example.org/client"}
	reply, err := r.vtn.Handle(r.t.Context(), from, p)
	if err != nil {
		r.t.Fatalf("%s from %s: %v", p.Message.Kind(), venID, err)
	}
	if reply != nil {
		r.sent.Record(oadr.Append(nil, p.Form, reply))
	}
	return reply
}

// joins enters a VEN and registers it.
func (r *reportRig) joins(venID string, groups ...string) {
	r.t.Helper()
	r.addVEN(client.VENSpec{VENID: venID, Groups: groups, Identities: []client.Identity{{Identity: venID + "@example.org"}}})
	reply := r.say(venID, &oadr.CreatePartyRegistration{RequestID: "r1", ProfileName: "2.0b", TransportName: "xmpp", VENName: "a VEN"})
	if got := reply.(*oadr.CreatedPartyRegistration).Response; got.Code != oadr.CodeOK {
		r.t.Fatalf("registration of %s: %+v", venID, got)
	}
}

// reports has a VEN join that offers reports of power, voltage and its state.
func (r *reportRig) reports(venID string, groups ...string) {
	r.t.Helper()
	r.joins(venID, groups...)
	r.registers(venID, telemetry(venID))
}

func (r *reportRig) registers(venID string, m *oadr.RegisterReport) *oadr.RegisteredReport {
	r.t.Helper()
	reply := r.say(venID, m).(*oadr.RegisteredReport)
	if reply.Response.Code != oadr.CodeOK {
		r.t.Fatalf("the reports of %s: %+v", venID, reply.Response)
	}
	return reply
}

func telemetry(venID string) *oadr.RegisterReport {
	keeps := 48 * time.Hour
	rate := &oadr.SamplingRate{MinPeriod: time.Minute, MaxPeriod: time.Hour}
	return &oadr.RegisterReport{RequestID: "reg-1", VENID: venID, Reports: []oadr.Report{{
		ReportSpecifierID: "telemetry", ReportName: "METADATA_TELEMETRY_USAGE", ReportRequestID: "0", CreatedDateTime: noon, Duration: &keeps,
		Descriptions: []oadr.ReportDescription{
			{RID: "power", ReportType: "demand", ReadingType: "Direct Read", MarketContext: "http://example.org/dr", SamplingRate: rate,
				Unit:    &oadr.Unit{Type: "powerReal", Scale: "k", Hertz: 50, Voltage: 230, AC: true},
				Subject: &oadr.Target{EndDeviceAssets: []string{"Thermostat"}}, DataSource: &oadr.Target{Resources: []string{"r1"}, Groups: []string{"north"}}},
			{RID: "=voltage", ReportType: "reading", ReadingType: "Direct Read", Unit: &oadr.Unit{Type: "voltage", Scale: "none"}, SamplingRate: rate},
		},
	}, {
		ReportSpecifierID: "status", ReportName: "METADATA_TELEMETRY_STATUS", ReportRequestID: "0", CreatedDateTime: noon, Duration: &keeps,
		Descriptions: []oadr.ReportDescription{{RID: "state", ReportType: "x-resourceStatus", ReadingType: oadr.ReadingNotApplicable}},
	}}}
}

// requested asks a VEN for a report, to which it agrees.
func (r *reportRig) requested(spec client.ReportRequestSpec) client.ReportRequest {
	r.t.Helper()
	made, err := r.RequestReports(r.t.Context(), spec)
	if err != nil {
		r.t.Fatal(err)
	}
	if len(made.Items) != 1 {
		r.t.Fatalf("asked for %+v", made)
	}
	one := made.Items[0]
	r.say(one.VENID, &oadr.CreatedReport{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: "c"}, Pending: []string{one.ReportRequestID}, VENID: one.VENID})
	return one
}

var periodic = client.ReportRequestSpec{VENID: "ven-1", ReportSpecifierID: "telemetry", Granularity: "PT1M", ReportBackDuration: "PT5M"}

// sends has a VEN report intervals for a request.
func (r *reportRig) sends(q client.ReportRequest, intervals ...oadr.ReportInterval) {
	r.t.Helper()
	raw := oadr.Append(nil, oadr.Form{}, &oadr.UpdateReport{RequestID: "up", VENID: q.VENID, Reports: []oadr.Report{{
		Start: intervals[0].Start, ReportRequestID: q.ReportRequestID, ReportSpecifierID: q.ReportSpecifierID, ReportName: q.ReportName, CreatedDateTime: noon, Intervals: intervals,
	}}})
	raw = bytes.ReplaceAll(raw, []byte("PT1S"), []byte("PT1.5S")) // the VTN itself writes no fractions
	reply := r.sayRaw(q.VENID, raw).(*oadr.UpdatedReport)
	if reply.Response.Code != oadr.CodeOK {
		r.t.Fatalf("the data of %s: %+v", q.ReportRequestID, reply.Response)
	}
}

// minutes are intervals of power of one minute each, from an offset after noon on.
func minutes(offset int, power ...float64) (list []oadr.ReportInterval) {
	minute := time.Minute
	for i, value := range power {
		list = append(list, oadr.ReportInterval{Start: noon.Add(time.Duration(offset+i) * minute), Duration: &minute,
			Payloads: []oadr.ReportPayload{{RID: "power", Value: value}}})
	}
	return list
}

const greenButton = oadr.XML(`<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:uuid:1</id><title>A "feed", with
lines</title><updated>2026-11-24T12:00:00Z</updated></feed>`)

// measures has ven-1 report values of all kinds, and returns both requests.
func (r *reportRig) measures() (telemetry, status client.ReportRequest) {
	r.t.Helper()
	telemetry = r.requested(periodic)
	confidence, accuracy, minute, second := uint32(95), 0.5, time.Minute, time.Second
	least, most := -1.0, 1.0
	r.sends(telemetry,
		oadr.ReportInterval{Start: noon, Duration: &minute, Payloads: []oadr.ReportPayload{
			{RID: "power", Value: -1.25, Quality: "Quality Good - Non Specific", Confidence: &confidence, Accuracy: &accuracy}, {RID: "=voltage", Value: 229.5}}},
		oadr.ReportInterval{Start: noon.Add(500 * time.Millisecond), Duration: &second, Payloads: []oadr.ReportPayload{{RID: "power", Value: 3}}},
	)
	status = r.requested(client.ReportRequestSpec{VENID: "ven-1", ReportSpecifierID: "status"})
	r.sends(status,
		oadr.ReportInterval{Start: noon, Duration: &minute, Payloads: []oadr.ReportPayload{{RID: "state", Status: &oadr.ResourceStatus{Online: true,
			LoadControlState: &oadr.LoadControlState{LevelOffset: &oadr.LoadControl{Min: &least, Max: &most, Current: 0.5}}}}}},
		oadr.ReportInterval{Start: noon.Add(time.Minute), GreenButton: []oadr.XML{greenButton}},
	)
	return telemetry, status
}

// full is an event with every field set.
const full = `{
	"eventID": "ev-1", "marketContext": "http://example.org/dr", "priority": 1,
	"start": "2026-11-24T17:00:00Z", "duration": "PT1H",
	"notification": "PT10M", "rampUp": "-PT5M", "recovery": "PT2M", "startAfter": "PT1M",
	"testEvent": true, "comment": "a \"comment\"", "responseRequired": "never", "overlap": "allow",
	"signals": [
		{"name": "LOAD_DISPATCH", "type": "setpoint", "unit": {"type": "powerReal", "scale": "k", "units": "W", "hertz": 50, "voltage": 230, "ac": true},
		 "deviceClasses": ["Thermostat"], "intervals": [{"duration": "PT30M", "value": 40}, {"duration": "PT30M", "value": 60.5}]},
		{"name": "x-heat", "type": "level", "unit": {"type": "temperature", "scale": "none", "units": "celsius"}, "deviceClasses": [], "intervals": [{"duration": "PT1H", "value": -1}]}
	],
	"baseline": {"start": "2026-11-23T17:00:00Z", "duration": "PT1H", "id": "b1", "name": "yesterday", "resources": ["r1"],
		"unit": {"type": "currencyPerKWh", "scale": "none", "currency": "EUR"}, "intervals": [{"duration": "PT1H", "value": 3}]},
	"targets": {"all": true, "venIDs": ["ven-1"], "groups": ["g1"], "resources": ["r1"], "parties": ["p1"], "marketContexts": ["http://example.org/dr"]}
}`

// least is an event without anything that can be left out.
const least = `{
	"marketContext": "http://example.org/dr", "start": "2026-11-24T18:00:00+01:00", "duration": "PT1H",
	"signals": [{"name": "SIMPLE", "type": "level", "intervals": [{"duration": "PT1H", "value": 2}]}],
	"targets": {"groups": ["g1"]}
}`

// unregistered is what the API shows of a VEN that was entered but has not registered.
const unregistered = `"registered": false, "presence": "unknown", "lastSeen": null, "nextAttempt": null, "reason": "not registered: it is told once it registers"`

const requests = "/api/v1/report-requests"
