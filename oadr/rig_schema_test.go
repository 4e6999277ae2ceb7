package oadr_test

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
)

// schema is the part of the OpenADR schema that says which element can be in which.
type schema struct {
	t           *testing.T
	elements    map[xml.Name]declaration
	types       map[xml.Name]declaration
	simple      map[xml.Name]declaration
	documents   []declaration
	substitutes map[xml.Name][]xml.Name // for the head of a group
	visited     map[*node]bool
	pairs       map[string]bool // parent/child
	attributes  map[string]bool
}

// declaration is a component of a schema document.
type declaration struct {
	*node
	in document
}

func loadSchema(t *testing.T) *schema {
	s := &schema{
		t: t, elements: map[xml.Name]declaration{}, types: map[xml.Name]declaration{}, simple: map[xml.Name]declaration{}, substitutes: map[xml.Name][]xml.Name{},
		visited: map[*node]bool{}, pairs: map[string]bool{}, attributes: map[string]bool{},
	}
	files, _ := filepath.Glob(filepath.Join(oadrtest.SharedDir(t), "schema", "*.xsd"))
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		raw = []byte(strings.Replace(string(raw), `encoding="ISO-8859-1"`, `encoding="utf-8"`, 1))
		root := parse(t, raw)
		in := document{target: root.attribute("targetNamespace"), prefixes: map[string]string{}}
		for _, a := range root.attributes {
			if a.Name.Space == "xmlns" {
				in.prefixes[a.Name.Local] = a.Value
			} else if a.Name.Local == "xmlns" {
				in.prefixes[""] = a.Value
			}
		}
		for _, n := range root.elements() {
			name := xml.Name{Space: in.target, Local: n.attribute("name")}
			switch n.Local {
			case "element":
				s.elements[name] = declaration{n, in}
				if head := n.attribute("substitutionGroup"); head != "" {
					s.substitutes[in.name(head)] = append(s.substitutes[in.name(head)], name)
				}
			case "complexType":
				s.types[name] = declaration{n, in}
			case "simpleType":
				s.simple[name] = declaration{n, in}
			}
		}
		s.documents = append(s.documents, declaration{root, in})
	}
	return s
}

// element walks through what can be in a global element of the schema.
func (s *schema) element(name xml.Name) {
	d, ok := s.elements[name]
	if !ok {
		s.t.Fatalf("the schema has no element %v", name)
	}
	s.content(name.Local, d)
}

// content walks through what can be in an element with this declaration.
func (s *schema) content(parent string, d declaration) {
	if s.visited[d.node] || d.in.target == oadr.NSatom || d.in.target == oadr.NSgml {
		return
	}
	s.visited[d.node] = true
	if name := d.attribute("type"); name != "" {
		if t, ok := s.types[d.in.name(name)]; ok {
			s.model(parent, t)
		}
	}
	s.model(parent, d)
}

// model walks through a content model for the element parent.
func (s *schema) model(parent string, d declaration) {
	for _, n := range d.elements() {
		part := declaration{n, d.in}
		switch n.Local {
		case "complexType", "sequence", "choice", "complexContent", "restriction":
			s.model(parent, part)
		case "extension":
			if base, ok := s.types[d.in.name(n.attribute("base"))]; ok {
				s.model(parent, base)
			}
			s.model(parent, part)
		case "attribute":
			s.attributes[d.in.name(n.attribute("ref")+n.attribute("name")).Local] = true
		case "element":
			if ref := n.attribute("ref"); ref != "" {
				s.reference(parent, d.in.name(ref))
			} else {
				s.pairs[parent+"/"+n.attribute("name")] = true
				s.content(n.attribute("name"), part)
			}
		case "annotation", "simpleType":
		default:
			s.t.Fatalf("%s: the test does not know %s", parent, n.Local)
		}
	}
}

// reference walks through a global element, or what can stand for it.
func (s *schema) reference(parent string, name xml.Name) {
	if s.elements[name].attribute("abstract") != "true" {
		s.pairs[fmt.Sprint(parent, "/", name.Local)] = true
		s.element(name)
	}
	for _, substitute := range s.substitutes[name] {
		s.reference(parent, substitute)
	}
}
