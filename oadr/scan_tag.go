package oadr

import (
	"bytes"
	"fmt"
)

// Bounds beside [Limits], against documents that are made to be slow to read.
const (
	maxBindings   = 256 // namespace declarations in scope
	maxAttributes = 256 // of one element
)

const (
	nsXML   = "http://www.w3.org/XML/1998/namespace"
	nsXMLNS = "http://www.w3.org/2000/xmlns/"
	nsXSI   = "http://www.w3.org/2001/XMLSchema-instance"
)

// binding is a namespace declaration.
type binding struct {
	prefix, uri []byte
	vocabulary  *vocabulary // nil for a namespace that is not OpenADR's
}

// xmlBinding is the prefix xml, which need not be declared.
var xmlBinding = binding{prefix: []byte("xml"), uri: []byte(nsXML)}

type attribute struct {
	prefix, local []byte
	value         []byte
	uri           []byte // of its namespace, nil for none
}

// startTag reads a start tag. If the element is empty, its end is the next token.
func (s *scanner) startTag() token {
	if s.ended {
		s.fail("something follows the first element")
		return tokenNone
	}
	s.at = s.pos
	s.pos++
	s.prefix, s.local = s.qname()
	s.nameEnd = s.pos
	bound := len(s.scope)
	s.attributes = s.attributes[:0]
	for s.err == nil {
		separate := s.space()
		if s.take('>') {
			break
		}
		if s.take('/') {
			if s.empty = s.take('>'); !s.empty {
				s.fail("> is needed after / in a tag")
			}
			break
		}
		if !separate {
			s.fail("white space or > is needed after <%.100s", s.raw[s.at+1:s.pos])
			break
		}
		switch a := s.attribute(); {
		case s.err != nil:
		case string(a.prefix) == "xmlns":
			s.bind(a.local, a.value, bound)
		case len(a.prefix) == 0 && string(a.local) == "xmlns":
			s.bind(nil, a.value, bound)
		default:
			s.attributes = append(s.attributes, a)
		}
	}
	switch {
	case s.err != nil:
	case len(s.open) >= s.limit:
		s.err = fmt.Errorf("%w: over %d levels", ErrTooDeep, s.limit)
	default:
		s.open = append(s.open, tag{s.raw[s.at+1 : s.nameEnd], bound})
		s.resolveTag()
	}
	if s.err != nil {
		return tokenNone
	}
	return tokenStart
}

// attribute reads an attribute.
func (s *scanner) attribute() (a attribute) {
	a.prefix, a.local = s.qname()
	s.space()
	equals := s.take('=')
	s.space()
	if !equals || s.pos == len(s.raw) || s.raw[s.pos] != '"' && s.raw[s.pos] != '\'' {
		s.fail("an attribute needs = and a value in quotes")
		return a
	}
	rest := s.raw[s.pos+1:]
	length := bytes.IndexByte(rest, s.raw[s.pos])
	if length < 0 {
		s.fail("it ends inside an attribute")
		return a
	}
	a.value = rest[:length]
	if bytes.IndexByte(a.value, '<') >= 0 {
		s.fail("an attribute's value has a < in it")
	}
	if !s.plain(a.value) {
		a.value = s.unescape(nil, a.value)
	}
	s.pos += length + 2
	return a
}

// bind adds a namespace declaration of the current tag to the scope.
func (s *scanner) bind(prefix, uri []byte, bound int) {
	switch {
	case string(prefix) == "xmlns", string(uri) == nsXMLNS, (string(prefix) == "xml") != (string(uri) == nsXML):
		s.fail("an element declares a namespace of XML itself")
		return
	case string(prefix) == "xml": // always declared
		return
	case len(prefix) > 0 && len(uri) == 0:
		s.fail("an element declares no namespace for %.100s", prefix)
		return
	case len(s.scope) == maxBindings:
		s.fail("over %d namespace declarations are in scope", maxBindings)
		return
	}
	for _, b := range s.scope[bound:] {
		if bytes.Equal(b.prefix, prefix) {
			s.fail("an element declares a namespace twice")
			return
		}
	}
	s.scope = append(s.scope, binding{prefix, uri, vocabularies[string(uri)]})
}

// resolveTag finds the namespaces of the names in the last start tag.
func (s *scanner) resolveTag() {
	s.namespace = s.resolve(s.prefix)
	if len(s.attributes) > maxAttributes {
		s.fail("an element has over %d attributes", maxAttributes)
		return
	}
	for i := range s.attributes {
		a := &s.attributes[i]
		if len(a.prefix) > 0 {
			if in := s.resolve(a.prefix); in != nil {
				a.uri = in.uri
			}
			if string(a.uri) == nsXSI && string(a.local) == "type" && bytes.IndexByte(a.value, ':') < 0 {
				s.resolve(nil) // its value is a name in the default namespace
			}
		}
		for _, b := range s.attributes[:i] {
			if bytes.Equal(a.local, b.local) && bytes.Equal(a.uri, b.uri) {
				s.fail("an element has the attribute %.100s twice", a.local)
				return
			}
		}
	}
}

// resolve returns the declaration of a prefix that is in force, nil for no
// namespace.
func (s *scanner) resolve(prefix []byte) *binding {
	for i := len(s.scope) - 1; i >= 0; i-- {
		b := &s.scope[i]
		if !bytes.Equal(b.prefix, prefix) {
			continue
		}
		s.capture.uses(i)
		if len(b.uri) == 0 {
			return nil
		}
		return b
	}
	switch string(prefix) {
	case "":
		s.capture.usesNone()
	case "xml":
		return &xmlBinding
	default:
		s.fail("the prefix %.100s is not declared", prefix)
	}
	return nil
}
