package main

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"
)

// TestStartOfAnEvent: how the start of an event can be said, and what is said of one that
// cannot be read.
func TestStartOfAnEvent(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct{ start, zone, want, says string }{
		{"now", "", "now", ""},
		{"NOW", "Europe/Berlin", "now", ""},
		{"tomorrow 17:00", "Europe/Berlin", "2026-11-25T16:00:00Z", ""},
		{"2026-11-24T17:00:00+01:00", "", "2026-11-24T16:00:00Z", ""},
		{"", "UTC", "", "--start is missing"},
		{"noon", "UTC", "", `"noon" is not a time`},
		{"17:00", "Berlin", "", "--zone"},
		{"2026-10-25 02:30", "Europe/Berlin", "", "2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00"},
	} {
		s := starting{test.start, test.zone}
		got, err := s.read(now)
		if got != test.want || (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%+v: %q, %v", test, got, err)
		}
	}
	for line, want := range map[string]string{"tomorrow 17:00\n": "tomorrow 17:00", " now ": "now", "\n": "", "": ""} {
		if got, err := ask(strings.NewReader(line), io.Discard, time.UTC); got != want || (err == nil) != (want != "") {
			t.Errorf("%q is answered: %q, %v", line, got, err)
		}
	}
	for _, test := range []struct{ file, start, want, says string }{
		{`{"a": 1}`, "in 1h", "2026-11-24T13:00:00Z", ""},
		{`{"start": null}`, "now", "now", ""},
		{`{"start": "2026-11-24T17:00:00Z"}`, "", "2026-11-24T17:00:00Z", ""},
		{`{"start": "2026-11-24T17:00:00Z"}`, "now", "", "the FILE has a start"},
		{`{}`, "", "", "--start is missing"},
	} {
		s := starting{Start: test.start}
		raw, err := s.into(json.RawMessage(test.file), now)
		var event struct{ Start string }
		if err == nil {
			err = json.Unmarshal(raw, &event)
		}
		if event.Start != test.want || (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%+v: %s, %v", test, raw, err)
		}
	}
}

// TestStartIsShown: in both zones.
func TestStartIsShown(t *testing.T) {
	m := newMachine(t, map[string]string{"VTN_XMPP_SECRET": "s"})
	m.env["VTN_API_URL"] = m.serve().api
	m.ok("", "ven", "add", "--id=ven-1")
	r := m.run("event", "create", "--market-context=http://example.org/dr", "--start=2036-07-01 17:00", "--zone=Europe/Berlin", "--duration=PT1H", "--simple=1", "--all")
	m.says(r.stderr, "starts Tuesday 2036-07-01 17:00:00 CEST, 2036-07-01T15:00:00Z")
	m.refuses("", "--start is missing", "event", "create", "--market-context=http://example.org/dr", "--duration=PT1H", "--simple=1", "--all")
}
