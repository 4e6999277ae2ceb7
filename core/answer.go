package core

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// requestEvent returns what a push would have carried, with its token, so that
// an oadrCreatedEvent settles it (rule E14).
func (v *VTN) requestEvent(ctx context.Context, ven *VEN, m *oadr.RequestEvent) (oadr.Message, error) {
	now := v.clock.Now()
	c := Claim{VENNo: ven.No, VENID: ven.VENID, Topic: TopicEvents}
	if m.ReplyLimit == nil { // a part of the set is not what the push would carry
		claim, err := v.reg.ClaimVEN(ctx, TopicEvents, ven.No, now)
		switch {
		case err == nil:
			c = claim
			v.poke() // when it is next due has changed
		case !errors.Is(err, ErrNotFound): // report-only: an empty set
			return nil, err
		}
	}
	sets, err := v.eventSets(ctx, []Claim{c}, now)
	if err != nil {
		return nil, err
	}
	events := sets[ven.No]
	if m.ReplyLimit != nil && uint64(len(events)) > uint64(*m.ReplyLimit) {
		events = events[:*m.ReplyLimit]
	}
	return &oadr.DistributeEvent{
		Response:  &oadr.EIResponse{Code: oadr.CodeOK, Description: "OK", RequestID: m.RequestID},
		RequestID: c.Token().String(),
		VTNID:     v.cfg.VTNID,
		Events:    events,
	}, nil
}

