package oadr

import (
	"strings"

	"github.com/vtn-xmpp/vtn-xmpp/internal/xmltext"
)

// markup writes elements in default-namespace form: an element declares its
// namespace if its parent has another one. Only [schemaVersion] and
// [writer.prefixed] write prefixes. XMPP servers pass this form on unchanged and
// rewrite every other.
type markup struct {
	b    []byte
	open []string // names of the open elements, outermost first
}

func (m *markup) start(name string) {
	m.tag(name)
	m.b = append(m.b, '>')
	m.open = append(m.open, name)
}

func (m *markup) end() {
	last := len(m.open) - 1
	m.close(localName(m.open[last]))
	m.open = m.open[:last]
}

// tag writes a start tag without its closing bracket.
func (m *markup) tag(name string) {
	prefix, local, _ := strings.Cut(name, ":")
	m.b = append(append(m.b, '<'), local...)
	if len(m.open) > 0 {
		if parent := m.open[len(m.open)-1]; strings.HasPrefix(parent, prefix) && parent[len(prefix)] == ':' {
			return
		}
	}
	m.b = append(m.b, ` xmlns="`...)
	m.b = append(m.b, namespaceOf(prefix)...)
	m.b = append(m.b, '"')
}

func (m *markup) close(local string) {
	m.b = append(m.b, "</"...)
	m.b = append(m.b, local...)
	m.b = append(m.b, '>')
}

// empty writes an element without content.
func (m *markup) empty(name string) {
	m.tag(name)
	m.b = append(m.b, "/>"...)
}

// text writes an element that holds s.
func (m *markup) text(name, s string) {
	if s == "" {
		m.empty(name)
		return
	}
	m.tag(name)
	m.b = append(m.b, '>')
	m.b = xmltext.AppendText(m.b, s)
	m.close(localName(name))
}

// optional writes an element that holds s, or nothing if s is empty.
func (m *markup) optional(name, s string) {
	if s != "" {
		m.text(name, s)
	}
}

func (m *markup) texts(name string, values []string) {
	for _, s := range values {
		m.text(name, s)
	}
}

// each writes an element for each value, with the value in an inner element.
func (m *markup) each(name, inner string, values []string) {
	for _, s := range values {
		m.start(name)
		m.text(inner, s)
		m.end()
	}
}

// parts writes an element around each part.
func (m *markup) parts(name string, parts []XML) {
	for _, x := range parts {
		m.start(name)
		m.b = append(m.b, x...)
		m.end()
	}
}

// raw writes an element whose content needs no escaping.
func (m *markup) raw(name string, content []byte) {
	m.tag(name)
	m.b = append(m.b, '>')
	m.b = append(m.b, content...)
	m.close(localName(name))
}
