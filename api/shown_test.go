package api_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
)

// said has a VEN send a message; the VTN may refuse it. said replaces the IDs in the
// message by those of the VEN, an event and a report request that exist, so that what
// it says about them is stored.
func (r *reportRig) said(venID string, p *oadr.Payload, requests []string) {
	r.t.Helper()
	switch m := p.Message.(type) {
	case *oadr.CreatePartyRegistration:
		m.VENID, m.RegistrationID, m.ProfileName, m.TransportName, m.XMLSignature = venID, "", "2.0b", "xmpp", false
		m.ReportOnly = false
	case *oadr.CreateOpt:
		m.VENID, m.Target.VENs = venID, nil
		if m.Event != nil && m.Schedule {
			m.Event = nil
		}
		if m.Event != nil {
			m.Event = &oadr.QualifiedEventID{EventID: "ev-1"}
			if m.Target.Resources != nil { // the event's
				m.Target.Resources = []string{"r1"}
			}
		}
	case *oadr.CreatedEvent:
		m.VENID = venID
		for i := range m.Responses {
			m.Responses[i].EventID, m.Responses[i].ModificationNumber = "ev-1", 0
		}
	case *oadr.RegisterReport:
		m.VENID = venID
	case *oadr.CreateReport:
		m.VENID = venID
		for i := range m.Requests {
			m.Requests[i].Specifier.ReportSpecifierID = oadr.SpecifierMetadata
		}
	case *oadr.UpdateReport:
		m.VENID = venID
		for i := range m.Reports {
			m.Reports[i].ReportRequestID = requests[i%len(requests)]
			for j := range m.Reports[i].Intervals {
				if start := &m.Reports[i].Intervals[j].Start; !start.IsZero() && start.Year() != noon.Year() {
					*start = start.AddDate(noon.Year()-start.Year(), 0, 0)
				}
				payloads := m.Reports[i].Intervals[j].Payloads
				for k := range payloads {
					payloads[k].RID = [][]string{{"power", "=voltage"}, {"state"}}[i%2][k%(2-i%2)]
				}
			}
		}
	}
	from := core.Peer{Transport: "xmpp", Identity: venID + "@example.org", Address: venID + "@example.org/client"}
	if _, err := r.vtn.Handle(r.t.Context(), from, p); err != nil {
		r.t.Fatalf("%s: %v", p.Message.Kind(), err)
	}
}

// listPage is a page of any list.
type listPage struct {
	Items []map[string]any
	Next  string
}

// walk reads everything that the API shows, from the IDs that lists have.
type walk struct {
	*rig
	ids map[string][]string // by the name of the member
}

// get reads one thing, a page or a download.
func (w *walk) get(path string) (page listPage) {
	w.t.Helper()
	a := w.do(http.MethodGet, path, "")
	if a.status != http.StatusOK {
		w.t.Fatalf("GET %s: status %d: %s\n%s", path, a.status, a.body, w.log)
	}
	if strings.HasSuffix(path, "csv") {
		return page
	}
	if err := json.Unmarshal([]byte(a.body), &page); err != nil {
		w.t.Fatalf("GET %s: %v: %s", path, err, a.body)
	}
	return page
}

// list reads a list twice, as a whole and item by item.
func (w *walk) list(path string) {
	w.t.Helper()
	query := "?"
	if strings.Contains(path, "?") {
		query = "&"
	}
	inPagesOf := func(limit string) (items []map[string]any) {
		for page := w.get(path + query + limit); ; page = w.get(path + query + limit + "&cursor=" + url.QueryEscape(page.Next)) {
			if items = append(items, page.Items...); page.Next == "" {
				return items
			}
		}
	}
	whole, single := inPagesOf("limit=1000"), inPagesOf("limit=1")
	if !reflect.DeepEqual(whole, single) {
		w.t.Fatalf("GET %s has %d items, one by one %d:\n%v\n%v", path, len(whole), len(single), whole, single)
	}
	for _, item := range whole {
		for _, id := range []string{"eventID", "venID", "reportRequestID", "orderID", "reportSpecifierID"} {
			if s, ok := item[id].(string); ok && s != "" {
				w.ids[id] = append(w.ids[id], s)
			}
		}
	}
}

