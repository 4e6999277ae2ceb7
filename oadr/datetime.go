package oadr

import (
	"fmt"
	"strings"
	"time"
)

// dateTimeForm is how times are written, except for dtstart: in UTC and whole
// seconds, always 20 bytes.
const dateTimeForm = "2006-01-02T15:04:05Z"

// ParseTime reads an xs:dateTime of the years 1 to 9999, with any fraction of
// seconds and with Z, an offset, or no zone, which counts as UTC. It ignores white
// space around it. The result is in UTC.
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

// cutMidnight replaces 24:00:00, with which a day may end, by the begin of the same
// day.
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

// Writable reports whether t is in the years 1 to 9999, which are all that
// [FormatTime] and JSON can write. Every time that a message or an operator states
// must be writable, and so must the sums of such times and durations.
func Writable(t time.Time) bool { return t.UTC().Year() >= 1 && t.UTC().Year() <= 9999 }

// FormatTime returns t in UTC and whole seconds, such as 2026-11-24T17:00:00Z,
// which is always 20 bytes for the years 1 to 9999.
func FormatTime(t time.Time) string { return t.UTC().Format(dateTimeForm) }
