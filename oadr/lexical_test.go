package oadr_test

import (
	"encoding/xml"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// leafTypes holds the built-in type of each element with a value, from which the
// schema derives the element's type. Texts, which have one form, are left out.
// TestLexicalFormsFollowTheSchema compares it to the schema.
var leafTypes = map[string]string{
	"accuracy": "float", "oadrCurrent": "float", "oadrMax": "float", "oadrMin": "float", "oadrNormal": "float", "pulseFactor": "float", "value": "float",
	"hertz": "decimal", "voltage": "decimal",
	"createdDateTime": "dateTime", "modificationDateTime": "dateTime", "date-time": "dateTime",
	"duration": "duration", "oadrMaxPeriod": "duration", "oadrMinPeriod": "duration", "startafter": "duration",
	"ac": "boolean", "oadrHttpPullModel": "boolean", "oadrManualOverride": "boolean", "oadrOnChange": "boolean", "oadrOnline": "boolean",
	"oadrReportOnly": "boolean", "oadrXmlSignature": "boolean", "reportToFollow": "boolean",
	"confidence": "unsignedInt", "modificationNumber": "unsignedInt", "priority": "unsignedInt", "replyLimit": "unsignedInt",
	"eventStatus": "token", "marketContext": "anyURI", "oadrDataQuality": "token", "oadrProfileName": "token",
	"oadrServiceName": "token", "oadrTransportName": "token", "optReason": "token", "optType": "token", "readingType": "token", "reportName": "token",
	"reportType": "token", "signalName": "token", "signalType": "token",
}

// lexicalForms writes a value in another form of the same type (XML Schema part 2).
// White space around it counts in none of them.
var lexicalForms = map[string]func(m *mangler, s string) string{
	"float": func(m *mangler, s string) string {
		f, _ := strconv.ParseFloat(s, 64)
		if math.IsNaN(f) { // no value; nor are these
			return pick(m, "NaN", "INF", "-INF")
		}
		if math.Abs(f) == math.MaxFloat32 {
			return strings.TrimSuffix(fmt.Sprintf("%.0f", f), "340282346638528859811704183484516925440") + pick(m, "3.4028235E38", "3.40282347e+38", "340282350000000000000000000000000000000")
		}
		return m.signed(pick(m, s, m.decimal(s), strconv.FormatFloat(f, 'e', -1, 64), strconv.FormatFloat(f, 'E', 20, 64)))
	},
	"decimal": func(m *mangler, s string) string { return m.signed(pick(m, s, m.decimal(s))) },
	"dateTime": func(m *mangler, s string) string { // the schema's own form has no offset
		at, _ := time.Parse(time.RFC3339, s)
		if at.Year() == 1 || at.Year() == 9999 {
			return s
		}
		zone := at.In(time.FixedZone("", m.IntN(28*60*60)/60*60-14*60*60))
		return pick(m, m.dateTime(s), zone.Format(time.RFC3339Nano), m.midnight(at, at), m.midnight(at, zone))
	},
	"duration": func(m *mangler, s string) string {
		d, err := oadr.ParseDuration(s)
		if err != nil {
			return s
		}
		sign := pick(m, "", "+")
		if d < 0 {
			sign, d = "-", -d
		}
		days, seconds := d/(24*time.Hour), d%(24*time.Hour)/time.Second
		return sign + pick(m, fmt.Sprintf("PT%dS", d/time.Second), fmt.Sprintf("P0Y0M%dW%dDT%dS", days/7, days%7, seconds), fmt.Sprintf("P%03dD%dH%dM%dS", days, seconds/3600, seconds/60%60, seconds%60),
			fmt.Sprintf("P0Y%dDT0H%d.000S", days, seconds))
	},
	"boolean": func(m *mangler, s string) string { return pick(m, s, map[string]string{"true": "1", "false": "0"}[s]) },
	"unsignedInt": func(m *mangler, s string) string {
		if s == "0" {
			return pick(m, "0", "-0", "+0", "000")
		}
		return pick(m, "", "+", "000", "+0") + s
	},
	"token": func(m *mangler, s string) string {
		if strings.TrimSpace(s) != s || strings.ContainsAny(s, "\n\t\r") || strings.Contains(s, "  ") { // not a token
			return s
		}
		return strings.ReplaceAll(s, " ", pick(m, " ", "  ", "\n"))
	},
	"anyURI": func(_ *mangler, s string) string { return s },
}

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
