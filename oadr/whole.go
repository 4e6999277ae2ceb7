package oadr

import (
	"bytes"
	"unicode/utf8"

	"github.com/vtn-xmpp/vtn-xmpp/internal/xmltext"
)

// capture records which namespace declarations around an element are used in it,
// while the element is being kept as it was sent. A nil capture records nothing.
type capture struct {
	outer int // declarations in scope around the element
	used  [maxBindings]bool
	none  bool // a name is in no namespace since there is no default one
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

// whole reads the element whose start tag came last and returns its bytes with all
// namespace declarations that it needs: those of its names, and those of prefixes
// in text and attributes that may belong to names.
func (s *scanner) whole() XML {
	at, nameEnd := s.at, s.nameEnd
	depth := len(s.open)
	s.capture = &capture{outer: s.open[depth-1].bound}
	s.resolveTag()
	declared := len(s.scope)
	scope := s.scope[:declared:declared]
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

// mentioned records each prefix that stands before a colon, wherever it is.
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
