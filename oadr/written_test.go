package oadr_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
)

// rewrite does to a document what ejabberd does: it removes prefixes from elements
// and adds the declarations of their namespaces to those that there were, and
// writes references where none are needed.
func rewrite(t testing.TB, raw []byte) []byte {
	var b bytes.Buffer
	d := xml.NewDecoder(bytes.NewReader(raw))
	quote := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "'", "&apos;", `"`, "&quot;")
	for {
		token, err := d.Token()
		if token == nil {
			return b.Bytes()
		}
		if err != nil {
			t.Fatal(err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			fmt.Fprintf(&b, "<%s xmlns='%s'", x.Name.Local, x.Name.Space)
			for _, a := range x.Attr {
				switch {
				case a.Name.Space == "xmlns":
					fmt.Fprintf(&b, " xmlns:%s='%s'", a.Name.Local, a.Value)
				case a.Name.Space == "" && a.Name.Local != "xmlns":
					fmt.Fprintf(&b, " %s='%s'", a.Name.Local, quote.Replace(a.Value))
				}
			}
			b.WriteByte('>')
		case xml.EndElement:
			fmt.Fprintf(&b, "</%s>", x.Name.Local)
		case xml.CharData:
			b.WriteString(quote.Replace(string(x)))
		}
	}
}

// prefixed writes a document as many VENs do: each namespace is declared once, and
// each element has a prefix.
func prefixed(t testing.TB, raw []byte) []byte {
	var b bytes.Buffer
	d := xml.NewDecoder(bytes.NewReader(raw))
	prefixes := map[string]string{oadr.NS: "oadr", oadr.NSei: "ei", oadr.NSpyld: "pyld", oadr.NSxcal: "xcal", oadr.NSemix: "emix"}
	declared := false
	for {
		token, err := d.Token()
		if token == nil {
			return b.Bytes()
		}
		if err != nil {
			t.Fatal(err)
		}
		name := func(n xml.Name) string {
			if prefixes[n.Space] == "" {
				prefixes[n.Space] = fmt.Sprint("p", len(prefixes))
			}
			return prefixes[n.Space] + ":" + n.Local
		}
		switch x := token.(type) {
		case xml.StartElement:
			known := len(prefixes)
			n := name(x.Name)
			b.WriteString("<" + n)
			if !declared {
				for space, prefix := range prefixes {
					fmt.Fprintf(&b, " xmlns:%s=%q", prefix, space)
				}
				declared = true
			} else if len(prefixes) > known {
				fmt.Fprintf(&b, " xmlns:%s=%q", prefixes[x.Name.Space], x.Name.Space)
				delete(prefixes, x.Name.Space) // it is in scope only here
				prefixes[fmt.Sprint(len(prefixes))] = "unused"
			}
			b.WriteByte('>')
			stack = append(stack, n)
		case xml.EndElement:
			b.WriteString("</" + stack[len(stack)-1] + ">")
			stack = stack[:len(stack)-1]
		case xml.CharData:
			_ = xml.EscapeText(&b, x)
		}
	}
}

var stack []string

// TestG5MeasuredAsWritten: what servers on the way add does not count, and a
// document never counts for more than its length.
func TestG5MeasuredAsWritten(t *testing.T) {
	g := oadrtest.NewGenerator(1)
	most := 0.0
	for _, kind := range []oadr.Kind{oadr.KindUpdateReport, oadr.KindRegisterReport, oadr.KindCreatedEvent, oadr.KindDistributeEvent, oadr.KindCreateOpt} {
		for range 200 {
			written := prefixed(t, oadr.Append(nil, g.Form(), g.Message(kind)))
			arrived := rewrite(t, written)
			if got := oadr.Written(arrived); got > len(written) {
				t.Fatalf("%d bytes were written, %d arrive and are measured as %d:\n%s\n%s", len(written), len(arrived), got, written, arrived)
			}
			most = max(most, float64(len(arrived))/float64(len(written)))
			if _, err := oadr.Decode(arrived, oadr.Limits{Size: len(written), Depth: 64}); err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
		}
	}
	t.Logf("the longest is %.1f times as long as it was written", most)
	for raw, want := range map[string]int{
		"":                                0,
		"<a/>":                            4,
		"<a xmlns='u'/>":                  14,
		"<a xmlns='u' xmlns:b='u'/>":      14,
		"<a xmlns='u'><b xmlns='u'/></a>": 21,
		"<a xmlns='u'><b x='xmlns' y=\"&lt;\"/></a>": 37,
		"a&amp;b&nbsp;": 3 + 6,
		"<a xmlns":      8,
		"<a xmlns=":     9,
		"<a xmlns='u":   11,
	} {
		if got := oadr.Written([]byte(raw)); got != want {
			t.Errorf("%s: %d, want %d", raw, got, want)
		}
	}
}

// TestG5GrowthIsBounded: a document cannot be endless by what does not count.
func TestG5GrowthIsBounded(t *testing.T) {
	declarations := "<x" + strings.Repeat(" xmlns:a='u'", 10) + "/>"
	limits := oadr.Limits{Size: 1000, Depth: 8}
	raw := []byte("<oadrPoll xmlns='" + oadr.NS + "'>" + strings.Repeat(declarations, limits.Raw()/len(declarations)) + "</oadrPoll>")
	if oadr.Written(raw) > 1000 {
		t.Fatalf("measured as %d", oadr.Written(raw))
	}
	if _, err := oadr.Decode(raw, limits); !errors.Is(err, oadr.ErrTooLarge) {
		t.Errorf("%d bytes, the limit being 1,000: %v", len(raw), err)
	}
}

// FuzzWritten: the result is never more than the length and never negative, and the
// same again if nothing can be left out.
func FuzzWritten(f *testing.F) {
	g := oadrtest.NewGenerator(uint64(rand.IntN(1000)))
	f.Add(oadr.Append(nil, oadr.Form{}, g.Message(oadr.KindUpdateReport)))
	for _, s := range []string{"<a b='&amp;' xmlns='u' xmlns:x=\"u\"/>", "<a xmlns", "=='", "<<>>xmlns=''", "< xmlns='' xmlns='' xmlns=''>&quot;", "<a xmlnsxmlns='u' xmlns='u'>"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := bytes.Clone(raw)
		n := oadr.Written(raw)
		if n < 0 || n > len(raw) || !bytes.Equal(raw, before) {
			t.Errorf("%q is measured as %d of %d", raw, n, len(raw))
		}
		if !bytes.Contains(raw, []byte("xmlns")) && !bytes.Contains(raw, []byte("&")) && n != len(raw) {
			t.Errorf("%q is measured as %d of %d", raw, n, len(raw))
		}
	})
}
