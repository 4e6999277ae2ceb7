package stream_test

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// A stanza over a limit is skipped, but its beginning says whom to answer.
func ExampleCutter() {
	received := "<iq id='1' type='get'><ping xmlns='urn:xmpp:ping'/></iq>" +
		"<message id='2'><body>" + strings.Repeat("x", 1000) + "</body></message></stream:stream>"
	c := stream.NewCutter(strings.NewReader(received), stream.Limits{Size: 100, Depth: 8})
	for {
		raw, err := c.Next()
		if errors.Is(err, stream.ErrTooLarge) {
			tags, _ := stream.OpeningTags(raw, 1)
			fmt.Println(tags[0].Local(), tags[0].Attribute("id"), err)
			continue
		} else if err != nil {
			fmt.Println(err)
			return
		}
		e := stream.Parse(raw)
		for child := range e.Children() {
			prefix, local := child.Name()
			fmt.Printf("%s %s holds %s of %s\n", e.Local(), e.Attribute("id"), local, stream.Namespace(prefix, e, child))
		}
	}
	// Output:
	// iq 1 holds ping of urn:xmpp:ping
	// message 2 stanza is too large
	// EOF
}
