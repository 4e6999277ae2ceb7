package core

import "github.com/vtn-xmpp/vtn-xmpp/oadr"

// settleOwn settles the push that a VEN answers with a request of its own, whose
// eiResponse is r: some VENs answer the IQ with an empty result and this.
func (v *VTN) settleOwn(ven *VEN, from Peer, m oadr.Message, r oadr.EIResponse) {
	if t, ok := v.asked(ven, m); ok {
		v.settleItself(from, t, responseOutcome(r))
	}
}

// asked finds the push that such a request answers. It repeats the requestID
// (rule G1); where it does not, or there was none to repeat (rule N10), it
// answers what is in flight, if that is what it is an answer to.
func (v *VTN) asked(ven *VEN, m oadr.Message) (Token, bool) {
	t, err := ParseToken(m.Request())
	inFlight := v.window.to(TopicRegistration, ven.No)
	switch m.(type) {
	case *oadr.Response:
		if err != nil && m.Request() == "" && inFlight != nil && inFlight.kind == oadr.KindRequestReregistration {
			return inFlight.token, true
		}
		return t, err == nil && t.VENNo == ven.No
	case *oadr.CanceledPartyRegistration:
		if err != nil && inFlight != nil && inFlight.kind == oadr.KindCancelPartyRegistration {
			return inFlight.token, true
		}
		return t, err == nil && t.VENNo == ven.No && t.Topic == TopicRegistration
	}
	return Token{}, false
}

// answersNotice says whether a message answers what a VEN was told about its
// registration: who was told that it is registered no longer may say so.
func (v *VTN) answersNotice(ven *VEN, m oadr.Message) bool {
	if ven == nil {
		return false
	}
	t, ok := v.asked(ven, m)
	return ok && t.Topic == TopicRegistration
}

// responseOutcome is what an eiResponse says of the push it answers.
func responseOutcome(r oadr.EIResponse) Outcome {
	if r.Code != oadr.CodeOK {
		return Outcome{Result: Refused, Code: int(r.Code), Error: r.Description}
	}
	return Outcome{Result: Acknowledged, Code: int(r.Code)}
}
