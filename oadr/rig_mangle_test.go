package oadr_test

import (
	"encoding/xml"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// mangler writes a document anew so that it means the same by rule G5 and looks as
// different as possible.
type mangler struct {
	*rand.Rand
	strings.Builder
	prefixes int
}

// scope maps prefixes to namespaces.
type scope map[string]string

// mangle rewrites what [oadr.Append] wrote.
func mangle(t testing.TB, r *rand.Rand, raw []byte) []byte {
	m := &mangler{Rand: r}
	if m.IntN(2) == 0 {
		m.WriteString(`<?xml version="1.0" encoding="utf-8"?>`)
	}
	m.noise()
	m.element(parse(t, raw), scope{"": ""}, true)
	m.noise()
	return []byte(m.String())
}

// element writes an element. One of OpenADR may get foreign children, and its
// children another order.
func (m *mangler) element(n *node, outer scope, openADR bool) {
	openADR = openADR && n.Space != oadr.NSatom && n.Space != oadr.NSgml
	tag := &mangledTag{mangler: m, in: maps.Clone(outer)}
	name := tag.write(n, openADR)
	m.content(n, tag.in, openADR)
	m.WriteString("</" + name + pick(m, "", " ") + ">")
}

// mangledTag is a start tag that is being written.
type mangledTag struct {
	*mangler
	in       scope // inside the element
	declared []string
}

// write writes the tag of n and returns its name, with prefix.
func (m *mangledTag) write(n *node, openADR bool) string {
	for _, a := range n.attributes { // prefixes that values may use
		if a.Name.Space == "xmlns" {
			m.declare(a.Name.Local, a.Value)
		}
	}
	name := m.prefixed(n.Space, "element") + n.Local
	var attributes []string
	for _, a := range n.attributes {
		switch {
		case a.Name.Space == "xmlns" || a.Name.Local == "xmlns" || a.Name.Local == "schemaVersion":
		case a.Name.Space == "":
			attributes = append(attributes, a.Name.Local+"="+m.quoted(a.Value))
		case a.Name.Space == "http://www.w3.org/XML/1998/namespace":
			attributes = append(attributes, "xml:"+a.Name.Local+"="+m.quoted(a.Value))
		default:
			attributes = append(attributes, m.prefixed(a.Name.Space, "attribute")+a.Name.Local+"="+m.quoted(a.Value))
		}
	}
	if openADR && m.IntN(5) == 0 {
		attributes = append(attributes, m.prefixed(oadr.NSei, "attribute")+`schemaVersion="x-1"`)
	}
	attributes = append(attributes, m.declared...)
	m.Shuffle(len(attributes), func(i, j int) { attributes[i], attributes[j] = attributes[j], attributes[i] })
	m.WriteString("<" + name)
	for _, a := range attributes {
		m.WriteString(pick(m.mangler, " ", "\n\t", "  ") + a)
	}
	m.WriteString(pick(m.mangler, "", " ", "\n") + ">")
	return name
}

// declare adds a namespace declaration to the tag.
func (m *mangledTag) declare(prefix, namespace string) {
	m.in[prefix] = namespace
	name := "xmlns"
	if prefix != "" {
		name += ":" + prefix
	}
	m.declared = append(m.declared, fmt.Sprintf(`%s=%s`, name, m.quoted(namespace)))
}

// prefixed returns a prefix for a name in the namespace, with its colon, and
// declares it if need be. Only an element may have none.
func (m *mangledTag) prefixed(namespace, of string) string {
	if of == "element" && m.in[""] == namespace && m.IntN(3) > 0 {
		return ""
	}
	for prefix, bound := range m.in {
		if prefix != "" && bound == namespace && m.IntN(2) == 0 {
			return prefix + ":"
		}
	}
	if of == "element" && m.IntN(2) == 0 {
		if !slices.ContainsFunc(m.declared, func(d string) bool { return strings.HasPrefix(d, "xmlns=") }) && m.in[""] != namespace {
			m.declare("", namespace)
			return ""
		}
	}
	m.prefixes++
	prefix := fmt.Sprintf("%c%d", 'a'+m.IntN(26), m.prefixes)
	m.declare(prefix, namespace)
	return prefix + ":"
}

// content writes what an element holds.
func (m *mangler) content(n *node, in scope, openADR bool) {
	elements := n.elements()
	switch {
	case len(elements) == 0 && openADR:
		m.text(m.lexical(n.Local, n.text()))
	case len(elements) == 0 || !openADR:
		for _, child := range n.children {
			if text, ok := child.(string); ok {
				m.text(text)
			} else {
				m.element(child.(*node), in, openADR)
			}
		}
	default:
		order := map[xml.Name]int{}
		for _, e := range elements {
			if order[e.Name] == 0 {
				order[e.Name] = 1 + m.IntN(1000)
			}
		}
		slices.SortStableFunc(elements, func(a, b *node) int { return order[a.Name] - order[b.Name] })
		for _, e := range elements {
			m.noise()
			if m.IntN(8) == 0 && in[""] != oadr.NS {
				m.WriteString(`<odd xmlns="urn:odd" odd="&#111;"><venID>nobody</venID></odd>`)
			}
			m.element(e, in, openADR)
		}
		m.noise()
	}
}

// noise writes what has no meaning between elements.
func (m *mangler) noise() {
	m.WriteString(pick(m, "", "", "", " ", "\r\n\t", "<!-- <a> & -->", "<?odd <a> ?>"))
}

// text writes character data in one of its forms.
func (m *mangler) text(s string) {
	for _, r := range s {
		switch {
		case r == '&' || r == '<' || r == '>' || r == '\r' || m.IntN(10) == 0:
			name, ok := map[rune]string{'&': "&amp;", '<': "&lt;", '>': "&gt;", '"': "&quot;", '\'': "&apos;"}[r]
			if !ok || m.IntN(2) == 0 {
				name = pick(m, fmt.Sprintf("&#%d;", r), fmt.Sprintf("&#x%X;", r), fmt.Sprintf("&#x000%x;", r))
			}
			m.WriteString(name)
		case m.IntN(10) == 0:
			m.WriteString("<![CDATA[" + string(r) + "]]>")
		case m.IntN(20) == 0:
			m.WriteString("<!---->" + string(r) + "<?p?>")
		default:
			m.WriteRune(r)
		}
	}
}

// lexical writes a value in another of its forms, by the type it has in the schema.
func (m *mangler) lexical(name, s string) string {
	form := lexicalForms[leafTypes[name]]
	if form == nil {
		return s
	}
	return pick(m, "", " ", "\n\t") + form(m, s) + pick(m, "", " ", "\r\n")
}

func (m *mangler) quoted(s string) string {
	quote := pick(m, "'", `"`)
	return quote + strings.NewReplacer("&", "&amp;", "<", "&lt;", "'", "&apos;", `"`, "&#34;", "\r", "&#13;").Replace(s) + quote
}

func pick[T any](m *mangler, values ...T) T { return values[m.IntN(len(values))] }
