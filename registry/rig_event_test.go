package registry_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

func (w eventSteps) remark(e *core.Event) {
	w.change(func(tx core.Tx, rev int64) error { return tx.MarkEvent(e.No, rev, core.UrgencyNormal, w.now) })
}

// concerns returns the concerns of one VEN by event number.
func (w eventSteps) concerns(v *core.VEN) map[int64]core.Concern {
	w.Helper()
	got := map[int64]core.Concern{}
	for _, c := range view(w, func(r core.Reader) ([]core.Concern, error) { return r.Concerns([]int64{v.No}, w.now) }) {
		got[c.EventNo] = c
	}
	return got
}

// cameBy checks that the push that carried an event to a VEN has this result and time, or
// with result 0 that there is none, and that the VEN holds this modificationNumber.
func (w eventSteps) cameBy(e *core.Event, v *core.VEN, result core.Result, at time.Time, held int64) {
	w.Helper()
	got := w.stand(e, v)
	switch {
	case result == 0 && got.Push != nil:
		w.Errorf("event %s was carried by %+v, want no push", e.EventID, got.Push)
	case result != 0 && (got.Push == nil || got.Push.Result != result || !got.Push.SettledAt.Equal(at)):
		w.Errorf("event %s was carried by %+v, want %s at %s", e.EventID, got.Push, result, at)
	}
	if got.Held != orNone(held) {
		w.Errorf("of event %s the VEN holds %v, want %d", e.EventID, got.Held, held)
	}
}

func (w eventSteps) figures() core.Figures {
	w.Helper()
	return view(w, func(r core.Reader) (core.Figures, error) { return r.Figures(w.now) })
}

func (w eventSteps) lacking(when string, want ...int) {
	w.Helper()
	got := w.figures().Lacking
	for i, n := range want {
		if got[i] != n {
			w.Errorf("%s: %v VENs lack an event, want %v", when, got, want)
			return
		}
	}
}

func (w eventSteps) notHeld(want int) {
	w.Helper()
	if n := w.figures().NotHeld; n != want {
		w.Errorf("%d events are not held, want %d", n, want)
	}
}

// history reads an event's history in parts of a size, for one VEN or, if v is nil, for all.
func (w eventSteps) history(e *core.Event, v *core.VEN, size int) (got []core.HistoryEntry) {
	w.Helper()
	var venNo int64
	if v != nil {
		venNo = v.No
	}
	for after := (core.HistoryCursor{}); ; {
		part := view(w, func(r core.Reader) ([]core.HistoryEntry, error) {
			entries, _, err := r.EventHistory(e.No, venNo, after, size)
			return entries, err
		})
		got = append(got, part...)
		if len(part) < size {
			return got
		}
		after = part[size-1].Cursor
	}
}

// happened prints a history in short, with the seconds since a time.
func (w eventSteps) happened(began time.Time, entries []core.HistoryEntry) (got []string) {
	for _, h := range entries {
		got = append(got, fmt.Sprintf("%.0f %s %d %s", h.At.Sub(began).Seconds(), h.What, h.ModificationNumber, h.VENID))
	}
	return got
}

func (w eventSteps) record(h core.HistoryEntry) {
	w.Helper()
	h.At = w.now
	w.change(func(tx core.Tx, rev int64) error { return tx.Record(h) })
}

// opt returns a VEN's only opt of an optID that is not cancelled, or nil.
func (w eventSteps) opt(venNo int64, optID string) (found *core.Opt) {
	w.Helper()
	opts := view(w, func(r core.Reader) ([]core.ListedOpt, error) {
		opts, _, err := r.Opts(core.OptQuery{Replaced: true, Deleted: true}, core.OptCursor{}, 1000)
		return opts, err
	})
	for i := range opts {
		if o := &opts[i].Opt; o.VENNo == venNo && o.OptID == optID {
			if found != nil {
				w.Errorf("VEN number %d has two opts %s", venNo, optID)
			}
			found = o
		}
	}
	return found
}

// overlaps prints the events that overlap an event, each with up to a number of VENs.
func (w eventSteps) overlaps(e *core.Event, vens int) string {
	w.Helper()
	var all []string
	for _, o := range view(w, func(r core.Reader) ([]core.Overlap, error) { return r.Overlaps(e, 10, vens) }) {
		line := o.EventID + ": " + strings.Join(o.VENs, " ")
		if o.More > 0 {
			line += fmt.Sprintf(" +%d", o.More)
		}
		if o.Cancelled {
			line += " cancelled"
		}
		all = append(all, line)
	}
	return strings.Join(all, ", ")
}

// event stores an event of one hour that starts in an hour, and marks the VENs that it targets.
func (w eventSteps) event(eventID string, targets ...core.Target) *core.Event {
	w.Helper()
	e := &core.Event{EventSpec: core.EventSpec{EventID: eventID, MarketContext: "http://example.org/dr",
		Start: w.now.Add(time.Hour), Duration: time.Hour, Targets: targets}, CreatedAt: w.now, ChangedAt: w.now}
	w.put(e)
	return e
}

// put stores an event and marks the VENs that it targeted before and those that it targets now.
func (w eventSteps) put(e *core.Event) {
	w.Helper()
	w.change(func(tx core.Tx, rev int64) error {
		e.Rev = rev
		before := e.No
		if before != 0 {
			if err := tx.MarkEvent(e.No, rev, core.UrgencyNormal, w.now); err != nil {
				return err
			}
		}
		if err := tx.PutEvent(e, "operator"); err != nil {
			return err
		}
		if err := tx.SetTargets(e); err != nil {
			return err
		}
		return tx.MarkEvent(e.No, rev, core.UrgencyNormal, w.now)
	})
}

// stand returns how a VEN stands with an event.
func (w eventSteps) stand(e *core.Event, v *core.VEN) core.EventVEN {
	w.Helper()
	vens := view(w, func(r core.Reader) ([]core.EventVEN, error) {
		vens, _, err := r.EventVENs(e, core.EventVENFilter{}, "", 1000)
		return vens, err
	})
	for _, one := range vens {
		if one.VENNo == v.No {
			return one
		}
	}
	w.Fatalf("event %s does not concern %s", e.EventID, v.VENID)
	panic("unreachable")
}

// fullest lists the VENs that have too many events, as "venID of bytes".
func (w eventSteps) fullest(eventNo, venNo int64, limits core.SetLimits, most int) (found []string, more int) {
	w.Helper()
	w.must(w.View(ctx, func(r core.Reader) error {
		full, n, err := r.Full(eventNo, venNo, limits, w.now, most)
		for _, f := range full {
			found = append(found, fmt.Sprint(f.VENID, " of ", f.Limit))
		}
		more = n
		return err
	}))
	return found, more
}

// orNone makes a modificationNumber, or none if the number is negative.
func orNone(n int64) core.NumberOrNone {
	if n < 0 {
		return core.NumberOrNone{}
	}
	return core.SomeNumber(uint32(n))
}
