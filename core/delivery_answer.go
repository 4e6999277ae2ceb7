package core

import (
	"context"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Answer takes the result of a push that holds more than an oadrResponse, or a signature. A
// message that answers pushes of another topic refuses the push. One whose signature is not
// in order has the push repeated.
func (v *VTN) Answer(ctx context.Context, from Peer, t Token, p *oadr.Payload) {
	if pushed := v.window.to(t.Topic, t.VENNo); signed(p) || pushed == nil || pushed.token != t || pushed.signed {
		if _, err := v.signatures.sender(ctx, from, p); err != nil {
			v.lines.About(from.Identity, zerolog.WarnLevel).Err(err).Str("identity", from.Identity).Str("requestID", t.String()).Str("payload", string(p.Message.Kind())).Msg("an answer to a push was not taken")
			v.Settle(from, t, Outcome{Result: Retry, Error: excerpt.Of(err.Error())})
			return
		}
		ctx = checked(ctx)
	}
	outcome, request := answerOutcome(t.Topic, p)
	outcome.Signed = p.Signature != nil
	v.Settle(from, t, outcome)
	if !request {
		return
	}
	if r := oadr.ResponseOf(p.Message); r != nil && r.RequestID == "" {
		r.RequestID = t.String() // the stanza says what it answers
	}
	if _, err := v.Handle(ctx, from, p); err != nil {
		v.lines.About(from.Identity, zerolog.WarnLevel).Err(err).Str("identity", from.Identity).Str("requestID", t.String()).Str("payload", string(p.Message.Kind())).Msg("what came in a result was not taken")
	}
}

// answerOutcome returns what the message in the result of a push says of the push. request
// reports that the message is to be handled as a request without a reply, too.
func answerOutcome(topic Topic, p *oadr.Payload) (o Outcome, request bool) {
	kind := string(p.Message.Kind())
	if p.Invalid != nil {
		return Outcome{Result: Refused, Error: "the answer is invalid: " + p.Invalid.Error()}, false
	}
	switch m := p.Message.(type) {
	case *oadr.Response:
		return responseOutcome(m.Response), false
	case *oadr.CreatedEvent: // E16
		if topic == TopicEvents {
			return createdEventOutcome(m), true
		}
	case *oadr.CanceledPartyRegistration: // N9
		if topic == TopicRegistration {
			return responseOutcome(m.Response), false
		}
	case *oadr.CreatedReport:
		if topic == TopicReports { // R3
			if len(m.Pending) > 0 { // it names what it takes; the rest it refuses
				return Outcome{Result: Acknowledged}, true
			}
			return responseOutcome(m.Response), true
		}
	case *oadr.CanceledReport:
		if topic == TopicReports { // R8
			if len(m.Pending) > 0 { // it names what it could not cancel
				return Outcome{Result: Acknowledged}, true
			}
			return responseOutcome(m.Response), true
		}
	case *oadr.RegisteredReport:
		if topic == TopicReports || topic == TopicMetadata { // N11, R9
			return responseOutcome(m.Response), true
		}
	}
	return Outcome{Result: Refused, Error: "answered with " + excerpt.Of(kind)}, false
}

// createdEventOutcome returns what an oadrCreatedEvent says of the push that it answers
// (rule E18). An eiResponse error without eventResponses refuses the whole push.
func createdEventOutcome(m *oadr.CreatedEvent) Outcome {
	if m.Response.Code/100 != 2 && len(m.Responses) == 0 {
		return Outcome{Result: Refused, Code: int(m.Response.Code), Error: m.Response.Description}
	}
	return Outcome{Result: Acknowledged, Code: int(oadr.CodeOK)}
}
