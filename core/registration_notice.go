package core

import (
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// NoticeKind is what a notice tells the VEN to do.
type NoticeKind string

// Kinds of notices.
const (
	NoticeCancel     NoticeKind = "cancel"     // the registration has ended (rule N9)
	NoticeReregister NoticeKind = "reregister" // register again (rule N10)
)

// NoticeState is what became of a notice.
type NoticeState string

// States of a notice.
const (
	NoticePending    NoticeState = "pending"    // not told so far
	NoticeTold       NoticeState = "told"       // the VEN answered; this ends a cancellation, whatever the answer
	NoticeRefused    NoticeState = "refused"    // the VEN refused to register again
	NoticeRegistered NoticeState = "registered" // the VEN registered again, as it was asked to
	NoticeDropped    NoticeState = "dropped"    // nothing is left to tell: the VEN registered anew, or its registration has ended
)

// Notice is what an operator tells a VEN about its registration, by push, and what became
// of it. A VEN has at most one pending notice.
type Notice struct {
	VENNo          int64
	Rev            int64
	Kind           NoticeKind
	RegistrationID string // the registration that it is about
	By             string // who asked for it
	CreatedAt      time.Time
	ToldAt         time.Time // when the VEN answered; zero: it has not
	Code           int       // response code of the answer, 0 if it had none
	Error          string    // what it said, or the stanza error's condition
	State          NoticeState
	EndedAt        time.Time // zero: it stands
}

// Token returns the token of the notice's push.
func (n *Notice) Token() Token { return Token{TopicRegistration, n.VENNo, n.Rev} }

// message returns the message that tells the notice. An oadrRequestReregistration has no
// requestID.
func (n *Notice) message(venID string) oadr.Message {
	if n.Kind == NoticeReregister {
		return &oadr.RequestReregistration{VENID: venID}
	}
	return &oadr.CancelPartyRegistration{RequestID: n.Token().String(), RegistrationID: n.RegistrationID, VENID: venID}
}

// answered records what became of the push. Any OpenADR answer ends a cancellation
// (rule N9).
func (n *Notice) answered(o Outcome, now time.Time) {
	n.ToldAt, n.Code, n.Error = now, o.Code, o.Error
	switch {
	case !n.EndedAt.IsZero(): // it ended before the answer came
	case n.Kind == NoticeCancel && (o.Result == Acknowledged || o.Code != 0):
		n.State, n.EndedAt = NoticeTold, now
	case o.Result == Refused:
		n.State, n.EndedAt = NoticeRefused, now
	default:
		n.State = NoticeTold
	}
}
