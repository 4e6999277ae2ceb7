package xmpp

import (
	"errors"

	"github.com/rs/zerolog"
	"mellium.im/xmpp/stanza"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/internal/xmltext"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// appendIQ writes an IQ.
func appendIQ(dst []byte, typ, id, from, to string, payload []byte) []byte {
	dst = append(dst, "<iq"...)
	return appendRest(dst, "iq", typ, id, from, to, payload)
}

// appendRest writes a stanza from behind its name.
func appendRest(dst []byte, name, typ, id, from, to string, payload []byte) []byte {
	dst = stream.AppendAttribute(dst, "type", typ)
	dst = stream.AppendAttribute(dst, "id", id)
	dst = stream.AppendAttribute(dst, "from", from)
	dst = stream.AppendAttribute(dst, "to", to)
	dst = append(dst, '>')
	dst = append(dst, payload...)
	dst = append(dst, "</"...)
	dst = append(dst, name...)
	return append(dst, '>')
}

// appendReply writes the answer to a request in the kind of stanza and envelope that
// the request came in. payload is given as it stands there.
func appendReply(dst []byte, r *request, typ string, payload []byte) []byte {
	switch {
	case r.inMessage() && typ == "error":
		return appendRest(append(dst, "<message"...), "message", typ, r.id, r.to, r.from, payload)
	case r.inMessage():
		return appendMessage(dst, r.id, r.to, r.peer, payload)
	case r.via == nil:
		return appendIQ(dst, typ, r.id, r.to, r.from, payload)
	}
	dst = append(dst, "<iq type='result'"...)
	dst = stream.AppendAttribute(dst, "id", r.via.id)
	dst = stream.AppendAttribute(dst, "from", r.via.to)
	dst = stream.AppendAttribute(dst, "to", r.via.from)
	dst = append(dst, "><delegation"...)
	dst = stream.AppendAttribute(dst, "xmlns", r.via.namespace)
	dst = append(dst, "><forwarded xmlns='"+nsForward+"'><iq xmlns='"+nsClient+"'"...)
	dst = appendRest(dst, "iq", typ, r.id, r.to, r.from, payload)
	return append(dst, "</forwarded></delegation></iq>"...)
}

// fault is a stanza error (RFC 6120 section 8.3).
type fault struct {
	typ       stanza.ErrorType
	condition stanza.Condition
	text      string // for people
}

// The stanza errors that this package answers with (rules G3, G5, X6). Their types
// are those of RFC 6120 section 8.3.3, except that the VTN's own failures are of
// type wait, since they pass.
var (
	badRequest         = fault{stanza.Modify, stanza.BadRequest, ""}
	serviceUnavailable = fault{stanza.Cancel, stanza.ServiceUnavailable, ""}
	itemNotFound       = fault{stanza.Cancel, stanza.ItemNotFound, ""}
	policyViolation    = fault{stanza.Modify, stanza.PolicyViolation, ""}
	notRegistered      = fault{stanza.Auth, stanza.RegistrationRequired, "register first"}
	notAuthorized      = fault{stanza.Auth, stanza.NotAuthorized, ""}
	overBound          = fault{stanza.Wait, stanza.ResourceConstraint, ""}
	internalError      = fault{stanza.Wait, stanza.InternalServerError, ""}
)

// because returns the fault with a text for people.
func (f fault) because(text string) fault {
	f.text = text
	return f
}

func (f fault) append(dst []byte) []byte {
	dst = append(dst, "<error"...)
	dst = stream.AppendAttribute(dst, "type", string(f.typ))
	dst = append(dst, "><"...)
	dst = append(dst, f.condition...)
	dst = append(dst, " xmlns='"+nsStanzas+"'/>"...)
	if f.text != "" {
		dst = append(dst, "<text xmlns='"+nsStanzas+"'>"...)
		dst = xmltext.AppendValue(dst, f.text)
		dst = append(dst, "</text>"...)
	}
	return append(dst, "</error>"...)
}

// reply answers a request with a result, or in a message of its kind. It never
// waits: the reply is dropped where there is no room for it or no connection. A
// reply over a limit, its own or the stanza's, becomes an error, since the server
// would end the stream over it.
func (c *requests) reply(r *request, payload []byte) {
	err := core.ErrTooLarge
	if len(payload) <= c.cfg.Limits.Size {
		err = c.answer(r, "result", inStanza(r.peer.Stanza, payload))
	}
	if errors.Is(err, core.ErrTooLarge) {
		c.reject("reply too large")
		c.said.About(payer(r.peer), zerolog.ErrorLevel).Str("identity", r.peer.Identity).Str("id", excerpt.Of(r.id)).Int("bytes", len(payload)).Int("allowed", c.cfg.Limits.Size).Msg("a reply was too large to be sent; raise VTN_MAX_PAYLOAD, or give this VEN fewer events")
		c.fail(r, policyViolation.because("the answer is too large; ask for less"))
	}
}

// fail answers a request with a stanza error.
func (c *requests) fail(r *request, f fault) {
	c.log.Debug().Str("identity", r.peer.Identity).Str("id", excerpt.Of(r.id)).Str("condition", string(f.condition)).Str("reason", excerpt.Of(f.text)).Msg("answered with an error")
	_ = c.answer(r, "error", f.append(nil)) // with an id and addresses within bounds it fits
}

// answer replies to a request. The error is [core.ErrTooLarge] where a result was
// too large to be sent. Whatever else keeps a reply from being sent is counted.
func (c *requests) answer(r *request, typ string, payload []byte) error {
	err := c.out.sendTo(r.peer.Identity, appendReply(nil, r, typ, payload))
	if err != nil && typ == "error" {
		c.out.dropped(err)
		return nil
	}
	return err
}
