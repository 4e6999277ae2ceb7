package xmpp

import (
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/transport/lane"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// request is an IQ get or set, or a message that carries a payload, and how it
// is answered.
type request struct {
	typ  string
	id   string
	from string // as in the stanza
	to   string // as in the stanza: the reply comes from there, unchanged (rule X2)
	peer core.Peer
	via  *envelope // nil where it came directly
}

// envelope is the IQ in which a server delegated a request (XEP-0355 section 4.3).
type envelope struct {
	id, from, to string
	namespace    string // of the delegation element: urn:xmpp:delegation:1 or 2
}

// inMessage reports whether it came in a message.
func (r *request) inMessage() bool { return r.peer.Stanza != "" }

// toItself reports whether the account wrote to itself, as it does without an
// address (RFC 6120 section 10.3.3). Only a server can pass such a request on.
func (r *request) toItself() bool {
	return r.via != nil && (r.to == "" || r.to == r.peer.Identity)
}

// requests answers IQ gets and sets, and messages that carry a payload (rule X6).
type requests struct {
	*base
	out     replier
	lanes   *lane.Runner
	handler RequestHandler
	routes  map[elementName]route
}

// replier sends replies.
type replier interface {
	sendTo(identity string, stanza []byte) error // it fails only with [core.ErrTooLarge]
	dropped(err error)
}

func newRequests(b *base, out replier, l *lane.Runner, h RequestHandler) *requests {
	c := &requests{base: b, out: out, lanes: l, handler: h}
	c.routes = c.table()
	return c
}

// admit makes a request of a stanza's opening tag, nil where it must not be
// handled. stanza is the kind of message it came in, empty for an IQ.
func (c *requests) admit(e stream.Element, via *envelope, stanza string) *request {
	r := &request{typ: e.Attribute("type"), id: e.Attribute("id"), from: e.Attribute("from"), to: e.Attribute("to"), via: via}
	var err error
	if r.peer, err = c.peer(r.from); err != nil {
		c.reject("invalid from")
		return nil
	}
	r.peer.Stanza = stanza
	if r.to == "" && via == nil {
		r.to = c.domain
	}
	if reason := r.unanswerable(); reason != "" {
		c.reject(reason)
		return nil
	}
	if !c.rate.Take(r.peer.Identity) {
		c.reject("rate")
		c.fail(r, overBound.because("too many requests; send fewer each second"))
		return nil
	}
	return r
}

// take takes an IQ get or set; around are the elements it stands in, itself the
// last. Every one gets an answer (rule X6).
func (c *requests) take(e stream.Element, around []stream.Element, via *envelope) {
	r := c.admit(e, via, "")
	if r == nil {
		return
	}
	var child stream.Element
	children := 0
	for x := range e.Children() {
		child = x
		children++
	}
	switch {
	case r.typ != "get" && r.typ != "set":
		c.refuse(r, "no IQ type", badRequest.because("an IQ is a get, a set, a result or an error"))
	case children != 1:
		c.refuse(r, "not one child", badRequest.because("an IQ get or set has one child"))
	default:
		c.dispatch(r, child, around)
	}
}

// noService is why a request is refused that is for nobody here.
const noService = "no such service"

// refuse counts and denies a request that no handler sees.
func (c *requests) refuse(r *request, reason string, f fault) {
	c.reject(reason)
	c.deny(r, reason, f)
}

// deny answers with an error and logs it.
func (c *requests) deny(r *request, reason string, f fault) {
	c.about(r.peer).Str("id", excerpt.Of(r.id)).Str("reason", reason).Msg("refused a request")
	c.fail(r, f)
}
