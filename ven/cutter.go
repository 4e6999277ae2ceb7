package ven

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Limits on what a server may send in one stanza. A stanza that comes back as
// an error holds all that was sent, so there is room for more than the largest
// payload.
const (
	maxStanza   = 2 << 20
	maxChildren = 16
)

var errStanzaTooLong = errors.New("the server sent a stanza of more than 2 MiB")

// cutter cuts the server's stream into stanzas, keeping their bytes.
type cutter struct {
	tape *tape
	xml  *xml.Decoder
}

// newCutter reads the stanzas of a stream whose opening tag was read by the
// negotiation; the decoder gets another one, so that the closing tag fits and
// the namespaces are known.
func newCutter(r io.Reader) (*cutter, error) {
	opening := strings.NewReader(`<stream:stream xmlns='` + nsClient + `' xmlns:stream='` + nsStreams + `'>`)
	t := &tape{r: bufio.NewReader(io.MultiReader(opening, r))}
	c := &cutter{tape: t, xml: xml.NewDecoder(t)}
	if _, err := c.xml.Token(); err != nil {
		return nil, err
	}
	return c, nil
}

// next is the next stanza, or whatever stands in its place, such as a stream
// error. It is io.EOF where the server closed the stream.
func (c *cutter) next() (*stanza, error) {
	for {
		at := c.xml.InputOffset()
		c.tape.forget(at)
		token, err := c.xml.Token()
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			return c.stanza(t, at)
		case xml.EndElement:
			return nil, io.EOF
		case xml.CharData: // whitespace that keeps the connection alive
		default:
			return nil, fmt.Errorf("the server sent a %T, which no stream may hold", t)
		}
	}
}

// stanza reads to the end tag of a stanza: where its depth is 0 again.
func (c *cutter) stanza(start xml.StartElement, at int64) (*stanza, error) {
	s := &stanza{name: start.Name}
	for _, a := range start.Attr {
		switch a.Name.Local {
		case "id":
			s.id = a.Value
		case "type":
			s.kind = a.Value
		case "from":
			s.from = a.Value
		}
	}
	var spans [][2]int64
	for depth := 1; depth > 0; {
		here := c.xml.InputOffset()
		token, err := c.xml.Token()
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth == 1 && len(spans) < maxChildren {
				s.children = append(s.children, child{name: t.Name})
				spans = append(spans, [2]int64{here - at})
			}
			depth++
		case xml.EndElement:
			depth--
			if n := len(spans); depth == 1 && n > 0 && spans[n-1][1] == 0 {
				spans[n-1][1] = c.xml.InputOffset() - at
			}
		case xml.CharData:
		default:
			return nil, fmt.Errorf("the server sent a %T, which no stanza may hold", t)
		}
	}
	s.raw = c.tape.span(at, c.xml.InputOffset())
	for i, span := range spans {
		s.children[i].raw = s.raw[span[0]:span[1]:span[1]]
	}
	return s, nil
}

// tape hands bytes on and remembers them.
type tape struct {
	r     *bufio.Reader
	start int64 // the stream's offset of kept[0]
	kept  []byte
}

// ReadByte is what the decoder reads with.
func (t *tape) ReadByte() (byte, error) {
	b, err := t.r.ReadByte()
	if err != nil {
		return 0, err
	}
	if len(t.kept) >= maxStanza {
		return 0, errStanzaTooLong
	}
	t.kept = append(t.kept, b)
	return b, nil
}

// Read makes a tape an io.Reader, which the decoder asks for.
func (t *tape) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b, err := t.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = b
	return 1, nil
}

// forget drops what was read before an offset, and a large buffer with it.
func (t *tape) forget(until int64) {
	rest := t.kept[until-t.start:]
	if cap(t.kept) > 64<<10 {
		t.kept = append([]byte(nil), rest...)
	} else {
		t.kept = append(t.kept[:0], rest...)
	}
	t.start = until
}

// span is a copy of the bytes between two offsets.
func (t *tape) span(from, to int64) []byte {
	return append([]byte(nil), t.kept[from-t.start:to-t.start]...)
}
