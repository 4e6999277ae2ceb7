package ven

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"

	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// Limits on what a server may send in one stanza. A stanza that comes back as an
// error holds all that was sent, so there is room for more than the largest payload.
const (
	maxStanza   = 2 << 20
	maxChildren = 16
)

var errStanzaTooLong = errors.New("the server sent a stanza of more than 2 MiB")

// opening is what a client's stream is opened with (RFC 6120 section 4.7). The
// login has read the server's own opening tag.
var opening = stream.Parse([]byte(`<stream:stream xmlns='` + nsClient + `' xmlns:stream='` + nsStreams + `'>`))

// cutter cuts the server's stream into stanzas and keeps their bytes.
type cutter struct{ cut *stream.Cutter }

// newCutter reads the stanzas behind the opening tag of a stream. Only their size
// is bounded: how deep a payload may be is for package oadr to say.
func newCutter(r io.Reader) *cutter {
	return &cutter{stream.NewCutter(r, stream.Limits{Size: maxStanza, Depth: maxStanza})}
}

// next is the next stanza, or what stands in its place, such as a stream error. It
// returns io.EOF when the server closes the stream.
func (c *cutter) next() (*stanza, error) {
	raw, err := c.cut.Next()
	switch {
	case errors.Is(err, stream.ErrTooLarge):
		return nil, errStanzaTooLong
	case err != nil:
		return nil, err
	}
	e := stream.Parse(bytes.Clone(raw)) // raw is the cutter's
	if err := checkEnd(e); err != nil {
		return nil, err
	}
	s := &stanza{
		name: nameOf(e, opening),
		id:   e.Attribute("id"),
		kind: e.Attribute("type"),
		from: e.Attribute("from"),
		raw:  e.Raw,
	}
	for x := range e.Children() {
		if len(s.children) == maxChildren {
			break
		}
		s.children = append(s.children, child{name: nameOf(x, opening, e), raw: stream.Document(x, opening, e)})
	}
	return s, nil
}

// nameOf is the name of an element inside others, outermost first.
func nameOf(e stream.Element, inside ...stream.Element) xml.Name {
	prefix, local := e.Name()
	return xml.Name{Space: stream.Namespace(prefix, append(inside, e)...), Local: string(local)}
}

// checkEnd checks that a stanza ends with its own end tag.
func checkEnd(e stream.Element) error {
	if bytes.HasSuffix(e.Tag, []byte("/>")) {
		return nil
	}
	end := bytes.TrimRight(bytes.TrimSuffix(e.Raw[bytes.LastIndex(e.Raw, []byte("</"))+2:], []byte(">")), " \t\r\n")
	if tag := e.Tag[1:]; !bytes.HasPrefix(tag, end) || len(end) == 0 || !bytes.ContainsAny(tag[len(end):len(end)+1], " \t\r\n>") {
		return fmt.Errorf("%w: the stanza %.80q ends with </%.80s>", stream.ErrNotWellFormed, e.Tag, end)
	}
	return nil
}
