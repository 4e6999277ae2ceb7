package stream

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
)

var testCut = Limits{Size: 200, Depth: 4}

// cut returns everything that a cutter makes of a stream, one line for each stanza.
func cut(r io.Reader, limits Limits) []string {
	c := NewCutter(r, limits)
	var out []string
	for {
		stanza, err := c.Next()
		switch {
		case err == nil:
			out = append(out, string(stanza))
		case errors.Is(err, ErrTooLarge), errors.Is(err, ErrTooDeep):
			out = append(out, string(stanza)+" | "+err.Error())
		default:
			return append(out, err.Error())
		}
	}
}

func TestCutter(t *testing.T) {
	large := "<iq id='a' type='set'>" + strings.Repeat("x", 200) + "</iq>"
	for _, test := range []struct {
		name, stream string
		want         []string
	}{
		{"stanzas and white space", " \n<iq/>\t<presence a='b'></presence> </stream:stream>", []string{"<iq/>", "<presence a='b'></presence>", "EOF"}},
		{"the stream breaks off between stanzas", "<iq/>", []string{"<iq/>", "unexpected EOF"}},
		{"the stream breaks off in a stanza", "<iq><a></a>", []string{"unexpected EOF"}},
		{"nested stanza of the same name", "<iq><x><iq></iq></x></iq></s>", []string{"<iq><x><iq></iq></x></iq>", "EOF"}},
		{"greater-than and slash in values", `<iq a='/>' b="'>"><x y=">"/></iq></s>`, []string{`<iq a='/>' b="'>"><x y=">"/></iq>`, "EOF"}},
		{"CDATA", "<iq><![CDATA[</iq>]]]></iq></s>", []string{"<iq><![CDATA[</iq>]]]></iq>", "EOF"}},
		{"comment", "<iq><!-- --></iq>", []string{ErrRestricted.Error()}},
		{"comment between", "<!-- -->", []string{ErrRestricted.Error()}},
		{"CDATA between", "<![CDATA[x]]>", []string{ErrRestricted.Error()}},
		{"processing instruction", "<iq><?x?></iq>", []string{ErrRestricted.Error()}},
		{"DTD", "<!DOCTYPE x>", []string{ErrRestricted.Error()}},
		{"text between", "<iq/>x", []string{"<iq/>", ErrNotWellFormed.Error() + ": text between stanzas"}},
		{"no name", "< iq/>", []string{ErrNotWellFormed.Error()}},
		{"less-than in a tag", "<iq <a/>", []string{ErrNotWellFormed.Error()}},
		{"too large, and on", large + "<iq/></s>", []string{large[:200] + " | " + ErrTooLarge.Error(), "<iq/>", "EOF"}},
		{"too large an opening tag", "<iq a='" + strings.Repeat("x", 200) + "'>x</iq><iq/></s>", []string{"<iq a='" + strings.Repeat("x", 193) + " | " + ErrTooLarge.Error(), "<iq/>", "EOF"}},
		{"as deep as may be", "<a><a><a><a></a><a/></a></a></a></s>", []string{"<a><a><a><a></a><a/></a></a></a>", "EOF"}},
		{"too deep, and on", "<iq id='a'><a><a><a><a></a></a></a></a></iq><iq/></s>", []string{"<iq id='a'><a><a><a><a> | " + ErrTooDeep.Error(), "<iq/>", "EOF"}},
		{"too deep at the end", "<iq><a><a><a><a/></a></a></a></iq></s>", []string{"<iq><a><a><a><a/> | " + ErrTooDeep.Error(), "EOF"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for name, r := range map[string]io.Reader{
				"whole":        strings.NewReader(test.stream),
				"byte by byte": iotest.OneByteReader(strings.NewReader(test.stream)),
				"with the end": iotest.DataErrReader(strings.NewReader(test.stream)),
			} {
				if got := cut(r, testCut); fmt.Sprint(got) != fmt.Sprint(test.want) {
					t.Errorf("%s:\n got %q\nwant %q", name, got, test.want)
				}
			}
		})
	}
}

// TestG5CutterMemory: the cutter does not keep a stanza over the limit.
func TestG5CutterMemory(t *testing.T) {
	limits := Limits{Size: 32 << 10, Depth: 8}
	junk := strings.NewReader(strings.Repeat("x", 64<<20))
	c := NewCutter(io.MultiReader(strings.NewReader("<iq>"), junk, strings.NewReader("</iq><iq/></s>")), limits)
	if _, err := c.Next(); !errors.Is(err, ErrTooLarge) {
		t.Fatalf("64 MiB: %v", err)
	}
	if got, err := c.Next(); err != nil || string(got) != "<iq/>" {
		t.Errorf("after it: %q, %v", got, err)
	}
	if most := limits.Size + 2*readSize; cap(c.buf) > most {
		t.Errorf("the buffer grew to %d bytes, over %d", cap(c.buf), most)
	}
}

// shortReader reads pieces of random length.
type shortReader struct {
	r   io.Reader
	rnd *rand.Rand
}

func (s shortReader) Read(p []byte) (int, error) {
	return s.r.Read(p[:min(len(p), 1+s.rnd.IntN(97))])
}

// FuzzCutter: cutting does not depend on how the bytes come in, and what comes
// out is within the limits.
func FuzzCutter(f *testing.F) {
	for _, payload := range samples(f) {
		f.Add([]byte("<iq type='set' id='a' from='v@x/y' to='vtn@z'>"+payload+"</iq><iq/></stream:stream>"), uint64(1))
	}
	f.Add([]byte("<a b='>'><![CDATA[</a>]]></a> <a><b/><a></a></a></s>"), uint64(2))
	f.Add([]byte("<a><b><c><d><e><f><g><h><i></i></h></g></f></e></d></c></b></a>"), uint64(3))
	limits := Limits{Size: 4096, Depth: 6}
	f.Fuzz(func(t *testing.T, stream []byte, seed uint64) {
		whole := cut(bytes.NewReader(stream), limits)
		split := cut(shortReader{bytes.NewReader(stream), rand.New(rand.NewPCG(seed, seed))}, limits)
		if fmt.Sprint(whole) != fmt.Sprint(split) {
			t.Errorf("whole %q\nsplit %q", whole, split)
		}
		c := NewCutter(bytes.NewReader(stream), limits)
		for {
			stanza, err := c.Next()
			if err != nil && !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrTooDeep) {
				return
			}
			if len(stanza) > limits.Size {
				t.Errorf("a stanza of %d bytes, over %d", len(stanza), limits.Size)
			}
			e := Parse(stanza)
			for child := range e.Children() {
				_ = Document(child, e)
				_ = child.Text()
			}
		}
	})
}
