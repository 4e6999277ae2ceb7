package oadrtest

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Variant is a message that differs from another in one element, which is missing
// or has a value that no type but text allows.
type Variant struct {
	Path  string // of the element, from the message on
	Value bool   // the value differs
	Raw   []byte // the bare message
}

// NoValue is the value of the changed element of a [Variant].
const NoValue = "?!"

// Variants returns the variants of a bare message for each path that it has not
// seen before.
func Variants(raw []byte, seen map[string]bool) []Variant {
	message := parse(raw)
	return message.variants(message, message.name.Local, seen)
}

func (root *part) variants(in *part, path string, seen map[string]bool) (all []Variant) {
	for _, child := range in.parts() {
		at := path + "/" + child.name.Local
		if child.name.Space == oadr.NSatom || child.name.Space == oadr.NSgml {
			continue
		}
		if !seen[at] {
			seen[at] = true
			with := in.children
			in.children = slices.DeleteFunc(slices.Clone(with), func(c any) bool { p, ok := c.(*part); return ok && p.name == child.name })
			all = append(all, Variant{at, false, root.bytes()})
			in.children = with
		}
		if len(child.parts()) > 0 {
			all = append(all, root.variants(child, at, seen)...)
			continue
		}
		if !seen[at+"="] {
			seen[at+"="] = true
			text := child.children
			child.children = []any{NoValue}
			all = append(all, Variant{at, true, root.bytes()})
			child.children = text
		}
	}
	return all
}

// part is an element of a document.
type part struct {
	name       xml.Name
	attributes []xml.Attr // in no namespace
	children   []any      // *part, or string for text
}

func (p *part) parts() (parts []*part) {
	for _, child := range p.children {
		if c, ok := child.(*part); ok {
			parts = append(parts, c)
		}
	}
	return parts
}

// parse reads what [oadr.Append] wrote.
func parse(raw []byte) *part {
	open := []*part{{}}
	d := xml.NewDecoder(bytes.NewReader(raw))
	for {
		token, err := d.Token()
		if err != nil {
			return open[0].parts()[0]
		}
		in := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			p := &part{name: token.Name}
			for _, a := range token.Attr {
				if a.Name.Space == "" && a.Name.Local != "xmlns" {
					p.attributes = append(p.attributes, a)
				}
			}
			in.children = append(in.children, p)
			open = append(open, p)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			in.children = append(in.children, string(token))
		}
	}
}

func (p *part) bytes() []byte {
	var b bytes.Buffer
	p.write(&b)
	return b.Bytes()
}

func (p *part) write(b *bytes.Buffer) {
	fmt.Fprintf(b, "<%s xmlns=%q", p.name.Local, p.name.Space)
	for _, a := range p.attributes {
		fmt.Fprintf(b, " %s=%q", a.Name.Local, a.Value)
	}
	b.WriteByte('>')
	for _, child := range p.children {
		switch child := child.(type) {
		case string:
			xml.EscapeText(b, []byte(child))
		case *part:
			child.write(b)
		}
	}
	fmt.Fprintf(b, "</%s>", p.name.Local)
}
