package core

import (
	"context"
	"time"
)

// Deletion is what became of a VEN that was deleted. What happened is kept under
// its venID, each thing for the retention time after its own end.
type Deletion struct {
	VENID     string
	DeletedAt time.Time
	Notice    *Notice // what it is, or was, told of the end of its registration; nil for nothing
	Kept      Kept
	KeptFor   time.Duration
}

// Kept counts what there is of a VEN: events that it was among, opts, and report
// requests, with their data.
type Kept struct{ Events, Opts, ReportRequests int }

// DeleteVEN ends a VEN; by is who wished it. If it is registered, that is
// cancelled, and the VEN told until it answers (rule N9). Nothing that is to come
// reaches it, and its account and its venID are free. It is listed only where
// deleted ones are asked for, until nothing of it is left. Deleting it again changes
// nothing.
func (d *Directory) DeleteVEN(ctx context.Context, venID, by string) (*Deletion, error) {
	now := d.clock.Now()
	var deletion *Deletion
	var was bool
	err := d.reg.Change(ctx, func(tx Tx, rev int64) error {
		ven, err := tx.VEN(venID)
		if err != nil {
			return err
		}
		deletion = &Deletion{VENID: venID, DeletedAt: ven.DeletedAt, Notice: ven.LastNotice, KeptFor: d.cfg.Retention}
		if was = !ven.DeletedAt.IsZero(); !was {
			deletion.DeletedAt = now
			if deletion.Notice, err = d.delete(tx, ven, by, rev, now); err != nil {
				return err
			}
		}
		if n := deletion.Notice; n != nil && n.Kind != NoticeCancel {
			deletion.Notice = nil
		}
		deletion.Kept, err = tx.Kept(ven.No)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !was {
		d.log.Info().Str("venID", venID).Str("by", by).Msg("VEN deleted")
	}
	return deletion, nil
}

// delete returns what the VEN is told, or was to be told already.
func (d *Directory) delete(tx Tx, ven *VEN, by string, rev int64, now time.Time) (*Notice, error) {
	orders, err := tx.StandingOrders(ven.No)
	if err != nil {
		return nil, err
	}
	for _, o := range orders {
		if o.onlyVEN() { // whoever has its venID next was not asked for
			o.EndedAt = now
			if err := tx.PutReportOrder(o); err != nil {
				return nil, err
			}
		}
	}
	if err := tx.DeleteVEN(ven.No, now); err != nil { // while it is known whether it was told of events
		return nil, err
	}
	if ven.Registration == nil {
		return ven.LastNotice, nil
	}
	return cancelNow(tx, ven, by, rev, now)
}

// makeWay is [Tx.MakeWay]. A deleted VEN that has lost its account is not there any
// more, though the account may be.
func (d *Directory) makeWay(tx Tx, ven *VEN, now time.Time) error {
	ousted, err := tx.MakeWay(ven, now)
	for _, no := range ousted {
		d.delivery.forget(no)
	}
	return err
}
