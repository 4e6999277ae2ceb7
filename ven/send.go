package ven

import (
	"context"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Send sends a request to the VTN and returns its response, nil where the VTN
// answers with an empty result, or not at all: an oadrResponse in a message. The errors are [ErrNotConnected], [ErrNoAnswer],
// a [*StanzaError], or that the response is not to be read; a response with a
// code other than 200 is none.
func (v *VEN) Send(ctx context.Context, m oadr.Message) (oadr.Message, error) {
	answer, err := v.sender(ctx, m)
	return answer.Message, err
}

// send is the VEN's own [Sender].
func (v *VEN) send(ctx context.Context, m oadr.Message) (Answer, error) {
	raw := v.encode(m)
	if len(raw) == 0 {
		return Answer{}, fmt.Errorf("%s can only be received", m.Kind())
	}
	s, err := v.current()
	if err != nil {
		return Answer{}, err
	}
	to := v.Services().of(m.Kind()).String()
	if to == "" {
		return Answer{}, fmt.Errorf("the VTN has no service for %s", m.Kind())
	}
	if m.Kind() == oadr.KindResponse && v.cfg.Stanza != IQ {
		return Answer{Received: time.Now()}, s.send(ctx, message(v.cfg.Stanza, to, newID(), raw))
	}
	answer, err := s.request(ctx, v.cfg.Stanza, to, raw)
	if err != nil {
		return Answer{}, fmt.Errorf("%s: %w", m.Kind(), err)
	}
	payload, _ := answer.payload()
	if payload == nil {
		return Answer{Received: answer.received}, nil
	}
	v.tellOf(answer, payload)
	p, err := oadr.Decode(payload, oadr.DefaultLimits)
	if err != nil {
		return Answer{}, fmt.Errorf("the answer to %s: %w", m.Kind(), err)
	}
	if p.Invalid != nil {
		err = fmt.Errorf("the answer to %s: %w", m.Kind(), p.Invalid)
	}
	return Answer{p.Message, answer.received}, err
}

// tellOf tells of a payload that arrived in a stanza.
func (v *VEN) tellOf(s *stanza, payload []byte) {
	if v.cfg.OnStanza != nil {
		v.cfg.OnStanza(s.raw)
	}
	if v.cfg.OnPayload != nil {
		v.cfg.OnPayload(payload)
	}
}

// encode is a message as the VEN writes it.
func (v *VEN) encode(m oadr.Message) []byte {
	return oadr.Append(nil, v.cfg.Form, m)
}

// expect is Send for a request whose response is of one type.
func expect[A oadr.Message](ctx context.Context, v *VEN, m oadr.Message) (A, time.Time, error) {
	var none A
	answer, err := v.sender(ctx, m)
	if err != nil {
		return none, answer.Received, err
	}
	a, ok := answer.Message.(A)
	if !ok {
		return none, answer.Received, unexpected(m, answer.Message)
	}
	return a, answer.Received, nil
}

// unexpected is the error for an answer of another row: what its eiResponse
// says, where it is an oadrResponse.
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

// SendRaw sends an IQ set with anything inside and returns the answer, result or
// error, as the bytes of its stanza. An empty to is the VTN. It is there to test
// a VTN with bad input.
func (v *VEN) SendRaw(ctx context.Context, to string, inside []byte) ([]byte, error) {
	s, err := v.current()
	if err != nil {
		return nil, err
	}
	if to == "" {
		to = v.Services().EiEvent.String()
	}
	answer, err := s.exchange(ctx, "set", to, inside)
	if err != nil {
		return nil, err
	}
	return answer.raw, nil
}

// Write puts bytes on the stream as they are and waits for nothing. It is there
// to test a VTN with answers that nobody asked for.
func (v *VEN) Write(ctx context.Context, b []byte) error {
	s, err := v.current()
	if err != nil {
		return err
	}
	return s.send(ctx, append([]byte(nil), b...))
}
