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

// answersTo lists, by the kind of a separate answer, the kinds of push that it answers.
var answersTo = map[oadr.Kind][]oadr.Kind{
	oadr.KindResponse:                  {oadr.KindDistributeEvent, oadr.KindRequestReregistration},
	oadr.KindCreatedEvent:              {oadr.KindDistributeEvent},
	oadr.KindCanceledPartyRegistration: {oadr.KindCancelPartyRegistration},
	oadr.KindRegisteredReport:          {oadr.KindRegisterReport},
	oadr.KindCreatedReport:             {oadr.KindCreateReport},
	oadr.KindCanceledReport:            {oadr.KindCancelReport},
}

// settleAnswered settles the push that a VEN answers separately. r is the eiResponse of
// the answer. Some VENs answer the IQ of the push with an empty result first.
func (p *pushMatcher) settleAnswered(ven *VEN, from Peer, m oadr.Message, r oadr.EIResponse) {
	if t, ok := p.pushAnswered(ven, m); ok {
		p.settler.settleSeparately(from, t, responseOutcome(r))
	}
}

// pushAnswered finds the push that a separate answer belongs to, by the requestID that it
// repeats (rule G1). Without one (rules 207 and 303 of the profile), or if the push had
// none to repeat (rule N10), it is matched to a push in flight, see
// [pushMatcher.inFlightFor].
func (p *pushMatcher) pushAnswered(ven *VEN, m oadr.Message) (Token, bool) {
	t, err := ParseToken(m.Request())
	_, cancels := m.(*oadr.CanceledPartyRegistration)
	if m.Request() == "" || cancels && err != nil {
		return p.inFlightFor(ven, m)
	}
	return t, err == nil && t.VENNo == ven.No && (!cancels || t.Topic == TopicRegistration)
}

// inFlightFor finds the push in flight that this kind of message answers. Of several it
// takes the oldest, since a VEN takes pushes in order.
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

// answersNotice reports whether a message answers a notice. A VEN whose registration a
// notice has ended may still send that answer.
func (p *pushMatcher) answersNotice(ven *VEN, m oadr.Message) bool {
	if ven == nil {
		return false
	}
	t, ok := p.pushAnswered(ven, m)
	return ok && t.Topic == TopicRegistration
}

// responseOutcome returns the outcome that an eiResponse tells.
func responseOutcome(r oadr.EIResponse) Outcome {
	if r.Code != oadr.CodeOK {
		return Outcome{Result: Refused, Code: int(r.Code), Error: r.Description}
	}
	return Outcome{Result: Acknowledged, Code: int(r.Code)}
}
