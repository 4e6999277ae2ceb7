package oadr

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// cursor reads a payload once, from its first byte to its last, without building a
// tree. It stands on the start tag of an element. One call of text, skip or
// [element.each] reads the element to its end. An element that no call reads is
// skipped: unknown elements are tolerated (rule G5).
//
// Errors are kept: after the first, every read returns an empty value at once.
type cursor struct {
	scanner
	name    string      // of the element that the cursor stands on
	in      Profile     // of the document
	foreign *vocabulary // of the profile that the document is not of
	buffer  []byte      // what bytes returns if the text is in several pieces
	value   []byte      // what inner returns
	invalid *InvalidError
	seen    []string    // see element.taken
	top     int         // how many names in seen are valid
	message int         // depth of the message
	room    [16]element // the elements that are being read, by depth
}

// depth returns how many elements are open.
func (c *cursor) depth() int { return len(c.open) }

// mistyped records that the element read last is not of its type.
func (c *cursor) mistyped(name, reason string, args ...any) {
	c.refuse(CodeCompliance, name, fmt.Sprintf(reason, args...))
}

// impossible records that the value of the element read last is of its type but
// cannot be right.
func (c *cursor) impossible(name, reason string, args ...any) {
	c.refuse(CodeInvalidData, name, fmt.Sprintf(reason, args...))
}

// wrong records why the value of the element read last was not accepted.
func (c *cursor) wrong(name string, err error) {
	code := CodeCompliance
	if _, ok := err.(beyond); ok {
		code = CodeInvalidData
	}
	c.refuse(code, name, err.Error())
}

// refuse records what is wrong with a child of the element that is being read. Only
// the first problem is kept and reported to the sender.
func (c *cursor) refuse(code Code, name, reason string) {
	if c.invalid == nil {
		c.invalid = &InvalidError{code, c.path(c.depth()) + c.nth(c.depth(), name), reason}
	}
}

// path returns the path of the element that is being read at this depth, with a
// slash at its end.
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

// nth returns the name of a child of the element at this depth, with its number if
// it may repeat.
func (c *cursor) nth(depth int, name string) string {
	if depth < len(c.room) && c.room[depth].nth > 0 {
		return fmt.Sprintf("%s[%d]", localName(name), c.room[depth].nth)
	}
	return localName(name)
}

// root reads the start tag of the document's element and returns its name, or "" if
// it is not in OpenADR's own namespace. The namespace tells the profile.
func (c *cursor) root() string {
	if c.next() != tokenStart {
		return ""
	}
	if c.namespace != nil {
		switch string(c.namespace.uri) {
		case NS:
			c.in, c.foreign = ProfileB, vocabularies[NS20a]
			return c.namespace.vocabulary.name(c.local)
		case NS20a:
			c.in, c.foreign = ProfileA, vocabularies[NS]
			return c.namespace.vocabulary.name(c.local)
		}
	}
	namespace := []byte{}
	if c.namespace != nil {
		namespace = c.namespace.uri
	}
	c.err = fmt.Errorf("%w: the first element is %.100s in namespace %.100q", ErrNotOpenADR, c.local, namespace)
	return ""
}

// end checks that nothing follows the document's element.
func (c *cursor) end() { c.next() }

// skip reads the element to its end.
func (c *cursor) skip() { c.leave(c.depth()) }

// leave reads until the element at this depth has ended.
func (c *cursor) leave(depth int) {
	for c.depth() >= depth && c.err == nil {
		c.next()
	}
}

// text returns the element's own character data exactly as sent.
func (c *cursor) text() string { return string(c.bytes()) }

// bytes is like text. The result is valid until the next read.
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

// inner returns the text of the element at the end of a path of children, as in
// xcal:duration/xcal:duration, or the element's own text if the inner elements were
// left out (rule G5). The result is valid until the next read.
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

// held returns the text of the child with this name. The child must be there unless
// the element itself holds the text.
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

// part returns the child with this name, kept as it was sent.
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

// element is an element whose children are being read.
type element struct {
	c     *cursor
	name  string
	depth int
	keep  bool // keep the character data in text
	holds bool // whether it has a child, known or not; valid at its end
	text  []byte
	times [2]int // how many children there were of each name that may repeat
	nth   int    // the number of the current child among these, from 1; 0: it may not repeat
	// The names of the children that were read are c.seen[from:from+count]. Those
	// of an inner element follow and are dropped at its end.
	from, count int
}

// enter begins to read the children of the element that the cursor stands on.
func (c *cursor) enter() *element {
	depth := c.depth()
	e := element{c: c, name: c.name, depth: depth, from: c.top}
	if depth >= len(c.room) {
		return &e
	}
	c.room[depth] = e
	return &c.room[depth]
}

// taken returns the names of the children that were read.
func (e *element) taken() []string { return e.c.seen[e.from : e.from+e.count] }

// each yields all children in the namespaces of the document's profile.
func (e *element) each() iter.Seq[string] {
	return func(yield func(string) bool) {
		c := e.c
		for {
			switch c.next() {
			case tokenStart:
				e.holds = true
				depth := c.depth()
				if in := c.namespace; in != nil && in.vocabulary != nil && in.vocabulary != c.foreign {
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

// children yields each child once by name: of several with the same name the first,
// unless the name is one of those that may repeat.
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
			// Only names that were read are recorded: the schema has few of them, a
			// sender can invent many.
			if taken := c.depth() < depth; taken && !seen {
				c.seen = append(c.seen[:e.from+e.count], name)
				e.count++
			}
		}
	}
}

// require records the first of these children that is missing.
func (e *element) require(names ...string) {
	for _, name := range names {
		if !slices.Contains(e.taken(), name) {
			e.mistyped(name, "is missing")
			return
		}
	}
}

// mistyped records a child that is missing or of the wrong type, after the element
// was read.
func (e *element) mistyped(name, reason string) { e.refuse(CodeCompliance, name, reason) }

// refuse records what is wrong with a child, after the element was read.
func (e *element) refuse(code Code, name, reason string) {
	if c := e.c; c.invalid == nil {
		c.invalid = &InvalidError{code, c.path(e.depth) + localName(name), reason}
	}
}
