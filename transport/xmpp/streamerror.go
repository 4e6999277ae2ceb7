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

// suspect is the size from which a stanza may be too large for a server that calls
// it not well-formed. What this package writes is well-formed.
const suspect = 128 << 10

// streamError returns why the server ended the stream (RFC 6120 section 4.9). If a
// stanza was too large for the server, none as large is sent from now on.
func (c *receiver) streamError(l *line, e stream.Element) error {
	err := streamerror.Error{Err: condition(e)}
	text := excerpt.Of(e.Child("text").Text())
	most := max(int64(l.out.most())-1, leastStanza)
	switch {
	case err.Err == streamerror.PolicyViolation.Err && strings.Contains(text, "too big"): // ejabberd
	case err.Err == streamerror.NotWellFormed.Err && most > suspect: // Prosody, of a component
	default:
		return fmt.Errorf("the server ended the stream: %w", err)
	}
	if most < c.serverTakes.Load() {
		c.serverTakes.Store(most)
	}
	c.log.Error().Int64("bytes", most+1).Int64("allowedFromNow", c.serverTakes.Load()).Msg("the XMPP server ended the stream over a stanza that it finds too large; nothing as large is sent any more: let it take 1048576 bytes from the component (ejabberd: max_stanza_size at the listener of ejabberd_service; Prosody: component_stanza_size_limit), then restart vtn-xmpp")
	return fmt.Errorf("the server ended the stream: %w %s", err, text)
}
