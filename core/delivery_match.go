package core

import (
	"context"
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

// settleOwn settles the push that a VEN answers with a request of its own, whose
// eiResponse is r: some VENs answer the IQ with an empty result and this.
func (p *pushMatcher) settleOwn(ven *VEN, from Peer, m oadr.Message, r oadr.EIResponse) {
	if t, ok := p.asked(ven, m); ok {
		p.settler.settleItself(from, t, responseOutcome(r))
	}
}

// asked finds the push that such a request answers. It repeats the requestID
// (rule G1); where it has none (Conformance Rules 207 and 303), or there was none to
// repeat (rule N10), it answers what is in flight, see [VTN.inFlight].
func (p *pushMatcher) asked(ven *VEN, m oadr.Message) (Token, bool) {
	t, err := ParseToken(m.Request())
	_, cancels := m.(*oadr.CanceledPartyRegistration)
	if m.Request() == "" || cancels && err != nil {
		return p.inFlight(ven, m)
	}
	return t, err == nil && t.VENNo == ven.No && (!cancels || t.Topic == TopicRegistration)
}

// inFlight finds the push that a message without a requestID answers: the one in
// flight that this kind of message answers, of several the oldest, for a VEN takes
// what it is pushed in order.
func (p *pushMatcher) inFlight(ven *VEN, m oadr.Message) (Token, bool) {
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

// allAnswered says whether a VEN has answered all events that it is told and that
// want an answer.
func (s *EventService) allAnswered(ctx context.Context, ven *VEN) (all bool, err error) {
	now := s.clock.Now()
	err = s.reg.View(ctx, func(r Reader) error {
		all = false
		concerns, err := r.Concerns([]int64{ven.No}, now)
		if err != nil {
			return err
		}
		events, err := eventsOf(r, concerns)
		if err != nil {
			return err
		}
		for _, c := range concerns {
			e := events[c.shown()]
			if e == nil || !c.told(e) || e.ResponseRequired == oadr.ResponseNever || e.Status(now) == oadr.StatusCompleted {
				continue
			}
			answered, err := answeredAt(r, c)
			if err != nil || !answered {
				return err
			}
		}
		all = true
		return nil
	})
	return all, err
}

// answersNotice says whether a message answers what a VEN was told about its
// registration: who was told that it is registered no longer may say so.
func (p *pushMatcher) answersNotice(ven *VEN, m oadr.Message) bool {
	if ven == nil {
		return false
	}
	t, ok := p.asked(ven, m)
	return ok && t.Topic == TopicRegistration
}

// responseOutcome is what an eiResponse says of the push it answers.
func responseOutcome(r oadr.EIResponse) Outcome {
	if r.Code != oadr.CodeOK {
		return Outcome{Result: Refused, Code: int(r.Code), Error: r.Description}
	}
	return Outcome{Result: Acknowledged, Code: int(r.Code)}
}
