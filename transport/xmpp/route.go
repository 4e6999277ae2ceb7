package xmpp

import (
	"bytes"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/internal/xmltext"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// route decides what a stanza is. The error, if any, ends the stream.
func (c *Component) route(l *line, raw []byte) error {
	e := stream.Parse(raw)
	name, typ := e.Local(), e.Attribute("type")
	if d := c.log.Debug(); d.Enabled() {
		d.Str("stanza", name).Str("type", excerpt.Of(typ)).Str("id", excerpt.Of(e.Attribute("id"))).Str("from", excerpt.Of(e.Attribute("from"))).Int("bytes", len(raw)).Msg("received")
	}
	switch name {
	case "iq":
		c.iq(l, e, typ)
	case "presence":
		c.metrics.stanzas.WithLabelValues("presence").Inc()
		c.presence(e, typ)
	case "message":
		c.metrics.stanzas.WithLabelValues("message").Inc()
		c.message(l, e, typ)
	case "error":
		return c.streamError(l, e)
	default:
		c.metrics.stanzas.WithLabelValues("other").Inc()
	}
	return nil
}

func (c *Component) iq(l *line, e stream.Element, typ string) {
	switch typ {
	case "result", "error":
		c.metrics.stanzas.WithLabelValues("iq " + typ).Inc()
		c.settle(l, e, typ == "error")
		return
	case "get", "set":
		c.metrics.stanzas.WithLabelValues("iq " + typ).Inc()
	default:
		c.metrics.stanzas.WithLabelValues("iq other").Inc()
	}
	around := []stream.Element{l.stream, e}
	if c.isHost(e.Attribute("from")) {
		if inner, outer, via := unwrap(e); via != nil {
			c.request(inner, append(around, outer...), via)
			return
		}
	}
	c.request(e, around, nil)
}

// admit makes a request of a stanza's opening tag, nil where it must not be
// handled. stanza is the kind of message it came in, empty for an IQ.
func (c *Component) admit(e stream.Element, via *envelope, stanza string) *request {
	r := &request{typ: e.Attribute("type"), id: e.Attribute("id"), from: e.Attribute("from"), to: e.Attribute("to"), via: via}
	var err error
	if r.peer, err = c.peer(r.from); err != nil {
		c.metrics.rejected.WithLabelValues("invalid from").Inc()
		return nil
	}
	r.peer.Stanza = stanza
	if r.to == "" && via == nil {
		r.to = c.domain
	}
	if reason := r.unanswerable(); reason != "" {
		c.metrics.rejected.WithLabelValues(reason).Inc()
		return nil
	}
	if !c.rate.Take(r.peer.Identity) {
		c.metrics.rejected.WithLabelValues("rate").Inc()
		c.fail(r, overBound.because("too many requests; send fewer each second"))
		return nil
	}
	return r
}

// request takes an IQ get or set; around are the elements it stands in, itself
// the last. Every one gets an answer (rule X6).
func (c *Component) request(e stream.Element, around []stream.Element, via *envelope) {
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
		return
	case children != 1:
		c.refuse(r, "not one child", badRequest.because("an IQ get or set has one child"))
		return
	}
	prefix, local := child.Name()
	space := stream.Namespace(prefix, append(around, child)...)
	delegated := via != nil
	own := delegated && (r.to == "" || r.to == r.peer.Identity) // without to it goes to the account itself (RFC 6120 section 10.3.3)
	switch {
	case delegated && r.to != via.from && !own:
		c.refuse(r, noService, serviceUnavailable) // another account's address
	case space == oadr.NS && delegated && !r.peerOf(via.from):
		c.refuse(r, "delegation not believed", serviceUnavailable)
	case space == oadr.NS:
		c.handle(r, stream.Document(child, around...))
	case r.typ != "get", own:
		c.refuse(r, noService, serviceUnavailable)
	case space == nsItems && string(local) == "query":
		c.discoItems(r, nodeOf(child))
	case space == nsInfo && string(local) == "query" && !delegated:
		c.discoInfo(r, nodeOf(child))
	case space == nsPing && string(local) == "ping" && !delegated:
		c.reply(r, nil)
	case space == nsVersion && string(local) == "query" && !delegated:
		c.reply(r, c.version())
	default:
		c.refuse(r, noService, serviceUnavailable)
	}
}

// noService is why a request is refused that is for nobody here.
const noService = "no such service"

// refuse counts and denies a request that no handler sees.
func (c *Component) refuse(r *request, reason string, f fault) {
	c.metrics.rejected.WithLabelValues(reason).Inc()
	c.deny(r, reason, f)
}

// deny answers with an error and says so to the operator.
func (c *Component) deny(r *request, reason string, f fault) {
	c.about(r.peer).Str("id", excerpt.Of(r.id)).Str("reason", reason).Msg("refused a request")
	c.fail(r, f)
}

// version is what a query for the software is answered with (XEP-0092).
func (c *Component) version() []byte {
	b := []byte("<query xmlns='" + nsVersion + "'><name>vtn-xmpp</name><version>")
	b = xmltext.AppendValue(b, c.cfg.Version)
	return append(b, "</version></query>"...)
}

// overLimit takes the beginning of a stanza that was skipped (rule G5).
func (c *Component) overLimit(head []byte, why error) {
	c.metrics.rejected.WithLabelValues(why.Error()).Inc()
	tags, _ := stream.OpeningTags(head, 4)
	if len(tags) == 0 {
		return
	}
	e, via, stanza := tags[0], (*envelope)(nil), ""
	switch name, typ := e.Local(), e.Attribute("type"); {
	case name == "iq" && (typ == "result" || typ == "error"), name == "message" && typ == "error":
		c.settleOverLimit(e, typ == "error", why)
		return
	case name == "iq":
	case name == "message" && !c.isHost(e.Attribute("from")) && bytes.Contains(head, []byte(oadr.NS)):
		stanza = StanzaMessage // a request, however it is carried
	default:
		return
	}
	if len(tags) == 4 && tags[3].Local() == "iq" && c.isHost(e.Attribute("from")) {
		if outer := readEnvelope(tags[0], tags[1], tags[2]); outer != nil {
			e, via = tags[3], outer
		}
	}
	if r := c.admit(e, via, stanza); r != nil {
		c.deny(r, why.Error(), policyViolation.because(why.Error()))
	}
}
