package oadr_test

import (
	"encoding/xml"
	"maps"
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

func (n *node) attribute(local string) string {
	for _, a := range n.attributes {
		if a.Name.Local == local && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}
