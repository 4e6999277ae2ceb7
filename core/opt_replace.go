package core

import (
	"errors"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// putOpt stores an opt. A repeated one changes nothing (rule G6), nor does one that is older than
// the opt of the same key. A newer one replaces it (rule P2), and replaces older schedules as far
// as they are for the same parts (rule P6).
func (s *OptService) putOpt(tx Tx, ven *VEN, o *Opt) error {
	what := HistoryOptCreated
	alike, err := tx.OptsAs(o)
	if err != nil {
		return err
	}
	for i := range alike {
		had := &alike[i]
		if had.sameAs(*o) || o.CreatedAt.Before(had.CreatedAt) {
			return nil
		}
		if had.ReplacedAt.IsZero() {
			what = HistoryOptReplaced
			if err := o.replace(tx, had); err != nil {
				return err
			}
		}
	}
	if o.EventNo == 0 {
		if err := o.takeFrom(tx); err != nil {
			return err
		}
	}
	if err := tx.PutOpt(o); err != nil {
		return err
	}
	return s.recordOpt(tx, ven, o, what, o.ReceivedAt)
}

// replace ends the opt of the same key. Periods of a schedule that have begun stay, as history. The
// history of the event keeps an opt for an event.
func (o *Opt) replace(tx OptWriter, had *Opt) error {
	if o.EventNo != 0 {
		return tx.DropOpt(had.No)
	}
	if had.Blocks && !o.leavesNothingOf(had) { // what it took from older schedules stays taken
		return tx.CancelOpt(had.No, o.ReceivedAt)
	}
	left, err := tx.DropPeriods(had.No, o.ReceivedAt)
	if err == nil && !left && !had.Blocks {
		return tx.DropOpt(had.No)
	}
	return errors.Join(err, tx.ReplaceOpts([]int64{had.No}, o.ReceivedAt))
}

// takeFrom takes the parts of a new schedule from older ones of its optType. Schedules may come out
// of order, so newer ones may take from it as well.
func (o *Opt) takeFrom(tx Tx) error {
	others, err := tx.Schedules(o.VENNo, o.OptType)
	if err != nil {
		return err
	}
	mine := o.scope()
	var replaced, blocking []int64
	for i := range others {
		other := &others[i]
		switch stands, theirs := other.CancelledAt.IsZero(), other.scope(); {
		case other.before(o) && o.isOf(other) && mine.covers(theirs):
			replaced = append(replaced, other.No)
		case !stands || !mine.meets(theirs) || !o.isOf(other) && !other.isOf(o):
		case other.before(o):
			o.Blocks = true
		case other.isOf(o) && theirs.covers(mine):
			o.ReplacedAt = o.ReceivedAt
		case !other.Blocks:
			blocking = append(blocking, other.No)
		}
	}
	return errors.Join(tx.ReplaceOpts(replaced, o.ReceivedAt), tx.BlockOpts(blocking))
}

// isOf reports whether a schedule is for all events that another is for.
func (o *Opt) isOf(other *Opt) bool {
	return o.isFor(other.MarketContext)
}

// isFor reports whether a schedule is for events of a market context.
func (o *Opt) isFor(marketContext string) bool {
	return o.MarketContext == "" || oadr.SameURI(o.MarketContext, marketContext)
}

// leavesNothingOf reports whether a schedule is for all that another is for.
func (o *Opt) leavesNothingOf(other *Opt) bool {
	return o.OptType == other.OptType && o.isOf(other) && o.scope().covers(other.scope())
}
