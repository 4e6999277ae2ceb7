package oadr_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

func TestParseDuration(t *testing.T) {
	const day = 24 * time.Hour
	for _, test := range []struct {
		in   string
		want time.Duration
	}{
		{"PT1H", time.Hour},
		{"PT60M", time.Hour},
		{"P1D", day},
		{"P1W", 7 * day},
		{"P2W3DT4H5M6S", 17*day + 4*time.Hour + 5*time.Minute + 6*time.Second},
		{"PT0S", 0},
		{"P0D", 0},
		{"P0Y0M0DT0H0M0S", 0},
		{"PT0.5S", 500 * time.Millisecond},
		{"PT1.0000000019S", time.Second + 1},
		{"PT1,5S", 1500 * time.Millisecond},
		{"PT1.5H", 90 * time.Minute},
		{"PT0.25M", 15 * time.Second},
		{"P1DT0.5H", day + 30*time.Minute},
		{"P0.5D", 12 * time.Hour},
		{"P1.5W", 10*day + 12*time.Hour},
		{"-PT0.5H", -30 * time.Minute},
		{"-PT1H", -time.Hour},
		{"+PT1H", time.Hour},
		{"-PT0S", 0},
		{" \t\nPT1H\r ", time.Hour},
		{"PT007S", 7 * time.Second},
		{"PT" + strings.Repeat("0", 1000) + "1S", time.Second},
		{"P1H", time.Hour}, // the schema's pattern allows it without T
		{"P1D5M", day + 5*time.Minute},
		{"P106751D", 106751 * day},
	} {
		if got, err := oadr.ParseDuration(test.in); err != nil || got != test.want {
			t.Errorf("%.40q is %v, %v, want %v", test.in, got, err, test.want)
		}
	}
}

func TestParseDurationRefuses(t *testing.T) {
	for _, test := range []struct{ in, reason string }{
		{"", "is empty"},
		{"  ", "is empty"},
		{"P1Y2M", "calendar units"},
		{"P1Y", "calendar units"},
		{"P5M", "calendar units"},
		{"-P1M", "calendar units"},
		{"P", "not a duration"},
		{"PT", "not a duration"},
		{"-", "not a duration"},
		{"PT1", "not a duration"},
		{"1H", "not a duration"},
		{"pt1h", "not a duration"},
		{"PT1S1H", "not a duration"},
		{"PT1H1H", "not a duration"},
		{"P1S1D", "not a duration"},
		{"P-1D", "not a duration"},
		{"--PT1H", "not a duration"},
		{"PT.5S", "not a duration"},
		{"PT1.S", "not a duration"},
		{"PT1.5H1M", "not a duration"},
		{"PT1.5.5S", "not a duration"},
		{"P0.5M", "calendar units"},
		{"P0.5Y", "calendar units"},
		{"PT1H x", "not a duration"},
		{"PT1H\x00", "not a duration"},
		{"P106752D", "longer than 292 years"},
		{"P15251W", "longer than 292 years"},
		{"PT9223372037S", "longer than 292 years"},
		{"PT9223372036.9S", "longer than 292 years"},
		{"P106751DT24H", "longer than 292 years"},
		{"PT" + strings.Repeat("9", 1000) + "S", "longer than 292 years"},
	} {
		if got, err := oadr.ParseDuration(test.in); err == nil || !strings.Contains(err.Error(), test.reason) {
			t.Errorf("%.40q is %v, %v, want %s", test.in, got, err, test.reason)
		}
	}
}

func TestFormatDuration(t *testing.T) {
	for _, test := range []struct {
		in   time.Duration
		want string
	}{
		{0, "PT0S"},
		{999 * time.Millisecond, "PT0S"},
		{-time.Millisecond, "PT0S"},
		{time.Second + 1, "PT1S"},
		{90 * time.Minute, "PT1H30M"},
		{time.Hour + time.Second, "PT1H1S"},
		{24 * time.Hour, "P1D"},
		{25*time.Hour + 59*time.Second, "P1DT1H59S"},
		{-5 * time.Minute, "-PT5M"},
		{math.MaxInt64, "P106751DT23H47M16S"},
		{math.MinInt64, "-P106751DT23H47M16S"},
	} {
		got := oadr.FormatDuration(test.in)
		if got != test.want {
			t.Errorf("%v is written %s, want %s", test.in, got, test.want)
		}
		if back, err := oadr.ParseDuration(got); err != nil || back != test.in.Truncate(time.Second) {
			t.Errorf("%s reads back as %v, %v", got, back, err)
		}
	}
}
