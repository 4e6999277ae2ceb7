package core

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// CancelRegistration ends the registration of a VEN at once. The VEN is told again until
// it answers (rule N9). by names who wished it. The error is [ErrConflict] if the VEN is
// not registered.
func (s *RegistrationService) CancelRegistration(ctx context.Context, venID, by string) (*Notice, error) {
	return s.notify(ctx, venID, by, NoticeCancel, "the operator cancelled the registration")
}

// RequestReregistration tells a VEN to register again (rule N10). by names who wished it.
// While such a notice is pending, it returns that one. The error is [ErrConflict] if the
// VEN is not registered.
func (s *RegistrationService) RequestReregistration(ctx context.Context, venID, by string) (*Notice, error) {
	return s.notify(ctx, venID, by, NoticeReregister, "the operator asks for another registration")
}

// notify stores a notice for a registered VEN and marks the VEN. A cancellation is in
// force from then on.
func (s *RegistrationService) notify(ctx context.Context, venID, by string, kind NoticeKind, what string) (*Notice, error) {
	now := s.clock.Now()
	var n *Notice
	err := s.reg.Change(ctx, func(tx Tx, rev int64) error {
		ven, err := tx.VEN(venID)
		if err != nil {
			return err
		}
		if ven.Registration == nil {
			return fmt.Errorf("%w: VEN %s is not registered", ErrConflict, venID)
		}
		if ven.speaks(oadr.Profile20a) {
			return fmt.Errorf("%w: VEN %s is of 2.0a, which has no registration and no message about it; change or delete its entry", ErrConflict, venID)
		}
		if n, err = pending(tx, ven, kind); n != nil || err != nil {
			return err
		}
		if kind == NoticeCancel {
			if n, err = cancelNow(tx, ven, by, rev, now); err == nil {
				err = s.opts.endOpts(tx, ven, now)
			}
		} else {
			n, err = putNotice(tx, ven, kind, by, rev, now)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	s.log.Info().Str("venID", venID).Str("registrationID", n.RegistrationID).Str("requestID", n.Token().String()).Str("by", by).Msg(what)
	return n, nil
}

// cancelNow ends the registration of a VEN and marks the VEN for the notice (rule N9).
func cancelNow(tx Tx, ven *VEN, by string, rev int64, now time.Time) (*Notice, error) {
	if err := endRegistration(tx, ven, by, rev, now); err != nil {
		return nil, err
	}
	return putNotice(tx, ven, NoticeCancel, by, rev, now)
}

func putNotice(tx Tx, ven *VEN, kind NoticeKind, by string, rev int64, now time.Time) (*Notice, error) {
	n := &Notice{VENNo: ven.No, Rev: rev, Kind: kind, RegistrationID: ven.Registration.RegistrationID, By: by, CreatedAt: now, State: NoticePending}
	if err := tx.PutNotice(n); err != nil {
		return nil, err
	}
	return n, tx.MarkVEN(TopicRegistration, ven.No, rev, UrgencyFew, queueTime(now, now))
}

// pending finds the pending notice of a kind; nil means none.
func pending(r NoticeReader, ven *VEN, kind NoticeKind) (*Notice, error) {
	standing, err := r.StandingNotices([]int64{ven.No})
	for i := range standing {
		if n := &standing[i]; n.Kind == kind && n.State == NoticePending {
			return n, err
		}
	}
	return nil, err
}

// endRegistration ends the registration of a VEN under a revision (rules N8, N9). From
// then on no event is pushed to the VEN, and its reports and notices end. The error is
// [ErrNotFound] if it has no registration. by is the operator who wished it, empty for the
// VEN itself.
func endRegistration(tx Tx, ven *VEN, by string, rev int64, now time.Time) error {
	if err := tx.EndRegistration(ven.No, now); err != nil {
		return err
	}
	tx.Note(JournalEntry{At: now, Kind: JournalRegistration, What: "cancelled", VENID: ven.VENID, Body: JournalBody{By: by}})
	if err := tx.EndNotices(ven.No, NoticeReregister, NoticeDropped, now); err != nil {
		return err
	}
	if err := endReports(tx, ven.No, rev, now); err != nil {
		return err
	}
	if err := tx.Ungreet(ven.No); err != nil {
		return err
	}
	return tx.CloseOutbox(ven.No)
}

// noticesOfNew ends the notices of a VEN that registers: a request to register again is
// fulfilled, and a cancellation of the former registration is over.
func noticesOfNew(tx NoticeWriter, ven *VEN, now time.Time) error {
	if err := tx.EndNotices(ven.No, NoticeReregister, NoticeRegistered, now); err != nil {
		return err
	}
	return tx.EndNotices(ven.No, NoticeCancel, NoticeDropped, now)
}

// noticeContents builds the oldest pending notice of each claimed VEN.
func (s *RegistrationService) noticeContents(ctx context.Context, claims []Claim, _ time.Time) (map[int64]content, error) {
	vens := make([]int64, len(claims))
	claimed := make(map[int64]Claim, len(claims))
	for i, c := range claims {
		vens[i], claimed[c.VENNo] = c.VENNo, c
	}
	all := map[int64]content{}
	err := s.reg.View(ctx, func(r Reader) error {
		clear(all)
		standing, err := r.StandingNotices(vens)
		for _, n := range standing {
			c := claimed[n.VENNo]
			_, earlier := all[n.VENNo]
			// A notice up to the settled revision was told; one after the claim has its own push.
			if n.Rev > c.Settled && n.Rev <= c.Rev && !earlier {
				all[n.VENNo] = content{rev: n.Rev, message: n.message(c.VENID)}
			}
		}
		return err
	})
	return all, err
}

// settleNotice records the outcome of a notice's push.
func (s *RegistrationService) settleNotice(tx Tx, done Settlement) error {
	n, err := tx.Notice(done.Token.VENNo, done.Token.Rev)
	switch {
	case errors.Is(err, ErrNotFound): // a revision without a notice
		return nil
	case err != nil:
		return err
	case !n.ToldAt.IsZero() || !n.EndedAt.IsZero() && done.Outcome.Code == 0: // it was taken back
		return nil
	}
	ven, err := tx.VENByIdentity(done.By)
	if err != nil {
		return err
	}
	n.answered(done.Outcome, s.clock.Now())
	if ven.Registration == nil {
		s.delivery.forget(n.VENNo) // its presence does not matter any more
	}
	s.log.Info().Str("venID", ven.VENID).Str("requestID", done.Token.String()).Str("registrationID", n.RegistrationID).Str("notice", string(n.Kind)).
		Str("outcome", string(n.State)).Int("code", n.Code).Str("error", excerpt.Of(n.Error)).Msg("the VEN was told about its registration")
	return tx.PutNotice(n)
}

// Notices lists the notices of a VEN, newest first. before is next of an earlier call, or
// 0 for the start; next is 0 at the end.
func (s *RegistrationService) Notices(ctx context.Context, venID string, before int64, limit int) (notices []Notice, next int64, err error) {
	err = s.reg.Browse(ctx, func(r Reader) error {
		ven, err := r.VEN(venID)
		if err != nil {
			return err
		}
		notices, next, err = r.Notices(ven.No, before, limit)
		return err
	})
	return notices, next, err
}
