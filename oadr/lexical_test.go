package oadr_test

import (
	"encoding/xml"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// signed adds a plus sign if there is no sign.
func (m *mangler) signed(s string) string {
	if strings.HasPrefix(s, "-") {
		return s
	}
	return pick(m, "", "+") + s
}

// decimal writes a plain decimal with more, or fewer, zeros.
func (m *mangler) decimal(s string) string {
	sign, number := "", s
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		sign, number = "-", rest
	}
	if !strings.Contains(number, ".") {
		return sign + pick(m, "0", "000") + number + pick(m, ".", ".0", ".000")
	}
	if fraction, ok := strings.CutPrefix(number, "0."); ok {
		return sign + pick(m, ".", "00.") + fraction + pick(m, "", "00")
	}
	return sign + "0" + number + "0"
}

// dateTime writes a time in UTC.
func (m *mangler) dateTime(s string) string {
	bare := strings.TrimSuffix(s, "Z")
	if !strings.Contains(bare, ".") {
		bare += pick(m, "", ".0", ".000000000000")
	} else {
		bare += pick(m, "", "000")
	}
	return bare + pick(m, "Z", "")
}

// midnight writes the begin of a day as the end of the day before.
func (m *mangler) midnight(at, zone time.Time) string {
	if h, min, s := zone.Clock(); h+min+s+zone.Nanosecond() != 0 {
		return at.UTC().Format(time.RFC3339Nano)
	}
	return zone.AddDate(0, 0, -1).Format("2006-01-02T24:00:00") + pick(m, "", ".0", ".000") + zone.Format("Z07:00")
}

// The generator writes values in all forms of the schema's simple types
// (TestG5G7AnyMessage). This compares its list of types to the schema.
func TestLexicalFormsFollowTheSchema(t *testing.T) {
	s, used := loadSchema(t), map[string]bool{}
	types := map[string]map[string]bool{} // the built-in types of the elements with a name
	for _, d := range s.documents {
		if slices.Contains([]string{oadr.NS, oadr.NSei, oadr.NSpyld, oadr.NSemix, oadr.NSpower, oadr.NSscale, oadr.NSstream, oadr.NSxcal}, d.in.target) {
			s.leaves(d, types)
		}
	}
	for _, kind := range kinds {
		s.element(xml.Name{Space: oadr.NS, Local: string(kind)})
	}
	carried := map[string]bool{}
	for pair := range s.pairs {
		_, child, _ := strings.Cut(pair, "/")
		carried[child] = true
	}
	maps.DeleteFunc(types, func(name string, _ map[string]bool) bool { return !carried[name] })
	if len(types) < 60 {
		t.Fatalf("only %d elements with a value found in the schema", len(types))
	}
	for name, of := range types {
		want := ""
		for builtIn := range of {
			if want = builtIn; len(of) > 1 || builtIn == "string" || builtIn == "ID" { // always or sometimes a text
				want = ""
			}
		}
		if leafTypes[name] != want {
			t.Errorf("%s is %v in the schema, it is written as %q", name, of, leafTypes[name])
		}
		used[want] = true
	}
	for name, builtIn := range leafTypes {
		if types[name] == nil || !used[builtIn] || lexicalForms[builtIn] == nil {
			t.Errorf("%s, a %s, is not of the schema, or not written", name, builtIn)
		}
	}
}

// leaves records the built-in type of each element with a value in a document.
func (s *schema) leaves(d declaration, types map[string]map[string]bool) {
	for _, n := range d.elements() {
		part := declaration{n, d.in}
		if name := n.attribute("name"); n.Local == "element" && name != "" {
			if builtIn := s.builtIn(part, n.attribute("type")); builtIn != "" {
				if types[name] == nil {
					types[name] = map[string]bool{}
				}
				types[name][builtIn] = true
			}
		}
		s.leaves(part, types)
	}
}

// builtIn returns the built-in type that a declaration's type is derived from, ""
// if it has elements inside. A union counts as the token that its members are.
func (s *schema) builtIn(d declaration, typeName string) string {
	if typeName != "" {
		name := d.in.name(typeName)
		switch {
		case name.Space == "http://www.w3.org/2001/XMLSchema":
			return name.Local
		case name.Local == "DateTimeType":
			return "dateTime"
		case name.Local == "DurationValueType":
			return "duration"
		case s.simple[name].node != nil:
			return s.builtIn(s.simple[name], "")
		case s.types[name].node != nil:
			return s.builtIn(s.types[name], "")
		}
		return ""
	}
	for _, n := range d.elements() {
		part := declaration{n, d.in}
		switch n.Local {
		case "restriction", "extension":
			if base := n.attribute("base"); base != "" {
				return s.builtIn(part, base)
			}
		case "union":
			return "token"
		case "simpleType", "simpleContent":
			return s.builtIn(part, "")
		case "complexType":
			if builtIn := s.builtIn(part, ""); builtIn != "" {
				return builtIn
			}
		}
	}
	return ""
}
