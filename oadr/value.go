package oadr

import (
	"bytes"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// space is white space in XML.
const space = " \t\r\n"

// reader reads elements that hold one value.
type reader struct {
	cursor
}

// id reads a text that must not be empty.
func (r *reader) id() string {
	name := r.name
	s := r.text()
	if s == "" {
		r.mistyped(name, "is empty, and must not be")
	}
	return s
}

// token reads a value that must not be empty and ignores white space around it. The
// result is valid until the next read.
func (r *reader) token(path ...string) []byte {
	name := r.name
	s := collapse(r.inner(path...))
	if len(s) == 0 {
		r.mistyped(name, "is empty, and must not be")
	}
	return s
}

// collapse returns s without white space around it and with one space for each run
// of white space in it, as XML Schema defines it for tokens.
func collapse(s []byte) []byte {
	s = bytes.Trim(s, space)
	if bytes.ContainsAny(s, "\t\n\r") || bytes.Contains(s, []byte("  ")) {
		return bytes.Join(bytes.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(space, r) }), []byte(" "))
	}
	return s
}

// uri reads an xs:anyURI and ignores white space around it. It may be empty.
func (r *reader) uri() string { return string(bytes.Trim(r.bytes(), space)) }

// oneOf reads an enumerated value.
func (r *reader) oneOf(values ...string) string {
	name := r.name
	s := r.token()
	if value, ok := among(values, s); ok {
		return value
	}
	r.mistyped(name, "%.40q is none of %s", s, strings.Join(values, ", "))
	return string(s)
}

// extensible reads an enumerated value or an extension, which begins with x-.
func (r *reader) extensible(values ...string) string {
	name := r.name
	s := r.token()
	if value, ok := among(values, s); ok {
		return value
	}
	if rest, ok := bytes.CutPrefix(s, []byte("x-")); !ok || len(rest) == 0 || strings.IndexByte(space, rest[0]) >= 0 {
		r.mistyped(name, "%.40q is none of %s, nor does it begin with x-", s, strings.Join(values, ", "))
	}
	return string(s)
}

// among returns the one of the values that equals s.
func among(values []string, s []byte) (string, bool) {
	for _, value := range values {
		if value == string(s) {
			return value, true
		}
	}
	return "", false
}

// boolean reads an xs:boolean.
func (r *reader) boolean() bool {
	switch r.oneOf("true", "false", "1", "0") {
	case "true", "1":
		return true
	}
	return false
}

// number reads an xs:unsignedInt.
func (r *reader) number() uint32 {
	name := r.name
	s := r.token()
	n, err := strconv.ParseInt(string(s), 10, 64)
	if err != nil || n < 0 || n > math.MaxUint32 {
		r.mistyped(name, "%.40q is not a whole number from 0 to 4294967295", s)
		return 0
	}
	return uint32(n)
}

// code reads an ei:responseCode.
func (r *reader) code() Code {
	name := r.name
	s := r.token()
	n, err := strconv.ParseUint(string(s), 10, 16)
	if len(s) != 3 || err != nil {
		r.mistyped(name, "%.40q is not three digits", s)
		return 0
	}
	return Code(n)
}

// float reads an xs:float or xs:decimal. It refuses infinities and NaN.
func (r *reader) float(path ...string) float64 {
	name := r.name
	f, s := r.numeral(path...)
	if f == nil {
		r.impossible(name, "%.40q is not a finite number", s)
		return 0
	}
	return *f
}

// reading is like float, but returns nil for NaN and infinities: the meter has no
// value.
func (r *reader) reading(path ...string) *float64 {
	f, _ := r.numeral(path...)
	return f
}

// numeral reads a number, nil for NaN and infinities, and returns how it was
// written.
func (r *reader) numeral(path ...string) (number *float64, s []byte) {
	name := r.name
	s = r.token(path...)
	switch string(s) {
	case "NaN", "INF", "+INF", "-INF":
		return nil, s
	}
	f, err := strconv.ParseFloat(string(s), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) || len(bytes.Trim(s, "0123456789+-.eE")) > 0 {
		r.mistyped(name, "%.40q is not a number such as 1.5", s)
		return new(float64), s
	}
	f, ok := Float(f)
	if !ok {
		r.impossible(name, "%.40q is beyond the range of xs:float", s)
	}
	return &f, s
}

// Float returns f as an xs:float can hold it. A number that exceeds the largest
// xs:float by less than its last digit, such as 3.4028235E38, becomes the largest.
// For larger numbers and NaN it returns false.
func Float(f float64) (float64, bool) {
	if math.Abs(f) <= math.MaxFloat32 {
		return f, true
	}
	nearest := float64(float32(f))
	if math.IsInf(nearest, 0) || math.IsNaN(f) {
		return 0, false
	}
	return nearest, true
}

// time reads an xs:dateTime.
func (r *reader) time(path ...string) time.Time {
	name := r.name
	t, err := ParseTime(string(r.inner(path...)))
	if err != nil {
		r.wrong(name, err)
	}
	return t
}

// span reads a duration that must not be negative.
func (r *reader) span() span {
	name := r.name
	d, s := r.signed()
	if d.months < 0 || d.part < 0 || d.time < 0 {
		r.impossible(name, "%.40q is negative, and must not be", s)
		return span{}
	}
	return d
}

// signedSpan reads a duration that may be negative.
func (r *reader) signedSpan() span {
	d, _ := r.signed()
	return d
}

// signed reads a duration and returns how it was written.
func (r *reader) signed() (d span, s []byte) {
	name := r.name
	s = r.inner("xcal:duration")
	d, err := parseSpan(string(s))
	if err != nil {
		r.wrong(name, err)
	}
	return d, s
}

// duration reads a duration that has no known begin.
func (r *reader) duration() time.Duration {
	name := r.name
	length, err := r.span().lasting(time.Time{})
	if err != nil {
		r.wrong(name, err)
	}
	return length
}

// lasting returns the length of a span that begins at start and refuses one that is
// too long; name is the path to its element.
func (e *element) lasting(name string, start time.Time, d span) time.Duration {
	length, err := d.lasting(start)
	if err != nil {
		e.refuse(CodeInvalidData, name, err.Error())
	}
	return length
}

// leading returns the length of a span that ends at end, nil if d is nil.
func (e *element) leading(name string, end time.Time, d *span) *time.Duration {
	if d == nil {
		return nil
	}
	length, err := d.leading(end)
	if err != nil {
		e.refuse(CodeInvalidData, name, err.Error())
	}
	return &length
}

// following returns the length of a span that begins at start, nil if d is nil.
func (e *element) following(name string, start time.Time, d *span) *time.Duration {
	if d == nil {
		return nil
	}
	return new(e.lasting(name, start, *d))
}
