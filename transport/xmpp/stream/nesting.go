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

// nesting follows XML byte by byte and knows how deep it is. It takes pieces of any
// size and keeps none of their bytes.
type nesting struct {
	depth int
	less  int // where in the bytes last given the last '<' was
	state markup
	quote byte
	slash bool // the last byte of the tag was '/'
	seen  int  // how much of "[CDATA[" or "]]>" was seen
}

// advance reads b up to and including the end of the next tag, and returns how
// many bytes that were. Before the end of a tag it returns more.
func (n *nesting) advance(b []byte) (used int, s step, err error) {
	for used < len(b) && s == more && err == nil {
		read := 1
		switch rest := b[used:]; n.state {
		case inText:
			if read = n.through('<', rest, inLess); n.state == inLess {
				n.less = used + read - 1
			}
		case inLess:
			err = n.begin(rest[0])
		case inTag:
			read, s, err = n.tag(rest)
		case inQuote:
			read = n.through(n.quote, rest, inTag)
		case inEndTag:
			if read = n.through('>', rest, inText); n.state == inText {
				n.depth--
				s = closed
			}
		case inBang:
			err = n.bang(rest[0])
		case inCDATA:
			n.cdata(rest[0])
		}
		used += read
	}
	return used, s, err
}

// through reads to the first c and then changes the state, or reads all of b if
// there is none.
func (n *nesting) through(c byte, b []byte, then markup) (read int) {
	i := bytes.IndexByte(b, c)
	if i < 0 {
		return len(b)
	}
	n.state = then
	return i + 1
}

// begin reads the byte after '<'.
func (n *nesting) begin(c byte) error {
	switch c {
	case '/':
		n.state = inEndTag
	case '!':
		if n.depth == 0 {
			return ErrRestricted
		}
		n.state, n.seen = inBang, 0
	case '?':
		return ErrRestricted
	case '<', '>', '=', '\'', '"', ' ', '\t', '\r', '\n':
		return ErrNotWellFormed
	default:
		n.state, n.slash = inTag, false
	}
	return nil
}

// tag reads inside a start or empty-element tag, to its end or to a value in it.
func (n *nesting) tag(b []byte) (read int, s step, err error) {
	for i, c := range b {
		switch c {
		case '\'', '"':
			n.state, n.quote, n.slash = inQuote, c, false
			return i + 1, more, nil
		case '>':
			n.state = inText
			if n.slash {
				return i + 1, alone, nil
			}
			n.depth++
			return i + 1, opened, nil
		case '<':
			return i + 1, more, ErrNotWellFormed
		}
		n.slash = c == '/'
	}
	return len(b), more, nil
}

// bang reads a byte of "[CDATA[".
func (n *nesting) bang(c byte) error {
	if c != cdata[n.seen] {
		return ErrRestricted
	}
	if n.seen++; n.seen == len(cdata) {
		n.state, n.seen = inCDATA, 0
	}
	return nil
}

// cdata reads a byte inside a CDATA section, which "]]>" ends.
func (n *nesting) cdata(c byte) {
	switch {
	case c == ']':
		n.seen = min(n.seen+1, 2)
	case c == '>' && n.seen == 2:
		n.state = inText
	default:
		n.seen = 0
	}
}
