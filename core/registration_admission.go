package core

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/internal/label"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Admission decides who may register, in the mode [RegistrationWebhook]. Only the VEN that
// registers waits for it. After [ErrBusy] the VEN is told to try again; any other error
// means that there is no decision.
type Admission interface {
	Decide(ctx context.Context, a Application) (Decision, error)
}

// Application is a registration that an [Admission] decides on.
type Application struct {
	Identity       Identity // as the transport authenticated it
	Known          bool     // the VEN was entered or has registered before
	VENID          string   // that of a known VEN; otherwise the one proposed, may be empty
	VENName        string
	RegistrationID string // the standing one, if the VEN gave it
	Profile        string
	Transport      string
	Address        string
	ReportOnly     bool
	RequestID      string
}

// Decision is what becomes of an application. VENID and labels count only with Accept.
type Decision struct {
	Accept bool
	Reason string // why it is refused; the VEN is told
	VENID  string // the venID to give the VEN; empty: the VTN chooses
	// Labels replace those of the VEN; nil leaves them as they are.
	Groups, Resources, Parties, MarketContexts []string
}

// admitted is a decision and the VEN that it was made about.
type admitted struct {
	Decision
	venNo int64 // 0: a VEN that is not entered yet
}

// Why a party is refused in the mode webhook, beside the reason of the decision.
const (
	undecided  = "the operator's system did not decide; try again later"
	misdecided = "the operator's system gave a venID that cannot be this VEN's; ask the operator"
)

// errOtherVENID means that the decision gives a VEN the venID of another.
var errOtherVENID = errors.New("the venID given is another VEN's")

// admit asks for a decision on a registration. It returns nil if the mode asks nobody. The
// error is a refusal if the decision is no, or if there is none.
func (s *RegistrationService) admit(ctx context.Context, from Peer, m *oadr.CreatePartyRegistration) (*admitted, error) {
	if s.cfg.Registration != RegistrationWebhook {
		return nil, nil
	}
	a := Application{
		Identity: Identity{from.Transport, from.Identity}, VENID: m.VENID, VENName: m.VENName, RegistrationID: m.RegistrationID,
		Profile: oadr.Profile20b, Transport: m.TransportName, Address: m.TransportAddress, ReportOnly: m.ReportOnly, RequestID: excerpt.Of(m.RequestID),
	}
	var venNo int64
	if err := s.reg.View(ctx, func(r Reader) error {
		ven, _, err := s.applicant(r, from, m)
		if err == nil && ven.No != 0 {
			venNo, a.Known, a.VENID = ven.No, true, ven.VENID
		}
		return err
	}); err != nil {
		return nil, err
	}
	d, err := s.decide(ctx, a)
	switch {
	case errors.Is(err, ErrBusy), err != nil && ctx.Err() != nil:
		return nil, err
	case err != nil:
		s.lines.About(from.Identity, zerolog.WarnLevel).Err(err).Str("identity", from.Identity).Str("venID", a.VENID).Str("requestID", a.RequestID).
			Msg("a registration was refused: the operator's system did not decide on it; see whether it answers")
		return nil, refuse(oadr.CodeNotRegistered, undecided)
	case !d.Accept && d.Reason == "":
		return nil, refuse(oadr.CodeNotRegistered, "the operator does not let %s in", from.Identity)
	case !d.Accept:
		return nil, refuse(oadr.CodeNotRegistered, "%s", excerpt.Of(d.Reason))
	}
	return &admitted{d, venNo}, nil
}

// decide asks for a decision and checks it like what an operator enters.
func (s *RegistrationService) decide(ctx context.Context, a Application) (d Decision, err error) {
	if s.cfg.Admission == nil {
		return d, errors.New("there is nobody to ask")
	}
	if d, err = s.cfg.Admission.Decide(ctx, a); err != nil || !d.Accept {
		return d, err
	}
	ven := VEN{VENID: d.VENID, Profile: oadr.Profile20b}
	if d.VENID == "" {
		ven.VENID = "none"
	}
	d.label(&ven)
	if reason := label.CheckName(d.VENID); reason != "" && d.VENID != a.VENID {
		return d, &InvalidError{[]Problem{{Field: "venID", Reason: reason}}}
	}
	return d, checkVEN(&ven)
}

// label gives a VEN the labels of the decision.
func (d *Decision) label(ven *VEN) {
	for _, of := range []struct {
		is  *[]string
		are []string
	}{{&ven.Groups, d.Groups}, {&ven.Resources, d.Resources}, {&ven.Parties, d.Parties}, {&ven.MarketContexts, d.MarketContexts}} {
		if of.are != nil && !slices.Equal(slices.Sorted(slices.Values(of.are)), slices.Sorted(slices.Values(*of.is))) {
			*of.is = of.are
		}
	}
}

// party finds the VEN that registers. It must still be the one that the decision is about.
func (s *RegistrationService) party(r VENReader, from Peer, m *oadr.CreatePartyRegistration, d *admitted) (*VEN, error) {
	ven, own, err := s.applicant(r, from, m)
	switch {
	case err != nil || d == nil:
		return ven, err
	case ven.No != d.venNo:
		return nil, ErrBusy
	case d.VENID != "" && d.VENID != ven.VENID && own:
		return nil, fmt.Errorf("%w: %q for %q", errOtherVENID, d.VENID, ven.VENID)
	case d.VENID != "" && d.VENID != ven.VENID:
		if ven, err = given(r, from, d.VENID); err != nil {
			return nil, err
		}
		if ven == nil {
			return nil, fmt.Errorf("%w: %q", errOtherVENID, d.VENID)
		}
	}
	d.label(ven)
	return ven, nil
}
