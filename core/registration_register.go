package core

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/internal/label"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

const maxAddress = 3071 // bytes of an oadrTransportAddress

// profiles returns what this VTN offers: both profiles over the enabled transports (rules
// N13, H15).
func (c *common) profiles() []oadr.ProfileOffer {
	transports := slices.Sorted(maps.Keys(c.transports))
	return []oadr.ProfileOffer{{Name: oadr.Profile20b, Transports: transports}, {Name: oadr.Profile20a, Transports: transports}}
}

// query tells anybody what the VTN offers (rule N1), and a registered VEN its IDs, too
// (rule N2).
func (s *RegistrationService) query(ven *VEN, from Peer, m *oadr.QueryRegistration) oadr.Message {
	if ven != nil && ven.Registration == nil {
		ven = nil
	}
	reply := s.answer(m, ven, oadr.CodeOK, "OK").(*oadr.CreatedPartyRegistration)
	if ven != nil {
		reply.RegistrationID = ven.Registration.RegistrationID
	}
	s.askToPoll(reply, from, ven == nil || ven.Registration.pushAddress() == "")
	return reply
}

// askToPoll adds how often to poll, over a [Requesting] transport and unless the VEN is
// pushed to (rule H13). Some VENs expect it in each answer.
func (s *RegistrationService) askToPoll(reply oadr.Message, from Peer, polls bool) {
	t := s.requesting(from.Transport)
	created, is := reply.(*oadr.CreatedPartyRegistration)
	if t == nil || !is || !polls {
		return
	}
	interval := t.PollInterval()
	created.PollFreq = &interval
}

// register accepts a registration or answers why it does not (rules N3 to N7, N12).
// registered is the VEN that the sender is registered as; nil means none.
func (s *RegistrationService) register(ctx context.Context, from Peer, form oadr.Form, registered *VEN, m *oadr.CreatePartyRegistration, invalid *oadr.InvalidError) (oadr.Message, error) {
	ven, err := s.accept(ctx, from, form, m, invalid)
	var no *refusal
	switch {
	case errors.As(err, &no):
		reply := s.answer(m, registered, no.code, no.reason)
		s.askToPoll(reply, from, m.HTTPPullModel == nil || *m.HTTPPullModel)
		return reply, nil
	case err != nil:
		return nil, err
	}
	s.lines.About(from.Identity, zerolog.InfoLevel).Str("venID", ven.VENID).Str("identity", from.Identity).Str("requestID", excerpt.Of(m.RequestID)).
		Str("transport", m.TransportName).Bool("reportOnly", m.ReportOnly).Msg("registered")
	s.delivery.join(ctx, ven, from, form)
	if s.compare(ven.Registration.Address, from) == OtherClient {
		// Its presence may have come before the identity was a VEN's, and was ignored then.
		s.delivery.lookFor(search{from.Transport, from.Identity})
	}
	reply := s.answer(m, ven, oadr.CodeOK, "OK").(*oadr.CreatedPartyRegistration)
	reply.RegistrationID = ven.Registration.RegistrationID
	s.askToPoll(reply, from, ven.Registration.pushAddress() == "")
	return reply, nil
}

// accept stores a registration unless it is refused. It asks for a decision before the
// transaction begins.
func (s *RegistrationService) accept(ctx context.Context, from Peer, form oadr.Form, m *oadr.CreatePartyRegistration, invalid *oadr.InvalidError) (ven *VEN, err error) {
	if r := s.unacceptable(from, m, invalid); r != nil {
		return nil, r
	}
	decision, err := s.admit(ctx, from, m)
	if err != nil {
		return nil, err
	}
	err = s.reg.Change(ctx, func(tx Tx, rev int64) (err error) {
		ven, err = s.enter(tx, from, form, m, decision, rev)
		return err
	})
	var full *InvalidError
	if errors.As(err, &full) && full.Problems[0].Rule == RuleRoom {
		s.lines.About(from.Identity, zerolog.WarnLevel).Err(err).Str("identity", from.Identity).Str("requestID", excerpt.Of(m.RequestID)).
			Msg("a registration was refused: the VEN would have more events than one message holds")
		return nil, refuse(oadr.CodeNotAllowed, "the events for this VEN are more than one message holds; ask the operator")
	}
	if errors.Is(err, errOtherVENID) {
		s.lines.About(from.Identity, zerolog.WarnLevel).Err(err).Str("identity", from.Identity).Str("requestID", excerpt.Of(m.RequestID)).
			Msg("a registration was refused: the operator's system gave a venID that cannot be")
		return nil, refuse(oadr.CodeNotRegistered, misdecided)
	}
	return ven, err
}

