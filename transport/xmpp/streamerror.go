package xmpp

import (
	"fmt"
	"strings"

	streamerror "mellium.im/xmpp/stream"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// leastStanza is what every server takes (RFC 6120 section 13.12).
const leastStanza = 10_000

// suspect is how large a stanza is that a server may find too large and call not
// well-formed: what is written here is.
const suspect = 128 << 10

// streamError is why the server ended the stream (RFC 6120 section 4.9). Of a
// stanza that was too large for it the component learns.
func (c *Component) streamError(l *line, e stream.Element) error {
	err := streamerror.Error{Err: condition(e)}
	text := excerpt.Of(e.Child("text").Text())
	most := max(int64(l.out.most())-1, leastStanza)
	switch {
	case err.Err == streamerror.PolicyViolation.Err && strings.Contains(text, "too big"): // ejabberd
	case err.Err == streamerror.NotWellFormed.Err && most > suspect: // Prosody, of a component
	default:
		return fmt.Errorf("the server ended the stream: %w", err)
	}
	if most < c.limit.Load() {
		c.limit.Store(most)
	}
	c.log.Error().Int64("bytes", most+1).Int64("allowedFromNow", c.limit.Load()).Msg("the XMPP server ended the stream over a stanza that it finds too large; nothing as large is sent any more: let it take 1048576 bytes from the component (ejabberd: max_stanza_size at the listener of ejabberd_service; Prosody: component_stanza_size_limit), then restart vtn-xmpp")
	return fmt.Errorf("the server ended the stream: %w %s", err, text)
}
