package oadr

import (
	"bytes"
	"fmt"
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
	scanner
	name    string // of the element the cursor stands on
	buffer  []byte // what bytes returns where it is in several pieces
	value   []byte // what inner returns
	invalid *InvalidError
	seen    []string    // see element.taken
	top     int         // how many of seen count
	message int         // depth of the message
	room    [16]element // for the elements being read, by depth
}

// depth is how many elements are open.
func (c *cursor) depth() int { return len(c.open) }

// mistyped notes that the element which was read last is not of its type.
func (c *cursor) mistyped(name, reason string, args ...any) {
	c.refuse(CodeCompliance, name, fmt.Sprintf(reason, args...))
}

// impossible notes that the value of the element which was read last cannot be.
func (c *cursor) impossible(name, reason string, args ...any) {
	c.refuse(CodeInvalidData, name, fmt.Sprintf(reason, args...))
}

// wrong notes why the element which was read last could not be understood.
func (c *cursor) wrong(name string, err error) {
	code := CodeCompliance
	if _, ok := err.(beyond); ok {
		code = CodeInvalidData
	}
	c.refuse(code, name, err.Error())
}

// refuse notes what is wrong with a child of the element being read. The first
// such note is the one the sender is told.
func (c *cursor) refuse(code Code, name, reason string) {
	if c.invalid == nil {
		c.invalid = &InvalidError{code, c.path(c.depth()) + c.nth(c.depth(), name), reason}
	}
}

// path is where the element being read at this depth stands, with a slash at its end.
func (c *cursor) path(depth int) string {
	var b strings.Builder
	for d := c.message; d <= depth && d < len(c.room); d++ {
		if d > c.message {
			b.WriteString(c.nth(d-1, c.room[d].name))
		} else {
			b.WriteString(localName(c.room[d].name))
		}
		b.WriteByte('/')
	}
	return b.String()
}

// nth is the child of this name that is being read in the element at this depth.
func (c *cursor) nth(depth int, name string) string {
	if depth < len(c.room) && c.room[depth].nth > 0 {
		return fmt.Sprintf("%s[%d]", localName(name), c.room[depth].nth)
	}
	return localName(name)
}

// root goes to the document's element and is its name, empty when it is not in
// OpenADR's own namespace.
func (c *cursor) root() string {
	if c.next() != tokenStart {
		return ""
	}
	if c.namespace != nil && string(c.namespace.uri) == NS {
		return c.namespace.vocabulary.name(c.local)
	}
	namespace := []byte{}
	if c.namespace != nil {
		namespace = c.namespace.uri
	}
	c.err = fmt.Errorf("%w: the first element is %.100s in namespace %.100q", ErrNotOpenADR, c.local, namespace)
	return ""
}

// end makes sure that nothing follows the document's element.
func (c *cursor) end() { c.next() }

// skip passes over the element.
func (c *cursor) skip() { c.leave(c.depth()) }

// leave reads on until the element at this depth has ended.
func (c *cursor) leave(depth int) {
	for c.depth() >= depth && c.err == nil {
		c.next()
	}
}

// text is the element's own character data, exactly as sent.
func (c *cursor) text() string { return string(c.bytes()) }

// bytes is text, good until something else is read.
func (c *cursor) bytes() []byte {
	depth := c.depth()
	c.buffer = c.buffer[:0]
	for c.depth() >= depth && c.err == nil {
		if c.next() != tokenText || c.depth() != depth {
			continue
		}
		if len(c.buffer) == 0 && bytes.HasPrefix(c.raw[c.pos:], []byte("</")) {
			text := c.data // all of it
			c.next()
			return text
		}
		c.buffer = append(c.buffer, c.data...)
	}
	return c.buffer
}

// inner is the text of the element at the end of a path of children, as in
// xcal:duration/xcal:duration, or the element's own where the wrapping was left
// out (rule G5). It is good until something else is read.
func (c *cursor) inner(path ...string) []byte {
	if len(path) == 0 {
		return c.bytes()
	}
	e := c.enter()
	e.keep = true
	found := false
	for name := range e.children() {
		if name == path[0] {
			c.value = append(c.value[:0], c.inner(path[1:]...)...)
			found = true
		}
	}
	if !found {
		c.value = append(c.value[:0], bytes.Trim(e.text, space)...)
	}
	return c.value
}

