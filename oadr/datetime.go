package oadr

import (
	"fmt"
	"strings"
	"time"
)

// dateTimeForm is what is written but for dtstart: UTC and whole seconds, always 20 bytes.
const dateTimeForm = "2006-01-02T15:04:05Z"

// ParseTime reads an xs:dateTime of the years 1 to 9999, with any fraction of
// seconds, and with Z, an offset, or no zone at all, which counts as UTC. White
// space around it does not count. The result is in UTC.
func ParseTime(s string) (time.Time, error) {
	s = strings.Trim(s, space)
	if s == "" {
		return time.Time{}, fmt.Errorf("is empty, a time such as %s is needed", dateTimeForm)
	}
	text, midnight := cutMidnight(s)
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04:05", text)
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("%.40q is not a time such as %s", s, dateTimeForm)
	}
	if midnight {
		t = t.Add(day)
	}
	if t = t.UTC(); !Writable(t) {
		return time.Time{}, beyond(fmt.Sprintf("%.40q is not in the years 1 to 9999", s))
	}
	return t, nil
}

// cutMidnight writes 24:00:00, with which a day may end, as the begin of that day.
func cutMidnight(s string) (text string, midnight bool) {
	const day, clock = len("2006-01-02"), len("T24:00:00")
	if len(s) < day+clock || s[day:day+clock] != "T24:00:00" {
		return s, false
	}
	rest := s[day+clock:]
	if fraction, ok := strings.CutPrefix(rest, "."); ok {
		zone := strings.TrimLeft(fraction, "0123456789")
		if digits := fraction[:len(fraction)-len(zone)]; digits == "" || strings.Trim(digits, "0") != "" {
			return s, false
		}
		rest = zone
	}
	return s[:day] + "T00:00:00" + rest, true
}

// Writable says whether t is in the years 1 to 9999, for which [FormatTime] has a
// form, as has JSON. What a message or an operator says of times, be it by a sum,
// must be.
func Writable(t time.Time) bool { return t.UTC().Year() >= 1 && t.UTC().Year() <= 9999 }

// FormatTime writes t in UTC and whole seconds, such as 2026-11-24T17:00:00Z:
// always 20 bytes for the years 1 to 9999.
func FormatTime(t time.Time) string { return t.UTC().Format(dateTimeForm) }
