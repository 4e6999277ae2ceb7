package ven

import (
	"context"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// caller sends the VEN's requests to its VTN.
type caller struct {
	*node
	sender Sender
}

// Send sends a message to the VTN and returns its answer: nil if that is an empty
// result, or if none is due, as to an oadrResponse in a message. The error wraps
// [ErrNotConnected], [ErrNoAnswer] or a [*StanzaError], or says that the answer
// cannot be read. An answer with a code other than 200 is no error.
func (c *caller) Send(ctx context.Context, m oadr.Message) (oadr.Message, error) {
	answer, err := c.sender(ctx, m)
	return answer.Message, err
}

// send is the VEN's own [Sender].
func (c *caller) send(ctx context.Context, m oadr.Message) (Answer, error) {
	raw := c.encode(m)
	if len(raw) == 0 {
		return Answer{}, fmt.Errorf("%s can only be received", m.Kind())
	}
	s, err := c.current()
	if err != nil {
		return Answer{}, err
	}
	to := c.Services().of(m.Kind()).String()
	if to == "" {
		return Answer{}, fmt.Errorf("the VTN has no service for %s", m.Kind())
	}
	if m.Kind() == oadr.KindResponse && c.cfg.Stanza != IQ {
		return Answer{Received: time.Now()}, s.send(ctx, message(c.cfg.Stanza, to, newID(), raw))
	}
	answer, err := s.request(ctx, c.cfg.Stanza, to, raw)
	if err != nil {
		return Answer{}, fmt.Errorf("%s: %w", m.Kind(), err)
	}
	payload, _ := answer.payload()
	if payload == nil {
		return Answer{Received: answer.received}, nil
	}
	c.tellOf(answer, payload)
	p, err := oadr.Decode(payload, oadr.DefaultLimits)
	if err != nil {
		return Answer{}, fmt.Errorf("the answer to %s: %w", m.Kind(), err)
	}
	if p.Invalid != nil {
		err = fmt.Errorf("the answer to %s: %w", m.Kind(), p.Invalid)
	}
	return Answer{p.Message, answer.received}, err
}

// expect sends a request whose answer is of one type, and returns that and when it
// arrived.
func expect[A oadr.Message](ctx context.Context, c *caller, m oadr.Message) (A, time.Time, error) {
	var none A
	answer, err := c.sender(ctx, m)
	if err != nil {
		return none, answer.Received, err
	}
	a, ok := answer.Message.(A)
	if !ok {
		return none, answer.Received, unexpected(m, answer.Message)
	}
	return a, answer.Received, nil
}

// unexpected is the error for an answer of the wrong type: what its eiResponse says
// if it is an oadrResponse.
func unexpected(request, answer oadr.Message) error {
	if answer == nil {
		return fmt.Errorf("the VTN answers %s with nothing", request.Kind())
	}
	if r, ok := answer.(*oadr.Response); ok {
		if err := refused(r, r.Response); err != nil {
			return err
		}
	}
	return fmt.Errorf("the VTN answers %s with %s", request.Kind(), answer.Kind())
}

// SendRaw sends an IQ set with any content, such as a request that OpenADR does not
// define, and returns the stanza that answers it, a result or an error. An empty to
// is the VTN's EiEvent service.
func (c *caller) SendRaw(ctx context.Context, to string, inside []byte) ([]byte, error) {
	s, err := c.current()
	if err != nil {
		return nil, err
	}
	if to == "" {
		to = c.Services().EiEvent.String()
	}
	answer, err := s.exchange(ctx, "set", to, inside)
	if err != nil {
		return nil, err
	}
	return answer.raw, nil
}

// Write puts a stanza on the stream as it is and does not wait for an answer.
func (c *caller) Write(ctx context.Context, b []byte) error {
	s, err := c.current()
	if err != nil {
		return err
	}
	return s.send(ctx, append([]byte(nil), b...))
}
