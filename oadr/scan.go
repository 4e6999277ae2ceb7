package oadr

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// token is a kind of thing in a document.
type token uint8

const (
	tokenNone  token = iota // the end of the document, or an error
	tokenStart              // a start tag
	tokenEnd                // an end tag, also that of an empty element
	tokenText               // character data
)

// scanner splits a document of XML 1.0 in UTF-8 into tokens, in place. It is
// strict: it accepts only well-formed documents whose namespaces are declared. It
// skips comments and processing instructions and refuses a document type
// declaration.
type scanner struct {
	raw   []byte
	pos   int
	limit int // of nested elements
	err   error
	open  []tag
	scope []binding // namespace declarations, innermost last
	ended bool      // the document's element has ended
	empty bool      // the last start tag is of an empty element

	// Of the last start tag:
	at            int // where it begins
	nameEnd       int // where its name ends
	prefix, local []byte
	attributes    []attribute // without namespace declarations
	namespace     *binding    // nil: none

	data    []byte // the last character data, valid until the next token
	scratch []byte
	capture *capture // not nil while an element is kept as it was sent
}

// tag is an open element.
type tag struct {
	name  []byte // as written
	bound int    // namespace declarations in scope around it
}

// next reads the next token.
func (s *scanner) next() token {
	if s.err != nil {
		return tokenNone
	}
	if s.empty {
		s.empty = false
		return s.close()
	}
	for s.err == nil && s.pos < len(s.raw) {
		rest := s.raw[s.pos:]
		switch {
		case rest[0] != '<':
			if s.characters() {
				return tokenText
			}
		case len(rest) == 1:
			s.fail("it ends inside a tag")
		case rest[1] == '/':
			return s.endTag()
		case rest[1] == '?':
			s.instruction()
		case rest[1] != '!':
			return s.startTag()
		case bytes.HasPrefix(rest, []byte("<!--")):
			s.comment()
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			if s.cdata() {
				return tokenText
			}
		default:
			s.fail("it has a document type declaration")
		}
	}
	switch {
	case len(s.open) > 0:
		s.fail("it ends inside <%.100s>", s.open[len(s.open)-1].name)
	case !s.ended:
		s.fail("it has no element")
	}
	return tokenNone
}

// fail records the first reason why the document is refused, and where.
func (s *scanner) fail(reason string, args ...any) {
	if s.err == nil {
		line := 1 + bytes.Count(s.raw[:s.pos], []byte("\n"))
		s.err = fmt.Errorf("%w: line %d: %s", ErrMalformed, line, fmt.Sprintf(reason, args...))
	}
}

// endTag reads an end tag.
func (s *scanner) endTag() token {
	s.pos += len("</")
	begin := s.pos
	s.qname()
	name := s.raw[begin:s.pos]
	s.space()
	switch {
	case !s.take('>'):
		s.fail("> is needed after </%.100s", name)
	case len(s.open) == 0:
		s.fail("</%.100s> ends nothing", name)
	case !bytes.Equal(s.open[len(s.open)-1].name, name):
		s.fail("<%.100s> is ended by </%.100s>", s.open[len(s.open)-1].name, name)
	}
	if s.err != nil {
		return tokenNone
	}
	return s.close()
}

// close ends the innermost element.
func (s *scanner) close() token {
	last := len(s.open) - 1
	s.scope = s.scope[:s.open[last].bound]
	s.open = s.open[:last]
	s.ended = last == 0
	return tokenEnd
}

// comment skips a comment.
func (s *scanner) comment() {
	data := s.until("<!--", "-->")
	if bytes.Contains(data, []byte("--")) || bytes.HasSuffix(data, []byte("-")) {
		s.fail("a comment has -- in it")
	}
}

// instruction skips a processing instruction or the XML declaration.
func (s *scanner) instruction() {
	before := s.raw[:s.pos]
	i := scanner{raw: s.until("<?", "?>")}
	target := i.ncname()
	switch {
	case target == nil, i.pos < len(i.raw) && !i.space():
		s.fail("a processing instruction has no name")
	case !strings.EqualFold(string(target), "xml"):
	case string(target) != "xml" || len(bytes.Trim(before, space)) > 0 || !declaration.Match(i.raw):
		s.fail("it must begin with <?xml version='1.0' encoding='utf-8'?>, or with no XML declaration")
	}
}

// declaration matches what is between <? and ?> of an XML declaration that names a
// version and an encoding that the scanner reads (XML 1.0, section 2.8); a version
// may be missing.
var declaration = regexp.MustCompile(`^xml` +
	attributeOf("version", `1\.0`) + attributeOf("encoding", `(?i:utf-8)`) + attributeOf("standalone", `(?:yes|no)`) + `[ \t\r\n]*$`)

// attributeOf is the pattern of an attribute of a declaration that may be missing.
func attributeOf(name, value string) string {
	return `(?:[ \t\r\n]+` + name + `[ \t\r\n]*=[ \t\r\n]*(?:"` + value + `"|'` + value + `'))?`
}

// until skips what is between begin and end, both included, and returns what is
// between.
func (s *scanner) until(begin, end string) []byte {
	rest := s.raw[s.pos+len(begin):]
	length := bytes.Index(rest, []byte(end))
	if length < 0 {
		s.fail("%s is needed after %s", end, begin)
		return nil
	}
	if !s.legal(rest[:length]) {
		return nil
	}
	s.pos += len(begin) + length + len(end)
	return rest[:length]
}
