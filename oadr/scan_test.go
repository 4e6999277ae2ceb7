package oadr

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// scanned returns a document's tokens as the scanner sees them, with text in one
// piece.
func scanned(raw []byte) ([]string, error) {
	var tokens []string
	text := ""
	s := scanner{raw: raw, limit: 1000}
	flush := func() {
		if text != "" {
			tokens = append(tokens, fmt.Sprintf("%q", text))
		}
		text = ""
	}
	for {
		switch s.next() {
		case tokenStart:
			flush()
			space := ""
			if s.namespace != nil {
				space = string(s.namespace.uri)
			}
			tokens = append(tokens, fmt.Sprintf("<%q %s", space, s.local))
		case tokenEnd:
			flush()
			tokens = append(tokens, ">")
		case tokenText:
			text += string(s.data)
		default:
			return tokens, s.err
		}
	}
}

// expected returns the same tokens as encoding/xml sees them.
func expected(raw []byte) ([]string, error) {
	var tokens []string
	text, depth, elements := "", 0, 0
	d := xml.NewDecoder(bytes.NewReader(raw))
	flush := func() {
		if text != "" {
			tokens = append(tokens, fmt.Sprintf("%q", text))
		}
		text = ""
	}
	for {
		token, err := d.Token()
		if err == io.EOF && elements == 1 {
			return tokens, nil
		}
		if err != nil {
			return tokens, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			flush()
			if depth == 0 {
				if elements++; elements > 1 {
					return tokens, errors.New("two elements")
				}
			}
			depth++
			tokens = append(tokens, fmt.Sprintf("<%q %s", token.Name.Space, token.Name.Local))
		case xml.EndElement:
			flush()
			depth--
			tokens = append(tokens, ">")
		case xml.CharData:
			if depth > 0 {
				text += string(token)
			} else if strings.Trim(string(token), space) != "" {
				return tokens, errors.New("text outside")
			}
		case xml.Directive:
			return tokens, errors.New("a directive")
		}
	}
}

// stricter holds the scanner's reasons to refuse what encoding/xml accepts although
// it is not well-formed, and those that are bounds of the scanner.
var stricter = []string{
	"white space or > is needed after",
	"has the attribute",
	"declares a namespace",
	"declares no namespace",
	"is not declared",
	"a name is needed", // such as :a and a:1
	"in quotes",        // after such a name
	"> is needed after </",
	"is ended by",                  // the same namespace with another prefix
	"a processing instruction has", // no space after its name
	"XML declaration",
	"text outside", // an empty CDATA section
	"stands for nothing",
	"control character", // in comments and instructions
	"not UTF-8",
	"no character",
	"a comment has --", // at its end
	"over 256",
}

// compare compares the scanner to encoding/xml.
func compare(t *testing.T, raw []byte) {
	got, err := scanned(raw)
	want, wantErr := expected(raw)
	switch {
	case err == nil && wantErr == nil:
		if !slices.Equal(got, want) {
			t.Errorf("%q:\n%s, want\n%s", raw, got, want)
		}
	case err == nil:
		if !strings.Contains(wantErr.Error(), "invalid XML name") { // the fifth edition allows more names
			t.Errorf("%q is taken, though %v", raw, wantErr)
		}
	case wantErr == nil:
		if !slices.ContainsFunc(stricter, func(reason string) bool { return strings.Contains(err.Error(), reason) }) {
			t.Errorf("%q is refused: %v", raw, err)
		}
	}
}