// showsAll reads everything that can be read by GET.
func (r *rig) showsAll() {
	r.t.Helper()
	w := &walk{r, map[string][]string{}}
	const at = "/api/v1/"
	for _, path := range []string{"vens", "events", "opts?cancelled=true", "opts?active=true", "report-requests", "report-orders"} {
		w.list(at + path)
	}
	for _, id := range w.ids["eventID"] {
		one := at + "events/" + url.PathEscape(id)
		w.get(one)
		w.list(one + "/vens")
		w.list(one + "/vens?optedOutBySchedule=true")
		w.list(one + "/history")
	}
	for _, id := range w.ids["venID"] {
		one := at + "vens/" + url.PathEscape(id)
		w.get(one)
		w.list(one + "/notices")
		w.list(at + "opts?venID=" + url.QueryEscape(id))
		for _, report := range w.get(one + "/reports").Items {
			data := one + "/data?reportSpecifierID=" + url.QueryEscape(fmt.Sprint(report["reportSpecifierID"]))
			w.list(data)
			w.get(data + "&format=json")
			w.get(data + "&format=csv")
		}
	}
	for _, id := range w.ids["reportRequestID"] {
		one := at + "report-requests/" + url.PathEscape(id)
		w.get(one)
		w.list(one + "/data")
		w.get(one + "/data?format=json")
		w.get(one + "/data?format=csv")
	}
	for _, id := range w.ids["orderID"] {
		w.get(at + "report-orders/" + url.PathEscape(id))
	}
}

// TestShowsAllKnowsEveryGET: showsAll reads all paths of the document.
func TestShowsAllKnowsEveryGET(t *testing.T) {
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal([]byte(start(t).do(http.MethodGet, "/openapi.json", "").body), &doc); err != nil {
		t.Fatal(err)
	}
	for path, methods := range doc.Paths {
		if methods["get"] == nil {
			continue
		}
		switch path = strings.TrimPrefix(path, "/api/v1"); path {
		case "/vens", "/vens/{venID}", "/vens/{venID}/notices", "/vens/{venID}/reports", "/vens/{venID}/data",
			"/events", "/events/{eventID}", "/events/{eventID}/vens", "/events/{eventID}/history", "/opts",
			"/report-requests", "/report-requests/{reportRequestID}", "/report-requests/{reportRequestID}/data", "/report-orders", "/report-orders/{orderID}":
		case "/webhooks", "/webhooks/{webhookID}": // an operator's words alone; TestWebhooks
		case "/stream": // it has no end; TestJournalEntryHasOneForm
		case "/me", "/users", "/users/{name}", "/users/{name}/tokens", "/audit": // nothing that VENs or operators enter
		default:
			t.Errorf("GET %s is not read by showsAll", path)
		}
	}
}

// populated is a store with a VEN that reports, ven-1, an event for it, ev-1, and two
// requests for reports. It is made once.
var populated struct {
	sync.Mutex
	file     []byte
	requests []string
}

// startPopulated is a rig on a copy of the populated store.
func startPopulated(t *testing.T) (r *reportRig, requests []string) {
	populated.Lock()
	defer populated.Unlock()
	if populated.file == nil {
		dir := t.TempDir()
		r := &reportRig{startOn(t, "sqlite:"+filepath.Join(dir, "vtn.db")), &oadrtest.Recorder{}}
		r.vtn.AddTransport(offered{})
		r.reports("ven-1", "north")
		telemetry, status := r.measures()
		r.joins("~", "north")
		for _, optID := range []string{" ", "~"} { // around those to come
			r.say("ven-1", &oadr.CreateOpt{OptID: optID, OptType: "optIn", OptReason: "economic", VENID: "ven-1", CreatedDateTime: noon, RequestID: "r",
				Schedule: true, Availability: []oadr.Available{{Start: noon}}, Target: oadr.Target{Resources: []string{optID}}})
		}
		if _, err := r.PatchVEN(t.Context(), "ven-1", json.RawMessage(`{"groups": ["g1", "g2"], "resources": ["r1"], "parties": ["p1"], "marketContexts": ["http://example.org/dr"]}`)); err != nil {
			t.Fatal(err)
		}
		if a := r.do(http.MethodPost, "/api/v1/events", strings.Replace(full, `"never"`, `"always"`, 1)); a.status != http.StatusCreated {
			t.Fatal(a.body)
		}
		if err := r.reg.Close(); err != nil { // which puts all of it into the one file
			t.Fatal(err)
		}
		raw, err := os.ReadFile(filepath.Join(dir, "vtn.db"))
		if err != nil {
			t.Fatal(err)
		}
		populated.file, populated.requests = raw, []string{telemetry.ReportRequestID, status.ReportRequestID}
	}
	path := filepath.Join(t.TempDir(), "vtn.db")
	if err := os.WriteFile(path, populated.file, 0o600); err != nil {
		t.Fatal(err)
	}
	r = &reportRig{startOn(t, "sqlite:"+path), &oadrtest.Recorder{}}
	r.vtn.AddTransport(offered{})
	return r, populated.requests
}

