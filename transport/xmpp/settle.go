package xmpp

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/transport/lane"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/address"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// settle takes a result or an error, of an IQ or a message: the outcome of a push.
func (c *pushes) settle(l *line, e stream.Element, id, typ string) {
	token, peer, ok := c.pushAnsweredBy(id, e.Attribute("from"))
	switch {
	case !ok:
	case typ == "error":
		c.landed(peer, token, failure(e))
	default:
		c.settleResult(l, e, token, peer)
	}
}

// settleOverLimit takes the opening tag of a result or error that was skipped because
// it is over a limit.
func (c *pushes) settleOverLimit(e stream.Element, id, typ string, why error) {
	token, peer, ok := c.pushAnsweredBy(id, e.Attribute("from"))
	switch {
	case !ok:
	case typ == "error":
		c.landed(peer, token, core.Outcome{Result: core.Retry, Error: why.Error(), Bare: true})
	default:
		c.landed(peer, token, core.Outcome{Result: core.Refused, Error: why.Error(), Bare: true})
	}
}

// pushAnsweredBy finds the push that a result or error answers, and who sent that.
// It counts only from the address that was pushed to (rule X6). What answers no
// push known here is limited in rate like a request, since anybody can make it up.
func (c *pushes) pushAnsweredBy(id, from string) (core.Token, core.Peer, bool) {
	token, err := core.ParseToken(id)
	if err != nil {
		c.reject("unknown id")
		return core.Token{}, core.Peer{}, false
	}
	to, known := c.flights.sentTo(token)
	if known && (writtenTo(to) == from || to.Address == from) { // what goes to the bare JID reaches a client of it
		return token, to, true
	}
	peer, err := c.peer(from)
	switch {
	case err != nil:
		c.reject("invalid from")
		return core.Token{}, core.Peer{}, false
	case known && (address.Same(writtenTo(to), from) || address.Same(to.Address, from)):
		return token, to, true
	case !c.rate.Take(peer.Identity):
		c.reject("rate")
		return core.Token{}, core.Peer{}, false
	case known:
		c.reject("other address")
		c.about(peer).Str("requestID", id).Msg("an answer to a push was ignored: it is not from the address that was asked")
		return core.Token{}, core.Peer{}, false
	}
	return token, peer, true // pushed before a restart, perhaps
}

// landed settles a push.
func (c *pushes) landed(peer core.Peer, t core.Token, o core.Outcome) {
	c.flights.forget(t)
	c.handler.Settle(peer, t, o)
}

// settleResult tells an empty result, an oadrResponse and another message apart.
// Only other messages and those with a signature are decoded. Nearly all are plain, and
// asking that first reads their tags once; see BenchmarkSettle.
func (c *pushes) settleResult(l *line, e stream.Element, token core.Token, peer core.Peer) {
	if oadr.PlainOK(e.Body) {
		c.landed(peer, token, core.Outcome{Result: core.Acknowledged, Code: int(oadr.CodeOK)})
		return
	}
	for child := range e.Children() {
		prefix, _ := child.Name()
		if in := stream.Namespace(prefix, l.stream, e, child); in != oadr.NS && in != oadr.NS20a {
			continue
		}
		m := messageIn(child)
		if m.Local() == string(oadr.KindResponse) && child.Child("Signature").Tag == nil {
			c.landed(peer, token, outcome(m))
			return
		}
		raw := append([]byte(nil), stream.Document(child, l.stream, e)...)
		if err := c.lanes.Add(peer.Identity, lane.Job{Payer: payer(peer), Size: len(raw), Run: func() time.Duration { return c.work(peer, token, raw) }}); err != nil {
			c.reject(err.Error()) // the push is repeated
		}
		return
	}
	c.landed(peer, token, core.Outcome{Result: core.Acknowledged, Bare: true})
}

// work hands over a result that holds more than an oadrResponse (rule E16), and
// returns how long that took.
func (c *pushes) work(peer core.Peer, token core.Token, raw []byte) time.Duration {
	var work core.Work
	c.handOver(core.Counting(c.working, &work), peer, token, raw)
	return work.Took()
}

// handOver decodes a result and hands it over. One that cannot be read is a refusal.
func (c *pushes) handOver(ctx context.Context, peer core.Peer, token core.Token, raw []byte) {
	defer func() {
		if p := recover(); p != nil {
			c.log.Error().Str("identity", peer.Identity).Str("requestID", token.String()).Str("panic", fmt.Sprint(p)).Bytes("stack", debug.Stack()).Msg("an answer could not be handled; please report this")
		}
	}()
	var p *oadr.Payload
	var err error
	c.count(ctx, func() { p, err = c.cfg.Codec.Decode(raw) })
	if err != nil {
		c.metrics.undecoded.WithLabelValues("answer").Inc()
		c.landed(peer, token, core.Outcome{Result: core.Refused, Error: excerpt.Of("the answer cannot be read: " + err.Error())})
		return
	}
	c.flights.forget(token)
	c.handler.Answer(ctx, peer, token, p)
}
