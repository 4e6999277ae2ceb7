package oadr

import (
	"bytes"
	"unicode/utf8"

	"github.com/vtn-xmpp/vtn-xmpp/internal/xmltext"
)

// capture notes, while an element is read that is kept whole, which namespace
// declarations around it are used in it. A nil capture notes nothing.
type capture struct {
	outer int // declarations in scope around the element
	used  [maxBindings]bool
	none  bool // a name is in no namespace for want of a default
}

func (k *capture) uses(i int) {
	if k != nil && i < k.outer {
		k.used[i] = true
	}
}

func (k *capture) usesNone() {
	if k != nil {
		k.none = true
	}
}

// whole reads the element whose start tag came last, up to its end, and is its
// bytes with all declarations that it needs: of the prefixes and the default
// namespace that its names are in, and of prefixes of what may be names in its
// text and attributes.
func (s *scanner) whole() XML {
	at, nameEnd := s.at, s.nameEnd
	depth := len(s.open)
	s.capture = &capture{outer: s.open[depth-1].bound}
	s.resolveTag()
	own := len(s.scope)
	scope := s.scope[:own:own]
	for len(s.open) >= depth && s.err == nil {
		s.next()
	}
	k := s.capture
	s.capture = nil
	if s.err != nil {
		return ""
	}
	raw := s.raw[at:s.pos]
	k.mentioned(raw, scope)

	whole := make([]byte, 0, len(raw)+64)
	whole = append(whole, s.raw[at:nameEnd]...)
	if k.none {
		whole = append(whole, ` xmlns=""`...)
	}
	for i, b := range scope[:k.outer] {
		if k.used[i] {
			whole = b.append(whole)
		}
	}
	return XML(append(whole, s.raw[nameEnd:s.pos]...))
}

// mentioned takes into account each prefix that stands before a colon anywhere.
func (k *capture) mentioned(raw []byte, scope []binding) {
	for {
		colon := bytes.IndexByte(raw, ':')
		if colon < 0 {
			return
		}
		begin := colon
		for begin > 0 && (bytesOf[raw[begin-1]]&inName != 0 || raw[begin-1] >= utf8.RuneSelf) {
			begin--
		}
		for i := len(scope) - 1; i >= 0 && begin < colon; i-- {
			if bytes.Equal(scope[i].prefix, raw[begin:colon]) {
				k.uses(i)
				break
			}
		}
		raw = raw[colon+1:]
	}
}

// append writes the declaration as an attribute.
func (b binding) append(dst []byte) []byte {
	dst = append(dst, " xmlns"...)
	if len(b.prefix) > 0 {
		dst = append(append(dst, ':'), b.prefix...)
	}
	dst = append(dst, `="`...)
	dst = xmltext.AppendValue(dst, string(b.uri))
	return append(dst, '"')
}
