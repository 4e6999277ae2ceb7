package xmltext_test

import (
	"encoding/xml"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/vtn-xmpp/vtn-xmpp/internal/xmltext"
)

func TestIsChar(t *testing.T) {
	for r := rune(-1); r <= utf8.MaxRune+1; r++ {
		want := r == '\t' || r == '\n' || r == '\r' || ' ' <= r && r <= 0xD7FF || 0xE000 <= r && r <= 0xFFFD || 0x10000 <= r && r <= 0x10FFFF
		if xmltext.IsChar(r) != want {
			t.Fatalf("%U: %v", r, !want)
		}
	}
}

// What is written says to encoding/xml what it was made of.
func FuzzAppend(f *testing.F) {
	for _, s := range []string{"", "a & b", "<a b=\"c\" d='e'>\r\n\t]]></a>", "\x00\x1f\x7f\xff\ufffe\uffff😀"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want := strings.Map(func(r rune) rune {
			if xmltext.IsChar(r) {
				return r
			}
			return utf8.RuneError
		}, s)
		var got struct {
			A string `xml:"a,attr"`
			B string `xml:"b,attr"`
			C string `xml:",chardata"`
		}
		doc := append(xmltext.AppendValue([]byte(`<x a="`), s), `" b='`...)
		doc = append(xmltext.AppendValue(doc, s), `'>`...)
		doc = append(xmltext.AppendText(doc, s), `</x>`...)
		if err := xml.Unmarshal(doc, &got); err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		if got.A != want || got.B != want || got.C != want {
			t.Errorf("%q is written as %s", s, doc)
		}
		if strings.ContainsAny(string(doc), "\r") {
			t.Errorf("%q holds a plain carriage return", doc)
		}
	})
}

func TestReference(t *testing.T) {
	for name, want := range map[string]rune{
		"amp": '&', "lt": '<', "gt": '>', "quot": '"', "apos": '\'', "#65": 'A', "#x41": 'A', "#x10FFFF": 0x10FFFF, "#0065": 'A',
		"": 0, "AMP": 0, "nbsp": 0, "#": 0, "#x": 0, "#X41": 0, "#0": 0, "#xD800": 0, "#xFFFE": 0, "#x110000": 0, "#4294967361": 0, "#-65": 0, "#+65": 0, "#6_5": 0,
	} {
		r, ok := xmltext.Reference([]byte(name))
		if ok != (want != 0) || ok && r != want {
			t.Errorf("&%s; is %q, %v", name, r, ok)
		}
	}
}

// encoding/xml takes white space in values as it is; other readers take it for
// spaces.
func TestAppendValueEscapesWhiteSpace(t *testing.T) {
	const want = "a&#x9;b&#xA;c&#xD;d e"
	if got := string(xmltext.AppendValue(nil, "a\tb\nc\rd e")); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := string(xmltext.AppendText(nil, "a\tb\nc\rd e")), "a\tb\nc&#xD;d e"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
