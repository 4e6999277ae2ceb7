package core

import (
	"context"
	"slices"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// pushMatcher finds the push that a request answers.
type pushMatcher struct {
	*common
	sources sources
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
func (p *pushMatcher) settleAnswered(ctx context.Context, ven *VEN, from Peer, m oadr.Message, r oadr.EIResponse) {
	if t, ok := p.pushAnswered(ctx, ven, from, m); ok {
		p.settler.settleSeparately(from, t, responseOutcome(r))
	}
}

// pushAnswered finds the push that a separate answer belongs to, by the requestID that it
// repeats (rule G1). Without one (rules 207 and 303 of the profile), or if the push had
// none to repeat (rule N10), it is matched to a push in flight, see
// [pushMatcher.inFlightFor]. Over a [Requesting] transport, where each answer is separate,
// so is one with a requestID of the VEN's own.
func (p *pushMatcher) pushAnswered(ctx context.Context, ven *VEN, from Peer, m oadr.Message) (Token, bool) {
	t, err := ParseToken(m.Request())
	_, cancels := m.(*oadr.CanceledPartyRegistration)
	if m.Request() == "" || err != nil && (cancels || p.requesting(from.Transport) != nil) {
		return p.inFlightFor(ctx, ven, from, m)
	}
	return t, err == nil && t.VENNo == ven.No && (!cancels || t.Topic == TopicRegistration)
}

// inFlightFor finds the push in flight that this kind of message answers. Of several it
// takes the oldest, since a VEN takes pushes in order. What was handed out is in the store
// alone.
func (p *pushMatcher) inFlightFor(ctx context.Context, ven *VEN, from Peer, m oadr.Message) (Token, bool) {
	kinds := answersTo[m.Kind()]
	if len(kinds) == 0 {
		return Token{}, false
	}
	var oldest *flight
	for _, topic := range Topics {
		f := p.window.to(topic, ven.No)
		if f != nil && slices.Contains(kinds, f.kind) && (oldest == nil || f.at.Before(oldest.at)) {
			oldest = f
		}
	}
	switch {
	case oldest != nil:
		return oldest.token, true
	case p.requesting(from.Transport) == nil:
		return Token{}, false
	}
	t, err := p.handedOutFor(ctx, ven, kinds)
	if err != nil {
		p.failed(err).Str("venID", ven.VENID).Str("payload", string(m.Kind())).Msg("cannot look for what an answer without a requestID answers; what it answers is told again")
	}
	return t, err == nil && t.VENNo != 0
}

// handedOutFor finds the oldest message of these kinds that a VEN was told and has not
// answered. One without a requestID goes first: only to such a message a VEN must answer
// without one (rule H9). The zero Token means that there is none.
func (p *pushMatcher) handedOutFor(ctx context.Context, ven *VEN, kinds []oadr.Kind) (t Token, err error) {
	var claims []Claim
	err = p.reg.View(ctx, func(r Reader) error {
		claims, err = r.HandedOut(ven.No)
		return err
	})
	if err != nil {
		return t, err
	}
	for _, c := range claims {
		source, ok := p.sources[c.Topic]
		if !ok {
			continue
		}
		contents, err := source.contents(ctx, []Claim{c}, p.clock.Now())
		if err != nil {
			return t, err
		}
		if n := contents[c.VENNo]; n.message != nil && slices.Contains(kinds, n.message.Kind()) {
			if n.message.Request() == "" {
				return Token{c.Topic, c.VENNo, n.rev}, nil
			}
			if t.VENNo == 0 {
				t = Token{c.Topic, c.VENNo, n.rev}
			}
		}
	}
	return t, nil
}

// answersNotice reports whether a message answers a notice. A VEN whose registration a
// notice has ended may still send that answer.
func (p *pushMatcher) answersNotice(ctx context.Context, ven *VEN, from Peer, m oadr.Message) bool {
	if ven == nil {
		return false
	}
	t, ok := p.pushAnswered(ctx, ven, from, m)
	return ok && t.Topic == TopicRegistration
}

// responseOutcome returns the outcome that an eiResponse tells.
func responseOutcome(r oadr.EIResponse) Outcome {
	if r.Code != oadr.CodeOK {
		return Outcome{Result: Refused, Code: int(r.Code), Error: r.Description}
	}
	return Outcome{Result: Acknowledged, Code: int(r.Code)}
}
