// Package wallclock reads times as people write them: "tomorrow 17:00", "fri 6:30",
// "2026-12-03 17:00" or "in 2h", as the clock on a wall in a zone shows them.
package wallclock

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Examples say how times may be written.
const Examples = `"17:00", "tomorrow 17:00", "friday 17:00", "2026-12-03 17:00", "in 2h" or 2026-12-03T17:00:00Z`

// Parse reads a time in a zone. now says what today is. A time without a date is the
// next one, a weekday the next such day on which that time is still to come. Parse
// refuses times that a change of clocks leaves out, and asks which one is meant where
// it repeats them.
func Parse(text string, now time.Time, zone *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	words := strings.Fields(strings.ToLower(text))
	if len(words) == 2 && words[0] == "in" {
		return after(text, words[1], now)
	}
	day, clock, err := split(words, text)
	if err != nil {
		return time.Time{}, err
	}
	hour, minute, second, ok := parseClock(clock)
	if !ok {
		return time.Time{}, notATime(text)
	}
	today := now.In(zone)
	on := func(days int) (time.Time, error) {
		return Date(today.Year(), today.Month(), today.Day()+days, hour, minute, second, zone)
	}
	switch weekday, isWeekday := parseWeekday(day); {
	case day == "today":
		return on(0)
	case day == "tomorrow":
		return on(1)
	case day == "":
		if t, err := on(0); err != nil || t.After(now) {
			return t, err
		}
		return on(1)
	case isWeekday:
		days := (int(weekday-today.Weekday()) + 7) % 7
		if t, err := on(days); err != nil || t.After(now) {
			return t, err
		}
		return on(days + 7)
	}
	date, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return time.Time{}, notATime(text)
	}
	return Date(date.Year(), date.Month(), date.Day(), hour, minute, second, zone)
}

// Date is [time.Date], but refuses a time that does not exist in the zone, or exists
// twice, since a change of clocks leaves it out or repeats it.
func Date(year int, month time.Month, day, hour, minute, second int, zone *time.Location) (time.Time, error) {
	t := time.Date(year, month, day, hour, minute, second, 0, zone)
	wanted := time.Date(year, month, day, hour, minute, second, 0, time.UTC)
	shown := func(t time.Time) bool { return t.Format(time.DateTime) == wanted.Format(time.DateTime) }
	if !shown(t) {
		return time.Time{}, fmt.Errorf("%s does not exist in %s: the clocks change then", wanted.Format("2006-01-02 15:04:05"), zone)
	}
	for _, other := range []time.Time{twin(t, -24*time.Hour), twin(t, 24*time.Hour)} {
		if shown(other) && !other.Equal(t) {
			first, second := t, other
			if other.Before(t) {
				first, second = other, t
			}
			return time.Time{}, fmt.Errorf("%s is twice in %s, since the clocks change then: write %s or %s", wanted.Format("2006-01-02 15:04:05"), zone,
				first.Format(time.RFC3339), second.Format(time.RFC3339))
		}
	}
	return t, nil
}

// twin is the time that shows as t does under the offset that is in force some time
// away.
func twin(t time.Time, away time.Duration) time.Time {
	_, here := t.Zone()
	_, there := t.Add(away).Zone()
	return t.Add(time.Duration(here-there) * time.Second)
}

// split parts a time into day and clock. day is empty if there is none.
func split(words []string, text string) (day, clock string, err error) {
	switch len(words) {
	case 1:
		if date, time, ok := strings.Cut(words[0], "t"); ok && strings.Count(date, "-") == 2 {
			return date, time, nil
		}
		return "", words[0], nil
	case 2:
		return words[0], words[1], nil
	}
	return "", "", notATime(text)
}

// after reads "in 2h", and "in PT2H" as payloads have it.
func after(text, length string, now time.Time) (time.Time, error) {
	d, err := time.ParseDuration(strings.TrimPrefix(length, "pt"))
	if err != nil || d < 0 {
		return time.Time{}, notATime(text)
	}
	return now.Add(d).Truncate(time.Second), nil
}

// parseClock reads 17:00, 6:30 or 17:00:30.
func parseClock(text string) (hour, minute, second int, ok bool) {
	parts := strings.Split(text, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return 0, 0, 0, false
	}
	read := [3]int{}
	for i, most := range []int{23, 59, 59}[:len(parts)] {
		n, err := strconv.ParseUint(parts[i], 10, 8)
		if err != nil || int(n) > most || i > 0 && len(parts[i]) != 2 {
			return 0, 0, 0, false
		}
		read[i] = int(n)
	}
	return read[0], read[1], read[2], true
}

// parseWeekday reads the English name of a weekday, or three letters of it.
func parseWeekday(text string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if name := strings.ToLower(d.String()); text == name || text == name[:3] {
			return d, true
		}
	}
	return 0, false
}

func notATime(text string) error {
	return fmt.Errorf("%.100q is not a time; write %s", text, Examples)
}
