package xmpp

import (
	"bytes"
	"iter"
)

// element is one XML element as it stands in the stream: slices of its bytes,
// no tree. Names and values in it are as written.
type element struct {
	raw  []byte // all of it
	tag  []byte // its opening tag, from '<' to '>'
	body []byte // what stands between its tags
}

// parseElement finds the parts of one whole element, or of an opening tag alone.
func parseElement(raw []byte) element {
	var n nesting
	used, s, err := n.advance(raw)
	if err != nil || s == more {
		return element{}
	}
	e := element{raw: raw, tag: raw[:used]}
	if end := bytes.LastIndex(raw, []byte("</")); s == opened && end >= used {
		e.body = raw[used:end]
	}
	return e
}

// name is the element's prefix, empty for none, and local name.
func (e element) name() (prefix, local []byte) {
	name := e.qname()
	if colon := bytes.IndexByte(name, ':'); colon >= 0 {
		return name[:colon], name[colon+1:]
	}
	return nil, name
}

// local is the element's local name.
func (e element) local() string {
	_, local := e.name()
	return string(local)
}

func (e element) qname() []byte {
	if len(e.tag) == 0 {
		return nil
	}
	b := e.tag[1:]
	if end := bytes.IndexAny(b, " \t\r\n/>"); end >= 0 {
		return b[:end]
	}
	return b
}

// attributes are the names and values in the opening tag.
func (e element) attributes() iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		if len(e.tag) == 0 {
			return
		}
		const space = " \t\r\n"
		b := e.tag[1+len(e.qname()):]
		for {
			b = bytes.TrimLeft(b, space)
			equals := bytes.IndexByte(b, '=')
			if equals < 0 {
				return
			}
			name := bytes.TrimRight(b[:equals], space)
			b = bytes.TrimLeft(b[equals+1:], space)
			if len(b) == 0 || b[0] != '\'' && b[0] != '"' {
				return
			}
			end := bytes.IndexByte(b[1:], b[0])
			if end < 0 || !yield(name, b[1:1+end]) {
				return
			}
			b = b[end+2:]
		}
	}
}

// attribute is the value of the attribute of that name, without a prefix.
func (e element) attribute(name string) string {
	for n, v := range e.attributes() {
		if string(n) == name {
			return unescape(v)
		}
	}
	return ""
}

// children are the elements in the body; text between them is passed over.
func (e element) children() iter.Seq[element] {
	return func(yield func(element) bool) {
		n := nesting{depth: 1}
		var start int
		for at := 0; at < len(e.body); {
			outside := n.depth == 1
			used, s, err := n.advance(e.body[at:])
			if err != nil || s == more {
				return
			}
			if outside {
				start = at + n.less
			}
			at += used
			if n.depth < 1 {
				return
			}
			if n.depth == 1 && !yield(parseElement(e.body[start:at])) {
				return
			}
		}
	}
}

// child is the first child of a local name, the zero element where there is none.
func (e element) child(local string) element {
	for x := range e.children() {
		if _, l := x.name(); string(l) == local {
			return x
		}
	}
	return element{}
}

// text is the character data before the element's first child.
func (e element) text() string {
	if child := bytes.IndexByte(e.body, '<'); child >= 0 {
		return unescape(e.body[:child])
	}
	return unescape(e.body)
}
