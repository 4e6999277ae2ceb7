package simplehttp

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// answered settles a push by the answer (rules H19, H20).
func (c *pushes) answered(j *pushJob, from core.Peer, status int, raw []byte) {
	if status != http.StatusOK {
		c.settle(j, from, statusOutcome(status))
		return
	}
	if oadr.PlainOK(raw) {
		c.settle(j, from, core.Outcome{Result: core.Acknowledged, Code: int(oadr.CodeOK)})
		return
	}
	if readable, err := toUTF8(raw, ""); err == nil {
		raw = readable
	}
	if !bytes.Contains(raw, []byte("openadr.org/")) { // nothing, OK, a page: no OpenADR
		c.settle(j, from, core.Outcome{Result: core.Acknowledged})
		return
	}
	p, err := c.cfg.Codec.Decode(raw)
	switch {
	case errors.Is(err, oadr.ErrNotOpenADR):
		c.settle(j, from, core.Outcome{Result: core.Acknowledged})
	case err != nil:
		c.settle(j, from, core.Outcome{Result: core.Refused, Error: excerpt.Of("the answer cannot be read: " + err.Error())})
	default:
		c.message(j, from, p)
	}
}

// message settles a push by the OpenADR message that answers it.
func (c *pushes) message(j *pushJob, from core.Peer, p *oadr.Payload) {
	m, ok := p.Message.(*oadr.Response)
	switch {
	case !ok, p.Signature != nil, p.BadSignature != nil: // core looks at signatures
		c.figures.pushes.WithLabelValues("answer").Inc()
		c.handler.Answer(c.working, from, j.token, p)
	case p.Invalid != nil:
		c.settle(j, from, core.Outcome{Result: core.Refused, Error: "the answer is invalid: " + p.Invalid.Error()})
	case m.Response.Code == oadr.CodeOK:
		c.settle(j, from, core.Outcome{Result: core.Acknowledged, Code: int(oadr.CodeOK)})
	default:
		c.settle(j, from, core.Outcome{Result: core.Refused, Code: int(m.Response.Code), Error: excerpt.Of(m.Response.Description)})
	}
}

// statusOutcome returns what a status other than 200 says of a push (rule H20).
func statusOutcome(status int) core.Outcome {
	said := fmt.Sprintf("HTTP status %d", status)
	switch {
	case status/100 == 2: // done, with nothing to say
		return core.Outcome{Result: core.Acknowledged}
	case status/100 == 3:
		return core.Outcome{Result: core.Refused, Error: said + ": redirects are not followed; the VEN has to register the address that it means"}
	case status/100 == 5 && status != http.StatusNotImplemented:
		return core.Outcome{Result: core.Retry, Error: said, Backoff: pushBackoff}
	}
	return core.Outcome{Result: core.Refused, Error: said}
}