// heard are the messages of VENs that the VTN stores something of.
var heard = []oadr.Kind{
	oadr.KindCreatePartyRegistration, oadr.KindCreateOpt, oadr.KindCreatedEvent, oadr.KindUpdateReport, oadr.KindCreateReport, oadr.KindRegisterReport,
}

// FuzzStoredIsShown: whatever VENs send, every GET can show what is stored of it.
func FuzzStoredIsShown(f *testing.F) {
	files, _ := filepath.Glob("../../shared/field/*.xml") // more to start from, where they are
	for _, file := range files {
		if raw, err := os.ReadFile(file); err == nil {
			f.Add(raw)
		}
	}
	g := oadrtest.NewGenerator(16)
	for range 3 {
		for _, kind := range heard {
			f.Add(oadr.Append(nil, g.Form(), g.Message(kind)))
		}
	}
	f.Add(oadr.Append(nil, oadr.Form{}, telemetry("ven-1")))
	minute, confidence, accuracy := time.Minute, uint32(100), 3.4028234e38
	f.Add(oadr.Append(nil, oadr.Form{}, &oadr.UpdateReport{RequestID: "u", VENID: "ven-1", Reports: []oadr.Report{{
		Start: noon, ReportRequestID: "q", ReportSpecifierID: "telemetry", CreatedDateTime: noon, Intervals: []oadr.ReportInterval{
			{Start: noon, Duration: &minute, Payloads: []oadr.ReportPayload{{RID: "power", Value: -1e38, Confidence: &confidence, Accuracy: &accuracy, Quality: "x-own"}}},
			{Duration: &minute, Payloads: []oadr.ReportPayload{{RID: "=voltage", Value: 1e-45}}, GreenButton: []oadr.XML{greenButton}}},
	}}}))
	f.Add(oadr.Append(nil, oadr.Form{}, &oadr.CreateOpt{OptID: strings.Repeat("<", 255), OptType: "optOut", OptReason: "economic", VENID: "ven-1", CreatedDateTime: noon,
		RequestID: "r", Schedule: true, Availability: []oadr.Available{{Start: noon}, {Start: time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), Duration: 23 * time.Hour}}}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := oadr.Decode(raw, oadr.DefaultLimits)
		if err != nil || p.Invalid != nil {
			return
		}
		r, requests := startPopulated(t)
		r.said("ven-1", p, requests)
		r.showsAll()
	})
}

// FuzzEnteredIsShown: whatever an operator enters can be shown by every GET, and sent
// to VENs.
func FuzzEnteredIsShown(f *testing.F) {
	for i, body := range []string{
		full, `{"venID": "ven-2", "groups": ["g"], "identities": [{"identity": "a@example.org"}]}`,
		`{"venID": "ven-1", "reportSpecifierID": "telemetry", "granularity": "PT1M", "reportBackDuration": "P99Y", "start": "9999-12-31T00:00:00Z", "duration": "P1D"}`,
		`{"start": "9999-12-31T00:00:00Z", "duration": "P99Y", "startAfter": "P99Y"}`, `{"venName": "a", "resources": ["r1", "."]}`,
		`{"start": "9999-12-31T23:00:00Z", "duration": "PT1H", "signals": [{"name": "x-y", "type": "level", "intervals": [{"duration": "PT1H", "value": 3.4028235e38}]}]}`,
	} {
		f.Add(uint8([]int{0, 1, 2, 3, 4, 3}[i]), body)
	}
	f.Fuzz(func(t *testing.T, how uint8, body string) {
		if len(body) > 10000 || !json.Valid([]byte(body)) {
			return
		}
		r, _ := startPopulated(t)
		to := [][2]string{{http.MethodPost, "events"}, {http.MethodPost, "vens"}, {http.MethodPost, "report-requests"}, {http.MethodPatch, "events/ev-1"}, {http.MethodPatch, "vens/ven-1"}}[how%5]
		if a := r.do(to[0], "/api/v1/"+to[1], body); a.status == http.StatusInternalServerError {
			t.Fatalf("%s %s: %s\n%s", to[0], to[1], a.body, r.log)
		} else if a.status/100 != 2 {
			return
		}
		r.showsAll()
		r.sendsEvents(oadr.DefaultLimits)
	})
}

// Generated messages, with everything that the schema allows, are stored one after
// another and shown.
func TestGeneratedIsShown(t *testing.T) {
	for _, seed := range []uint64{1, 2, rand.Uint64()} {
		g := oadrtest.NewGenerator(seed)
		r, requests := startPopulated(t)
		for _, kind := range heard {
			for range 15 {
				r.said("ven-1", &oadr.Payload{Form: g.Form(), Message: g.Message(kind)}, requests)
			}
		}
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			r.t = t
			r.showsAll()
		})
	}
}

