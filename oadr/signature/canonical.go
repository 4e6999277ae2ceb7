package signature

import (
	"cmp"
	"slices"
	"strings"

	"github.com/beevik/etree"
)

// rendering says how a part of a document is rendered.
type rendering struct {
	comments bool           // keep comments
	without  *etree.Element // what an enveloped signature leaves out
	restored bool           // with the prefixes that a server has taken away, see [canonicalizer.enter]
	outer    string         // if restored: the default namespace of the document's element, which had a prefix; empty: none
	plain    string         // if restored: a namespace whose elements had no prefix, though one is bound to it; empty: none
}

// canonical returns the canonical form of an element, or of the whole document if e is nil:
// Canonical XML 1.0, inclusive (RFC 3076). The time it takes grows with the document and
// the number of namespaces in scope, which [oadr.Decode] bounds.
func canonical(doc *etree.Document, e *etree.Element, r rendering) []byte {
	c := canonicalizer{rendering: r}
	if e == nil {
		c.document(doc)
		return c.out
	}
	var around []*etree.Element
	for a := e.Parent(); a != nil && a != &doc.Element; a = a.Parent() {
		around = append(around, a)
	}
	for _, a := range slices.Backward(around) {
		c.enter(a)
	}
	c.apex(e, around)
	return c.out
}

// canonicalizer renders a document, or an element with all that is in it.
type canonicalizer struct {
	rendering
	out   []byte
	scope []declaration // that the document makes, innermost last
	shown []declaration // that the rendered form makes; fewer, where prefixes are restored
}

type declaration struct{ prefix, uri string }

// find returns what a prefix is bound to.
func find(scope []declaration, prefix string) string {
	if prefix == "xml" {
		return nsXML
	}
	for i := len(scope) - 1; i >= 0; i-- {
		if scope[i].prefix == prefix {
			return scope[i].uri
		}
	}
	return ""
}

// document renders a whole document. Around its element each instruction and comment is a
// line of its own.
func (c *canonicalizer) document(doc *etree.Document) {
	behind := false
	for _, t := range doc.Child {
		at := len(c.out)
		switch t := t.(type) {
		case *etree.Element:
			c.apex(t, nil)
			behind = true
			continue
		case *etree.ProcInst:
			if t.Target == "xml" { // the XML declaration
				continue
			}
			c.token(t)
		case *etree.Comment:
			c.token(t)
		}
		switch {
		case len(c.out) == at:
		case behind:
			c.out = slices.Insert(c.out, at, '\n')
		default:
			c.out = append(c.out, '\n')
		}
	}
}

// apex renders the element that a rendered part begins with, which shows all namespaces in
// scope, and the attributes of the namespace xml that it inherits.
func (c *canonicalizer) apex(e *etree.Element, around []*etree.Element) {
	attributes := inheriting(c.attributes(e), around)
	name := c.enter(e)
	var show []declaration
	for i, d := range slices.Backward(c.shown) {
		inner := slices.ContainsFunc(c.shown[i+1:], func(o declaration) bool { return o.prefix == d.prefix })
		if d.uri != "" && !inner {
			show = append(show, d)
		}
	}
	c.element(e, name, show, attributes)
}

// inheriting adds to the attributes of an element those of the namespace xml that stand in
// the elements around it, innermost first. There may be thousands.
func inheriting(attributes []attribute, around []*etree.Element) []attribute {
	var known map[string]bool
	for _, a := range around {
		for i := range a.Attr {
			x := &a.Attr[i]
			if x.Space != "xml" {
				continue
			}
			if known == nil {
				known = map[string]bool{}
				for _, own := range attributes {
					known[own.attr.Key] = known[own.attr.Key] || own.attr.Space == "xml"
				}
			}
			if !known[x.Key] {
				known[x.Key] = true
				attributes = append(attributes, attribute{attr: x})
			}
		}
	}
	return attributes
}

// inner renders an element in a rendered one.
func (c *canonicalizer) inner(e *etree.Element) {
	scope, shown := len(c.scope), len(c.shown)
	name := c.enter(e)
	var show []declaration
	for _, d := range c.shown[shown:] {
		if d.uri != find(c.shown[:shown], d.prefix) {
			show = append(show, d)
		}
	}
	c.element(e, name, show, c.attributes(e))
	c.scope, c.shown = c.scope[:scope], c.shown[:shown]
}

