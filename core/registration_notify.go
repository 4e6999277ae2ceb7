package core

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
)

// CancelRegistration ends a VEN's registration at once, and the VEN is told
// until it answers (rule N9); by is who wished it. [ErrConflict] when the VEN is
// not registered.
func (s *RegistrationService) CancelRegistration(ctx context.Context, venID, by string) (*Notice, error) {
	return s.notify(ctx, venID, by, NoticeCancel, "the operator cancelled the registration")
}

// RequestReregistration has a VEN told to register again (rule N10); by is who
// wished it. While it has not been told, asking again is the same notice.
// [ErrConflict] when the VEN is not registered.
func (s *RegistrationService) RequestReregistration(ctx context.Context, venID, by string) (*Notice, error) {
	return s.notify(ctx, venID, by, NoticeReregister, "the operator asks for another registration")
}

// notify stores a notice for a registered VEN and makes it due. A cancellation
// is in force with that.
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

// cancelNow ends a VEN's registration and makes the notice of that due (rule N9).
func cancelNow(tx Tx, ven *VEN, by string, rev int64, now time.Time) (*Notice, error) {
	if err := endRegistration(tx, ven, rev, now); err != nil {
		return nil, err
	}
	return putNotice(tx, ven, NoticeCancel, by, rev, now)
}

func putNotice(tx Tx, ven *VEN, kind NoticeKind, by string, rev int64, now time.Time) (*Notice, error) {
	n := &Notice{VENNo: ven.No, Rev: rev, Kind: kind, RegistrationID: ven.Registration.RegistrationID, By: by, CreatedAt: now, Outcome: NoticePending}
	if err := tx.PutNotice(n); err != nil {
		return nil, err
	}
	return n, tx.MarkVEN(TopicRegistration, ven.No, rev, UrgencyFew, queueTime(now, now))
}

// pending finds a notice of a kind that the VEN has not been told, nil for none.
func pending(r NoticeReader, ven *VEN, kind NoticeKind) (*Notice, error) {
	standing, err := r.StandingNotices([]int64{ven.No})
	for i := range standing {
		if n := &standing[i]; n.Kind == kind && n.Outcome == NoticePending {
			return n, err
		}
	}
	return nil, err
}

// endRegistration ends a VEN's registration at a revision, whoever wished it
// (rules N8, N9): it is told of no event any more, nor asked for reports or
// another registration. [ErrNotFound] when it has none.
func endRegistration(tx Tx, ven *VEN, rev int64, now time.Time) error {
	if err := tx.EndRegistration(ven.No, now); err != nil {
		return err
	}
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

// noticesOfNew ends what a VEN that registers was or was to be told: a request
// for just this is fulfilled, a cancellation of the former registration history.
func noticesOfNew(tx NoticeWriter, ven *VEN, now time.Time) error {
	if err := tx.EndNotices(ven.No, NoticeReregister, NoticeRegistered, now); err != nil {
		return err
	}
	return tx.EndNotices(ven.No, NoticeCancel, NoticeDropped, now)
}

// noticeContents is the oldest notice that each claimed VEN is still to be told.
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
			// What is settled was told; what came after the claim gets one of its own.
			if n.Rev > c.Settled && n.Rev <= c.Rev && !earlier {
				all[n.VENNo] = content{rev: n.Rev, message: n.message(c.VENID)}
			}
		}
		return err
	})
	return all, err
}

// settleNotice records what a VEN said to a notice.
func (s *RegistrationService) settleNotice(tx Tx, done Settlement) error {
	n, err := tx.Notice(done.Token.VENNo, done.Token.Rev)
	switch {
	case errors.Is(err, ErrNotFound): // a change that was never told
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
		s.delivery.forget(n.VENNo) // that it is there is of no interest any more
	}
	s.log.Info().Str("venID", ven.VENID).Str("requestID", done.Token.String()).Str("registrationID", n.RegistrationID).Str("notice", string(n.Kind)).
		Str("outcome", string(n.Outcome)).Int("code", n.Code).Str("error", excerpt.Of(n.Error)).Msg("the VEN was told about its registration")
	return tx.PutNotice(n)
}

// Notices lists what a VEN was told about its registration, newest first. before
// is the next of an earlier call, 0 for the start; next is 0 at the end.
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
