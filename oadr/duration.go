package oadr

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// ParseDuration reads an ISO 8601 duration, such as PT1H30M, P1W or PT1.5H, with an
// optional sign. It ignores white space around it. It refuses years and months
// other than 0, which have no fixed length.
func ParseDuration(s string) (time.Duration, error) {
	d, err := parseSpan(s)
	switch {
	case err != nil:
		return 0, err
	case !strings.ContainsAny(s, "0123456789"):
		return 0, fmt.Errorf("%.40q is not a duration such as PT1H", s)
	case d.months != 0 || d.part != 0:
		return 0, fmt.Errorf("%.40q has calendar units, whose length is not fixed; weeks, days, hours, minutes and seconds are understood", s)
	}
	return d.time, nil
}

// span is a duration as it is written: a number of calendar months, whose length
// depends on when they begin, and a time of fixed length.
type span struct {
	months int
	part   int64 // of the month that follows them, in billionths
	time   time.Duration
}

// whole is the denominator of fractions, which have nine digits.
const whole = 1_000_000_000

// maxMonths is 292 years, the longest that a [time.Duration] can hold.
const maxMonths = 292 * 12

// parseSpan reads a duration as the schema's pattern has it, which lets one leave
// out numbers, the T and even the P before weeks, or as ISO 8601 has it.
func parseSpan(s string) (span, error) {
	var d span
	wrong := func() (span, error) { return span{}, fmt.Errorf("%.40q is not a duration such as PT1H", s) }
	rest := strings.Trim(s, space)
	if rest == "" {
		return d, fmt.Errorf("is empty, a duration such as PT1H is needed")
	}
	sign := rest[0]
	if sign == '-' || sign == '+' {
		rest = rest[1:]
	}
	rest, period := strings.CutPrefix(rest, "P")
	if !period && (!strings.HasSuffix(rest, "W") || sign == '-' || sign == '+') {
		return wrong()
	}
	// Units come in this order, each at its index: Y0 M1 W2 D3 T H4 M5 S6.
	next, clock := 0, false
	for rest != "" {
		if rest[0] == 'T' && !clock && next <= 4 {
			rest, next, clock = rest[1:], 4, true
			continue
		}
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		number, fraction := rest[:digits], ""
		rest = rest[digits:]
		if strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, ",") { // ISO 8601 allows a fraction of the last unit
			digits := 1 + len(rest[1:]) - len(strings.TrimLeft(rest[1:], "0123456789"))
			fraction, rest = rest[1:digits], rest[digits:]
			if fraction == "" || len(rest) != 1 {
				return wrong()
			}
		}
		if number == "" || rest == "" {
			return wrong()
		}
		index := strings.IndexByte("YMWDH S", rest[0])
		if rest[0] == 'M' && next > 1 {
			index = 5
		}
		if index < next || rest[0] == ' ' {
			return wrong()
		}
		rest, next = rest[1:], index+1
		if !d.add(index, number, fraction) {
			return span{}, beyond(fmt.Sprintf("%.40q is longer than 292 years", s))
		}
	}
	if sign == '-' {
		d = d.negative()
	}
	return d, nil
}

func (d span) negative() span { return span{-d.months, -d.part, -d.time} }

// add adds a number of the unit with this index.
func (d *span) add(index int, number, fraction string) bool {
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return false
	}
	billionths, _ := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
	if index < 2 {
		months := [...]int64{12, 1}[index]
		if n > maxMonths {
			return false
		}
		d.months += int(n*months + billionths*months/whole)
		d.part = billionths * months % whole
		return d.months <= maxMonths
	}
	unit := [...]time.Duration{7 * day, day, time.Hour, time.Minute, time.Second}[index-2]
	if n > int64((math.MaxInt64-d.time)/unit) {
		return false
	}
	d.time += time.Duration(n) * unit
	part := unit / whole * time.Duration(billionths)
	if d.time > math.MaxInt64-part {
		return false
	}
	d.time += part
	return true
}

// from returns how long the span is if it begins at start. If start is zero, a year
// counts 365 days and a month 30. It returns false if the span is over 292 years.
func (d span) from(start time.Time) (time.Duration, bool) {
	if d.months == 0 && d.part == 0 {
		return d.time, true
	}
	months, next := time.Duration(d.months/12*365+d.months%12*30)*day, 30*day
	if !start.IsZero() {
		end := addMonths(start, d.months)
		months, next = end.Sub(start), addMonths(start, d.months+1).Sub(end)
		if d.part < 0 {
			next = end.Sub(addMonths(start, d.months-1))
		}
	}
	months += next / whole * time.Duration(d.part)
	total := months + d.time
	return total, (total > months) == (d.time > 0)
}

// lasting returns how long the span is if it begins at start, which may be zero for
// unknown.
func (d span) lasting(start time.Time) (time.Duration, error) {
	length, ok := d.from(start)
	switch {
	case !ok:
		return 0, beyond("is longer than 292 years")
	case !start.IsZero() && !Writable(start.Add(length)):
		return 0, beyond(fmt.Sprintf("of %s from %s does not end in the years 1 to 9999", FormatDuration(length), FormatTime(start)))
	}
	return length, nil
}

// leading returns how long the span is if it ends at end, which may be zero for
// unknown.
func (d span) leading(end time.Time) (time.Duration, error) {
	length, err := d.negative().lasting(end)
	return -length, err
}

// addMonths returns t some months later, on the same day, or on the last day of the
// month if that is earlier (XML Schema part 2, appendix E).
func addMonths(t time.Time, months int) time.Time {
	year, month, date := t.Date()
	last := time.Date(year, month+time.Month(months)+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return time.Date(year, month+time.Month(months), min(date, last), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// FormatDuration returns d as P[nD][T[nH][nM][nS]], which every reader and the
// schema accept. It cuts off fractions of a second; 0 is PT0S.
func FormatDuration(d time.Duration) string { return string(AppendDuration(nil, d)) }

// AppendDuration appends what [FormatDuration] writes.
func AppendDuration(dst []byte, d time.Duration) []byte {
	seconds := int64(d / time.Second)
	if seconds == 0 {
		return append(dst, "PT0S"...)
	}
	if seconds < 0 {
		seconds = -seconds
		dst = append(dst, '-')
	}
	dst = append(dst, 'P')
	dst = appendUnit(dst, seconds/(24*60*60), 'D')
	seconds %= 24 * 60 * 60
	if seconds == 0 {
		return dst
	}
	dst = append(dst, 'T')
	dst = appendUnit(dst, seconds/(60*60), 'H')
	dst = appendUnit(dst, seconds/60%60, 'M')
	return appendUnit(dst, seconds%60, 'S')
}

func appendUnit(dst []byte, n int64, unit byte) []byte {
	if n == 0 {
		return dst
	}
	return append(strconv.AppendInt(dst, n, 10), unit)
}
