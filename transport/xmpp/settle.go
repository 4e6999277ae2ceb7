package xmpp

import (
	"bytes"
	"context"
	"fmt"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"mellium.im/xmpp/stanza"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/address"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// settle takes a result or an error, of an IQ or a message: the outcome of a
// push, or the answer to a ping. It is never answered (rule X6).
func (c *Component) settle(l *line, e stream.Element, failed bool) {
	token, peer, ok := c.asked(e)
	switch {
	case !ok:
	case failed:
		c.landed(peer, token, failure(e))
	default:
		c.settleResult(l, e, token, peer)
	}
}

// settleOverLimit takes the opening tag of a result or error that was skipped.
func (c *Component) settleOverLimit(e stream.Element, failed bool, why error) {
	token, peer, ok := c.asked(e)
	switch {
	case !ok:
	case failed:
		c.landed(peer, token, core.Outcome{Result: core.Retry, Error: why.Error(), Bare: true})
	default:
		c.landed(peer, token, core.Outcome{Result: core.Refused, Error: why.Error(), Bare: true})
	}
}

// asked finds the push that a result or error belongs to, and who sent it. It
// counts only from the address that was asked (rule X6). What is no answer to a
// push known here is limited in rate like a request: anybody can make it up.
func (c *Component) asked(e stream.Element) (core.Token, core.Peer, bool) {
	id, from := e.Attribute("id"), e.Attribute("from")
	if strings.HasPrefix(id, pingPrefix) {
		c.inquiries.answer(e)
		return core.Token{}, core.Peer{}, false
	}
	token, err := core.ParseToken(id)
	if err != nil {
		c.metrics.rejected.WithLabelValues("unknown id").Inc()
		return core.Token{}, core.Peer{}, false
	}
	asked, known := c.flights.asked(token)
	if known && (writtenTo(asked) == from || asked.Address == from) { // what goes to the bare JID reaches a client of it
		return token, asked, true
	}
	peer, err := c.peer(from)
	switch {
	case err != nil:
		c.metrics.rejected.WithLabelValues("invalid from").Inc()
		return core.Token{}, core.Peer{}, false
	case known && (address.Same(writtenTo(asked), from) || address.Same(asked.Address, from)):
		return token, asked, true
	case !c.rate.Take(peer.Identity):
		c.metrics.rejected.WithLabelValues("rate").Inc()
		return core.Token{}, core.Peer{}, false
	case known:
		c.metrics.rejected.WithLabelValues("other address").Inc()
		c.about(peer).Str("requestID", id).Msg("an answer to a push was ignored: it is not from the address that was asked")
		return core.Token{}, core.Peer{}, false
	}
	return token, peer, true // pushed before a restart, perhaps
}

func (c *Component) landed(peer core.Peer, t core.Token, o core.Outcome) {
	c.flights.land(t)
	c.handler.Settle(peer, t, o)
}

// settleResult tells an empty result, an oadrResponse and another message apart.
// Only the last is decoded.
func (c *Component) settleResult(l *line, e stream.Element, token core.Token, peer core.Peer) {
	if plainlyOK(l, e) {
		c.landed(peer, token, core.Outcome{Result: core.Acknowledged, Code: int(oadr.CodeOK)})
		return
	}
	for child := range e.Children() {
		prefix, _ := child.Name()
		if stream.Namespace(prefix, l.stream, e, child) != oadr.NS {
			continue
		}
		m := messageIn(child)
		if m.Local() == string(oadr.KindResponse) {
			c.landed(peer, token, outcome(m))
			return
		}
		raw := append([]byte(nil), stream.Document(child, l.stream, e)...)
		if err := c.lanes.add(peer.Identity, job{payer(peer), len(raw), func() time.Duration { return c.take(peer, token, raw) }}); err != nil {
			c.metrics.rejected.WithLabelValues(err.Error()).Inc() // the push is repeated
		}
		return
	}
	c.landed(peer, token, core.Outcome{Result: core.Acknowledged, Bare: true})
}

// ok are the elements, each the first in the one before, of nearly every answer.
var ok = [...]string{"oadrPayload", "oadrSignedObject", "oadrResponse", "eiResponse", "responseCode"}

// plainlyOK reports whether the result is an oadrResponse 200 as nearly all VENs
// write it. It reads the tags down to the code once; the general way, which all
// other answers take, looks through the payload for each. See BenchmarkSettle.
func plainlyOK(l *line, e stream.Element) bool {
	tags, rest := stream.OpeningTags(e.Body, len(ok))
	if len(tags) < len(ok) {
		return false
	}
	for i, tag := range tags {
		if _, local := tag.Name(); string(local) != ok[i] {
			return false
		}
	}
	prefix, _ := tags[0].Name()
	return stream.Namespace(prefix, l.stream, e, tags[0]) == oadr.NS && bytes.HasPrefix(rest, []byte("200<"))
}

// take hands over a result that holds more than an oadrResponse (rule E16).
func (c *Component) take(peer core.Peer, token core.Token, raw []byte) time.Duration {
	var work core.Work
	c.takeAnswer(core.Counting(c.working, &work), peer, token, raw)
	return work.Took()
}

func (c *Component) takeAnswer(ctx context.Context, peer core.Peer, token core.Token, raw []byte) {
	defer func() {
		if p := recover(); p != nil {
			c.log.Error().Str("identity", peer.Identity).Str("requestID", token.String()).Str("panic", fmt.Sprint(p)).Bytes("stack", debug.Stack()).Msg("an answer could not be handled; please report this")
		}
	}()
	var p *oadr.Payload
	var err error
	c.count(ctx, func() { p, err = oadr.Decode(raw, c.cfg.Limits) })
	if err != nil {
		c.metrics.undecoded.WithLabelValues("answer").Inc()
		c.landed(peer, token, core.Outcome{Result: core.Refused, Error: excerpt.Of("the answer cannot be read: " + err.Error())})
		return
	}
	c.flights.land(token)
	c.handler.Answer(ctx, peer, token, p)
}

// messageIn is the message in a payload's wrapping, where it has one.
func messageIn(e stream.Element) stream.Element {
	for range 2 {
		switch e.Local() {
		case "oadrPayload":
			e = e.Child("oadrSignedObject")
		case "oadrSignedObject":
			for m := range e.Children() {
				e = m
				break
			}
		}
	}
	return e
}

// outcome is what an oadrResponse says of a push.
func outcome(response stream.Element) core.Outcome {
	r := response.Child("eiResponse")
	code, err := strconv.Atoi(strings.TrimSpace(r.Child("responseCode").Text()))
	switch {
	case err != nil || code < 100 || code > 999:
		return core.Outcome{Result: core.Refused, Error: "oadrResponse without a responseCode"}
	case code == int(oadr.CodeOK):
		return core.Outcome{Result: core.Acknowledged, Code: code}
	}
	return core.Outcome{Result: core.Refused, Code: code, Error: excerpt.Of(r.Child("responseDescription").Text())}
}

// failure is what a stanza error says of a push (see [core.Result]). Beside
// the error stands the payload that was pushed; it is passed over.
func failure(e stream.Element) core.Outcome {
	var wrong stream.Element
	for child := range e.Children() {
		if _, local := child.Name(); string(local) == "error" {
			wrong = child
		}
	}
	cond := condition(wrong)
	result := core.Refused
	switch stanza.Condition(cond) {
	case stanza.ServiceUnavailable, stanza.FeatureNotImplemented, stanza.RecipientUnavailable, stanza.ItemNotFound, stanza.RemoteServerNotFound:
		result = core.Unreachable
	default:
		if wrong.Attribute("type") == string(stanza.Wait) {
			result = core.Retry
		}
	}
	return core.Outcome{Result: result, Error: cond, Bare: true, Unknown: cond == string(stanza.FeatureNotImplemented)}
}

// condition is what a stanza error or stream error says.
func condition(wrong stream.Element) string {
	for x := range wrong.Children() {
		if local := x.Local(); local != "text" {
			return excerpt.Of(local)
		}
	}
	return string(stanza.UndefinedCondition)
}