// unacceptable refuses a registration that is wrong for any VEN. It returns nil if nothing
// is wrong.
func (s *RegistrationService) unacceptable(from Peer, m *oadr.CreatePartyRegistration, invalid *oadr.InvalidError) *refusal {
	switch {
	case invalid != nil:
		return refuse(invalid.Code, "%s", invalid.Error())
	case from.Barred != "":
		return refuse(oadr.CodeNotRegistered, "%s", from.Barred)
	case m.ProfileName == oadr.Profile20a: // A4
		return refuse(oadr.CodeInvalidData, "VENs of 2.0a do not register, the operator enters them; register with 2.0b")
	// A Java VEN in the field gives the name of its transport as that of its profile.
	case m.ProfileName != oadr.Profile20b && s.transports[m.ProfileName] == nil:
		return refuse(oadr.CodeInvalidData, "oadrProfileName %q is not offered, 2.0b is", excerpt.Of(m.ProfileName))
	case s.transports[m.TransportName] == nil:
		return refuse(oadr.CodeInvalidData, "oadrTransportName %q is not offered here; register with %s",
			excerpt.Of(m.TransportName), strings.Join(slices.Sorted(maps.Keys(s.transports)), " or "))
	case m.TransportName != from.Transport:
		return refuse(oadr.CodeInvalidData, "this came over %s; to be told over %s, register over it", from.Transport, m.TransportName)
	}
	if no := s.unreachable(m); no != nil {
		return no
	}
	if reason := label.Check(m.VENID); m.VENID != "" && reason != "" {
		return refuse(oadr.CodeInvalidData, "venID %s", reason)
	}
	for _, text := range []struct {
		name, value string
		most        int
	}{
		{"oadrVenName", m.VENName, label.MaxSize}, {"oadrTransportAddress", m.TransportAddress, maxAddress},
	} {
		if len(text.value) > text.most {
			return refuse(oadr.CodeInvalidData, "%s is longer than %d bytes", text.name, text.most)
		}
	}
	return nil
}

// unreachable refuses a registration over a [Requesting] transport that does not say how to
// reach the VEN (rules H14, 402). It returns nil otherwise.
func (s *RegistrationService) unreachable(m *oadr.CreatePartyRegistration) *refusal {
	t := s.requesting(m.TransportName)
	if t == nil {
		return nil
	}
	if m.HTTPPullModel == nil {
		return refuse(oadr.CodeInvalidData, "oadrHttpPullModel is missing; it is mandatory with %s", m.TransportName)
	}
	r := Registration{Address: m.TransportAddress, HTTPPull: *m.HTTPPullModel}
	address := r.pushAddress()
	if r.HTTPPull {
		return nil
	}
	if address == "" {
		return refuse(oadr.CodeInvalidData, "oadrTransportAddress is missing; it is mandatory if oadrHttpPullModel is false")
	}
	if checks, ok := t.(AddressChecker); ok {
		if err := checks.CheckAddress(address); err != nil {
			return refuse(oadr.CodeInvalidData, "oadrTransportAddress: %s", excerpt.Of(err.Error()))
		}
	}
	return nil
}

