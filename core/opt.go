package core

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// What one opt may have.
const (
	maxOptParts  = 1000   // periods, or parts of the VEN that it is for
	maxOptExtent = 300000 // bytes of those parts
)

// createOpt stores a VEN's opt for an event or a schedule (rules E17, P1, P2).
func (v *VTN) createOpt(ctx context.Context, ven *VEN, m *oadr.CreateOpt) (oadr.Message, error) {
	o := newOpt(ven, m, v.clock.Now())
	r := unacceptableOpt(m)
	if r == nil {
		r = o.aim(ven, m)
	}
	if r != nil {
		return v.answer(m, ven, r.code, r.reason), nil
	}
	err := v.reg.Update(ctx, func(tx Tx) error {
		if err := stands(tx, ven); err != nil {
			return err
		}
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
		return v.quota.within(tx, ven, QuotaOpts, func() error { return v.putOpt(tx, ven, o) })
	})
	return v.answerOpt(ven, m, m.OptID, err)
}

// newOpt is the opt of a message, for an event and parts of the VEN still to be found.
func newOpt(ven *VEN, m *oadr.CreateOpt, now time.Time) Opt {
	o := Opt{
		VENNo: ven.No, OptID: m.OptID, OptType: m.OptType, Reason: m.OptReason, MarketContext: m.MarketContext,
		CreatedAt: m.CreatedDateTime.UTC().Truncate(time.Millisecond), ReceivedAt: now.UTC().Truncate(time.Millisecond),
	}
	for _, a := range m.Availability {
		p := OptPeriod{Start: a.Start.UTC().Truncate(time.Millisecond)}
		if a.Duration > 0 { // P4
			p.End = p.Start.Add(a.Duration)
		}
		o.Periods = append(o.Periods, p)
	}
	return o
}

// putOpt stores an opt in place of the one of the same optID (rule P2). The same
// one again changes nothing (rule G6).
func (v *VTN) putOpt(tx Tx, ven *VEN, o Opt) error {
	what := HistoryOptCreated
	had, err := tx.Opt(ven.No, o.OptID)
	switch {
	case errors.Is(err, ErrNotFound):
		had = nil
	case err != nil:
		return err
	case had.sameAs(o):
		return nil
	}
	switch {
	case had != nil && had.EventNo == o.EventNo:
		what = HistoryOptReplaced
	case had != nil:
		if err := v.recordOpt(tx, ven, had, HistoryOptCancelled, o.ReceivedAt); err != nil {
			return err
		}
	}
	if err := tx.PutOpt(o); err != nil {
		return err
	}
	return v.recordOpt(tx, ven, &o, what, o.ReceivedAt)
}

// sameAs says whether an opt says the same, whenever it came.
func (o *Opt) sameAs(other Opt) bool {
	other.ReceivedAt = o.ReceivedAt
	return reflect.DeepEqual(*o, other)
}

func unacceptableOpt(m *oadr.CreateOpt) *refusal {
	switch {
	case m.Event != nil && m.Schedule:
		return refuse(oadr.CodeInvalidData, "qualifiedEventID and vavailability exclude each other")
	case m.Event == nil && !m.Schedule:
		return refuse(oadr.CodeInvalidData, "qualifiedEventID or vavailability is missing")
	case len(m.Availability) > maxOptParts:
		return refuse(oadr.CodeInvalidData, "vavailability has more than %d available", maxOptParts)
	}
	for _, text := range []struct{ field, value string }{{"optID", m.OptID}, {"optReason", m.OptReason}, {"marketContext", m.MarketContext}} {
		if len(text.value) > maxID {
			return refuse(oadr.CodeInvalidData, "%s is longer than %d bytes", text.field, maxID)
		}
	}
	if m.Schedule && len(m.Availability) == 0 {
		return refuse(oadr.CodeInvalidData, "vavailability has no available: it is about no time")
	}
	return nil
}

// cancelOpt takes an opt back; an earlier one counts again (rules E17, P3).
func (v *VTN) cancelOpt(ctx context.Context, ven *VEN, m *oadr.CancelOpt) (oadr.Message, error) {
	err := v.reg.Update(ctx, func(tx Tx) error {
		if err := stands(tx, ven); err != nil {
			return err
		}
		o, err := tx.Opt(ven.No, m.OptID)
		switch {
		case errors.Is(err, ErrNotFound):
			return refuse(oadr.CodeInvalidID, "optID is unknown")
		case err != nil:
			return err
		}
		now := v.clock.Now()
		if err := tx.CancelOpt(ven.No, m.OptID, now); err != nil {
			return err
		}
		return v.recordOpt(tx, ven, o, HistoryOptCancelled, now)
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
	v.lines.About(ven.VENID, zerolog.InfoLevel).Str("venID", ven.VENID).Str("requestID", clip(m.Request())).Str("optID", clip(optID)).Str("message", fmt.Sprint(m.Kind())).Msg("opt stored")
	return v.answer(m, ven, oadr.CodeOK, "OK"), nil
}
