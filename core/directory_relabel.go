package core

import (
	"maps"
	"reflect"
	"slices"
	"time"
)

// EventVersion is what one VEN is told of an event unlike others. A VEN accepts no new
// content under a modificationNumber that it has seen (rule E3). So each VEN has its own
// number: the event's, plus what changes for that VEN alone have added.
type EventVersion struct {
	EventNo, VENNo int64
	Rev            int64     // since when
	At             time.Time // likewise, zero where it is not known
	Added          int64     // to the event's modificationNumber; negative where the VEN was not told of some changes
	Withdrawal     *Withdrawal
	Matched        []Target // the targets it is told, whatever its labels are; nil: those that they match
}

// Withdrawal is the cancellation of an event for one VEN alone (rule E23). Later changes of
// the event do not change it.
type Withdrawal struct {
	ModificationNumber uint32
	Before             NumberOrNone // the VEN's number before; none if the event was cancelled for all
	Shown              uint32       // the event's number whose content is told
}

// number is the VEN's modificationNumber of the event.
func (o EventVersion) number(e *Event) uint32 {
	if o.Withdrawal != nil {
		return o.Withdrawal.ModificationNumber
	}
	return uint32(int64(e.ModificationNumber) + o.Added)
}

// relabel stores a VEN whose labels changed. For each event that is not over and that the
// VEN is now told differently, it raises the modificationNumber of that VEN, and of no
// other.
func (d *Directory) relabel(tx Tx, ven *VEN, rev int64, now time.Time) error {
	before, err := tx.MatchingEvents(ven.No, now)
	if err != nil {
		return err
	}
	ven.LabelsRev = rev
	if err := tx.PutVEN(ven); err != nil {
		return err
	}
	after, err := tx.MatchingEvents(ven.No, now)
	if err != nil {
		return err
	}
	registered, err := tx.Registered(ven.No)
	if err != nil {
		return err
	}
	touched := maps.Clone(before)
	maps.Copy(touched, after)
	urgency, more := UrgencyFew, false
	for _, no := range slices.Sorted(maps.Keys(touched)) {
		if len(before[no]) > 0 && len(after[no]) > 0 && reflect.DeepEqual(target(before[no], ven.VENID), target(after[no], ven.VENID)) {
			continue
		}
		more = more || len(after[no]) > len(before[no])
		e, err := eventByNo(tx, no)
		if err != nil {
			return err
		}
		if registered {
			if err := retarget(tx, ven, e, before[no], after[no], rev, now); err != nil {
				return err
			}
		}
		if len(after[no]) == 0 {
			urgency = UrgencyCancel
		} else if len(before[no]) == 0 {
			urgency = min(urgency, e.urgency(now))
		}
	}
	if more {
		if err := d.room.checkRoom(tx, 0, ven.No, now, "groups"); err != nil {
			return err
		}
	}
	return tx.MarkVEN(TopicEvents, ven.No, rev, urgency, queueTime(now, now))
}

// retarget records that the targets of an event that match a VEN have changed. None match
// before it joins the event, or after it leaves. A cancelled event stays as it is for the
// VEN, since there is nothing new to tell.
func retarget(tx Tx, ven *VEN, e *Event, before, after []Target, rev int64, now time.Time) error {
	had, err := tx.EventVersion(e.No, ven.No)
	if err != nil {
		return err
	}
	o := EventVersion{EventNo: e.No, VENNo: ven.No, Rev: rev, At: now, Added: had.Added}
	what := HistoryRetargeted
	number := had.number(e)
	switch cancelled := !e.CancelledAt.IsZero(); {
	case cancelled && (len(before) == 0 || had.Withdrawal != nil): // it comes too late
		return nil
	case cancelled:
		if o.Rev, o.At, o.Matched = e.Rev, had.At, had.Matched; o.Matched == nil {
			o.Matched = before
		}
		if len(after) == 0 {
			o.Withdrawal = &Withdrawal{ModificationNumber: number, Shown: e.ModificationNumber}
		}
		return tx.PutEventVersion(o)
	case len(before) == 0 && had.Withdrawal == nil: // it comes for the first time
		return nil
	case len(before) == 0:
		o.Added = int64(number) + 1 - int64(e.ModificationNumber)
	case len(after) == 0:
		what = HistoryWithdrawn
		o.Withdrawal = &Withdrawal{ModificationNumber: number + 1, Before: SomeNumber(number), Shown: e.ModificationNumber}
	default:
		o.Added++
	}
	if err := tx.PutEventVersion(o); err != nil {
		return err
	}
	return tx.Record(HistoryEntry{EventNo: e.No, VENNo: ven.No, At: now, What: what, ModificationNumber: o.number(e)})
}