// createdEvent stores a VEN's answers to events (rule E16): those that are
// right are kept, and one oadrResponse tells of the first that is not, 452
// before 450.
func (v *VTN) createdEvent(ctx context.Context, ven *VEN, from Peer, m *oadr.CreatedEvent) (oadr.Message, error) {
	var wrong *refusal
	err := v.reg.Update(ctx, func(tx Tx) error {
		wrong = nil
		for _, r := range m.Responses {
			err := v.takeAnswer(tx, ven, r)
			var no *refusal
			switch {
			case errors.As(err, &no):
				if wrong == nil || no.code > wrong.code {
					wrong = no
				}
			case err != nil:
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	v.settleBy(from, ven, m)
	if wrong != nil {
		return v.answer(m, ven, wrong.code, wrong.reason), nil
	}
	return v.answer(m, ven, oadr.CodeOK, "OK"), nil
}

// takeAnswer stores one eventResponse.
func (v *VTN) takeAnswer(tx Tx, ven *VEN, r oadr.EventResponse) error {
	c, err := concern(tx, ven, r.EventID)
	if err != nil {
		return err
	}
	if r.ModificationNumber != c.ModificationNumber {
		return refuse(oadr.CodeOutOfSequence, "event %s has modificationNumber %d", clip(r.EventID), c.ModificationNumber)
	}
	a := Answer{EventNo: c.EventNo, VENNo: ven.No, ModificationNumber: r.ModificationNumber, OptType: r.OptType, Code: int(r.Code), At: v.clock.Now()}
	if c.Cancelled {
		// E23: the answer to a cancellation changes no opt.
		a.OptType, a.Code = "", int(oadr.CodeOK)
		switch earlier, err := tx.Answer(c.EventNo, ven.No); {
		case err == nil:
			a.OptType, a.Code, a.At = earlier.OptType, earlier.Code, earlier.At
		case !errors.Is(err, ErrNotFound):
			return err
		}
	}
	v.log.Debug().Str("venID", ven.VENID).Str("eventID", r.EventID).Str("requestID", clip(r.RequestID)).
		Uint32("modificationNumber", r.ModificationNumber).Str("opt", r.OptType).Int("code", int(r.Code)).Msg("the VEN answered an event")
	return tx.PutAnswer(a)
}

// concern finds how an event concerns a VEN, ended or not, since a late answer
// still counts; refused 452 when it does not.
func concern(tx Tx, ven *VEN, eventID string) (Concerned, error) {
	c, err := tx.Concerned(ven.No, eventID)
	if errors.Is(err, ErrNotFound) {
		return c, refuse(oadr.CodeInvalidID, "event %s is unknown", clip(eventID))
	}
	return c, err
}

// settleBy settles the pushes that an oadrCreatedEvent names by their token.
func (v *VTN) settleBy(from Peer, ven *VEN, m *oadr.CreatedEvent) {
	o := createdEventOutcome(m)
	settled := map[Token]bool{}
	for _, r := range m.Responses {
		if t, err := ParseToken(r.RequestID); err == nil && t.VENNo == ven.No && !settled[t] {
			settled[t] = true
			v.Settle(from, t, o)
		}
	}
	if len(m.Responses) > 0 {
		return
	}
	// No eventResponse names the push: it is the one that is on its way.
	if t, err := ParseToken(m.Response.RequestID); err == nil && t.VENNo == ven.No {
		v.Settle(from, t, o)
	} else if f := v.window.to(TopicEvents, ven.No); f != nil && o.Result == Refused {
		v.Settle(from, f.token, o)
	}
}

// createOpt stores a VEN's opt for an event or a schedule (rules E17, P1, P2).
func (v *VTN) createOpt(ctx context.Context, ven *VEN, m *oadr.CreateOpt) (oadr.Message, error) {
	if r := unacceptableOpt(ven, m); r != nil {
		return v.answer(m, ven, r.code, r.reason), nil
	}
	o := Opt{
		VENNo: ven.No, OptID: m.OptID, OptType: m.OptType, Reason: m.OptReason, MarketContext: m.MarketContext,
		Resources: m.Target.Resources, CreatedAt: v.clock.Now(),
	}
	if m.DeviceClass != nil {
		o.DeviceClasses = m.DeviceClass.EndDeviceAssets
	}
	for _, a := range m.Availability {
		p := OptPeriod{Start: a.Start}
		if a.Duration > 0 { // P4
			p.End = a.Start.Add(a.Duration)
		}
		o.Periods = append(o.Periods, p)
	}
	err := v.reg.Update(ctx, func(tx Tx) error {
		if m.Event != nil {
			c, err := concern(tx, ven, m.Event.EventID)
			if err != nil {
				return err
			}
			if m.Event.ModificationNumber != c.ModificationNumber {
				return refuse(oadr.CodeOutOfSequence, "event %s has modificationNumber %d", clip(m.Event.EventID), c.ModificationNumber)
			}
			o.EventNo, o.ModificationNumber = c.EventNo, c.ModificationNumber
		}
		if err := roomForOpt(tx, ven, o.OptID); err != nil {
			return err
		}
		return tx.PutOpt(o)
	})
	return v.answerOpt(ven, m, m.OptID, err)
}

// maxOpts bounds a VEN's opts that are not cancelled.
const maxOpts = 1000

// roomForOpt refuses an opt that would be one too many; an optID the VEN has is
// replaced (rule P2).
func roomForOpt(tx Tx, ven *VEN, optID string) error {
	if _, err := tx.Opt(ven.No, optID); !errors.Is(err, ErrNotFound) {
		return err
	}
	n, err := tx.StandingOpts(ven.No)
	if err == nil && n >= maxOpts {
		return refuse(oadr.CodeNotAllowed, "too many opts; cancel some")
	}
	return err
}

func unacceptableOpt(ven *VEN, m *oadr.CreateOpt) *refusal {
	switch {
	case m.Event != nil && m.Schedule:
		return refuse(oadr.CodeInvalidData, "qualifiedEventID and vavailability exclude each other")
	case m.Event == nil && !m.Schedule:
		return refuse(oadr.CodeInvalidData, "qualifiedEventID or vavailability is missing")
	case len(m.OptID) > maxID:
		return refuse(oadr.CodeInvalidData, "optID is longer than %d bytes", maxID)
	}
	for _, id := range m.Target.VENs {
		if id != ven.VENID {
			return refuse(oadr.CodeInvalidID, "eiTarget names another venID")
		}
	}
	for _, r := range m.Target.Resources {
		if r == "" || len(r) > maxID || strings.ContainsAny(r, "\n\r\t") {
			return refuse(oadr.CodeInvalidData, "resourceID must have 1 to %d bytes in one line", maxID)
		}
	}
	return nil
}

// cancelOpt takes an opt back; an earlier one counts again (rules E17, P3).
func (v *VTN) cancelOpt(ctx context.Context, ven *VEN, m *oadr.CancelOpt) (oadr.Message, error) {
	err := v.reg.Update(ctx, func(tx Tx) error {
		if _, err := tx.Opt(ven.No, m.OptID); errors.Is(err, ErrNotFound) {
			return refuse(oadr.CodeInvalidID, "optID is unknown")
		} else if err != nil {
			return err
		}
		return tx.CancelOpt(ven.No, m.OptID, v.clock.Now())
	})
	return v.answerOpt(ven, m, m.OptID, err)
}

func (v *VTN) answerOpt(ven *VEN, m oadr.Message, optID string, err error) (oadr.Message, error) {
	var no *refusal
	switch {
	case errors.As(err, &no):
		return v.answer(m, ven, no.code, no.reason), nil
	case err != nil:
		return nil, err
	}
	v.log.Info().Str("venID", ven.VENID).Str("requestID", clip(m.Request())).Str("optID", clip(optID)).Str("message", fmt.Sprint(m.Kind())).Msg("opt stored")
	return v.answer(m, ven, oadr.CodeOK, "OK"), nil
}
