package oadr_test

import (
	"encoding/xml"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
)

// untyped are the elements of the schema that messages have no place for, as
// parent/child with * for any, and why.
var untyped = map[string]string{
	"signalPayload/oadrPayloadResourceStatus": "a signal of rule E8 is a number",
	"*/energyItem": "abstract: it needs the xsi:type of a unit that has an element of its own",
	"*/powerItem":  "abstract: it needs the xsi:type of a unit that has an element of its own",
	"energyItem/*": "as above",
	"powerItem/*":  "as above",
}

// Every element that the schema allows anywhere in a message occurs in generated
// messages, and so the types hold it (TestG5G7AnyMessage).
func TestEveryElementOfTheSchemaIsCarried(t *testing.T) {
	occur := map[string]bool{}
	g := oadrtest.NewGenerator(1)
	for range 600 {
		for _, kind := range kinds {
			occurring(parse(t, oadr.Append(nil, oadr.Form{Root: oadr.RootMessage}, g.Message(kind))), occur)
		}
	}
	s := loadSchema(t)
	for _, kind := range kinds {
		s.element(xml.Name{Space: oadr.NS, Local: string(kind)})
	}
	if len(s.pairs) < 300 {
		t.Fatalf("only %d pairs of elements found in the schema", len(s.pairs))
	}
	for _, pair := range slices.Sorted(maps.Keys(s.pairs)) {
		parent, child, _ := strings.Cut(pair, "/")
		if excused := untyped[pair] + untyped[parent+"/*"] + untyped["*/"+child]; occur[pair] == (excused != "") {
			t.Errorf("%s: occurs: %t, excused: %q", pair, occur[pair], excused)
		}
	}
	for pair := range occur {
		if !s.pairs[pair] {
			t.Errorf("%s occurs, but was not found in the schema", pair)
		}
	}
	if got := slices.Sorted(maps.Keys(s.attributes)); !slices.Equal(got, []string{"schemaVersion"}) {
		t.Errorf("the schema's attributes are %v; only schemaVersion need not be carried", got)
	}
}

// occurring records each element in a document with its parent.
func occurring(n *node, occur map[string]bool) {
	for _, e := range n.elements() {
		occur[n.Local+"/"+e.Local] = true
		if e.Space != oadr.NSatom && e.Space != oadr.NSgml {
			occurring(e, occur)
		}
	}
}

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

// document is a schema document.
type document struct {
	target   string
	prefixes map[string]string
}

// name resolves a qualified name.
func (d document) name(s string) xml.Name {
	prefix, local, ok := strings.Cut(s, ":")
	if !ok {
		prefix, local = "", s
	}
	return xml.Name{Space: d.prefixes[prefix], Local: local}
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

func (n *node) attribute(local string) string {
	for _, a := range n.attributes {
		if a.Name.Local == local && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
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
