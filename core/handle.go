package core

import (
	"context"
	"errors"
	"strconv"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// unregistered tells a stranger what to do (rule G3).
const unregistered = "not registered here: send an oadrCreatePartyRegistration first"

// Handle takes one message from a peer and returns the reply. The reply is nil if the
// message has none, as an oadrResponse. The error is [ErrNotRegistered] for a stranger
// with [Config.StrangersError], [ErrNotSigned] if the signature is not in order, [ErrBusy]
// if the peer should try again, or that of the store.
func (v *VTN) Handle(ctx context.Context, from Peer, p *oadr.Payload) (oadr.Message, error) {
	reply, err := v.handle(ctx, from, p)
	if errors.Is(err, ErrNotRegistered) && !v.cfg.StrangersError {
		reply, err = v.answer(p.Message, nil, oadr.CodeNotRegistered, unregistered), nil
	}
	code, reason := "error", descriptionOf(reply)
	switch {
	case errors.Is(err, ErrNotSigned):
		code, reason = "not signed", err.Error()
	case errors.Is(err, ErrNotRegistered):
		code = "not registered"
	case errors.Is(err, ErrBusy):
		code = "busy"
	case err == nil:
		code = strconv.Itoa(int(codeOf(reply)))
	}
	kind := string(p.Message.Kind())
	if _, unknown := p.Message.(*oadr.Unknown); unknown {
		kind = "unknown" // peers must not be able to add label values
	}
	v.metrics.requests.WithLabelValues(kind, code, from.Transport).Inc()
	switch code {
	case "200", "error", "busy":
	case "463", "not registered": // nothing is stored because of strangers (rule G3)
	default:
		v.troubles.refused(from, p, code, reason, codeOf(reply))
	}
	if code != "200" {
		level, failed := zerolog.InfoLevel, error(nil)
		if code == "error" {
			if level, failed = zerolog.ErrorLevel, err; errors.Is(err, ErrStore) {
				level = zerolog.DebugLevel // failed logs it
			}
		}
		v.lines.About(from.Identity, level).Err(failed).Str("identity", from.Identity).Str("venID", excerpt.Of(p.Message.Sender())).Str("requestID", excerpt.Of(p.Message.Request())).
			Str("payload", kind).Str("code", code).Str("reason", excerpt.Of(reason)).Msg("answered")
	}
	return reply, err
}

func (v *VTN) handle(ctx context.Context, from Peer, p *oadr.Payload) (oadr.Message, error) {
	if _, polls := p.Message.(*oadr.Poll); polls && v.requesting(from.Transport) != nil {
		return v.poll(ctx, from, p)
	}
	m, reports := p.Message.(*oadr.UpdateReport)
	if reports && !signed(p) {
		return v.updates.updateReport(ctx, from, p, m)
	}
	ven, err := v.signatures.sender(ctx, from, p)
	switch {
	case err != nil:
		return nil, err
	case reports:
		return v.updates.updateReport(checked(ctx), from, p, m)
	}
	return v.handleFrom(ctx, ven, from, p)
}

// handleFrom takes a message whose signature is in order. ven is the sender, nil for a
// stranger.
func (v *VTN) handleFrom(ctx context.Context, ven *VEN, from Peer, p *oadr.Payload) (oadr.Message, error) {
	if p.Form.Profile == oadr.ProfileA {
		return v.handleA(ctx, from, ven, p)
	}
	registered := ven != nil && ven.Registration != nil
	m := p.Message
	if m, ok := m.(*oadr.CreatePartyRegistration); ok && !registered {
		reply, err := v.register(ctx, from, p.Form, nil, m, p.Invalid)
		if ven != nil && ven.Owed && codeOf(reply) != oadr.CodeOK {
			// Not earlier: what it is owed belongs to the former registration.
			v.hear(ctx, ven, from, p)
		}
		return reply, err
	}
	if ven != nil && ven.minded() {
		v.hear(ctx, ven, from, p)
	}
	switch m := m.(type) {
	case *oadr.QueryRegistration:
		return v.query(ven, from, m), nil
	case *oadr.CreatePartyRegistration:
		return v.register(ctx, from, p.Form, ven, m, p.Invalid)
	}
	if !registered && !v.answersNotice(ctx, ven, from, m) {
		ven = nil
	}
	if ven == nil {
		return nil, ErrNotRegistered // G3 comes before all other faults
	}
	if reply := v.inadmissible(ven, p); reply != nil {
		return reply, nil
	}
	return v.serve(ctx, ven, from, p)
}

// serve hands the message of a registered VEN to its service.
func (v *VTN) serve(ctx context.Context, ven *VEN, from Peer, p *oadr.Payload) (oadr.Message, error) {
	m := p.Message
	switch m := m.(type) {
	case *oadr.CancelPartyRegistration:
		return v.cancelRegistration(ctx, ven, m)
	case *oadr.RequestEvent:
		return v.requestEvent(ctx, ven, from, m)
	case *oadr.CreatedEvent:
		return v.createdEvent(ctx, ven, from, m)
	case *oadr.CreateOpt:
		return v.createOpt(ctx, ven, m)
	case *oadr.CancelOpt:
		return v.cancelOpt(ctx, ven, m)
	case *oadr.Response:
		v.settleAnswered(ctx, ven, from, m, m.Response)
		return nil, nil
	case *oadr.RegisterReport:
		return v.registerReport(ctx, ven, m)
	case *oadr.CreateReport:
		return v.vtnReports.createVTNReport(ctx, ven, m)
	case *oadr.CancelReport:
		return v.vtnReports.cancelVTNReport(ctx, ven, m)
	case *oadr.RegisteredReport:
		return v.vtnReports.registeredReport(ctx, ven, from, m)
	case *oadr.CreatedReport:
		return v.createdReport(ctx, ven, from, m)
	case *oadr.CanceledReport:
		return v.canceledReport(ctx, ven, from, m)
	case *oadr.CanceledPartyRegistration:
		v.settleAnswered(ctx, ven, from, m, m.Response)
		return v.answer(m, ven, oadr.CodeOK, "OK"), nil
	case *oadr.Poll, *oadr.UpdatedReport:
		return v.answer(m, ven, oadr.CodeOK, "OK"), nil
	}
	return v.answer(m, ven, oadr.CodeNotRecognized, excerpt.Of(string(m.Kind()))+" is not for a VTN"), nil // G4
}

// inadmissible answers a message that no service handles, whatever its kind. It returns
// nil if the message is to be handled.
func (c *common) inadmissible(ven *VEN, p *oadr.Payload) oadr.Message {
	m := p.Message
	switch {
	case m.Sender() != "" && m.Sender() != ven.VENID:
		return c.answer(m, ven, oadr.CodeInvalidID, "venID is not the sender's") // G2
	case p.Invalid != nil:
		return c.answer(m, ven, p.Invalid.Code, p.Invalid.Error()) // G5
	}
	if no := tooMuch(m); no != nil {
		return c.answer(m, ven, no.code, no.reason)
	}
	return nil
}

// answer returns the response that belongs to the message, see [oadr.Answer].
func (c *common) answer(m oadr.Message, ven *VEN, code oadr.Code, description string) oadr.Message {
	by := oadr.Party{VTNID: c.cfg.VTNID, Profiles: c.profiles(), RequestID: newID("", 8)}
	if ven != nil {
		by.VENID = ven.VENID
	}
	return oadr.Answer(m, code, description, by)
}

// codeOf returns the eiResponse code of a reply, 200 if it has none.
func codeOf(m oadr.Message) oadr.Code {
	if r := oadr.ResponseOf(m); r != nil {
		return r.Code
	}
	return oadr.CodeOK
}

func descriptionOf(m oadr.Message) string {
	if r := oadr.ResponseOf(m); r != nil {
		return r.Description
	}
	return ""
}
