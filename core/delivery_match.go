package core

import (
	"slices"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// pushMatcher finds the push that a request answers.
type pushMatcher struct {
	window  *window
	settler *settler
}

// answersTo are the pushes that a message answers when a VEN sends it as a request
// of its own.
var answersTo = map[oadr.Kind][]oadr.Kind{
	oadr.KindResponse:                  {oadr.KindDistributeEvent, oadr.KindRequestReregistration},
	oadr.KindCreatedEvent:              {oadr.KindDistributeEvent},
	oadr.KindCanceledPartyRegistration: {oadr.KindCancelPartyRegistration},
	oadr.KindRegisteredReport:          {oadr.KindRegisterReport},
	oadr.KindCreatedReport:             {oadr.KindCreateReport},
	oadr.KindCanceledReport:            {oadr.KindCancelReport},
}

// settleAnswered settles the push that a VEN answers with a request of its own, whose
// eiResponse is r: some VENs answer the IQ with an empty result and this.
func (p *pushMatcher) settleAnswered(ven *VEN, from Peer, m oadr.Message, r oadr.EIResponse) {
	if t, ok := p.pushAnswered(ven, m); ok {
		p.settler.settleSeparately(from, t, responseOutcome(r))
	}
}

// pushAnswered finds the push that such a request answers. It repeats the requestID
// (rule G1); where it has none (Conformance Rules 207 and 303), or there was none to
// repeat (rule N10), it answers what is in flight, see [pushMatcher.inFlightFor].
func (p *pushMatcher) pushAnswered(ven *VEN, m oadr.Message) (Token, bool) {
	t, err := ParseToken(m.Request())
	_, cancels := m.(*oadr.CanceledPartyRegistration)
	if m.Request() == "" || cancels && err != nil {
		return p.inFlightFor(ven, m)
	}
	return t, err == nil && t.VENNo == ven.No && (!cancels || t.Topic == TopicRegistration)
}

// inFlightFor finds the push that a message without a requestID answers: the one in
// flight that this kind of message answers, of several the oldest, for a VEN takes
// what it is pushed in order.
func (p *pushMatcher) inFlightFor(ven *VEN, m oadr.Message) (Token, bool) {
	var oldest *flight
	for _, topic := range Topics {
		f := p.window.to(topic, ven.No)
		if f != nil && slices.Contains(answersTo[m.Kind()], f.kind) && (oldest == nil || f.at.Before(oldest.at)) {
			oldest = f
		}
	}
	if oldest == nil {
		return Token{}, false
	}
	return oldest.token, true
}

// answersNotice says whether a message answers what a VEN was told about its
// registration: who was told that it is registered no longer may say so.
func (p *pushMatcher) answersNotice(ven *VEN, m oadr.Message) bool {
	if ven == nil {
		return false
	}
	t, ok := p.pushAnswered(ven, m)
	return ok && t.Topic == TopicRegistration
}

// responseOutcome is what an eiResponse says of the push it answers.
func responseOutcome(r oadr.EIResponse) Outcome {
	if r.Code != oadr.CodeOK {
		return Outcome{Result: Refused, Code: int(r.Code), Error: r.Description}
	}
	return Outcome{Result: Acknowledged, Code: int(r.Code)}
}
