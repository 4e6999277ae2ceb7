package stream

import (
	"bytes"
	"encoding/xml"
	"strings"
	"testing"
	"testing/quick"
	"time"
	"unicode/utf8"

	"github.com/vtn-xmpp/vtn-xmpp/internal/xmltext"
)

// poll is a payload.
const poll = "<oadrPayload xmlns='http://openadr.org/oadr-2.0b/2012/07'><oadrSignedObject><oadrPoll><venID xmlns='http://docs.oasis-open.org/ns/energyinterop/201110'>ven-1</venID></oadrPoll></oadrSignedObject></oadrPayload>"

// FuzzUnescape: escaped text is read back as it was, unescaping makes nothing longer,
// and reads well-formed text as encoding/xml does.
func FuzzUnescape(f *testing.F) {
	for _, s := range []string{
		"", "a & b", poll, string(AppendMarkup(nil, []byte(poll))), string(xmltext.AppendValue(nil, poll)), "&lt;&#60;&#x3c;&#x3C;&#X3c;&#60&lt;",
		"&amp;lt;", "&;&#;&#x;&#0;&#xD800;&#x110000;&#xFFFE;&nbsp;", "&&&&;;", "&#9;&#10;&#13;\r\n", "&#x1F600;😀", "\xff&lt;\xff", "&#00000000000000000000060;", "&l&lt;",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		got := AppendUnescaped(make([]byte, 0, len(b)), b)
		if len(got) > len(b) || !bytes.Equal(b, before) {
			t.Fatalf("%q became %q, which is longer, or was changed itself", b, got)
		}
		if s := Unescape(b); s != string(got) {
			t.Errorf("unescape gives %q, appendUnescaped %q", s, got)
		}
		if again := AppendUnescaped(nil, AppendMarkup(nil, b)); !bytes.Equal(again, b) {
			t.Errorf("%q as text and back is %q", b, again)
		}
		if utf8.Valid(b) && !strings.ContainsFunc(string(b), func(r rune) bool { return !xmltext.IsChar(r) }) {
			if again := Unescape(xmltext.AppendValue(nil, string(b))); again != string(b) {
				t.Errorf("%q escaped and back is %q", b, again)
			}
		}
		var others string
		if bytes.ContainsAny(b, "<\r") { // others read an element in the first, and a line's end as \n
			return
		}
		err := xml.Unmarshal(append(append([]byte("<x>"), b...), "</x>"...), &others)
		if err == nil && !strings.ContainsRune(others, utf8.RuneError) && others != string(got) { // they take half a surrogate for one
			t.Errorf("%q reads %q, others read %q", b, got, others)
		}
	})
}

// TestUnescapeIsQuick: AppendUnescaped looks at each byte once or twice, even if
// nothing is a reference. Searching for the end of each would take minutes here.
func TestUnescapeIsQuick(t *testing.T) {
	for _, unit := range []string{"&", "&a", "&#x", "&" + strings.Repeat("a", 1000), "&lt;"} {
		b := []byte(strings.Repeat(unit, 4<<20/len(unit)))
		done := make(chan int, 1)
		go func() { done <- len(AppendUnescaped(nil, b)) }()
		select {
		case n := <-done:
			if n > len(b) {
				t.Errorf("%d bytes became %d", len(b), n)
			}
		case <-time.After(patience):
			t.Fatalf("%q again and again takes too long", unit)
		}
	}
}

// TestTextStaysInItsElement, whatever it is made of.
func TestTextStaysInItsElement(t *testing.T) {
	if err := quick.Check(func(b []byte) bool {
		e := Parse(append(append([]byte("<body>"), AppendMarkup(nil, b)...), "</body>"...))
		return bytes.Equal(AppendUnescaped(nil, e.Body), b)
	}, nil); err != nil {
		t.Error(err)
	}
}
