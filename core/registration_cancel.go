package core

import (
	"context"
	"errors"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// cancelRegistration ends the registration of the VEN that asks for it (rule N8).
func (s *RegistrationService) cancelRegistration(ctx context.Context, ven *VEN, m *oadr.CancelPartyRegistration) (oadr.Message, error) {
	if m.RegistrationID != ven.Registration.RegistrationID {
		return s.answer(m, ven, oadr.CodeInvalidID, "registrationID is not the sender's"), nil
	}
	err := s.reg.Change(ctx, func(tx Tx, rev int64) error {
		now := s.clock.Now()
		if err := endRegistration(tx, ven, "", rev, now); err != nil {
			return err
		}
		return s.opts.endOpts(tx, ven, now)
	})
	switch {
	case errors.Is(err, ErrNotFound): // the operator ended it meanwhile
		return nil, ErrNotRegistered
	case err != nil:
		return nil, err
	}
	s.delivery.forget(ven.No)
	s.lines.About(ven.VENID, zerolog.InfoLevel).Str("venID", ven.VENID).Str("requestID", excerpt.Of(m.RequestID)).Msg("the VEN cancelled its registration")
	reply := s.answer(m, ven, oadr.CodeOK, "OK").(*oadr.CanceledPartyRegistration)
	reply.RegistrationID = m.RegistrationID
	return reply, nil
}

// stands fails with [ErrNotRegistered] if the registration under which the VEN spoke has
// ended meanwhile (rules N8, N9).
func stands(r RegistrationReader, ven *VEN) error {
	ok, err := r.Stands(ven.No, ven.Registration.RegistrationID)
	if err == nil && !ok {
		err = ErrNotRegistered
	}
	return err
}

// stillRegistered reads the whole VEN as it is now. The error is [ErrNotRegistered] if the
// registration under which it spoke has ended meanwhile (rules N8, N9).
func stillRegistered(tx Reader, ven *VEN) (*VEN, error) {
	if err := stands(tx, ven); err != nil {
		return nil, err
	}
	return tx.VEN(ven.VENID)
}
