package stream

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
)

func TestElement(t *testing.T) {
	e := Parse([]byte(`<a:iq to='x&amp;y' from = "v'1@z/&lt;&#x41;&#66;" id='>/' xmlns:a='u'>t<b/>u<![CDATA[<c>]]><c d='</c>'><c/></c></a:iq>`))
	if prefix, local := e.Name(); string(prefix) != "a" || string(local) != "iq" {
		t.Errorf("name %s:%s", prefix, local)
	}
	for name, want := range map[string]string{"to": "x&y", "from": "v'1@z/<AB", "id": ">/", "xmlns:a": "u", "none": ""} {
		if got := e.Attribute(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	var children []string
	for child := range e.Children() {
		children = append(children, string(child.Raw))
	}
	if want := []string{"<b/>", "<c d='</c>'><c/></c>"}; fmt.Sprint(children) != fmt.Sprint(want) {
		t.Errorf("children %q, want %q", children, want)
	}
	if got := e.Child("c").Child("c"); string(got.Raw) != "<c/>" {
		t.Errorf("a child's child is %q", got.Raw)
	}
	if got := e.Child("none"); got.Attribute("x") != "" || got.Child("x").Text() != "" || got.Local() != "" {
		t.Error("a missing child is not empty")
	}
}

func TestUnescape(t *testing.T) {
	for in, want := range map[string]string{
		"a&lt;b&gt;&quot;&apos;&amp;amp;": `a<b>"'&amp;`,
		"&#10;&#x20ac;":                   "\n€",
		"&#0;&nope;&;&":                   "&#0;&nope;&;&",
		"&#xFFFFFFFFFF;":                  "&#xFFFFFFFFFF;",
	} {
		if got := Unescape([]byte(in)); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

// TestEscape: whatever an address or id holds, the stream stays well-formed.
func TestEscape(t *testing.T) {
	for _, s := range []string{`<>&'"`, "a\tb\nc\r", "Bob's €", "zero\x00 bell\x07 half\xff \uFFFE"} {
		tag := append(AppendAttribute([]byte("<a"), "b", s), '>')
		tag = append(append(tag, s[:0]...), "</a>"...)
		var got struct {
			B string `xml:"b,attr"`
		}
		if err := xml.Unmarshal(tag, &got); err != nil {
			t.Errorf("%q: %v", s, err)
			continue
		}
		want := strings.NewReplacer("\x00", "\uFFFD", "\x07", "\uFFFD", "\uFFFE", "\uFFFD").Replace(strings.ToValidUTF8(s, "\uFFFD"))
		if got.B != want {
			t.Errorf("%q came back as %q", s, got.B)
		}
	}
}

// TestDocument: a payload that is cut out of its stanza means the same as in it.
func TestDocument(t *testing.T) {
	stream := Parse([]byte("<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' xmlns:x='outer'>"))
	for _, test := range []struct{ iq, want string }{
		{"<iq xmlns:x='inner'><p xmlns='u'><q/></p></iq>", "<p xmlns='u'><q/></p>"},
		{"<iq xmlns='u'><p/></iq>", "<p xmlns='u'/>"},
		{"<iq><p a='b'/></iq>", "<p xmlns='jabber:component:accept' a='b'/>"},
		{"<iq xmlns:o='u&amp;v'><o:p><o:q/></o:p></iq>", "<o:p xmlns:o='u&amp;v' xmlns='jabber:component:accept'><o:q/></o:p>"},
		{"<iq xmlns:x='inner'><p xmlns='u' x:t='1'/></iq>", "<p xmlns:x='inner' xmlns='u' x:t='1'/>"},
		{"<iq><p xmlns='u' x:t='1'/></iq>", "<p xmlns:x='outer' xmlns='u' x:t='1'/>"},
		{"<iq xmlns:x='inner'><p xmlns='u' xmlns:x='own' x:t='1'/></iq>", "<p xmlns='u' xmlns:x='own' x:t='1'/>"},
	} {
		iq := Parse([]byte(test.iq))
		for p := range iq.Children() {
			if got := string(Document(p, stream, iq)); got != test.want {
				t.Errorf("of %s\n got %s\nwant %s", test.iq, got, test.want)
			}
		}
	}
}
