package core

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/internal/label"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// The most that one opt may have.
const (
	maxOptParts  = 1000   // periods, or parts of the VEN
	maxOptExtent = 300000 // bytes of those parts
)

// createOpt stores a VEN's opt for an event or a schedule (rules E17, P1, P2).
func (s *OptService) createOpt(ctx context.Context, ven *VEN, m *oadr.CreateOpt) (oadr.Message, error) {
	o := newOpt(ven, m, s.clock.Now())
	r := unacceptableOpt(m)
	if r == nil {
		r = o.aim(ven, m)
	}
	if r != nil {
		return s.answer(m, ven, r.code, r.reason), nil
	}
	err := s.reg.Update(ctx, func(tx Tx) error {
		if err := stands(tx, ven); err != nil {
			return err
		}
		o := o // a fresh copy, since the transaction may run again
		if m.Event != nil {
			if err := o.beFor(tx, ven, m.Event); err != nil {
				return err
			}
		}
		return s.quota.within(tx, ven, QuotaOpts, func() error { return s.putOpt(tx, ven, &o) })
	})
	return s.answerOpt(ven, m, m.OptID, err)
}

// newOpt returns the opt of a message. beFor and aim set the event and the parts of the VEN.
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

// sameAs reports whether two opts have the same content, whenever they came and whatever became
// of them.
func (o *Opt) sameAs(other Opt) bool {
	other.No, other.ReceivedAt, other.ReplacedAt, other.Blocks = o.No, o.ReceivedAt, o.ReplacedAt, o.Blocks
	return reflect.DeepEqual(*o, other)
}

// unacceptableOpt returns why a message is no valid opt, nil if it is.
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
		if len(text.value) > label.MaxSize {
			return refuse(oadr.CodeInvalidData, "%s is longer than %d bytes", text.field, label.MaxSize)
		}
	}
	if m.Schedule && len(m.Availability) == 0 {
		return refuse(oadr.CodeInvalidData, "vavailability has no available, so it covers no time")
	}
	return nil
}

// cancelOpt cancels all opts of an optID (rules P2, P3). An earlier opt for the same event then
// counts again (rule E17), but no earlier schedule does (rule P6).
func (s *OptService) cancelOpt(ctx context.Context, ven *VEN, m *oadr.CancelOpt) (oadr.Message, error) {
	err := s.reg.Update(ctx, func(tx Tx) error {
		if err := stands(tx, ven); err != nil {
			return err
		}
		now := s.clock.Now()
		opts, err := tx.CancelOpts(ven.No, m.OptID, now)
		if err == nil && len(opts) == 0 {
			return refuse(oadr.CodeInvalidID, "optID is unknown")
		}
		for i := 0; err == nil && i < len(opts); i++ {
			err = s.recordOpt(tx, ven, &opts[i], HistoryOptCancelled, now)
		}
		return err
	})
	return s.answerOpt(ven, m, m.OptID, err)
}

// endOpts ends all opts of a VEN with its registration (rules N8, N9). A deleted VEN keeps its
// opts: it is shown as it was, and the next VEN with its venID is another.
func (s *OptService) endOpts(tx Tx, ven *VEN, now time.Time) error {
	opts, err := tx.EndOpts(ven.No, now)
	for i := 0; err == nil && i < len(opts); i++ {
		err = s.recordOpt(tx, ven, &opts[i], HistoryOptCancelled, now)
	}
	return err
}

// answerOpt answers a message about an opt: with the refusal in err, with success, or not at all.
func (s *OptService) answerOpt(ven *VEN, m oadr.Message, optID string, err error) (oadr.Message, error) {
	var no *refusal
	switch {
	case errors.As(err, &no):
		return s.answer(m, ven, no.code, no.reason), nil
	case err != nil:
		return nil, err
	}
	s.lines.About(ven.VENID, zerolog.InfoLevel).Str("venID", ven.VENID).Str("requestID", excerpt.Of(m.Request())).Str("optID", excerpt.Of(optID)).Str("payload", fmt.Sprint(m.Kind())).Msg("opt stored")
	return s.answer(m, ven, oadr.CodeOK, "OK"), nil
}