// TestGeneratedEntriesAreShown: entries made of the least and the greatest values are
// refused, or shown and sent to VENs.
func TestGeneratedEntriesAreShown(t *testing.T) {
	for _, seed := range []uint64{1, 2, rand.Uint64()} {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			g := entries{rand.New(rand.NewPCG(seed, 0))}
			r, _ := startPopulated(t)
			made := 0
			for range 300 {
				path, body := g.entry()
				switch a := r.do(http.MethodPost, "/api/v1/"+path, body); a.status / 100 {
				case 2:
					made++
				case 4:
					a.problem(t)
				default:
					t.Fatalf("%s: %s: %s\n%s", path, body, a.body, r.log)
				}
			}
			if made < 5 {
				t.Errorf("only %d were taken", made)
			}
			r.showsAll()
			r.sendsEvents(oadr.Limits{Size: 1 << 30, Depth: 64})
		})
	}
}

// sendsEvents has ven-1 request its events. The reply must be a valid message within
// limits.
func (r *reportRig) sendsEvents(limits oadr.Limits) {
	r.t.Helper()
	events := oadr.Append(nil, oadr.Form{}, r.say("ven-1", &oadr.RequestEvent{RequestID: "q", VENID: "ven-1"}))
	if p, err := oadr.Decode(events, limits); err != nil || p.Invalid != nil {
		r.t.Fatalf("ven-1 is sent what nobody can read: %v, %v\n%s", err, p, events)
	}
}

// entries makes what an operator may enter, as JSON.
type entries struct{ *rand.Rand }

// entry makes an event, a VEN or a request for reports, and returns where to send it.
func (g entries) entry() (path, body string) {
	switch g.IntN(4) {
	case 0:
		return "vens", `{"venID": ` + g.text() + `, "venName": ` + g.text() + `, "groups": [` + g.text() + `], "marketContexts": [` + g.text() + `]}`
	case 1:
		return "report-requests", `{"venID": "ven-1", "reportSpecifierID": "telemetry", "granularity": ` + g.any(`"PT1M"`, g.duration()) + `, "reportBackDuration": ` + g.duration() +
			`, "start": ` + g.start() + `, "duration": ` + g.duration() + `}`
	}
	lasts := g.duration()
	return "events", `{"eventID": ` + g.any("null", "null", g.text()) + `, "marketContext": "http://example.org/dr", "start": ` + g.start() + `, "duration": ` + lasts +
		`, "overlap": "allow", "priority": ` + g.any("1", g.number()) +
		`, "notification": ` + g.any(`"PT0S"`, g.duration()) + `, "rampUp": ` + g.any(`"PT0S"`, g.duration()) + `, "startAfter": ` + g.any(`"PT0S"`, g.duration()) +
		`, "comment": ` + g.any(`"c"`, g.text()) + `, "targets": {"venIDs": ["ven-1"]}, "signals": [{"name": "x-own", "type": "level", "intervals": [` +
		`{"duration": ` + g.any(lasts, lasts, g.duration()) + `, "value": ` + g.value() + `}]}]}`
}

func (g entries) any(values ...string) string { return values[g.IntN(len(values))] }

func (g entries) start() string {
	if g.IntN(2) == 0 {
		return `"2026-11-24T17:00:00Z"`
	}
	return g.any(`"2026-11-24T17:00:00+14:00"`, `"1970-01-01T00:00:00Z"`, `"9999-12-31T23:59:59Z"`, `"9999-12-31T23:59:59-14:00"`, `"9899-12-31T00:00:00Z"`,
		`"0000-01-01T00:00:00Z"`, `"10000-01-01T00:00:00Z"`, `"2026-11-24T24:00:00Z"`, `null`)
}

func (g entries) duration() string {
	return g.any(`"PT1H"`, `"PT1H"`, `"PT1H"`, `"PT0S"`, `"PT1S"`, `"P36500D"`, `"P36501D"`, `"P106751D"`, `"P106752D"`, `"-PT1S"`, `"P1M"`, `"PT0.5S"`)
}

func (g entries) value() string {
	return g.any("0", "1", "2.5", "-0", "3.4028235e38", "-3.4028235E+38", "3.4028236e38", "1e-300", "1e400", "NaN", `"1"`)
}

func (g entries) text() string {
	if g.IntN(2) == 0 {
		return fmt.Sprintf(`"a%d"`, g.Uint32())
	}
	return g.any(`"\u0000"`, `"\ud800"`, `"\uFFFE"`, `"\u202e"`, `"\n"`, `"<&>"`, `"`+strings.Repeat("x", 255)+`"`, `"."`, `"/"`)
}

func (g entries) number() string { return g.any("0", "1", "4294967295", "4294967296", "-1", "1.5") }