// enter finds or makes the VEN that registers, and stores its registration.
func (s *RegistrationService) enter(tx Tx, from Peer, form oadr.Form, m *oadr.CreatePartyRegistration, d *admitted, rev int64) (*VEN, error) {
	now := s.clock.Now()
	ven, err := s.party(tx, from, m, d)
	if err != nil {
		return nil, err
	}
	if m.VENName != "" {
		ven.Name = m.VENName
	}
	ven.Profile, ven.PushURL = oadr.Profile20b, ""
	if err := s.directory.makeWay(tx, ven, now); err != nil {
		return nil, err
	}
	if err := s.putParty(tx, ven, rev, now); err != nil {
		return nil, err
	}

	r := &Registration{
		RegistrationID: newID("reg-", 16), // N3
		Profile:        ven.Profile,
		Transport:      m.TransportName,
		Address:        m.TransportAddress,
		HTTPPull:       m.HTTPPullModel != nil && *m.HTTPPullModel,
		ReportOnly:     m.ReportOnly,
		XMLSignature:   m.XMLSignature, // N14
		StartedAt:      now,
	}
	anew := m.RegistrationID == ""
	if had := ven.Registration; had != nil { // N5, N6: IDs stay, the rest is new
		r.RegistrationID = had.RegistrationID
		if !anew {
			r.StartedAt = had.StartedAt
		}
	}
	if err := tx.Register(ven.No, r); err != nil {
		return nil, err
	}
	for _, kind := range []QuotaKind{QuotaRegistrations, QuotaPushes} { // of which this registration adds some
		if err := s.quota.shrink(tx, ven, kind); err != nil {
			return nil, err
		}
	}
	r.note(tx, ven, now)
	ven.Registration = r
	if err := s.reroute(tx, ven, from, form, now); err != nil {
		return nil, err
	}
	if err := noticesOfNew(tx, ven, now); err != nil {
		return nil, err
	}
	if anew {
		if err := beginAnew(tx, ven, rev, now); err != nil {
			return nil, err
		}
	}
	return ven, openEvents(tx, ven, rev, now)
}

// note tells the journal that a VEN registered. ven is as it was before.
func (r *Registration) note(tx JournalWriter, ven *VEN, now time.Time) {
	what := "registered"
	if had := ven.Registration; had != nil && !had.StartedAt.Before(r.StartedAt) { // it goes on with the IDs that it has
		what = "reregistered"
	}
	tx.Note(JournalEntry{At: now, Kind: JournalRegistration, What: what, VENID: ven.VENID, Body: JournalBody{Transport: r.Transport, Profile: r.Profile}})
}

// beginAnew erases the offers and report requests of a VEN that registered without IDs,
// since it may know nothing of them (rule N6), and greets it (rule N11). The greeting is
// due once the VEN's route is stored, see arrivals.hear.
func beginAnew(tx Tx, ven *VEN, rev int64, now time.Time) error {
	if err := endReports(tx, ven.No, rev, now); err != nil {
		return err
	}
	return tx.Greet(ven.No, rev, now)
}

// putParty stores a VEN that registers, and what its new labels mean for events.
func (s *RegistrationService) putParty(tx Tx, ven *VEN, rev int64, now time.Time) error {
	if ven.No == 0 {
		ven.CreatedAt, ven.LabelsRev = now, rev
		if err := tx.PutVEN(ven); err != nil {
			return err
		}
		tx.Note(JournalEntry{At: now, Kind: JournalVEN, What: "entered", VENID: ven.VENID})
		return s.room.checkRoom(tx, 0, ven.No, now, "groups")
	}
	before, err := tx.VEN(ven.VENID)
	if err != nil {
		return err
	}
	if before.reachedAs(ven) {
		return tx.PutVEN(ven)
	}
	if err := tx.LeavePast(ven, now); err != nil {
		return err
	}
	return s.directory.relabel(tx, ven, rev, now)
}

// openEvents opens the outbox of events. The VEN may have lost all it knew, so it is told
// again of every event that concerns it.
func openEvents(tx Tx, ven *VEN, rev int64, now time.Time) error {
	if ven.Registration.ReportOnly {
		return tx.CloseOutbox(ven.No) // E1
	}
	concerns, err := tx.Concerns([]int64{ven.No}, now)
	if err != nil {
		return err
	}
	as := OutboxIdle
	if len(concerns) > 0 {
		as = OutboxParked
	}
	return tx.OpenOutbox(ven.No, rev, as, now)
}
