package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
)

func TestEveryFieldOfAnEventIsKept(t *testing.T) {
	r := startWithVEN(t)
	a := r.do(http.MethodPost, "/api/v1/events", full)
	if a.status != http.StatusCreated || a.header.Get("Location") != "/api/v1/events/ev-1" {
		t.Fatalf("status %d, Location %q: %s", a.status, a.header.Get("Location"), a.body)
	}
	same(t, a.body, full)
	a = r.do(http.MethodGet, "/api/v1/events/ev-1", "")
	same(t, a.body, full)
	same(t, a.body, `{"modificationNumber": 0, "status": "far", "createdAt": "2026-11-24T12:00:00Z", "changedAt": "2026-11-24T12:00:00Z",
		"vens": {"total": 1, "delivery": {"pending": 1, "sent": 0, "acknowledged": 0, "unreachable": 0, "refused": 0}, "opt": {"none": 1, "optIn": 0, "optOut": 0}, "optedOutBySchedule": 0}}`)
}

func TestDefaultsOfAnEvent(t *testing.T) {
	r := startWithVEN(t)
	a := r.do(http.MethodPost, "/api/v1/events", least)
	if a.status != http.StatusCreated {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	same(t, a.body, `{"priority": 0, "start": "2026-11-24T17:00:00Z", "notification": "PT0S", "rampUp": "PT0S", "recovery": "PT0S", "startAfter": "PT0S",
		"testEvent": false, "comment": "", "responseRequired": "always", "overlap": "refuse",
		"signals": [{"name": "SIMPLE", "type": "level", "deviceClasses": [], "intervals": [{"duration": "PT1H", "value": 2}]}],
		"targets": {"all": false, "venIDs": [], "groups": ["g1"], "resources": [], "parties": [], "marketContexts": []}}`)

	a = r.do(http.MethodPost, "/api/v1/events", document(t, full, map[string]any{
		"signals.0.unit": map[string]any{"type": "powerReal", "hertz": 50, "voltage": 230}, "eventID": "ev-2",
	}))
	var e client.Event
	if err := json.Unmarshal([]byte(a.body), &e); err != nil {
		t.Fatal(err)
	}
	if u := e.Signals[0].Unit; u == nil || u.Scale != "none" || u.AC == nil || !*u.AC {
		t.Errorf("unit = %+v, want the scale none and alternating current", u)
	}
}

// TestEventIsDurableBeforeTheAnswer looks for the event through another connection to
// the store.
func TestEventIsDurableBeforeTheAnswer(t *testing.T) {
	r := startWithVEN(t)
	if a := r.do(http.MethodPost, "/api/v1/events", full); a.status != http.StatusCreated {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	other, err := registry.Open(t.Context(), r.store, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	err = other.View(t.Context(), func(rd core.Reader) error {
		_, err := rd.Event("ev-1")
		return err
	})
	if err != nil {
		t.Fatalf("after 201: %v", err)
	}
}

// badEvent is an event that is refused, as changes of the least one.
type badEvent struct {
	name    string
	changes map[string]any
	status  int // 0: 422
	field   string
	rule    string
	message string // part of it
}

func interval(duration string, value any) map[string]any {
	return map[string]any{"duration": duration, "value": value}
}

// price is the signals of an event that sends a price in a unit.
func price(unit map[string]any) []any {
	unit["type"] = "currencyPerKWh"
	return []any{map[string]any{"name": "ELECTRICITY_PRICE", "type": "price", "unit": unit, "intervals": []any{interval("PT1H", 1)}}}
}

var badEvents = []badEvent{
	{"a duration in months", map[string]any{"duration": "P1Y2M"}, 0, "duration", "", "calendar"},
	{"a negative duration", map[string]any{"duration": "-PT1H"}, 0, "duration", "", "negative"},
	{"an empty duration", map[string]any{"duration": ""}, 0, "duration", "", "empty"},
	{"a duration in fractions", map[string]any{"notification": "PT0.5S"}, 0, "notification", "", "fraction"},
	{"a duration that is none", map[string]any{"recovery": "1h"}, 0, "recovery", "", "1h"},
	{"a duration that is a number", map[string]any{"duration": 3600}, 0, "duration", "", "not a number"},
	{"no duration", map[string]any{"duration": nil}, 0, "duration", "", "missing"},
	{"a start without zone", map[string]any{"start": "2026-11-24T17:00:00"}, 0, "start", "", "zone"},
	{"a start that is none", map[string]any{"start": "tomorrow"}, 0, "start", "", "tomorrow"},
	{"a start in fractions", map[string]any{"start": "2026-11-24T17:00:00.5Z"}, 0, "start", "", "fraction"},
	{"a start in the year 0", map[string]any{"start": "0000-01-01T00:00:00Z"}, 0, "start", "", "1970"},
	{"a start in 1969, in UTC", map[string]any{"start": "1970-01-01T00:00:00+01:00"}, 0, "start", "", "1970"},
	{"no start", map[string]any{"start": nil}, 0, "start", "", "missing"},
	{"an event that is over", map[string]any{"start": "2026-11-24T10:00:00Z"}, 0, "start", "E4", "over"},
	{"no marketContext", map[string]any{"marketContext": nil}, 0, "marketContext", "", "missing"},
	{"a marketContext that is no URI", map[string]any{"marketContext": "dr program"}, 0, "marketContext", "", "URI"},
	{"durations that do not add up", map[string]any{"signals.0.intervals.0.duration": "PT30M"}, 0, "signals[0].intervals", "E6", "PT30M"},
	{"an interval of nothing", map[string]any{"signals.0.intervals": []any{interval("PT1H", 1), interval("PT0S", 1)}}, 0, "signals[0].intervals[1].duration", "E6", "longer"},
	{"an interval in months", map[string]any{"signals.0.intervals": []any{interval("PT1H", 1), interval("P1M", 1)}}, 0, "signals[0].intervals[1].duration", "", "calendar"},
	{"two intervals without an end", map[string]any{"duration": "PT0S", "signals.0.intervals": []any{interval("PT0S", 1), interval("PT0S", 1)}}, 0, "signals[0].intervals", "E6", "exactly one"},
	{"no interval", map[string]any{"signals.0.intervals": []any{}}, 0, "signals[0].intervals", "E6", "at least one"},
	{"a SIMPLE value of 7", map[string]any{"signals.0.intervals.0.value": 7}, 0, "signals[0].intervals[0].value", "E8", "7"},
	{"a value that is text", map[string]any{"signals.0.intervals.0.value": "2"}, 0, "signals[0].intervals[0].value", "", "number"},
	{"a value beyond xs:float", map[string]any{"signals.0.intervals.0.value": 1e300}, 0, "signals[0].intervals[0].value", "", "beyond"},
	{"a type that does not fit", map[string]any{"signals.0.type": "price"}, 0, "signals[0].type", "E8", "SIMPLE"},
	{"an unknown signal", map[string]any{"signals.0.name": "COMPLEX"}, 0, "signals[0].name", "E8", "COMPLEX"},
	{"a dispatch level beyond 10", map[string]any{"signals.0.name": "LOAD_DISPATCH", "signals.0.intervals.0.value": 50}, 0, "signals[0].intervals[0].value", "E8", "50 is no value of LOAD_DISPATCH level; use a whole number from -10 to 10"},
	{"an offset in fractions", map[string]any{"signals.0.name": "LOAD_CONTROL", "signals.0.type": "x-loadControlLevelOffset", "signals.0.intervals.0.value": 1.5}, 0, "signals[0].intervals[0].value", "E8", "use a whole number"},
	{"a device class that is near one", map[string]any{"signals.0.deviceClasses": []any{"Sauna", "thermostat"}}, 0, "signals[0].deviceClasses[1]", "E12", "write Thermostat, or a name of your own"},
	{"a device class that is none", map[string]any{"signals.0.deviceClasses": []any{"Toaster"}}, 0, "signals[0].deviceClasses[0]", "E12", "use one of Thermostat, Strip_Heater"},
	{"a unit where there is none", map[string]any{"signals.0.unit": map[string]any{"type": "currency", "currency": "EUR"}}, 0, "signals[0].unit", "E8", "unit"},
	{"a price without currency", map[string]any{"signals": price(map[string]any{})}, 0, "signals[0].unit.currency", "", "missing"},
	{"hertz of a price", map[string]any{"signals": price(map[string]any{"currency": "EUR", "hertz": 50})}, 0, "signals[0].unit.hertz", "", "power"},
	{"units of a price", map[string]any{"signals": price(map[string]any{"currency": "EUR", "units": "EUR"})}, 0, "signals[0].unit.units", "", "currency"},
	{"no signals", map[string]any{"signals": []any{}}, 0, "signals", "E8", "at least one"},
	{"a signal that is text", map[string]any{"signals": []any{"SIMPLE"}}, 0, "signals[0]", "", "object"},
	{"signals that are none", map[string]any{"signals": 1}, 0, "signals", "", "list"},
	{"no targets", map[string]any{"targets": nil}, 0, "targets", "", "missing"},
	{"empty targets", map[string]any{"targets": map[string]any{"all": false, "groups": []any{}}}, 0, "targets", "E1", "at least one"},
	{"an unknown target", map[string]any{"targets.venIDs": []any{"ven-9"}}, 0, "targets.venIDs[0]", "E1", "ven-9"},
	{"an unknown party", map[string]any{"targets.parties": []any{"p-9"}}, 0, "targets.parties[0]", "E1", "p-9"},
	{"a target that is a number", map[string]any{"targets.groups": []any{"g1", 2}}, 0, "targets.groups[1]", "", "number"},
	{"all that is text", map[string]any{"targets.all": "yes"}, 0, "targets.all", "", "true or false"},
	{"an unknown field", map[string]any{"startTime": "2026-11-24T17:00:00Z"}, 0, "startTime", "", "not known"},
	{"a field in the wrong case", map[string]any{"eventid": "x"}, 0, "eventid", "", "not known"},
	{"an unknown field deep down", map[string]any{"signals.0.intervals.0.uid": 0}, 0, "signals[0].intervals[0].uid", "", "not known"},
	{"a field that the VTN sets", map[string]any{"modificationNumber": 3}, 0, "modificationNumber", "", "not known"},
	{"a priority below 0", map[string]any{"priority": -1}, 0, "priority", "", "whole"},
	{"a priority in fractions", map[string]any{"priority": 1.5}, 0, "priority", "", "whole"},
	{"an unknown answer to ask for", map[string]any{"responseRequired": "maybe"}, 0, "responseRequired", "", "always, never"},
	{"an unknown overlap", map[string]any{"overlap": "ignore"}, 0, "overlap", "", "refuse, allow"},
	{"a baseline without its own duration", map[string]any{"baseline": map[string]any{"start": "2026-11-23T17:00:00Z", "id": "b", "name": "n", "intervals": []any{interval("PT1H", 3)}}}, 0, "baseline.duration", "", "missing"},
	{"a baseline that does not add up", map[string]any{"baseline": map[string]any{"start": "2026-11-23T17:00:00Z", "duration": "PT2H", "id": "b", "name": "n", "intervals": []any{interval("PT1H", 3)}}}, 0, "baseline.intervals", "E6", "PT2H"},
	{"an overlap", nil, http.StatusConflict, "start", "E13", "there"},
	{"an eventID with a line end", map[string]any{"eventID": "a\nb"}, 0, "eventID", "", "control"},
	{"a resource of 1,000 characters", map[string]any{"targets.resources": []any{strings.Repeat("r", 1000)}}, 0, "targets.resources", "E1", "longer"},
}

func TestBadEvents(t *testing.T) {
	r := startWithVEN(t)
	if a := r.do(http.MethodPost, "/api/v1/events", document(t, least, map[string]any{"eventID": "there"})); a.status != http.StatusCreated {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	for _, test := range badEvents {
		t.Run(test.name, func(t *testing.T) {
			status := test.status
			if status == 0 {
				status = http.StatusUnprocessableEntity
			}
			a := r.do(http.MethodPost, "/api/v1/events", document(t, least, test.changes))
			if a.status != status {
				t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
			}
			p := a.problem(t)
			i := slices.IndexFunc(p.Errors, func(w client.Wrong) bool { return strings.HasPrefix(w.Field, test.field) })
			if i < 0 {
				t.Fatalf("%s does not name %s", a.body, test.field)
			}
			if w := p.Errors[i]; w.Rule != test.rule || !strings.Contains(w.Message, test.message) {
				t.Errorf("%+v, want rule %q and a message with %q", w, test.rule, test.message)
			}
		})
	}
	page, err := r.ListEvents(t.Context(), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Items) != 1 {
		t.Errorf("%d events are stored, want the good one only", len(page.Items))
	}
}

func TestEverythingWrongIsToldAtOnce(t *testing.T) {
	r := startWithVEN(t)
	a := r.do(http.MethodPost, "/api/v1/events", document(t, least, map[string]any{
		"start": "soon", "duration": "P1Y", "marketContext": nil, "extra": 1, "signals.0.intervals.0.value": "x",
	}))
	var fields []string
	for _, w := range a.problem(t).Errors {
		fields = append(fields, w.Field)
	}
	slices.Sort(fields)
	want := []string{"duration", "extra", "marketContext", "signals[0].intervals[0].value", "start"}
	if !slices.Equal(fields, want) {
		t.Errorf("fields %v, want %v", fields, want)
	}
}

func TestBodiesThatAreNoObject(t *testing.T) {
	r := startWithVEN(t)
	for _, test := range []struct {
		name, body string
		status     int
	}{
		{"nothing", "", http.StatusBadRequest},
		{"a list", "[]", http.StatusBadRequest},
		{"null", "null", http.StatusBadRequest},
		{"broken off", `{"start": `, http.StatusBadRequest},
		{"two", `{} {}`, http.StatusBadRequest},
		{"deep", strings.Repeat(`{"a":`, 20000) + "1" + strings.Repeat("}", 20000), http.StatusBadRequest},
		{"too large", `{"comment": "` + strings.Repeat("x", 1<<20) + `"}`, http.StatusRequestEntityTooLarge},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, at := range []struct{ method, path string }{
				{http.MethodPost, "/api/v1/events"}, {http.MethodPatch, "/api/v1/events/x"},
				{http.MethodPost, "/api/v1/vens"}, {http.MethodPatch, "/api/v1/vens/ven-1"},
			} {
				if a := r.do(at.method, at.path, test.body); a.status != test.status || a.problem(t).Detail == "" {
					t.Errorf("%s %s: status %d, want %d: %.200s", at.method, at.path, a.status, test.status, a.body)
				}
			}
		})
	}
}

// TestManyProblems checks that an answer stays small, however much is wrong.
func TestManyProblems(t *testing.T) {
	r := startWithVEN(t)
	extra := map[string]any{}
	for range 5000 {
		extra[strings.Repeat("x", 150)+string(rune('a'+len(extra)%26))+string(rune('0'+len(extra)))] = 1
	}
	a := r.do(http.MethodPost, "/api/v1/events", document(t, least, extra))
	if n := len(a.problem(t).Errors); n == 0 || n > 100 || len(a.body) > 64<<10 {
		t.Errorf("%d problems in %d bytes", n, len(a.body))
	}
}

func TestPatchEvent(t *testing.T) {
	r := startWithVEN(t)
	if a := r.do(http.MethodPost, "/api/v1/events", full); a.status != http.StatusCreated {
		t.Fatal(a.body)
	}
	for i, test := range []struct {
		name, patch, want string
	}{
		{"one member", `{"comment": "new"}`, `{"comment": "new", "priority": 1}`},
		{"null takes away", `{"priority": null, "baseline": null}`, `{"priority": 0, "baseline": null}`},
		{"a member inside", `{"targets": {"all": false, "groups": null}}`,
			`{"targets": {"all": false, "venIDs": ["ven-1"], "groups": [], "resources": ["r1"], "parties": ["p1"], "marketContexts": ["http://example.org/dr"]}}`},
		{"arrays are replaced whole", `{"duration": "PT2H", "signals": [{"name": "SIMPLE", "type": "level", "intervals": [{"duration": "PT2H", "value": 1}]}]}`,
			`{"duration": "PT2H", "signals": [{"name": "SIMPLE", "type": "level", "deviceClasses": [], "intervals": [{"duration": "PT2H", "value": 1}]}]}`},
		{"an object where there was none", `{"baseline": {"start": "2026-11-23T17:00:00Z", "duration": "PT1H", "id": "b", "name": "n", "intervals": [{"duration": "PT1H", "value": 3}]}}`,
			`{"baseline": {"start": "2026-11-23T17:00:00Z", "duration": "PT1H", "id": "b", "name": "n", "resources": [], "intervals": [{"duration": "PT1H", "value": 3}]}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := r.do(http.MethodPatch, "/api/v1/events/ev-1", test.patch, func(req *http.Request) {
				req.Header.Set("Content-Type", "application/merge-patch+json")
			})
			if a.status != http.StatusOK {
				t.Fatalf("status %d: %s", a.status, a.body)
			}
			same(t, a.body, test.want)
			var e client.Event
			if err := json.Unmarshal([]byte(a.body), &e); err != nil {
				t.Fatal(err)
			}
			if e.ModificationNumber != uint32(i+1) { // E3
				t.Errorf("modificationNumber %d, want %d", e.ModificationNumber, i+1)
			}
		})
	}
	t.Run("nothing differs", func(t *testing.T) {
		before := r.do(http.MethodGet, "/api/v1/events/ev-1", "")
		if a := r.do(http.MethodPatch, "/api/v1/events/ev-1", `{}`); a.status != http.StatusOK {
			t.Fatal(a.body)
		}
		if after := r.do(http.MethodGet, "/api/v1/events/ev-1", ""); after.body != before.body {
			t.Errorf("%s became %s", before.body, after.body)
		}
	})
}

func TestBadEventPatches(t *testing.T) {
	r := startWithVEN(t)
	if a := r.do(http.MethodPost, "/api/v1/events", full); a.status != http.StatusCreated {
		t.Fatal(a.body)
	}
	before := r.do(http.MethodGet, "/api/v1/events/ev-1", "").body
	for _, test := range []struct {
		name, patch, field, rule string
	}{
		{"another eventID", `{"eventID": "ev-2"}`, "eventID", ""},
		{"an unknown member", `{"extra": 1}`, "extra", ""},
		{"an unknown member taken away", `{"extra": null}`, "extra", ""},
		{"what must be there taken away", `{"start": null}`, "start", ""},
		{"an element of an array", `{"signals": {"0": {"type": "delta"}}}`, "signals", ""},
		{"durations that no longer add up", `{"duration": "PT2H"}`, "signals[0].intervals", "E6"},
		{"the wrong type", `{"targets": 1}`, "targets", ""},
		{"what the VTN sets", `{"status": "active"}`, "status", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := r.Client.PatchEvent(t.Context(), "ev-1", json.RawMessage(test.patch))
			p := refused(t, err, http.StatusUnprocessableEntity)
			if p.Errors[0].Field != test.field || p.Errors[0].Rule != test.rule {
				t.Errorf("%+v, want field %s and rule %q", p.Errors, test.field, test.rule)
			}
			if !strings.Contains(p.Error(), test.field) {
				t.Errorf("Error() = %q does not name %s", p.Error(), test.field)
			}
		})
	}
	if after := r.do(http.MethodGet, "/api/v1/events/ev-1", "").body; after != before {
		t.Errorf("%s became %s", before, after)
	}
}

// Rule E26: an event may be made longer. What of it has begun cannot be changed; the
// answer names the field.
func TestE26PastOfAnEvent(t *testing.T) {
	r := startWithVEN(t)
	begun := noon.Add(-30 * time.Minute)
	spec := fmt.Sprintf(`{"eventID": "ev-1", "marketContext": "http://example.org/dr", "start": %q, "duration": "PT1H", "targets": {"all": true},
		"signals": [{"name": "SIMPLE", "type": "level", "intervals": [{"duration": "PT20M", "value": 1}, {"duration": "PT40M", "value": 2}]}]}`, begun.Format(time.RFC3339))
	if a := r.do(http.MethodPost, "/api/v1/events", spec); a.status != http.StatusCreated {
		t.Fatal(a.body)
	}
	for field, patch := range map[string]string{
		"start":                            fmt.Sprintf(`{"start": %q}`, noon.Add(time.Hour).Format(time.RFC3339)),
		"signals[0].intervals[1].value":    `{"signals": [{"name": "SIMPLE", "type": "level", "intervals": [{"duration": "PT20M", "value": 1}, {"duration": "PT40M", "value": 3}]}]}`,
		"signals[1]":                       `{"signals": [{"name": "SIMPLE", "type": "level", "intervals": [{"duration": "PT20M", "value": 1}, {"duration": "PT40M", "value": 2}]}, {"name": "SIMPLE", "type": "level", "intervals": [{"duration": "PT1H", "value": 2}]}]}`,
		"signals[0].intervals[0].duration": `{"signals": [{"name": "SIMPLE", "type": "level", "intervals": [{"duration": "PT60M", "value": 1}]}]}`,
	} {
		_, err := r.Client.PatchEvent(t.Context(), "ev-1", json.RawMessage(patch))
		if p := refused(t, err, http.StatusConflict); p.Errors[0].Field != field || p.Errors[0].Rule != "E26" || p.Errors[0].Message == "" {
			t.Errorf("%s: %+v", field, p.Errors)
		}
	}
	e, err := r.ExtendEvent(t.Context(), "ev-1", "PT30M")
	if err != nil || e.Duration != "PT1H30M" || e.Signals[0].Intervals[0].Duration != "PT20M" || e.Signals[0].Intervals[1].Duration != "PT1H10M" || e.ModificationNumber != 1 {
		t.Errorf("longer: %+v, %v", e, err)
	}
	for _, by := range []string{"", "soon", "PT0S", "-PT1M", "PT1.5S"} {
		_, err := r.ExtendEvent(t.Context(), "ev-1", by)
		if p := refused(t, err, http.StatusUnprocessableEntity); len(p.Errors) == 0 {
			t.Errorf("by %q: %+v", by, p)
		}
	}
	open := strings.NewReplacer(`"ev-1"`, `"ev-2"`, `"PT1H"`, `"PT0S"`, `{"duration": "PT20M", "value": 1}, {"duration": "PT40M", "value": 2}`, `{"duration": "PT0S", "value": 1}`, "/dr", "/open").Replace(spec)
	if a := r.do(http.MethodPost, "/api/v1/events", open); a.status != http.StatusCreated {
		t.Fatal(a.body)
	}
	_, err = r.ExtendEvent(t.Context(), "ev-2", "PT30M")
	if p := refused(t, err, http.StatusConflict); p.Errors[0].Field != "duration" {
		t.Errorf("open ended: %+v", p)
	}
	_, err = r.ExtendEvent(t.Context(), "ev-3", "PT30M")
	refused(t, err, http.StatusNotFound)
	if _, err := r.CancelEvent(t.Context(), "ev-1"); err != nil {
		t.Fatal(err)
	}
	running := strings.NewReplacer(`"ev-1"`, `"ev-4"`, "2026-11-24T17:00:00Z", begun.Format(time.RFC3339)).Replace(full)
	if a := r.do(http.MethodPost, "/api/v1/events", running); a.status != http.StatusCreated {
		t.Fatal(a.body)
	}
	for _, patch := range []string{`{"comment": "new", "priority": 3}`, running, `{"targets": {"all": null}}`} { // what it has is no change
		if a := r.do(http.MethodPatch, "/api/v1/events/ev-4", patch); a.status != http.StatusOK {
			t.Errorf("%s: %s", patch, a.body)
		}
	}
	_, err = r.ExtendEvent(t.Context(), "ev-1", "PT30M")
	if p := refused(t, err, http.StatusConflict); p.Errors[0].Field != "status" {
		t.Errorf("cancelled: %+v", p)
	}
}

func TestE23CancelEvent(t *testing.T) {
	r := startWithVEN(t)
	if a := r.do(http.MethodPost, "/api/v1/events", full); a.status != http.StatusCreated {
		t.Fatal(a.body)
	}
	for range 2 { // again changes nothing
		e, err := r.CancelEvent(t.Context(), "ev-1")
		if err != nil {
			t.Fatal(err)
		}
		if e.Status != "cancelled" || e.ModificationNumber != 1 {
			t.Errorf("status %s, modificationNumber %d", e.Status, e.ModificationNumber)
		}
	}
	_, err := r.Client.PatchEvent(t.Context(), "ev-1", map[string]string{"comment": "late"})
	if p := refused(t, err, http.StatusConflict); p.Errors[0].Field != "status" || !strings.Contains(p.Errors[0].Message, "cancelled") {
		t.Errorf("%+v", p)
	}
}

func TestEventsThatAreNotThere(t *testing.T) {
	r := startWithVEN(t)
	for _, at := range []struct{ method, path, body string }{
		{http.MethodGet, "/api/v1/events/none", ""}, {http.MethodPatch, "/api/v1/events/none", "{}"},
		{http.MethodPost, "/api/v1/events/none/cancel", ""}, {http.MethodGet, "/api/v1/events/none/vens", ""},
	} {
		a := r.do(at.method, at.path, at.body)
		if a.status != http.StatusNotFound || !strings.Contains(a.problem(t).Detail, `"none"`) {
			t.Errorf("%s %s: status %d: %s", at.method, at.path, a.status, a.body)
		}
	}
}

func TestAnEventIDThatIsTaken(t *testing.T) {
	r := startWithVEN(t)
	for _, status := range []int{http.StatusCreated, http.StatusConflict} {
		if a := r.do(http.MethodPost, "/api/v1/events", full); a.status != status {
			t.Errorf("status %d, want %d: %s", a.status, status, a.body)
		} else if status == http.StatusConflict && !strings.Contains(a.problem(t).Detail, "ev-1") {
			t.Errorf("%s does not name the eventID", a.body)
		}
	}
}

func TestListEvents(t *testing.T) {
	r := startWithVEN(t)
	ids := []string{"a", "b", "c", "d", "e/1 ü"}
	for _, id := range ids {
		if a := r.do(http.MethodPost, "/api/v1/events", document(t, full, map[string]any{"eventID": id})); a.status != http.StatusCreated {
			t.Fatal(a.body)
		}
	}
	var got []string
	for cursor := ""; ; {
		page, err := r.ListEvents(t.Context(), cursor, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Items {
			got = append(got, e.EventID)
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	slices.Reverse(ids)
	if !slices.Equal(got, ids) {
		t.Errorf("events %v, want %v", got, ids)
	}
	if e, err := r.GetEvent(t.Context(), "e/1 ü"); err != nil || e.EventID != "e/1 ü" {
		t.Errorf("GetEvent = %v, %v", e, err)
	}
	for _, query := range []string{"limit=0", "limit=1001", "limit=x", "cursor=x", "cursor=-1", "offset=3"} {
		a := r.do(http.MethodGet, "/api/v1/events?"+query, "")
		name, _, _ := strings.Cut(query, "=")
		if p := a.problem(t); a.status != http.StatusUnprocessableEntity || len(p.Errors) != 1 || p.Errors[0].Field != name {
			t.Errorf("?%s: status %d: %s", query, a.status, a.body)
		}
	}
}

func TestListsAreNeverNull(t *testing.T) {
	r := start(t)
	for _, path := range []string{"/api/v1/events", "/api/v1/vens"} {
		if a := r.do(http.MethodGet, path, ""); strings.TrimSpace(a.body) != `{"items":[]}` && strings.TrimSpace(a.body) != `{"items":[],"next":""}` {
			t.Errorf("%s: %s", path, a.body)
		}
	}
}

func TestEventVENs(t *testing.T) {
	r := startWithVEN(t)
	for _, id := range []string{"ven-2", "ven-3"} {
		r.addVEN(client.VENSpec{VENID: id})
	}
	if a := r.do(http.MethodPost, "/api/v1/events", full); a.status != http.StatusCreated {
		t.Fatal(a.body)
	}
	a := r.do(http.MethodGet, "/api/v1/events/ev-1/vens?limit=2", "")
	same(t, a.body, `{"items": [
		{"venID": "ven-1", "delivery": "pending", "modificationNumber": null, "currentModificationNumber": 0, "sentAt": null, "acknowledgedAt": null, "opt": "none", "optAt": null, "responseCode": 0, "attempts": 0, "lastError": "", `+unregistered+`},
		{"venID": "ven-2", "delivery": "pending", "modificationNumber": null, "currentModificationNumber": 0, "sentAt": null, "acknowledgedAt": null, "opt": "none", "optAt": null, "responseCode": 0, "attempts": 0, "lastError": "", `+unregistered+`}]}`)
	vens, err := r.EventVENs(t.Context(), "ev-1")
	if err != nil || len(vens) != 3 || vens[2].VENID != "ven-3" {
		t.Errorf("EventVENs = %+v, %v", vens, err)
	}
}

// E8: an offset in degrees, as in a thermostat program, and the greatest number that a
// payload can hold.
func TestE8FieldThermostat(t *testing.T) {
	r := startWithVEN(t)
	raw, err := os.ReadFile(filepath.Join(oadrtest.SharedDir(t), "field", "thermostat-offset-celsius.json"))
	if err != nil {
		t.Fatal(err)
	}
	body := strings.ReplaceAll(string(raw), "VENID", "ven-1")
	if a := r.do(http.MethodPost, "/api/v1/events", body); a.status != http.StatusCreated || !strings.Contains(a.body, `"temperature"`) {
		t.Errorf("status %d: %s", a.status, a.body)
	}
	for value, status := range map[string]int{"3.4028235e38": 201, "-3.4028235E+38": 201, "3.4028236e38": 422, "1e400": 422} {
		signal := `{"name": "x-own", "type": "level", "intervals": [{"duration": "PT1H", "value": ` + value + `}]}`
		doc := strings.Replace(document(t, body, map[string]any{"eventID": nil}), `"signals":[`, `"signals":[`+signal+`,`, 1)
		if a := r.do(http.MethodPost, "/api/v1/events", doc); a.status != status {
			t.Errorf("%s: status %d, want %d: %s", value, a.status, status, a.body)
		}
	}
}
