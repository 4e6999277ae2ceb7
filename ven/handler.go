package ven

import (
	"context"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Request is a valid request of the VTN, such as an oadrDistributeEvent.
type Request struct {
	oadr.Message
	Received time.Time // when its stanza arrived
}

// Responder answers one request of the VTN, in the kind of stanza it came in. Its
// methods never wait. They may be called from any goroutine, and later than the
// [Handler] returns.
type Responder interface {
	// Result answers with a message or, where m is nil, with an empty result; to
	// a request in a message, nil sends nothing. An oadrCreatedEvent counts for
	// the events it answers: the VEN does not send those answers again.
	Result(m oadr.Message)
	// Fail answers with a stanza error (RFC 6120 section 8.3) of a type, such as
	// "wait", and a condition, such as "resource-constraint".
	Fail(errorType, condition string)
}

// Handler does what a request of the VTN asks for and answers it. Requests are
// handled one after another, in the order they arrived.
type Handler func(Responder, Request)

// Answer is the VTN's answer to a request of the VEN.
type Answer struct {
	oadr.Message           // nil: an empty result, or no answer is due
	Received     time.Time // when its stanza arrived
}

// Sender sends a message to the VTN and returns the answer. Its errors are those
// of [VEN.Send].
type Sender func(ctx context.Context, m oadr.Message) (Answer, error)

// responder is the Responder of a request that arrived in a stanza.
type responder struct {
	node    *node
	events  interface{ answered([]oadr.EventResponse) }
	session *session
	stanza  *stanza
}

func (r responder) Result(m oadr.Message) {
	if m == nil {
		r.session.reply(r.stanza.result(nil))
		return
	}
	if created, ok := m.(*oadr.CreatedEvent); ok {
		r.events.answered(created.Responses)
	}
	r.session.reply(r.stanza.result(r.node.encode(m)))
}

func (r responder) Fail(errorType, condition string) {
	r.session.reply(r.stanza.fail(errorType, condition))
}
