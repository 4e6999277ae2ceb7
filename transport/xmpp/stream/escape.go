package stream

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Unescape resolves the references in character data or an attribute's value
// (XML 1.0 section 4.6). What is no reference stays as it is.
func Unescape(b []byte) string {
	if bytes.IndexByte(b, '&') < 0 {
		return string(b)
	}
	return string(AppendUnescaped(make([]byte, 0, len(b)), b))
}

// AppendUnescaped is [Unescape] that appends. It appends no more bytes than there
// are in b, and looks at each once or twice.
func AppendUnescaped(dst, b []byte) []byte {
	for amp := bytes.IndexByte(b, '&'); amp >= 0; amp = bytes.IndexByte(b, '&') {
		dst = append(dst, b[:amp]...)
		b = b[amp+1:]
		end := 0
		for end < len(b) && inReference(b[end]) {
			end++
		}
		r, ok := rune(0), false
		if end < len(b) && b[end] == ';' {
			r, ok = reference(string(b[:end]))
		}
		if !ok {
			dst = append(dst, '&')
			continue
		}
		dst = utf8.AppendRune(dst, r)
		b = b[end+1:]
	}
	return append(dst, b...)
}

// inReference reports whether the byte may stand between & and ; here.
func inReference(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b == '#'
}

func reference(name string) (r rune, ok bool) {
	switch name {
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
	digits, numeric := strings.CutPrefix(name, "#")
	if !numeric {
		return 0, false
	}
	base := 10
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 21)
	return rune(n), err == nil && isChar(rune(n))
}

// isChar reports whether XML may hold the character (XML 1.0 section 2.2).
func isChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && utf8.ValidRune(r) && r != 0xFFFE && r != 0xFFFF
}

// AppendEscaped writes character data or an attribute's value. Whatever s
// holds, the stream stays well-formed.
func AppendEscaped(dst []byte, s string) []byte {
	for _, r := range s {
		switch {
		case r == '&':
			dst = append(dst, "&amp;"...)
		case r == '<':
			dst = append(dst, "&lt;"...)
		case r == '>':
			dst = append(dst, "&gt;"...)
		case r == '\'':
			dst = append(dst, "&apos;"...)
		case r == '"':
			dst = append(dst, "&quot;"...)
		case r == '\t' || r == '\n' || r == '\r':
			dst = append(dst, "&#"...)
			dst = strconv.AppendInt(dst, int64(r), 10)
			dst = append(dst, ';')
		case !isChar(r):
			dst = utf8.AppendRune(dst, utf8.RuneError)
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

// AppendText writes what is XML as character data: the tags of a payload become
// text.
func AppendText(dst, xml []byte) []byte {
	for _, c := range xml {
		switch c {
		case '&':
			dst = append(dst, "&amp;"...)
		case '<':
			dst = append(dst, "&lt;"...)
		case '>':
			dst = append(dst, "&gt;"...)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// AppendAttribute writes an attribute, nothing where the value is empty.
func AppendAttribute(dst []byte, name, value string) []byte {
	if value == "" {
		return dst
	}
	dst = append(dst, ' ')
	dst = append(dst, name...)
	dst = append(dst, "='"...)
	dst = AppendEscaped(dst, value)
	return append(dst, '\'')
}
