package oadr

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// space is what XML counts as white space.
const space = " \t\r\n"

// id is a text that must not be empty.
func (c *cursor) id() string {
	name := c.name
	s := c.text()
	if s == "" {
		c.refuse(name, "is empty")
	}
	return s
}

// token is a value around which white space does not count. It must not be empty.
func (c *cursor) token(path ...string) string {
	name := c.name
	s := strings.Trim(c.inner(path...), space)
	if s == "" {
		c.refuse(name, "is empty")
	}
	return s
}

// uri is an xs:anyURI, around which white space does not count either. It may be empty.
func (c *cursor) uri(path ...string) string { return strings.Trim(c.inner(path...), space) }

// oneOf is an enumerated value.
func (c *cursor) oneOf(values ...string) string {
	name := c.name
	s := c.token()
	if !slices.Contains(values, s) {
		c.refuse(name, "%.40q is none of %s", s, strings.Join(values, ", "))
	}
	return s
}

// extensible is an enumerated value, or one of the sender's own that begins x-.
func (c *cursor) extensible(values ...string) string {
	name := c.name
	s := c.token()
	if own, ok := strings.CutPrefix(s, "x-"); !slices.Contains(values, s) && (!ok || own == "" || strings.Contains(space, own[:1])) {
		c.refuse(name, "%.40q is none of %s, nor does it begin with x-", s, strings.Join(values, ", "))
	}
	return s
}

// boolean is an xs:boolean.
func (c *cursor) boolean() bool {
	switch c.oneOf("true", "false", "1", "0") {
	case "true", "1":
		return true
	}
	return false
}

// number is an xs:unsignedInt.
func (c *cursor) number() uint32 {
	name := c.name
	s := c.token()
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		c.refuse(name, "%.40q is not a whole number from 0 to 4294967295", s)
		return 0
	}
	return uint32(n)
}

// code is an ei:responseCode.
func (c *cursor) code() Code {
	name := c.name
	s := c.token()
	n, err := strconv.ParseUint(s, 10, 16)
	if len(s) != 3 || err != nil {
		c.refuse(name, "%.40q is not three digits", s)
		return 0
	}
	return Code(n)
}

// float is an xs:float or xs:decimal; infinities and NaN mean nothing in a
// payload and are refused.
func (c *cursor) float(path ...string) float64 {
	name := c.name
	s := c.token(path...)
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || strings.Trim(s, "0123456789+-.eE") != "" {
		c.refuse(name, "%.40q is not a finite number", s)
		return 0
	}
	if math.Abs(f) > math.MaxFloat32 {
		c.refuse(name, "%.40q is beyond the range of xs:float", s)
		return 0
	}
	return f
}

// time is an xs:dateTime.
func (c *cursor) time(path ...string) time.Time {
	name := c.name
	s := c.inner(path...)
	t, err := ParseTime(s)
	if err != nil {
		c.refuse(name, "%s", err)
	}
	return t
}

// signedDuration is a duration that may be negative.
func (c *cursor) signedDuration() time.Duration {
	name := c.name
	s := c.inner("xcal:duration")
	d, err := ParseDuration(s)
	if err != nil {
		c.refuse(name, "%s", err)
	}
	return d
}

// duration is a span of time, which has no sign.
func (c *cursor) duration() time.Duration {
	name := c.name
	d := c.signedDuration()
	if d < 0 {
		c.refuse(name, "%s is negative", FormatDuration(d))
		return 0
	}
	return d
}
