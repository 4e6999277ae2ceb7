package stream

import (
	"bytes"
	"iter"
)

// Element is one XML element as it stands in the stream: slices of its bytes, no
// tree. Names and values in it are as written. Where the element is missing, all
// slices are nil.
type Element struct {
	Raw  []byte // the whole element
	Tag  []byte // its opening tag, from '<' to '>'
	Body []byte // what stands between its tags
}

// Parse finds the parts of one whole element, or of an opening tag alone. It returns
// the zero Element for anything else. The parts share the memory of raw.
func Parse(raw []byte) Element {
	var n nesting
	used, s, err := n.advance(raw)
	if err != nil || s == more {
		return Element{}
	}
	e := Element{Raw: raw, Tag: raw[:used]}
	if end := bytes.LastIndex(raw, []byte("</")); s == opened && end >= used {
		e.Body = raw[used:end]
	}
	return e
}

// Name returns the element's prefix, nil for none, and its local name.
func (e Element) Name() (prefix, local []byte) {
	name := e.qname()
	if colon := bytes.IndexByte(name, ':'); colon >= 0 {
		return name[:colon], name[colon+1:]
	}
	return nil, name
}

// Local returns the element's local name.
func (e Element) Local() string {
	_, local := e.Name()
	return string(local)
}

func (e Element) qname() []byte {
	if len(e.Tag) == 0 {
		return nil
	}
	b := e.Tag[1:]
	if end := bytes.IndexAny(b, " \t\r\n/>"); end >= 0 {
		return b[:end]
	}
	return b
}

// Attributes iterates over the names and values in the opening tag, as written.
func (e Element) Attributes() iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		if len(e.Tag) == 0 {
			return
		}
		const space = " \t\r\n"
		b := e.Tag[1+len(e.qname()):]
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

// Attribute returns the unescaped value of the attribute of that name, prefix
// included, or "" if there is none.
func (e Element) Attribute(name string) string {
	for n, v := range e.Attributes() {
		if string(n) == name {
			return Unescape(v)
		}
	}
	return ""
}

// Children iterates over the elements in the body and passes over text between them.
func (e Element) Children() iter.Seq[Element] {
	return func(yield func(Element) bool) {
		n := nesting{depth: 1}
		var start int
		for at := 0; at < len(e.Body); {
			outside := n.depth == 1
			used, s, err := n.advance(e.Body[at:])
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
			if n.depth == 1 && !yield(Parse(e.Body[start:at])) {
				return
			}
		}
	}
}

// Child returns the first child of a local name, or the zero Element if there is none.
func (e Element) Child(local string) Element {
	for x := range e.Children() {
		if _, l := x.Name(); string(l) == local {
			return x
		}
	}
	return Element{}
}

// Text returns the unescaped character data before the element's first child.
func (e Element) Text() string {
	if child := bytes.IndexByte(e.Body, '<'); child >= 0 {
		return Unescape(e.Body[:child])
	}
	return Unescape(e.Body)
}

// OpeningTags returns the opening tags at the beginning of b, each inside the one
// before, at most n, and what stands behind them. The bytes may break off.
func OpeningTags(b []byte, n int) (tags []Element, rest []byte) {
	var at nesting
	tags = make([]Element, 0, n)
	for len(tags) < n {
		used, s, err := at.advance(b)
		if err != nil || s != opened {
			break
		}
		tags = append(tags, Element{Tag: b[at.less:used]})
		b = b[used:]
	}
	return tags, b
}
