package signature

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/beevik/etree"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

const (
	nsXML    = "http://www.w3.org/XML/1998/namespace"
	nsReplay = "http://openadr.org/oadr-2.0b/2012/07/xmldsig-properties"
)

// bytesPerTag bounds the tree that a document becomes: a payload has at most one tag in so
// many bytes. An element takes some 200 bytes of memory; OpenADR's are far longer than 8.
const bytesPerTag = 8

// parse reads a document that [oadr.Decode] has found well-formed into a tree. No limit of
// depth is left to check, and there is no document type, so no entity to expand.
func parse(raw []byte, limits oadr.Limits) (*etree.Document, error) {
	raw = bytes.TrimPrefix(raw, []byte("\uFEFF"))
	if tags := bytes.Count(raw, []byte("<")); tags > limits.Size/bytesPerTag {
		return nil, refuse("the document has %d tags, over %d", tags, limits.Size/bytesPerTag)
	}
	doc := etree.NewDocument()
	doc.ReadSettings = etree.ReadSettings{MaxDepth: limits.Depth, PreserveDuplicateAttrs: true}
	if err := doc.ReadFromBytes(normalized(raw)); err != nil {
		return nil, refuse("the document cannot be read: %v", err)
	}
	if doc.Root() == nil {
		return nil, refuse("the document has no element")
	}
	return doc, nil
}

// normalized returns a well-formed document with the line ends of XML 1.0 section 2.11 and
// the white space in attributes of section 3.3.3, which encoding/xml leaves to its caller.
// What a character reference stands for is not changed.
func normalized(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for len(raw) > 0 {
		n, tag := markup(raw)
		part := bytes.ReplaceAll(bytes.ReplaceAll(raw[:n], []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
		if tag {
			for i, c := range part {
				if c == '\n' || c == '\t' {
					part[i] = ' ' // ReplaceAll returned a copy
				}
			}
		}
		out = append(out, part...)
		raw = raw[n:]
	}
	return out
}

// markup returns how many bytes the tag, comment, instruction, CDATA section or text takes
// at the beginning of raw, and whether it is a tag.
func markup(raw []byte) (n int, tag bool) {
	for _, of := range [...]struct{ begin, end string }{{"<!--", "-->"}, {"<?", "?>"}, {"<![CDATA[", "]]>"}} {
		if bytes.HasPrefix(raw, []byte(of.begin)) {
			if i := bytes.Index(raw[len(of.begin):], []byte(of.end)); i >= 0 {
				return len(of.begin) + i + len(of.end), false
			}
			return len(raw), false
		}
	}
	if raw[0] != '<' {
		if i := bytes.IndexByte(raw, '<'); i >= 0 {
			return i, false
		}
		return len(raw), false
	}
	var quote byte
	for i, c := range raw {
		switch {
		case quote == c:
			quote = 0
		case quote != 0:
		case c == '"', c == '\'':
			quote = c
		case c == '>':
			return i + 1, true
		}
	}
	return len(raw), true
}

// bound returns what a prefix is bound to at an element; "" stands for the default
// namespace.
func bound(e *etree.Element, prefix string) string {
	if prefix == "xml" {
		return nsXML
	}
	for ; e != nil; e = e.Parent() {
		for i := range e.Attr {
			if p, ok := declares(&e.Attr[i]); ok && p == prefix {
				return e.Attr[i].Value
			}
		}
	}
	return ""
}

// declares returns the prefix that an attribute declares, "" for the default namespace.
func declares(a *etree.Attr) (prefix string, ok bool) {
	switch {
	case a.Space == "xmlns":
		return a.Key, true
	case a.Space == "" && a.Key == "xmlns":
		return "", true
	}
	return "", false
}

// plain returns the value of an attribute that has no prefix. One of the same name in a namespace
// says nothing, though etree would find it.
func plain(e *etree.Element, name string) (value string, ok bool) {
	for i := range e.Attr {
		if a := &e.Attr[i]; a.Space == "" && a.Key == name {
			return a.Value, true
		}
	}
	return "", false
}

// is reports whether an element has this name.
func is(e *etree.Element, space, local string) bool {
	return e.Tag == local && bound(e, e.Space) == space
}

// text returns the text of an element that must hold nothing else: a comment in it would
// let two readers see two texts.
func text(e *etree.Element) (string, error) {
	var s strings.Builder
	for _, child := range e.Child {
		data, ok := child.(*etree.CharData)
		if !ok {
			return "", refuse("%s holds more than text", e.Tag)
		}
		s.WriteString(data.Data)
	}
	return s.String(), nil
}

// children returns the elements in an element that must hold only elements, at most so many.
func children(e *etree.Element, most int) ([]*etree.Element, error) {
	var elements []*etree.Element
	for _, child := range e.Child {
		switch child := child.(type) {
		case *etree.Element:
			elements = append(elements, child)
		case *etree.CharData:
			if len(bytes.Trim([]byte(child.Data), " \t\r\n")) > 0 {
				return nil, refuse("%s holds text", e.Tag)
			}
		}
	}
	if len(elements) > most {
		return nil, refuse("%s holds %d elements, over %d", e.Tag, len(elements), most)
	}
	return elements, nil
}

// refuse says why a signature does not hold.
func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", oadr.ErrSignature, fmt.Sprintf(format, args...))
}
