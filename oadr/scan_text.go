package oadr

import (
	"bytes"
	"unicode/utf8"

	"github.com/vtn-xmpp/vtn-xmpp/internal/xmltext"
)

// Classes of bytes, as bits.
const (
	inName    = 1 << iota // continues a name
	firstName             // begins a name
	inText                // means itself in text
)

// bytesOf holds the classes of each byte. Bytes above ASCII have none: names and
// text check them as runes.
var bytesOf = func() (table [256]uint8) {
	for c := range table {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_':
			table[c] = inName | firstName | inText
		case '0' <= c && c <= '9', c == '-', c == '.':
			table[c] = inName | inText
		case c == '&', c == '\r', c >= utf8.RuneSelf:
		case c >= ' ', c == '\t', c == '\n':
			table[c] = inText
		}
	}
	return table
}()

// characters reads character data up to the next tag. Outside the document's
// element only white space is allowed.
func (s *scanner) characters() bool {
	data := s.raw[s.pos:]
	if end := bytes.IndexByte(data, '<'); end >= 0 {
		data = data[:end]
	}
	length := len(data)
	if len(s.open) == 0 {
		if len(bytes.Trim(data, space)) > 0 {
			s.fail("there is text outside the first element")
		}
		s.pos += length
		return false
	}
	if bytes.IndexByte(data, '>') >= 0 && bytes.Contains(data, []byte("]]>")) {
		s.fail("there is ]]> in text")
	}
	if !s.plain(data) {
		s.scratch = s.unescape(s.scratch[:0], data)
		data = s.scratch
	}
	s.pos += length
	s.data = data
	return s.err == nil
}

// cdata reads a CDATA section.
func (s *scanner) cdata() bool {
	if len(s.open) == 0 {
		s.fail("there is text outside the first element")
		return false
	}
	s.data = s.until("<![CDATA[", "]]>")
	if bytes.IndexByte(s.data, '\r') >= 0 {
		s.scratch = appendLines(s.scratch[:0], s.data)
		s.data = s.scratch
	}
	return s.err == nil
}

// plain reports whether character data means what it is, having no references and
// no carriage returns.
func (s *scanner) plain(data []byte) bool {
	for i, c := range data {
		if bytesOf[c]&inText == 0 {
			return s.legal(data[i:]) && bytes.IndexByte(data[i:], '&') < 0 && bytes.IndexByte(data[i:], '\r') < 0
		}
	}
	return true
}

// legal checks that all characters are such that XML allows.
func (s *scanner) legal(data []byte) bool {
	for i, size := 0, 0; i < len(data); i += size {
		c := data[i]
		size = 1
		if c < utf8.RuneSelf {
			if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
				s.fail("there is a control character, %#02x", c)
				return false
			}
			continue
		}
		var r rune
		if r, size = utf8.DecodeRune(data[i:]); r == utf8.RuneError && size == 1 {
			s.fail("it is not UTF-8")
			return false
		}
		if !xmltext.IsChar(r) {
			s.fail("there is %U, which is no character", r)
			return false
		}
	}
	return true
}

// unescape appends what character data means. The data must be legal.
func (s *scanner) unescape(dst, data []byte) []byte {
	for len(data) > 0 && s.err == nil {
		i := bytes.IndexByte(data, '&')
		if i < 0 {
			return appendLines(dst, data)
		}
		dst = appendLines(dst, data[:i])
		end := bytes.IndexByte(data[i:], ';')
		if end < 0 {
			s.fail("a reference does not end with ;")
			return dst
		}
		r, ok := xmltext.Reference(data[i+1 : i+end])
		if !ok {
			s.fail("&%.100s; stands for nothing", data[i+1:i+end])
			return dst
		}
		dst = utf8.AppendRune(dst, r)
		data = data[i+end+1:]
	}
	return dst
}

// appendLines appends data with carriage returns replaced by line feeds.
func appendLines(dst, data []byte) []byte {
	for {
		i := bytes.IndexByte(data, '\r')
		if i < 0 {
			return append(dst, data...)
		}
		dst = append(append(dst, data[:i]...), '\n')
		data = bytes.TrimPrefix(data[i+1:], []byte("\n"))
	}
}

// qname reads a qualified name: its prefix, empty if there is none, and its local
// part.
func (s *scanner) qname() (prefix, local []byte) {
	local = s.ncname()
	if local != nil && s.take(':') {
		prefix = local
		local = s.ncname()
	}
	if local == nil {
		s.fail("a name is needed")
	}
	return prefix, local
}

// ncname reads a name without colon, nil if there is none.
func (s *scanner) ncname() []byte {
	begin := s.pos
	for s.pos < len(s.raw) {
		c, wanted := s.raw[s.pos], uint8(inName)
		if s.pos == begin {
			wanted = firstName
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRune(s.raw[s.pos:])
			if !isNameRune(r, s.pos == begin) || r == utf8.RuneError && size == 1 {
				break
			}
			s.pos += size
			continue
		}
		if bytesOf[c]&wanted == 0 {
			break
		}
		s.pos++
	}
	if s.pos == begin {
		return nil
	}
	return s.raw[begin:s.pos]
}

// isNameRune reports whether a name may have the rune: productions NameStartChar
// and NameChar of XML 1.0 above ASCII.
func isNameRune(r rune, first bool) bool {
	switch {
	case 0xC0 <= r && r <= 0x2FF && r != 0xD7 && r != 0xF7,
		0x370 <= r && r <= 0x1FFF && r != 0x37E, 0x200C <= r && r <= 0x200D, 0x2070 <= r && r <= 0x218F,
		0x2C00 <= r && r <= 0x2FEF, 0x3001 <= r && r <= 0xD7FF, 0xF900 <= r && r <= 0xFDCF, 0xFDF0 <= r && r <= 0xFFFD,
		0x10000 <= r && r <= 0xEFFFF:
		return true
	}
	return !first && (r == 0xB7 || 0x300 <= r && r <= 0x36F || 0x203F <= r && r <= 0x2040)
}

// take skips c and reports true if c is next.
func (s *scanner) take(c byte) bool {
	if s.pos < len(s.raw) && s.raw[s.pos] == c {
		s.pos++
		return true
	}
	return false
}

// space skips white space and reports whether there was any.
func (s *scanner) space() bool {
	begin := s.pos
	for s.pos < len(s.raw) && (s.raw[s.pos] == ' ' || s.raw[s.pos] == '\n' || s.raw[s.pos] == '\r' || s.raw[s.pos] == '\t') {
		s.pos++
	}
	return s.pos > begin
}
