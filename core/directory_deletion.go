package core

import (
	"context"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Deletion is what became of a VEN that was deleted. Its records stay under its venID,
// each for the retention time after its end.
type Deletion struct {
	VENID     string
	DeletedAt time.Time
	Notice    *Notice // the notice that its registration has ended; nil: none
	Kept      Kept
	KeptFor   time.Duration
}

// Kept counts the records of a VEN: events that concerned it, opts, and report requests
// with their data.
type Kept struct{ Events, Opts, ReportRequests int }

// DeleteVEN deletes a VEN. by names who wished it. If the VEN is registered, its
// registration is cancelled, and the VEN is told until it answers (rule N9). No later
// change reaches it, and its identities and venID are free. It is listed among deleted
// VENs until no record of it is left. Deleting it again changes nothing.
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

// delete returns the notice that the VEN is told, new or pending.
func (d *Directory) delete(tx Tx, ven *VEN, by string, rev int64, now time.Time) (*Notice, error) {
	orders, err := tx.StandingOrders(ven.No)
	if err != nil {
		return nil, err
	}
	for _, o := range orders {
		if o.onlyVEN() { // the next VEN with this venID was not meant
			o.EndedAt = now
			if err := tx.PutReportOrder(o); err != nil {
				return nil, err
			}
		}
	}
	if err := tx.DeleteVEN(ven.No, now); err != nil { // first: it reads whether events were told
		return nil, err
	}
	tx.Note(JournalEntry{At: now, Kind: JournalVEN, What: "deleted", VENID: ven.VENID, Body: JournalBody{By: by}})
	if ven.Registration == nil {
		return ven.LastNotice, nil
	}
	if ven.speaks(oadr.Profile20a) { // which has no message for it (rule A4)
		return nil, endRegistration(tx, ven, by, rev, now)
	}
	return cancelNow(tx, ven, by, rev, now)
}

// makeWay is [VENWriter.MakeWay]. It forgets the presence of the deleted VENs, whose
// identities may go on as another VEN's.
func (d *Directory) makeWay(tx Tx, ven *VEN, now time.Time) error {
	ousted, err := tx.MakeWay(ven, now)
	for _, no := range ousted {
		d.delivery.forget(no)
	}
	return err
}
