package wallclock

import (
	"strings"
	"testing"
	"time"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestParse(t *testing.T) {
	now := time.Date(2026, 11, 24, 16, 30, 15, 500, time.UTC) // a Tuesday, 17:30 in Berlin
	for text, want := range map[string]string{
		"2026-11-24T17:00:00Z":      "2026-11-24T17:00:00Z",
		"2026-11-24T17:00:00+05:30": "2026-11-24T11:30:00Z",
		"today 23:15":               "2026-11-24T22:15:00Z",
		"Tomorrow 17:00":            "2026-11-25T16:00:00Z",
		"18:00":                     "2026-11-24T17:00:00Z",
		"6:30":                      "2026-11-25T05:30:00Z",
		"17:00":                     "2026-11-25T16:00:00Z",
		"fri 6:30":                  "2026-11-27T05:30:00Z",
		"Tuesday 17:00":             "2026-12-01T16:00:00Z",
		"tue 17:45:10":              "2026-11-24T16:45:10Z",
		"2026-12-03 17:00":          "2026-12-03T16:00:00Z",
		"2026-07-03T17:00":          "2026-07-03T15:00:00Z",
		"in 90m":                    "2026-11-24T18:00:15Z",
		"in PT2H":                   "2026-11-24T18:30:15Z",
	} {
		got, err := Parse(text, now, zone(t, "Europe/Berlin"))
		if err != nil || got.UTC().Format(time.RFC3339) != want {
			t.Errorf("%q is %v, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "now", "noon", "tomorrow", "25:00", "17:60", "17:5", "5", "someday 17:00", "2026-02-30 17:00", "in 2 hours", "in -2h", "in", "tomorrow 17:00 sharp", "17:00:00:00"} {
		if got, err := Parse(text, now, time.UTC); err == nil || !strings.Contains(err.Error(), "tomorrow 17:00") {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
}

// TestChangesOfClocks: what a change leaves out does not exist, what it repeats is asked
// for.
func TestChangesOfClocks(t *testing.T) {
	for _, test := range []struct{ zone, text, want, says string }{
		{"Europe/Berlin", "2027-03-28 01:59", "2027-03-28T00:59:00Z", ""},
		{"Europe/Berlin", "2027-03-28 02:30", "", "does not exist"},
		{"Europe/Berlin", "2027-03-28 03:00", "2027-03-28T01:00:00Z", ""},
		{"Europe/Berlin", "2026-10-25 01:59", "2026-10-24T23:59:00Z", ""},
		{"Europe/Berlin", "2026-10-25 02:30", "", "write 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00"},
		{"Europe/Berlin", "2026-10-25 03:00", "2026-10-25T02:00:00Z", ""},
		{"America/New_York", "2026-11-01 01:30", "", "write 2026-11-01T01:30:00-04:00 or 2026-11-01T01:30:00-05:00"},
		{"Australia/Lord_Howe", "2027-04-04 01:45", "", "twice"}, // by half an hour
		{"Australia/Lord_Howe", "2026-10-04 02:15", "", "does not exist"},
		{"Pacific/Apia", "2011-12-30 12:00", "", "does not exist"}, // a whole day
		{"UTC", "2026-10-25 02:30", "2026-10-25T02:30:00Z", ""},
	} {
		got, err := Parse(test.text, time.Now(), zone(t, test.zone))
		switch {
		case test.says == "" && (err != nil || got.UTC().Format(time.RFC3339) != test.want):
			t.Errorf("%s in %s is %v, %v", test.text, test.zone, got, err)
		case test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)):
			t.Errorf("%s in %s is %v, %v", test.text, test.zone, got, err)
		}
	}
}

// FuzzParse: whatever is read shows as it was written.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"2026-10-25 02:30", "tomorrow 17:00", "in 2h", "fri 6:30"} {
		f.Add(text, int64(1_800_000_000))
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string, seconds int64) {
		got, err := Parse(text, time.Unix(seconds%10_000_000_000, 0), berlin)
		if err != nil || strings.Contains(text, "in") {
			return
		}
		words := strings.Fields(text)
		hour, minute, _, ok := parseClock(words[len(words)-1])
		if ok && (got.Hour() != hour || got.Minute() != minute) {
			t.Errorf("%q is %v", text, got)
		}
	})
}
