package stream

import (
	"bytes"
	"errors"
)

// Why bytes cannot be part of an XMPP stream (RFC 6120 section 11).
var (
	ErrRestricted    = errors.New("comment, processing instruction or DTD in the stream")
	ErrNotWellFormed = errors.New("stream is not well-formed")
)

// step is what [nesting.advance] stopped at.
type step uint8

const (
	more   step = iota // the end of the bytes
	opened             // a start tag has ended
	closed             // an end tag has ended
	alone              // an empty-element tag has ended
)

// markup is the kind of thing the next byte belongs to.
type markup uint8

const (
	inText   markup = iota
	inLess          // after '<'
	inTag           // inside a start or empty-element tag
	inQuote         // inside an attribute's value
	inEndTag        // inside an end tag
	inBang          // after "<!", while it spells "[CDATA["
	inCDATA
)

const cdata = "[CDATA["

// nesting follows XML byte by byte and knows how deep it is. It can be fed in
// pieces of any size; it holds nothing but its state.
type nesting struct {
	depth int
	less  int // where in the bytes last given the last '<' was
	state markup
	quote byte
	slash bool // the last byte of the tag was '/'
	seen  int  // how much of "[CDATA[" or "]]>" was seen
}

// advance reads b up to and including the end of the next tag, and says how
// many bytes that were.
func (n *nesting) advance(b []byte) (used int, s step, err error) {
	for i := 0; i < len(b); {
		switch n.state {
		case inText:
			j := bytes.IndexByte(b[i:], '<')
			if j < 0 {
				return len(b), more, nil
			}
			n.less = i + j
			n.state = inLess
			i += j + 1
		case inLess:
			switch b[i] {
			case '/':
				n.state = inEndTag
			case '!':
				if n.depth == 0 {
					return i, more, ErrRestricted
				}
				n.state, n.seen = inBang, 0
			case '?':
				return i, more, ErrRestricted
			case '<', '>', '=', '\'', '"', ' ', '\t', '\r', '\n':
				return i, more, ErrNotWellFormed
			default:
				n.state, n.slash = inTag, false
			}
			i++
		case inTag:
			c := b[i]
			i++
			switch c {
			case '\'', '"':
				n.state, n.quote, n.slash = inQuote, c, false
			case '>':
				n.state = inText
				if n.slash {
					return i, alone, nil
				}
				n.depth++
				return i, opened, nil
			case '<':
				return i, more, ErrNotWellFormed
			default:
				n.slash = c == '/'
			}
		case inQuote:
			j := bytes.IndexByte(b[i:], n.quote)
			if j < 0 {
				return len(b), more, nil
			}
			n.state = inTag
			i += j + 1
		case inEndTag:
			j := bytes.IndexByte(b[i:], '>')
			if j < 0 {
				return len(b), more, nil
			}
			n.state = inText
			n.depth--
			return i + j + 1, closed, nil
		case inBang:
			if b[i] != cdata[n.seen] {
				return i, more, ErrRestricted
			}
			i++
			if n.seen++; n.seen == len(cdata) {
				n.state, n.seen = inCDATA, 0
			}
		case inCDATA:
			switch {
			case b[i] == ']':
				n.seen = min(n.seen+1, 2)
			case b[i] == '>' && n.seen == 2:
				n.state = inText
			default:
				n.seen = 0
			}
			i++
		}
	}
	return len(b), more, nil
}
