package signature

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// documents are where canonical forms differ.
var documents = []string{
	`<a/>`, `<a></a>`, "<?xml version='1.0'?>\n<!-- c --><?p  i ?>\n<a/>\n<!-- d --><?q?>\n",
	`<a b="1" a='2' xmlns:z="y" z:b="3" xmlns="x" xmlns:y="z" y:b="4"/>`,
	`<p:a xmlns:p="1" xmlns:q="1"><q:b p:x="" q:y=""/><p:b xmlns:p="2" p:x=""><p:c xmlns:p="1"/></p:b></p:a>`,
	`<a xmlns="x"><b xmlns=""><c xmlns=""/><d xmlns="x"/></b><e xmlns="x"/></a>`, `<a xmlns=""><b xmlns=""/></a>`,
	"<a b='&lt;&gt;&amp;&quot;&apos;&#9;&#10;&#13;\t\n\r\r\n'>&lt;&gt;&amp;&quot;&apos;&#9;&#10;&#13;\t\n\r\r\n<![CDATA[<&>\r\n]]></a>",
	"<a><!-- \r\n --><?p a\r\nb?><!----></a>", "<a\r\n\tb\r=\n'c\r\n'/>", `<a xml:lang="de" xml:space="preserve" xml:b="&#xe9;é"/>`,
	`<a xmlns:xml="http://www.w3.org/XML/1998/namespace" xml:lang="x"/>`, `<é:ä xmlns:é="ü" é:ö="ß&#x1F50C;"/>`,
	`<a xmlns:b="a&amp;b&#9;" b:c=">"/>`, "\uFEFF<a>\u2028\u0085</a>", "<a b='1'\n/><!-- x -->",
}

// xmllint returns the canonical form of a document, with comments; false if it finds that it has none.
func xmllint(t testing.TB, raw []byte) ([]byte, bool) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a.xml")
	put(t, file, raw)
	c := exec.Command("xmllint", "--nonet", "--c14n", file)
	c.Env = append(os.Environ(), "XML_CATALOG_FILES=")
	out, err := c.Output()
	return out, err == nil
}

// compare checks that the canonical form of a document is that of xmllint (rule S15).
func compare(t testing.TB, raw []byte) {
	t.Helper()
	if _, err := oadr.Decode(raw, oadr.DefaultLimits); bytes.Contains(raw, []byte("<!DOCTYPE")) || err != nil && !errors.Is(err, oadr.ErrNotOpenADR) {
		return // it is never canonicalised
	}
	doc, err := parse(raw, oadr.DefaultLimits)
	if err != nil {
		return
	}
	got := canonical(doc, nil, rendering{comments: true})
	want, ok := xmllint(t, raw)
	if !ok { // names of namespaces that are no URIs, and such
		return
	}
	if !bytes.Equal(got, want) {
		t.Errorf("of %q\nit is  %q\nwant  %q", raw, got, want)
	}
}

// TestS15Canonical: the canonical form is that of xmllint.
func TestS15Canonical(t *testing.T) {
	tool(t, "xmllint", "libxml2-utils")
	for _, raw := range documents {
		compare(t, []byte(raw))
	}
	for seed := range uint64(60) {
		compare(t, generated(seed))
	}
	files, _ := filepath.Glob("../../../shared/samples/*.xml")
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, raw)
	}
}

// FuzzCanonical compares the canonical form of documents with that of xmllint: of those that
// the fuzzer writes, and of those that are generated from its bytes (rule S15).
func FuzzCanonical(f *testing.F) {
	tool(f, "xmllint", "libxml2-utils")
	for i, raw := range documents {
		f.Add([]byte(raw), uint64(i))
	}
	f.Fuzz(func(t *testing.T, raw []byte, seed uint64) {
		compare(t, raw)
		compare(t, generated(seed))
	})
}

// generated returns a random document with many namespaces.
func generated(seed uint64) []byte {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1))}
	g.element(0, nil)
	return []byte(g.String())
}

type generator struct {
	*rand.Rand
	strings.Builder
}

func (g *generator) one(of ...string) string { return of[g.IntN(len(of))] }

