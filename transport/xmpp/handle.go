package xmpp

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/transport/lane"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// queue queues an OpenADR request behind those of the same identity. doc may be
// part of the reader's buffer.
func (c *requests) queue(r *request, doc []byte) {
	switch {
	case c.stopping.Load():
		c.fail(r, overBound.because("the VTN is stopping; try again"))
		return
	case r.peer.Stanza != StanzaBody && c.cfg.Limits.TooLarge(doc): // refused before it takes room in a queue
		c.undecodable(r, oadr.ErrTooLarge)
		return
	}
	raw := append([]byte(nil), doc...)
	err := c.lanes.Add(r.peer.Identity, lane.Job{Payer: payer(r.peer), Size: len(raw), Run: func() time.Duration { return c.work(r, raw) }})
	if err == nil {
		return
	}
	c.reject(err.Error())
	f := overBound.because("too many requests are waiting; try again")
	if errors.Is(err, lane.ErrOverBudget) {
		f = overBound.because("your requests take more work than your share; send smaller or fewer ones, and try again in a while")
	}
	c.fail(r, f)
}

// work serves a request and returns how long that took.
func (c *requests) work(r *request, raw []byte) time.Duration {
	var work core.Work
	c.serve(core.Counting(c.working, &work), r, raw)
	return work.Took()
}

// serve decodes and handles one request and replies in the form it came in.
func (c *requests) serve(ctx context.Context, r *request, raw []byte) {
	defer func() {
		if p := recover(); p != nil {
			c.log.Error().Str("identity", r.peer.Identity).Str("id", excerpt.Of(r.id)).Str("panic", fmt.Sprint(p)).Bytes("stack", debug.Stack()).Msg("a request could not be handled; please report this")
			c.fail(r, internalError)
		}
	}()
	var p *oadr.Payload
	var err error
	c.count(ctx, func() {
		if r.peer.Stanza == StanzaBody {
			raw = oadr.WithoutDeclaration(stream.AppendUnescaped(make([]byte, 0, len(raw)), raw))
		}
		p, err = c.cfg.Codec.Decode(raw)
	})
	if err != nil {
		c.undecodable(r, err)
		return
	}
	m, err := c.handler.Handle(ctx, r.peer, p)
	switch {
	case r.inMessage() && p.Message.Kind() == oadr.KindResponse: // an answer is not answered
	case errors.Is(err, core.ErrNotRegistered):
		c.fail(r, notRegistered)
	case errors.Is(err, core.ErrNotSigned): // S5
		c.fail(r, notAuthorized.because(excerpt.Of(err.Error())))
	case errors.Is(err, core.ErrBusy):
		c.fail(r, overBound)
	case err != nil:
		c.fail(r, internalError)
	case m == nil && r.inMessage(): // there is no empty message
	case m == nil:
		c.reply(r, nil)
	default:
		c.count(ctx, func() { c.reply(r, c.cfg.Codec.Append(nil, p.Form, m)) })
	}
}

// undecodable answers a payload that could not be taken (rule G5). A message gets no
// answer, unless its payload is over a limit.
func (c *requests) undecodable(r *request, err error) {
	kind, f := "malformed", badRequest.because(excerpt.Of(err.Error()))
	silent := r.inMessage()
	switch {
	case errors.Is(err, oadr.ErrTooLarge):
		silent, kind, f = false, "too large", policyViolation.because(fmt.Sprintf("a payload may have %d bytes", c.cfg.Limits.Size))
	case errors.Is(err, oadr.ErrTooDeep):
		silent, kind, f = false, "too deep", policyViolation.because(fmt.Sprintf("a payload may have %d levels of elements", c.cfg.Limits.Depth))
	case errors.Is(err, oadr.ErrNotOpenADR):
		kind, f = "not OpenADR", serviceUnavailable
	}
	c.metrics.undecoded.WithLabelValues(kind).Inc()
	c.about(r.peer).Str("id", excerpt.Of(r.id)).Str("reason", excerpt.Of(err.Error())).Msg("a payload could not be taken")
	if !silent {
		c.fail(r, f)
	}
}
