package oadr

import (
	"strconv"
	"time"
)

// writer writes the elements that several messages have.
type writer struct {
	markup
	signed bool // elements have no prefix
}

func (w *writer) boolean(name string, v bool) { w.text(name, strconv.FormatBool(v)) }

func (w *writer) number(name string, n uint32) {
	var b [10]byte
	w.raw(name, strconv.AppendUint(b[:0], uint64(n), 10))
}

// float writes the shortest decimal without exponent that reads back as f.
func (w *writer) float(name string, f float64) {
	var b [24]byte
	w.raw(name, strconv.AppendFloat(b[:0], f, 'f', -1, 64))
}

// optionalFloat is float, but writes nothing if f is nil.
func (w *writer) optionalFloat(name string, f *float64) {
	if f != nil {
		w.float(name, *f)
	}
}

// time writes a time in whole seconds, always as 20 bytes.
func (w *writer) time(name string, t time.Time) {
	var b [len(dateTimeForm)]byte
	w.raw(name, t.UTC().AppendFormat(b[:0], dateTimeForm))
}

// bareDuration writes an element whose text is a duration.
func (w *writer) bareDuration(name string, d time.Duration) {
	var b [24]byte
	w.raw(name, AppendDuration(b[:0], d))
}

// duration writes an element that holds an xcal:duration.
func (w *writer) duration(name string, d time.Duration) {
	w.start(name)
	w.bareDuration("xcal:duration", d)
	w.end()
}

// optionalDuration is duration, but writes nothing if d is nil.
func (w *writer) optionalDuration(name string, d *time.Duration) {
	if d != nil {
		w.duration(name, *d)
	}
}

// uid writes xcal:uid, or nothing if s is empty.
func (w *writer) uid(s string) {
	if s != "" {
		w.start("xcal:uid")
		w.text("xcal:text", s)
		w.end()
	}
}

// dtstart writes xcal:dtstart, with fractions of a second if there are any:
// measured values may be that close together.
func (w *writer) dtstart(t time.Time) {
	var b [32]byte
	w.start("xcal:dtstart")
	w.raw("xcal:date-time", t.UTC().AppendFormat(b[:0], "2006-01-02T15:04:05.999999999Z"))
	w.end()
}
