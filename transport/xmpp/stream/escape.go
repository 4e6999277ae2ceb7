package stream

import (
	"bytes"
	"unicode/utf8"

	"github.com/vtn-xmpp/vtn-xmpp/internal/xmltext"
)

// Unescape resolves the references in character data or an attribute's value
// (XML 1.0 section 4.6). What is no reference stays as it is.
func Unescape(b []byte) string {
	if bytes.IndexByte(b, '&') < 0 {
		return string(b)
	}
	return string(AppendUnescaped(make([]byte, 0, len(b)), b))
}

// AppendUnescaped appends what [Unescape] returns. It appends no more bytes than
// there are in b, and looks at each byte once or twice.
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
			r, ok = xmltext.Reference(b[:end])
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

// AppendMarkup writes XML as character data, so that the tags of a payload become text.
// Unlike xmltext.AppendText it replaces nothing: xml must be well-formed.
func AppendMarkup(dst, xml []byte) []byte {
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

// AppendAttribute writes an attribute, or nothing if the value is empty.
func AppendAttribute(dst []byte, name, value string) []byte {
	if value == "" {
		return dst
	}
	dst = append(dst, ' ')
	dst = append(dst, name...)
	dst = append(dst, "='"...)
	dst = xmltext.AppendValue(dst, value)
	return append(dst, '\'')
}
