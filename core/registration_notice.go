package core

import (
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// NoticeKind is what an operator tells a VEN about its registration.
type NoticeKind string

// Kinds of notices.
const (
	NoticeCancel     NoticeKind = "cancel"     // it is ended (rule N9)
	NoticeReregister NoticeKind = "reregister" // register again (rule N10)
)

// NoticeOutcome is what became of a notice.
type NoticeOutcome string

// Outcomes of a notice.
const (
	NoticePending    NoticeOutcome = "pending"    // not told so far
	NoticeTold       NoticeOutcome = "told"       // told; of a cancellation that is the end, whatever the VEN said
	NoticeRefused    NoticeOutcome = "refused"    // the VEN will not
	NoticeRegistered NoticeOutcome = "registered" // the VEN registered again, as it was asked to
	NoticeDropped    NoticeOutcome = "dropped"    // there was nothing left to tell: the VEN registered anew, or is registered no longer
)

// Notice is one thing an operator told a VEN about its registration, and what
// became of it. A VEN has at most one that is pending.
type Notice struct {
	VENNo          int64
	Rev            int64
	Kind           NoticeKind
	RegistrationID string // the one it is about
	By             string // who asked for it
	CreatedAt      time.Time
	ToldAt         time.Time // when the VEN answered; zero: not
	Code           int       // of its answer, 0 where that had none
	Error          string    // what it said, or the stanza error's condition
	Outcome        NoticeOutcome
	EndedAt        time.Time // zero: a VEN that was asked to register again has not done so
}

// Token is the one the notice is pushed with.
func (n *Notice) Token() Token { return Token{TopicRegistration, n.VENNo, n.Rev} }

// message is the notice as its VEN is told. An oadrRequestReregistration has no
// requestID.
func (n *Notice) message(venID string) oadr.Message {
	if n.Kind == NoticeReregister {
		return &oadr.RequestReregistration{VENID: venID}
	}
	return &oadr.CancelPartyRegistration{RequestID: n.Token().String(), RegistrationID: n.RegistrationID, VENID: venID}
}

// answered records what became of its push. Any OpenADR answer to a
// cancellation will do (rule N9).
func (n *Notice) answered(o Outcome, now time.Time) {
	n.ToldAt, n.Code, n.Error = now, o.Code, o.Error
	switch {
	case !n.EndedAt.IsZero(): // it was over before the answer came
	case n.Kind == NoticeCancel && (o.Result == Acknowledged || o.Code != 0):
		n.Outcome, n.EndedAt = NoticeTold, now
	case o.Result == Refused:
		n.Outcome, n.EndedAt = NoticeRefused, now
	default:
		n.Outcome = NoticeTold
	}
}
