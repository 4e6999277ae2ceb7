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
// [ErrNotConnected], [ErrNoAnswer], a [*StanzaError] or a [*StatusError], or says that
// the answer cannot be read. An answer with a code other than 200 is no error.
func (c *caller) Send(ctx context.Context, m oadr.Message) (oadr.Message, error) {
	answer, err := c.sender(ctx, m)
	return answer.Message, err
}

// send is the VEN's own [Sender].
func (c *caller) send(ctx context.Context, m oadr.Message) (Answer, error) {
	p, received, err := c.exchange(ctx, serviceOf(m.Kind()), m, c.encode(m))
	if err != nil || p == nil {
		return Answer{Received: received}, err
	}
	if p.Invalid != nil {
		err = fmt.Errorf("the answer to %s: %w", m.Kind(), p.Invalid)
	}
	return Answer{p.Message, received}, err
}

// exchange sends a message that is written already to a service, and returns the
// answer's payload, nil if that is empty.
func (c *caller) exchange(ctx context.Context, service string, m oadr.Message, raw []byte) (*oadr.Payload, time.Time, error) {
	if len(raw) == 0 {
		return nil, time.Time{}, fmt.Errorf("%s can only be received", m.Kind())
	}
	l, err := c.current()
	if err != nil {
		return nil, time.Time{}, err
	}
	if m.Kind() == oadr.KindResponse {
		if sent, err := l.tell(ctx, service, raw); sent || err != nil {
			return nil, time.Now(), err
		}
	}
	answer, err := l.request(ctx, service, raw)
	if err != nil {
		return nil, answer.received, fmt.Errorf("%s: %w", m.Kind(), err)
	}
	if answer.payload == nil {
		return nil, answer.received, nil
	}
	p, err := c.decode(answer.payload)
	if err != nil {
		return nil, answer.received, fmt.Errorf("the answer to %s: %w", m.Kind(), err)
	}
	return p, answer.received, nil
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
