package oadr

import (
	"strconv"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/xmltext"
)

// writer writes elements in default-namespace form: each element whose
// namespace is not its parent's declares it, nothing has a prefix but what
// [schemaVersion] and [writer.prefixed] write. Servers pass that form on unchanged,
// and rewrite any other.
type writer struct {
	b    []byte
	open []string // names of the open elements, outermost first
}

func (w *writer) start(name string) {
	w.tag(name)
	w.b = append(w.b, '>')
	w.open = append(w.open, name)
}

func (w *writer) end() {
	last := len(w.open) - 1
	w.close(localName(w.open[last]))
	w.open = w.open[:last]
}

// tag writes a start tag without its closing bracket.
func (w *writer) tag(name string) {
	prefix, local, _ := strings.Cut(name, ":")
	w.b = append(append(w.b, '<'), local...)
	if len(w.open) > 0 {
		if parent := w.open[len(w.open)-1]; strings.HasPrefix(parent, prefix) && parent[len(prefix)] == ':' {
			return
		}
	}
	w.b = append(w.b, ` xmlns="`...)
	w.b = append(w.b, namespaceOf(prefix)...)
	w.b = append(w.b, '"')
}

func (w *writer) close(local string) {
	w.b = append(w.b, "</"...)
	w.b = append(w.b, local...)
	w.b = append(w.b, '>')
}

// empty writes an element without content.
func (w *writer) empty(name string) {
	w.tag(name)
	w.b = append(w.b, "/>"...)
}

// text writes an element that holds s.
func (w *writer) text(name, s string) {
	if s == "" {
		w.empty(name)
		return
	}
	w.tag(name)
	w.b = append(w.b, '>')
	w.b = xmltext.AppendText(w.b, s)
	w.close(localName(name))
}

// optional writes an element that holds s, nothing when s is empty.
func (w *writer) optional(name, s string) {
	if s != "" {
		w.text(name, s)
	}
}

func (w *writer) texts(name string, values []string) {
	for _, s := range values {
		w.text(name, s)
	}
}

// each writes an element for each value, which stands in an element in it.
func (w *writer) each(name, inner string, values []string) {
	for _, s := range values {
		w.start(name)
		w.text(inner, s)
		w.end()
	}
}

// parts writes an element for each part, which stands in it.
func (w *writer) parts(name string, parts []XML) {
	for _, x := range parts {
		w.start(name)
		w.b = append(w.b, x...)
		w.end()
	}
}

func (w *writer) boolean(name string, v bool) { w.text(name, strconv.FormatBool(v)) }

func (w *writer) number(name string, n uint32) {
	var b [10]byte
	w.raw(name, strconv.AppendUint(b[:0], uint64(n), 10))
}

// float writes the shortest plain decimal that reads back as f.
func (w *writer) float(name string, f float64) {
	var b [24]byte
	w.raw(name, strconv.AppendFloat(b[:0], f, 'f', -1, 64))
}

// optionalFloat is float, nothing when f is nil.
func (w *writer) optionalFloat(name string, f *float64) {
	if f != nil {
		w.float(name, *f)
	}
}

// time writes a time in whole seconds, always in 20 bytes.
func (w *writer) time(name string, t time.Time) {
	var b [len(dateTimeForm)]byte
	w.raw(name, t.UTC().AppendFormat(b[:0], dateTimeForm))
}

// bareDuration writes a duration that stands in its element alone.
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

// optionalDuration is duration, nothing when d is nil.
func (w *writer) optionalDuration(name string, d *time.Duration) {
	if d != nil {
		w.duration(name, *d)
	}
}

// uid writes xcal:uid, nothing when it is empty.
func (w *writer) uid(s string) {
	if s != "" {
		w.start("xcal:uid")
		w.text("xcal:text", s)
		w.end()
	}
}

// dtstart writes xcal:dtstart, with a fraction of seconds where there is one:
// measured values may be that dense.
func (w *writer) dtstart(t time.Time) {
	var b [32]byte
	w.start("xcal:dtstart")
	w.raw("xcal:date-time", t.UTC().AppendFormat(b[:0], "2006-01-02T15:04:05.999999999Z"))
	w.end()
}

// raw writes an element whose content needs no escaping.
func (w *writer) raw(name string, content []byte) {
	w.tag(name)
	w.b = append(w.b, '>')
	w.b = append(w.b, content...)
	w.close(localName(name))
}
