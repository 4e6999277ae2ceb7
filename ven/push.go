package ven

import (
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Reply is how a VEN answers the stanza of a push. The zero Reply is the usual
// one, oadrResponse 200; the others are habits of VENs that a VTN must cope with. An
// oadrCreatedEvent follows as a request of its own where events want one.
type Reply struct {
	How       How
	Code      oadr.Code     // of a Respond; 0: 200
	Condition string        // of a Fail, such as "resource-constraint"
	Type      string        // of a Fail, such as "wait"
	After     time.Duration // how late the answer is; what follows it does not wait
}

// How is the kind of a [Reply].
type How uint8

// Kinds of replies. A push that is answered with a code other than 200, with an
// error or not at all leaves the VEN as it was.
const (
	Respond     How = iota // an oadrResponse with Code
	Empty                  // an empty result; nothing at all to a message
	RespondOpts            // the oadrCreatedEvent itself
	Fail                   // a stanza error
	Ignore                 // nothing at all: the push might never have come
	OptOnly                // no answer to the stanza, but the oadrCreatedEvent follows
)

// takes says whether the push changes what the VEN holds.
func (r Reply) takes() bool {
	switch r.How {
	case Respond:
		return r.Code == 0 || r.Code == oadr.CodeOK
	case Fail, Ignore:
		return false
	}
	return true
}

// pushed takes a push: the whole set of events that concern this VEN (E1).
func (v *VEN) pushed(s *session, r *stanza, m *oadr.DistributeEvent) {
	if held, ok := v.Registration(); ok && m.VTNID != held.VTNID {
		v.respond(s, r, m, oadr.CodeInvalidID, "vtnID is not the registration's")
		return
	}
	var reply Reply
	if v.cfg.Reply != nil {
		reply = v.cfg.Reply(m)
	}
	if !reply.takes() {
		v.answerPush(s, r, m, reply)
		return
	}
	news := v.events.take(m, r.received, true)
	v.decide(news.fresh)
	v.answerPush(s, r, m, reply)
	v.tell(news)
}

// answerPush answers the stanza of a push.
func (v *VEN) answerPush(s *session, r *stanza, m *oadr.DistributeEvent, reply Reply) {
	by := oadr.Party{VENID: v.venID()}
	code, description := oadr.CodeOK, "OK"
	if reply.How == Respond && reply.Code != 0 && reply.Code != oadr.CodeOK {
		code, description = reply.Code, "not taken"
	}
	answer := r.result(v.encode(oadr.Answer(m, code, description, by)))
	switch reply.How {
	case Ignore, OptOnly:
		return
	case Empty:
		answer = r.result(nil)
	case Fail:
		answer = r.fail(reply.Type, reply.Condition)
	case RespondOpts:
		if responses := v.events.unanswered(); len(responses) > 0 {
			created := v.createdEvent(responses)
			answer = r.result(v.encode(created))
			v.answered(responses)
		}
	}
	if reply.After > 0 {
		time.AfterFunc(reply.After, func() { s.reply(answer) })
		return
	}
	s.reply(answer)
}