// held is the text of the child of this name, which must be there unless its text
// stands in the element itself.
func (c *cursor) held(name string) string {
	outer := c.name
	e := c.enter()
	e.keep = true
	var s string
	for child := range e.children() {
		if child == name {
			s = c.text()
		}
	}
	if text := bytes.Trim(e.text, space); len(e.taken()) == 0 && len(text) > 0 {
		return string(text)
	}
	c.name = outer
	e.require(name)
	return s
}

// part is the child of this name, kept whole.
func (c *cursor) part(namespace, local string) (x XML) {
	e := c.enter()
	for depth := c.depth(); c.depth() >= depth && c.err == nil; {
		if c.next() != tokenStart {
			continue
		}
		if in := c.namespace; x == "" && in != nil && string(in.uri) == namespace && string(c.local) == local {
			x = c.whole()
		} else {
			c.skip()
		}
	}
	if x == "" {
		e.mistyped(local, "is missing")
	}
	return x
}

// element is an element being read for its children.
type element struct {
	c     *cursor
	name  string
	depth int
	keep  bool // the character data as text
	holds bool // a child, known or not; once they were gone through
	text  []byte
	times [2]int // how many there were of those that may repeat
	nth   int    // which of them the child being read is, 0 for another
	// The names of the children that were taken are c.seen[from:from+count]:
	// those of an element inside follow, and are forgotten when it has ended.
	from, count int
}

// enter begins to read the children of the element the cursor stands on.
func (c *cursor) enter() *element {
	depth := c.depth()
	e := element{c: c, name: c.name, depth: depth, from: c.top}
	if depth >= len(c.room) {
		return &e
	}
	c.room[depth] = e
	return &c.room[depth]
}

// taken are the names of the children that were taken.
func (e *element) taken() []string { return e.c.seen[e.from : e.from+e.count] }

// each goes through all children in the namespaces of OpenADR.
func (e *element) each() iter.Seq[string] {
	return func(yield func(string) bool) {
		c := e.c
		for {
			switch c.next() {
			case tokenStart:
				e.holds = true
				depth := c.depth()
				if in := c.namespace; in != nil && in.vocabulary != nil {
					c.name = in.vocabulary.name(c.local)
					if !yield(c.name) {
						return
					}
				}
				c.leave(depth)
			case tokenText:
				if e.keep {
					e.text = append(e.text, c.data...)
				}
			default:
				return
			}
		}
	}
}

// children goes through the children once by name: of several with one name the
// first counts, unless it is one of those that may repeat.
func (e *element) children(repeat ...string) iter.Seq[string] {
	return func(yield func(string) bool) {
		c := e.c
		for name := range e.each() {
			seen, which := slices.Contains(e.taken(), name), slices.Index(repeat, name)
			e.nth = 0
			switch {
			case which >= 0:
				e.times[which]++
				e.nth = e.times[which]
			case seen:
				continue
			}
			depth := c.depth()
			c.top = e.from + e.count
			if !yield(name) {
				return
			}
			// Only what was taken is noted: the names the schema has here
			// are few, those a sender can make up are not.
			if taken := c.depth() < depth; taken && !seen {
				c.seen = append(c.seen[:e.from+e.count], name)
				e.count++
			}
		}
	}
}

// require notes the first of these children that did not occur.
func (e *element) require(names ...string) {
	for _, name := range names {
		if !slices.Contains(e.taken(), name) {
			e.mistyped(name, "is missing")
			return
		}
	}
}

// mistyped notes what is missing or of the wrong type in an element that was read.
func (e *element) mistyped(name, reason string) { e.refuse(CodeCompliance, name, reason) }

// refuse notes what is wrong with a child of an element that was read.
func (e *element) refuse(code Code, name, reason string) {
	if c := e.c; c.invalid == nil {
		c.invalid = &InvalidError{code, c.path(e.depth) + localName(name), reason}
	}
}
