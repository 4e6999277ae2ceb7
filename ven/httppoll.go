package ven

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// maxHandedOut is how many messages the VEN takes in a row, so that a VTN which hands out
// the same one for ever cannot hold it.
const maxHandedOut = 100

// stayPolling polls while the VEN is registered, until the link ends. After each message
// it polls on, and without one it rests for the interval (rule H8).
func (h *overHTTP) stayPolling(l *httpLink) {
	var b Backoff
	// What follows a registration goes first.
	rest := jitter(min(h.interval(), time.Second)) / 2
	for {
		timer := time.NewTimer(rest)
		select {
		case <-timer.C:
		case <-l.done():
			timer.Stop()
			return
		}
		if _, ok := h.Registration(); !ok {
			select {
			case <-h.wake:
			case <-l.done():
				return
			}
			rest = jitter(min(h.interval(), time.Second)) / 2
			continue
		}
		err := h.pollAll(l.life)
		rest = jitter(h.interval())
		if err == nil {
			b = Backoff{}
			continue
		}
		if l.life.Err() == nil {
			h.cfg.Log.Warn("a poll failed", h.who, "error", err)
		}
		rest = max(rest, b.Next())
	}
}

// interval is the time between polls.
func (h *overHTTP) interval() time.Duration {
	if h.settings.PollInterval > 0 {
		return h.settings.PollInterval
	}
	h.node.mu.Lock()
	defer h.node.mu.Unlock()
	if h.pollFreq > 0 {
		return max(h.pollFreq, pollLeast)
	}
	return pollDefault
}

// jitter is a time within 10 % of d, so that VENs that began together do not stay so.
func jitter(d time.Duration) time.Duration { return d - d/10 + rand.N(d/5+1) }

// pollAll takes what the VTN hands out, until it has nothing more.
func (h *overHTTP) pollAll(ctx context.Context) error {
	if h.simple() {
		_, err := h.server.events.RequestEvent(ctx, 0)
		return err
	}
	for range maxHandedOut {
		more, err := h.poll(ctx)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// poll asks once, and does what the message that is handed out asks for. more is false if
// there was none (rule H7).
func (h *overHTTP) poll(ctx context.Context) (more bool, err error) {
	m := &oadr.Poll{VENID: h.VENID()}
	p, received, err := h.exchange(ctx, oadrPoll, m, h.encode(m))
	if err != nil || p == nil {
		return false, err
	}
	if r, ok := p.Message.(*oadr.Response); ok {
		err := refused(r, r.Response)
		if registrationRequired(err) {
			h.server.registration.reregister()
		}
		return false, err
	}
	in := inbound{received: received, back: handedOut{h, p.Message}}
	handled := make(chan struct{})
	if !h.server.enqueue(func() {
		defer close(handled)
		h.server.serveMessage(p, in)
	}) {
		return false, errBusy
	}
	select {
	case <-handled:
	case <-h.life.Done():
		return false, context.Cause(h.life)
	}
	_, registered := h.Registration() // the message may have ended it
	return registered, nil
}

// handedOut answers what was handed out to a poll: by requests of the VEN's own, to the
// service that the message belongs to (rule H9). What follows from the message, such as
// registering again, comes after the answer, so it waits for that to be posted.
type handedOut struct {
	over    *overHTTP
	request oadr.Message
}

func (b handedOut) result(m oadr.Message, request oadr.Form) {
	if m = b.logical(m); m != nil {
		b.over.answer(b.request, m, request)
	}
}

// logical is the message that answers what was handed out; nil: none does. Events are
// answered by oadrCreatedEvent, which follows by itself, or says what is wrong.
func (b handedOut) logical(m oadr.Message) oadr.Message {
	if _, events := b.request.(*oadr.DistributeEvent); !events {
		return m
	}
	r, ok := m.(*oadr.Response)
	switch {
	case !ok:
		return m
	case r.Response.Code == oadr.CodeOK:
		return nil
	}
	return &oadr.CreatedEvent{Response: r.Response, VENID: r.VENID}
}

// fail answers nothing: the VTN hands the message out again.
func (b handedOut) fail(string, string) {}

// answer posts the answer to a message that was handed out. If it does not get through the
// VTN hands out the message again.
func (h *overHTTP) answer(request, m oadr.Message, form oadr.Form) {
	p, _, err := h.exchange(h.life, serviceOf(request.Kind()), m, h.encodeAnswer(m, form))
	if err == nil && p != nil {
		if r := oadr.ResponseOf(p.Message); r != nil {
			err = refused(p.Message, *r)
		}
	}
	switch {
	case err == nil || h.life.Err() != nil || errors.Is(err, ErrNotConnected):
	case registrationRequired(err):
		h.server.registration.reregister()
	default:
		h.cfg.Log.Warn("the VTN did not accept an answer", h.who, "requestID", request.Request(), "error", err)
	}
}
