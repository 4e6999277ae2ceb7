package oadr_test

import (
	"encoding/xml"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// mangler writes a document anew so that it means the same by rule G5 and looks
// as different as can be.
type mangler struct {
	*rand.Rand
	strings.Builder
	prefixes int
}

// scope is which prefix stands for which namespace.
type scope map[string]string

// mangle mangles what [oadr.Append] wrote.
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

// element writes an element. One that is OpenADR's may get foreign children,
// and its children another order.
func (m *mangler) element(n *node, outer scope, own bool) {
	in := scope{}
	for prefix, namespace := range outer {
		in[prefix] = namespace
	}
	own = own && n.Space != oadr.NSatom && n.Space != oadr.NSgml
	var declared []string
	declare := func(prefix, namespace string) {
		in[prefix] = namespace
		name := "xmlns"
		if prefix != "" {
			name += ":" + prefix
		}
		declared = append(declared, fmt.Sprintf(`%s=%s`, name, m.quoted(namespace)))
	}
	for _, a := range n.attributes { // prefixes that values may use
		if a.Name.Space == "xmlns" {
			declare(a.Name.Local, a.Value)
		}
	}
	prefixed := func(namespace string, attribute bool) string {
		if !attribute && in[""] == namespace && m.IntN(3) > 0 {
			return ""
		}
		for prefix, bound := range in {
			if prefix != "" && bound == namespace && m.IntN(2) == 0 {
				return prefix + ":"
			}
		}
		if !attribute && m.IntN(2) == 0 {
			if !slices.ContainsFunc(declared, func(d string) bool { return strings.HasPrefix(d, "xmlns=") }) && in[""] != namespace {
				declare("", namespace)
				return ""
			}
		}
		m.prefixes++
		prefix := fmt.Sprintf("%c%d", 'a'+m.IntN(26), m.prefixes)
		declare(prefix, namespace)
		return prefix + ":"
	}
	name := prefixed(n.Space, false) + n.Local
	var attributes []string
	for _, a := range n.attributes {
		switch {
		case a.Name.Space == "xmlns" || a.Name.Local == "xmlns" || a.Name.Local == "schemaVersion":
		case a.Name.Space == "":
			attributes = append(attributes, a.Name.Local+"="+m.quoted(a.Value))
		case a.Name.Space == "http://www.w3.org/XML/1998/namespace":
			attributes = append(attributes, "xml:"+a.Name.Local+"="+m.quoted(a.Value))
		default:
			attributes = append(attributes, prefixed(a.Name.Space, true)+a.Name.Local+"="+m.quoted(a.Value))
		}
	}
	if own && m.IntN(5) == 0 {
		attributes = append(attributes, prefixed(oadr.NSei, true)+`schemaVersion="x-1"`)
	}
	attributes = append(attributes, declared...)
	m.Shuffle(len(attributes), func(i, j int) { attributes[i], attributes[j] = attributes[j], attributes[i] })
	m.WriteString("<" + name)
	for _, a := range attributes {
		m.WriteString(pick(m, " ", "\n\t", "  ") + a)
	}
	m.WriteString(pick(m, "", " ", "\n") + ">")

	elements := n.elements()
	switch {
	case len(elements) == 0 && own:
		m.text(m.lexical(n.Local, n.text()))
	case len(elements) == 0 || !own:
		for _, child := range n.children {
			if text, ok := child.(string); ok {
				m.text(text)
			} else {
				m.element(child.(*node), in, own)
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
			m.element(e, in, own)
		}
		m.noise()
	}
	m.WriteString("</" + name + pick(m, "", " ") + ">")
}

// noise is what does not count between elements.
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
