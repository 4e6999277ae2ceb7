package oadr

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// durationForm has one group per unit. Like the schema's pattern it lets the T
// be left out; an M that could be either is months.
var durationForm = regexp.MustCompile(
	`^([-+]?)P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(\.\d+)?S)?$`)

// durationUnits are the lengths of the groups after the sign: years and months
// have none.
var durationUnits = [...]time.Duration{0, 0, 7 * day, day, time.Hour, time.Minute, time.Second}

// ParseDuration reads an ISO 8601 duration, such as PT1H30M or P1W, with an
// optional sign and a fraction of seconds. White space around it does not count.
// Years and months have no fixed length and are refused, unless they are 0.
func ParseDuration(s string) (time.Duration, error) {
	s = strings.Trim(s, space)
	if s == "" {
		return 0, fmt.Errorf("is empty, a duration such as PT1H is needed")
	}
	groups := durationForm.FindStringSubmatch(s)
	if groups == nil || strings.Trim(s, "+-PT") == "" {
		return 0, fmt.Errorf("%.40q is not a duration such as PT1H", s)
	}
	sign, numbers, fraction := groups[1], groups[2:9], groups[9]

	var total time.Duration
	for i, number := range numbers {
		number = strings.TrimLeft(number, "0")
		if number == "" {
			continue
		}
		unit := durationUnits[i]
		if unit == 0 {
			return 0, fmt.Errorf("%.40q has calendar units, whose length is not fixed; weeks, days, hours, minutes and seconds are understood", s)
		}
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil || n > int64((math.MaxInt64-total)/unit) {
			return 0, fmt.Errorf("%.40q is longer than 292 years", s)
		}
		total += time.Duration(n) * unit
	}
	if fraction != "" {
		nanoseconds, _ := strconv.Atoi((fraction[1:] + "000000000")[:9])
		if total > math.MaxInt64-time.Duration(nanoseconds) {
			return 0, fmt.Errorf("%.40q is longer than 292 years", s)
		}
		total += time.Duration(nanoseconds)
	}
	if sign == "-" {
		total = -total
	}
	return total, nil
}

// FormatDuration writes d as P[nD][T[nH][nM][nS]], the form that every reader
// and the schema take. Fractions of a second are cut off; 0 is PT0S.
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
