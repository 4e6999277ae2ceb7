// Package xmltext writes and reads text in XML 1.0: which characters there are,
// how markup in text is escaped, and what a reference stands for.
package xmltext

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// IsChar reports whether XML may hold the character (section 2.2, Char).
func IsChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && utf8.ValidRune(r) && r != 0xFFFE && r != 0xFFFF
}

// AppendText writes s as the content of an element. What XML cannot hold, invalid
// UTF-8 and most control characters, becomes U+FFFD. A carriage return is escaped,
// since a reader takes a plain one for a line feed (section 2.11).
func AppendText(dst []byte, s string) []byte {
	for i, size := 0, 0; i < len(s); i += size {
		c := s[i]
		if c < utf8.RuneSelf {
			size = 1
			switch {
			case c == '&':
				dst = append(dst, "&amp;"...)
			case c == '<':
				dst = append(dst, "&lt;"...)
			case c == '>':
				dst = append(dst, "&gt;"...)
			case c == '\r':
				dst = append(dst, "&#xD;"...)
			case c < ' ' && c != '\t' && c != '\n':
				dst = utf8.AppendRune(dst, utf8.RuneError)
			default:
				dst = append(dst, c)
			}
			continue
		}
		var r rune
		r, size = utf8.DecodeRuneInString(s[i:])
		if !IsChar(r) {
			r = utf8.RuneError
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// AppendValue writes s as an attribute's value in quotes of either kind. It is
// [AppendText] that escapes quotes as well, and the white space that a reader
// would take for spaces (section 3.3.3).
func AppendValue(dst []byte, s string) []byte {
	for i := strings.IndexAny(s, "\"'\t\n"); i >= 0; i = strings.IndexAny(s, "\"'\t\n") {
		dst = AppendText(dst, s[:i])
		switch s[i] {
		case '"':
			dst = append(dst, "&quot;"...)
		case '\'':
			dst = append(dst, "&apos;"...)
		case '\t':
			dst = append(dst, "&#x9;"...)
		case '\n':
			dst = append(dst, "&#xA;"...)
		}
		s = s[i+1:]
	}
	return AppendText(dst, s)
}

// Reference returns the character that &name; stands for. ok is false if it stands
// for none: only XML's own five entities are known, and only characters that XML
// may hold.
func Reference(name []byte) (r rune, ok bool) {
	switch string(name) {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	digits, numeric := strings.CutPrefix(string(name), "#")
	if !numeric {
		return 0, false
	}
	base := 10
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 21)
	return rune(n), err == nil && IsChar(rune(n))
}
