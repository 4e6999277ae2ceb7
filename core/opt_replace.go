package core

import (
	"errors"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// putOpt stores an opt. The same one again changes nothing (rule G6), nor does an older
// one of the same key; a newer one takes its place (rule P2), and that of older
// schedules as far as they are for the same (rule P6).
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
			if err := o.takePlace(tx, had); err != nil {
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

// takePlace ends the opt of the same key. What of a schedule had begun is history and
// stays; of an opt for an event the history tells.
func (o *Opt) takePlace(tx OptWriter, had *Opt) error {
	if o.EventNo != 0 {
		return tx.DropOpt(had.No)
	}
	if had.Blocks && !o.leavesNothingOf(had) { // what it took stays taken
		return tx.CancelOpt(had.No, o.ReceivedAt)
	}
	left, err := tx.DropPeriods(had.No, o.ReceivedAt)
	if err == nil && !left && !had.Blocks {
		return tx.DropOpt(had.No)
	}
	return errors.Join(err, tx.ReplaceOpts([]int64{had.No}, o.ReceivedAt))
}

// takeFrom has a new schedule take what it is for from older ones of its optType. It
// may come after newer ones that take from it.
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

// isOf says whether a schedule is for all events that another is for.
func (o *Opt) isOf(other *Opt) bool {
	return o.isFor(other.MarketContext)
}

// isFor says whether a schedule is for events of a market context.
func (o *Opt) isFor(marketContext string) bool {
	return o.MarketContext == "" || oadr.SameURI(o.MarketContext, marketContext)
}

// leavesNothingOf says whether a schedule is for all that another is for.
func (o *Opt) leavesNothingOf(other *Opt) bool {
	return o.OptType == other.OptType && o.isOf(other) && o.scope().covers(other.scope())
}