var documents = []string{
	`<a/>`, `<a />`, "<a\n>\r\n</a\t>", `<a>b</a>`, `<a><b/><c>d</c>e</a>`, `<a/> `, ` <a/>`, "\n<?xml version='1.0'?><a/>",
	`<?xml version="1.0" encoding="UTF-8" standalone="yes"?><a/>`, `<?xml version="1.1"?><a/>`, `<?xml encoding="latin1"?><a/>`, `<a/><?xml version="1.0"?>`,
	`<?xml version='1.0'  standalone = 'no' ?><a/>`, `<?xml version="1.0" xencoding="latin1"?><a/>`, `<?xml standalone="encoding='latin1'"?><a/>`, `<?xml version="1&#46;0"?><a/>`,
	`<?xml encoding="UTF-8"?><a/>`,
	`<a xmlns="u"><b xmlns=""/><c/></a>`, `<p:a xmlns:p="u"><p:b xmlns:p="v"/><p:c/></p:a>`, `<a p:b="c" xmlns:p="u"/>`, `<p:a/>`, `<a p:b=""/>`,
	`<a xmlns:p="&lt;&#x41;&#65;&quot;'"><p:b/></a>`, `<a b='"' c="'" d = "e"/>`, `<a b="1"c="2"/>`, `<a b="1" b="2"/>`, `<a b="<"/>`, `<a b=c/>`, `<a b/>`,
	`<a xmlns:p="u" xmlns:q="u" p:b="" q:b=""/>`, `<a xmlns:xml="http://www.w3.org/XML/1998/namespace" xml:lang="de"/>`, `<a xmlns:xmlns="u"/>`, `<a xmlns:xml="u"/>`,
	`<a>&amp;&lt;&gt;&quot;&apos;&#9;&#x10FFFF;</a>`, `<a>&b;</a>`, `<a>&#0;</a>`, `<a>&#xD800;</a>`, `<a>&#x110000;</a>`, `<a>& </a>`, `<a>&amp</a>`, `<a>&#;</a>`, `<a>&#x;</a>`, `<a>&#xg;</a>`, `<a>&#+1;</a>`,
	`<a><![CDATA[<&]]]]>&gt;</a>`, `<a><![CDATA[]]></a>`, `<a><![CDATA[</a>`, `<![CDATA[]]><a/>`, "<a><![CDATA[\r\n\r]]></a>", `<a>]]></a>`, `<a>]]&gt;</a>`,
	`<a><!-- b --></a>`, `<!----><a/>`, `<!--a--b--><a/>`, `<!--a---><a/>`, `<a/><!-- -->`, `<!-- `, "<!--\x01--><a/>",
	`<?a?><a/>`, `<?a b?c?><a/>`, `<?a`, `<??><a/>`, `<?XML?><a/>`, `<?a>?><a/>`,
	`<!DOCTYPE a><a/>`, `<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`, `<!a><a/>`, `<a><!b></a>`,
	`<a>`, `<a`, `<`, ``, ` `, `a`, `<a></b>`, `</a>`, `<a/></a>`, `<a/>b`, `<a/><b/>`, `<a></a b>`, `<a/`, `<a/ >`, `< a/>`, `<a b="`, `<1/>`, `<-/>`, `<:a/>`, `<a:/>`, `<a:b:c/>`,
	"<a>\xff</a>", "<a>\x00</a>", "<a>\uFFFE</a>", "<a>\uFFFD</a>", "<ä xmlns:ö='ü'><ö:ß/></ä>", "<a>\U0001F50C\r</a>", "<a b='\x01'/>", "<\xff/>", "<a\u00b7/>", "<\u00b7/>",
}

func TestScannerSeesWhatOthersSee(t *testing.T) {
	for _, raw := range documents {
		compare(t, []byte(raw))
	}
}

// What is not well-formed is refused, with a short error.
func TestScannerIsStrict(t *testing.T) {
	for _, raw := range []string{
		`<a b="1"c="2"/>`, `<a b="1" b="2"/>`, `<a xmlns:p="u" xmlns:q="u" p:b="" q:b=""/>`, `<a xmlns="u" xmlns="v"/>`, `<p:a/>`, `<a p:b=""/>`, `<a xmlns:p=""/>`,
		`<a xmlns:xmlns="u"/>`, `<a xmlns:xml="u"/>`, `<a xmlns="http://www.w3.org/XML/1998/namespace"/>`, `<:a/>`, `<a:/>`, `<a:1 xmlns:a="u"/>`,
		`<a>&#xD800;</a>`, `<a/><?xml version="1.0"?>`, `<?XML?><a/>`, `<?a>?><a/>`, "<!--\x01--><a/>", "<?a \xff?><a/>",
		`<?xml version="1.0" charset="utf-8"?><a/>`, `<?xml version="1.0" version="1.0"?><a/>`, `<?xml version="1.0"encoding="utf-8"?><a/>`, `<?xml version="1.0" standalone="maybe"?><a/>`, `<![CDATA[]]><a/>`, `<!--a---><a/>`,
		`<p:a xmlns:p="u" xmlns:q="u"></q:a>`,
		`<a` + strings.Repeat("x", 1000) + `>`, `<a ` + strings.Repeat("x", 1000) + `:b="">`, `<a>&` + strings.Repeat("x", 1000) + `;</a>`,
	} {
		if _, err := scanned([]byte(raw)); err == nil || len(err.Error()) > 400 {
			t.Errorf("%.100s: %v", raw, err)
		}
	}
}

// The scanner stays fast with many declarations or many attributes.
func TestScannerIsBounded(t *testing.T) {
	many := func(form string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, form, i)
		}
		return b.String()
	}
	for raw, reason := range map[string]string{
		"<a" + many(` a%d=""`, 256) + "/>":                                                 "",
		"<a" + many(` a%d=""`, 257) + "/>":                                                 "over 256 attributes",
		"<a" + many(` xmlns:a%d="u"`, 256) + "/>":                                          "",
		"<a" + many(` xmlns:a%d="u"`, 257) + "/>":                                          "over 256 namespace declarations",
		"<a" + many(` xmlns:a%d="u"`, 200) + "><b" + many(` xmlns:b%d="u"`, 57) + "/></a>": "over 256 namespace declarations",
		"<a>" + many(`<b xmlns:a%d="u"/>`, 1000) + "</a>":                                  "",
	} {
		if _, err := scanned([]byte(raw)); fmt.Sprint(err) != "<nil>" && reason == "" || err != nil && !strings.Contains(err.Error(), reason) || err == nil && reason != "" {
			t.Errorf("%.50s…: %v, want %q", raw, err, reason)
		}
	}
}

func FuzzScanner(f *testing.F) {
	for _, raw := range documents {
		f.Add([]byte(raw))
	}
	files, _ := filepath.Glob("../../shared/samples/*.xml")
	for _, file := range files {
		if raw, err := os.ReadFile(file); err == nil {
			f.Add(raw)
		}
	}
	f.Fuzz(compare)
}
