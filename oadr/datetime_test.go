package oadr_test

import (
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

func TestParseTime(t *testing.T) {
	for _, test := range []struct {
		in   string
		want time.Time
	}{
		{"2026-11-24T12:00:00Z", noon},
		{" 2026-11-24T12:00:00Z\n", noon},
		{"2026-11-24T12:00:00", noon},
		{"2026-11-24T12:00:00.000Z", noon},
		{"2026-11-24T12:00:00.25", noon.Add(250 * time.Millisecond)},
		{"2026-11-24T12:00:00.0000000019Z", noon.Add(1)},
		{"2026-11-24T14:00:00+02:00", noon},
		{"2026-11-23T22:00:00.5-14:00", noon.Add(500 * time.Millisecond)},
		{"2024-02-29T00:00:00Z", time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)},
		{"2026-11-23T24:00:00Z", noon.Add(-12 * time.Hour)},
		{"2026-11-23T24:00:00", noon.Add(-12 * time.Hour)},
		{"\t2026-11-23T24:00:00.000Z", noon.Add(-12 * time.Hour)},
		{"2026-11-24T24:00:00+12:00", noon},
		{"2026-11-23T24:00:00.0-12:00 ", noon},
		{"2026-12-31T24:00:00Z", time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)},
		{"2026-11-24T12:00:00-00:00", noon},
		{"0001-01-01T00:00:00Z", time.Time{}},
		{"9999-12-31T23:59:59Z", time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)},
	} {
		got, err := oadr.ParseTime(test.in)
		if err != nil || !got.Equal(test.want) || got.Location() != time.UTC {
			t.Errorf("%q is %v, %v, want %v", test.in, got, err, test.want)
		}
	}
	for _, in := range []string{
		"", " ", "now", "2026-11-24", "2026-11-24T12:00Z", "2026-11-24 12:00:00Z", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
		"2026-11-24T25:00:00Z", "2026-11-24T24:00:01Z", "2026-11-24T24:01:00Z", "2026-11-24T24:00:00.1Z", "2026-11-24T24:00:00.01Z", "2026-11-24T24:00:00.Z", "2026-02-30T24:00:00Z",
		"9999-12-31T24:00:00Z", "2026-11-24T24:00:00x", "2026-11-24T12:00:61Z", "26-11-24T12:00:00Z", "10000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z",
		"0000-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "2026-11-24T12:00:00ZZ", "2026-11-24T12:00:00z+",
	} {
		if got, err := oadr.ParseTime(in); err == nil {
			t.Errorf("%q is taken as %v", in, got)
		}
	}
}

func TestFormatTime(t *testing.T) {
	in := noon.Add(999 * time.Millisecond).In(time.FixedZone("", 60*60))
	if got := oadr.FormatTime(in); got != "2026-11-24T12:00:00Z" {
		t.Error(got)
	}
}
