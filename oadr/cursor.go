package oadr

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
)

// cursor walks through a payload once, from its first byte to its last, and
// keeps no tree. It stands on the start tag of an element, which exactly one
// call of text, skip or [element.each] takes to its end; what nobody takes is
// passed over, and so unknown elements are tolerated (rule G5).
//
// Errors stick: after the first, every read comes back empty at once.
type cursor struct {
	dec     *xml.Decoder
	name    string // of the element the cursor stands on
	depth   int
	limit   int
	err     error
	invalid *InvalidError
}

func newCursor(raw []byte, depth int) *cursor {
	return &cursor{dec: xml.NewDecoder(bytes.NewReader(raw)), limit: depth}
}

// next reads one token, nil after an error.
func (c *cursor) next() xml.Token {
	if c.err != nil {
		return nil
	}
	token, err := c.dec.Token()
	if err != nil {
		c.fail(fmt.Errorf("%w: %.200s", ErrMalformed, err))
		return nil
	}
	switch token.(type) {
	case xml.StartElement:
		if c.depth++; c.depth > c.limit {
			c.fail(fmt.Errorf("%w: over %d levels", ErrTooDeep, c.limit))
			return nil
		}
	case xml.EndElement:
		c.depth--
	case xml.Directive:
		c.fail(fmt.Errorf("%w: it has a document type declaration", ErrMalformed))
		return nil
	}
	return token
}

func (c *cursor) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// refuse notes that an element's value is missing or impossible. The first
// such note is the one the sender is told.
func (c *cursor) refuse(name, reason string, args ...any) {
	if c.invalid == nil {
		c.invalid = &InvalidError{Element: localName(name), Reason: fmt.Sprintf(reason, args...)}
	}
}

// root goes to the document's element.
func (c *cursor) root() xml.Name {
	for {
		switch token := c.next().(type) {
		case xml.StartElement:
			return token.Name
		case xml.CharData:
			if len(bytes.Trim(token, space)) > 0 {
				c.fail(fmt.Errorf("%w: text before the first element", ErrMalformed))
			}
		case nil:
			return xml.Name{}
		}
	}
}

// end makes sure that nothing follows the document's element.
func (c *cursor) end() {
	for c.err == nil {
		token, err := c.dec.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			c.fail(fmt.Errorf("%w: %.200s", ErrMalformed, err))
		}
		switch token := token.(type) {
		case xml.Comment, xml.ProcInst:
			continue
		case xml.CharData:
			if len(bytes.Trim(token, space)) == 0 {
				continue
			}
		}
		c.fail(fmt.Errorf("%w: something follows the first element", ErrMalformed))
	}
}

// skip passes over the element.
func (c *cursor) skip() { c.leave(c.depth) }

// leave reads on until the element at this depth has ended.
func (c *cursor) leave(depth int) {
	for c.depth >= depth && c.err == nil {
		c.next()
	}
}

// text is the element's own character data, exactly as sent.
func (c *cursor) text() string {
	var text []byte
	for depth := c.depth; c.depth >= depth && c.err == nil; {
		if data, ok := c.next().(xml.CharData); ok && c.depth == depth {
			text = append(text, data...)
		}
	}
	return string(text)
}

// inner is the text of the element at the end of a path of children, as in
// xcal:duration/xcal:duration, or the element's own where the wrapping was left
// out (rule G5).
func (c *cursor) inner(path ...string) string {
	if len(path) == 0 {
		return c.text()
	}
	e := c.enter()
	value, found := "", false
	for name := range e.children() {
		if name == path[0] {
			value, found = c.inner(path[1:]...), true
		}
	}
	if !found {
		value = strings.Trim(string(e.text), space)
	}
	return value
}

// element is an element being read for its children.
type element struct {
	c    *cursor
	name string
	text []byte
	seen []string // names of the children that were taken
}

func (c *cursor) enter() *element { return &element{c: c, name: c.name} }

// each goes through all children in the namespaces of OpenADR.
func (e *element) each() iter.Seq[string] {
	c := e.c
	return func(yield func(string) bool) {
		for {
			switch token := c.next().(type) {
			case xml.StartElement:
				depth := c.depth
				if prefix := prefixOf(token.Name.Space); prefix != "" {
					c.name = prefix + ":" + token.Name.Local
					if !yield(c.name) {
						return
					}
				}
				c.leave(depth)
			case xml.CharData:
				e.text = append(e.text, token...)
			case xml.EndElement, nil:
				return
			}
		}
	}
}

// children goes through the children once by name: of several with one name the
// first counts, unless it is one of those that may repeat.
func (e *element) children(repeat ...string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for name := range e.each() {
			seen := slices.Contains(e.seen, name)
			if seen && !slices.Contains(repeat, name) {
				continue
			}
			depth := e.c.depth
			if !yield(name) {
				return
			}
			// Only what was taken is noted: the names the schema has here
			// are few, those a sender can make up are not.
			if taken := e.c.depth < depth; taken && !seen {
				e.seen = append(e.seen, name)
			}
		}
	}
}

// require notes the first of these children that did not occur.
func (e *element) require(names ...string) {
	for _, name := range names {
		if !slices.Contains(e.seen, name) {
			e.c.refuse(name, "is missing")
			return
		}
	}
}
