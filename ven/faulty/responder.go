package faulty

import (
	"context"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// responder answers one request as its Reply says.
type responder struct {
	ven.Responder
	faults  Faults
	ven     *ven.VEN
	request ven.Request
	reply   Reply
}

// handle has the VEN do what is asked for, if the reply takes it.
func (r responder) handle(next ven.Handler) {
	switch {
	case r.reply.takes():
		next(r, r.request)
	case r.reply.How == Fail:
		r.Fail(r.reply.Type, r.reply.Condition)
	case r.reply.How == Respond:
		r.Result(oadr.Answer(r.request.Message, r.reply.Code, "not taken", oadr.Party{VENID: r.ven.VENID()}))
	}
}

// Result answers with m, or with what the reply has in its place.
func (r responder) Result(m oadr.Message) {
	separate := m
	switch r.reply.How {
	case Empty:
		m = nil
	case RespondOpts:
		if created := r.createdEvent(); created != nil {
			m = created
		}
	}
	if m != nil {
		m = r.faults.outgoing(m)
	}
	if r.reply.How != OptOnly {
		r.late(func() { r.Responder.Result(m) })
	}
	_, push := r.request.Message.(*oadr.DistributeEvent)
	if !push && (r.reply.How == Empty || r.reply.How == OptOnly) {
		go func() { _, _ = r.ven.Send(context.Background(), separate) }() // ends with the session, or after ErrNoAnswer's time
	}
}

// createdEvent is the oadrCreatedEvent that the VEN would send by itself; nil where
// no event wants an answer.
func (r responder) createdEvent() oadr.Message {
	if _, push := r.request.Message.(*oadr.DistributeEvent); !push {
		return nil
	}
	responses := r.ven.PendingAnswers()
	if len(responses) == 0 {
		return nil
	}
	return &oadr.CreatedEvent{
		Response:  oadr.EIResponse{Code: oadr.CodeOK, Description: "OK"},
		Responses: responses,
		VENID:     r.ven.VENID(),
	}
}

// Fail answers with a stanza error.
func (r responder) Fail(errorType, condition string) {
	r.late(func() { r.Responder.Fail(errorType, condition) })
}

// late answers after the reply's time.
func (r responder) late(answer func()) {
	if r.reply.After > 0 {
		time.AfterFunc(r.reply.After, answer)
		return
	}
	answer()
}