// element writes an element, inside of which these prefixes are declared.
func (g *generator) element(depth int, scope []string) {
	own := map[string]string{}
	for range g.IntN(4) {
		prefix := g.one("", "a", "b", "c", "ab")
		own[prefix] = g.one("urn:1", "urn:2", "urn:3")
		if prefix == "" && g.IntN(2) == 0 {
			own[prefix] = ""
		} else if prefix != "" && !slices.Contains(scope, prefix) {
			scope = append(slices.Clone(scope), prefix)
		}
	}
	name := g.one("x", "y", "z")
	if len(scope) > 0 && g.IntN(2) == 0 {
		name = g.one(scope...) + ":" + name
	}
	g.WriteString("<" + name)
	for prefix, uri := range own {
		fmt.Fprintf(g, ` %s=%q`, strings.TrimSuffix("xmlns:"+prefix, ":"), uri)
	}
	used := map[string]bool{}
	for range g.IntN(4) {
		local := g.one("x", "y", "Id", "lang")
		if used[local] { // in one namespace it would stand there twice
			continue
		}
		used[local] = true
		if prefix := g.one(append([]string{"", "xml"}, scope...)...); prefix != "" {
			local = prefix + ":" + local
		}
		quote := g.one(`"`, `'`)
		g.WriteString(g.one(" ", "\n", "\r\n\t") + local + "=" + quote + g.one("", "a", "&lt;&#13;", " \t\r\n", "&quot;&#xA;&apos;>") + quote)
	}
	g.WriteString(">")
	for range g.IntN(4) {
		switch g.IntN(6) {
		case 0:
			g.WriteString(g.one("<!-- - -->", "<!--\r\n-->", "<?p?>", "<?p  a b ?>"))
		case 1:
			g.WriteString(g.one("<![CDATA[<&]]>", "<![CDATA[]]>", "<![CDATA[\r\n]]>"))
		case 2:
			g.WriteString(g.one("text", " \r\n", "&#13;&amp;&gt;", "\r", "é&#x1F50C;"))
		default:
			if depth < 5 {
				g.element(depth+1, scope)
			}
		}
	}
	g.WriteString("</" + name + ">")
}

// TestS15Part: a part of a document takes its namespaces and its xml: attributes from around
// it, each from the nearest.
func TestS15Part(t *testing.T) {
	doc, err := parse([]byte(`<a xmlns="1" xmlns:p="2" xmlns:q="3" xml:lang="de" xml:space="default" x="y"><b xmlns="" xmlns:p="4" xml:lang="en"><c xmlns:r="5" xml:base="u"><d xmlns="1"/></c></b></a>`), oadr.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	c := doc.FindElement("//c")
	const want = `<c xmlns:p="4" xmlns:q="3" xmlns:r="5" xml:base="u" xml:lang="en" xml:space="default"><d xmlns="1"></d></c>`
	if got := string(canonical(doc, c, rendering{})); got != want {
		t.Errorf("it is %s, want %s", got, want)
	}
}

// TestS15PartInheritsThousands: each attribute once, from the nearest element around the part,
// in a time that grows with their number and not with its square.
func TestS15PartInheritsThousands(t *testing.T) {
	const each = 200
	var open strings.Builder
	depth := oadr.DefaultLimits.Depth - 1
	for level := range depth {
		open.WriteString("<a")
		for i := range each { // half of them again at the next level
			fmt.Fprintf(&open, ` xml:b%d="%d"`, level*each/2+i, level)
		}
		open.WriteString(">")
	}
	doc, err := parse([]byte(open.String()+"<c/>"+strings.Repeat("</a>", depth)), oadr.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	got := string(canonical(doc, doc.FindElement("//c"), rendering{}))
	if n := strings.Count(got, " xml:b"); n != (depth+1)*each/2 {
		t.Errorf("%d attributes are inherited", n)
	}
	if !strings.Contains(got, fmt.Sprintf(` xml:b%d="1"`, each/2)) {
		t.Errorf("they are not from the nearest element: %.300s", got)
	}
}
