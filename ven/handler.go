package ven

import (
	"context"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Request is a valid request of the VTN, such as an oadrDistributeEvent.
type Request struct {
	oadr.Message
	Received time.Time // when it arrived
}

// Responder answers one request of the VTN in the way that it came: in the same kind of
// stanza, as the answer to an HTTP request or, if it was handed out to a poll, by a
// request of the VEN's own (rule H9). Its methods never wait, but for that request. They
// may be called from any goroutine, and later than the [Handler] returns.
type Responder interface {
	// Result answers with a message or, where m is nil, with an empty result; to
	// a request in a message, nil sends nothing. An oadrCreatedEvent counts for
	// the events it answers: the VEN does not send those answers again.
	Result(m oadr.Message)
	// Fail answers with a stanza error (RFC 6120 section 8.3) of a type, such as
	// "wait", and a condition, such as "resource-constraint". Over HTTP it is the
	// status that is nearest to it; to what was handed out there is no such answer.
	Fail(errorType, condition string)
}

// Handler does what a request of the VTN asks for and answers it. Requests are
// handled one after another, in the order they arrived.
type Handler func(Responder, Request)

// Answer is the VTN's answer to a request of the VEN.
type Answer struct {
	oadr.Message           // nil: an empty result, or no answer is due
	Received     time.Time // when it arrived
}

// Sender sends a message to the VTN and returns the answer. Its errors are those
// of [VEN.Send].
type Sender func(ctx context.Context, m oadr.Message) (Answer, error)

// responder is the Responder of one request.
type responder struct {
	events interface{ answered([]oadr.EventResponse) }
	back   back
	form   oadr.Form // of the request
}

func (r responder) Result(m oadr.Message) {
	if created, ok := m.(*oadr.CreatedEvent); ok {
		r.events.answered(created.Responses)
	}
	r.back.result(m, r.form)
}

func (r responder) Fail(errorType, condition string) { r.back.fail(errorType, condition) }
