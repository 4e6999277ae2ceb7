package core

import (
	"context"
	"time"
)

// greetingContents builds the oadrRegisterReport for each claimed VEN that waits for it.
func (s *RegistrationService) greetingContents(ctx context.Context, claims []Claim, _ time.Time) (map[int64]content, error) {
	vens := make([]int64, len(claims))
	for i, c := range claims {
		vens[i] = c.VENNo
	}
	var greeted map[int64]int64
	err := s.reg.View(ctx, func(r Reader) (err error) {
		greeted, err = r.Greeted(vens)
		return err
	})
	all := make(map[int64]content, len(greeted))
	for _, c := range claims {
		if greeted[c.VENNo] == c.Rev {
			all[c.VENNo] = content{rev: c.Rev, message: vtnReport(c, c.Token().String(), "")}
		}
	}
	return all, err
}

// PublishReports greets a VEN again, before all other pushes to it, see
// [OutboxWriter.Greet]. by names who wished it. The error is [ErrConflict] if the VEN is not
// registered.
func (s *RegistrationService) PublishReports(ctx context.Context, venID, by string) error {
	now := s.clock.Now()
	var ven *VEN
	err := s.reg.Change(ctx, func(tx Tx, rev int64) (err error) {
		if ven, err = tx.VEN(venID); err != nil {
			return err
		}
		if ven.Registration == nil {
			return notRegistered(venID)
		}
		return tx.Greet(ven.No, rev, now)
	})
	if err != nil {
		return err
	}
	s.delivery.back(ven.No)
	s.log.Info().Str("venID", venID).Str("by", by).Msg("the VTN's own reports are published again")
	return nil
}