// enter adds the declarations of an element to the scope, and returns the name that it is
// rendered with.
//
// XMPP servers such as ejabberd write elements without prefix: each that had one gets a
// default declaration instead, where its parent has another namespace. The declarations of
// the prefixes stay, so a prefix that is bound to the element's namespace is the one that
// it had, unless its sender had declared a prefix that it did not use. A default
// declaration that an element with a prefix had itself is lost; see [rendering].
func (c *canonicalizer) enter(e *etree.Element) string {
	first := len(c.scope)
	for i := range e.Attr {
		if prefix, ok := declares(&e.Attr[i]); ok && prefix != "xml" {
			c.scope = append(c.scope, declaration{prefix, e.Attr[i].Value})
		}
	}
	prefix := e.Space
	added := false
	if c.restored {
		if prefix == "" {
			if uri := find(c.scope, ""); uri != c.plain {
				prefix = c.bound(uri)
			}
		}
		added = prefix != "" && (e.Space == "" || first == 0)
	}
	for _, d := range c.scope[first:] {
		switch {
		case d.prefix != "" || !added:
			c.shown = append(c.shown, d)
		case first == 0 && c.outer != "":
			c.shown = append(c.shown, declaration{"", c.outer})
		}
	}
	if prefix == "" {
		return e.Tag
	}
	return prefix + ":" + e.Tag
}

// bound returns the outermost prefix that is bound to a namespace, "" if there is none.
func (c *canonicalizer) bound(uri string) string {
	for _, d := range c.scope {
		if d.uri == uri && uri != "" && d.prefix != "" && find(c.scope, d.prefix) == uri {
			return d.prefix
		}
	}
	return ""
}

// attribute is an attribute with its namespace.
type attribute struct {
	uri  string
	attr *etree.Attr
}

// attributes returns the attributes of an element that are no declarations.
func (c *canonicalizer) attributes(e *etree.Element) []attribute {
	var all []attribute
	for i := range e.Attr {
		a := &e.Attr[i]
		if _, ok := declares(a); !ok {
			all = append(all, attribute{attr: a})
		}
	}
	return all
}

// element renders an element whose declarations are in scope.
func (c *canonicalizer) element(e *etree.Element, name string, show []declaration, attributes []attribute) {
	c.out = append(append(c.out, '<'), name...)
	slices.SortFunc(show, func(a, b declaration) int { return strings.Compare(a.prefix, b.prefix) })
	for _, d := range show {
		c.out = append(c.out, " xmlns"...)
		if d.prefix != "" {
			c.out = append(append(c.out, ':'), d.prefix...)
		}
		c.out = append(c.out, `="`...)
		c.out = appendValue(c.out, d.uri)
		c.out = append(c.out, '"')
	}
	for i := range attributes {
		if a := &attributes[i]; a.attr.Space != "" {
			a.uri = find(c.scope, a.attr.Space)
		}
	}
	slices.SortFunc(attributes, func(a, b attribute) int {
		return cmp.Or(strings.Compare(a.uri, b.uri), strings.Compare(a.attr.Key, b.attr.Key))
	})
	for _, a := range attributes {
		c.out = append(append(append(c.out, ' '), a.attr.FullKey()...), `="`...)
		c.out = appendValue(c.out, a.attr.Value)
		c.out = append(c.out, '"')
	}
	c.out = append(c.out, '>')
	for _, t := range e.Child {
		c.token(t)
	}
	c.out = append(append(append(c.out, "</"...), name...), '>')
}

// token renders what stands in an element.
func (c *canonicalizer) token(t etree.Token) {
	switch t := t.(type) {
	case *etree.Element:
		if t != c.without {
			c.inner(t)
		}
	case *etree.CharData:
		c.out = appendText(c.out, t.Data)
	case *etree.ProcInst:
		c.out = append(append(c.out, "<?"...), t.Target...)
		if t.Inst != "" {
			c.out = append(append(c.out, ' '), t.Inst...)
		}
		c.out = append(c.out, "?>"...)
	case *etree.Comment:
		if c.comments {
			c.out = append(append(append(c.out, "<!--"...), t.Data...), "-->"...)
		}
	}
}

// appendText appends the text of an element.
func appendText(dst []byte, s string) []byte { return escaped(dst, s, "&<>\r") }

// appendValue appends the value of an attribute.
func appendValue(dst []byte, s string) []byte { return escaped(dst, s, "&<\"\t\n\r") }

// escaped appends s with references in place of these characters.
func escaped(dst []byte, s, these string) []byte {
	for {
		i := strings.IndexAny(s, these)
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(dst, s[:i]...)
		switch s[i] {
		case '&':
			dst = append(dst, "&amp;"...)
		case '<':
			dst = append(dst, "&lt;"...)
		case '>':
			dst = append(dst, "&gt;"...)
		case '"':
			dst = append(dst, "&quot;"...)
		case '\t':
			dst = append(dst, "&#x9;"...)
		case '\n':
			dst = append(dst, "&#xA;"...)
		case '\r':
			dst = append(dst, "&#xD;"...)
		}
		s = s[i+1:]
	}
}
