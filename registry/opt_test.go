package registry_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// Rules P2, P3 and P4.
func TestP2OptIsReplacedAndCancelled(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		e := w.event("e", all)
		o := core.Opt{VENNo: v.No, OptID: "o", OptType: "optOut", Reason: "overrideStatus", MarketContext: "m", Resources: []string{"r"}, DeviceClasses: []string{"d"},
			Periods: []core.OptPeriod{{Start: w.now.Add(time.Hour)}, {Start: w.now, End: w.now.Add(time.Minute)}, {Start: w.now, End: w.now.Add(time.Hour)}}, CreatedAt: w.now}
		check := func() {
			t.Helper()
			got := view(w, func(r core.Reader) (*core.Opt, error) { return r.Opt(v.No, "o") })
			if !reflect.DeepEqual(*got, o) {
				t.Errorf("read   %+v\nstored %+v", *got, o)
			}
		}
		put := func() { w.change(func(tx core.Tx, rev int64) error { return tx.PutOpt(o) }) }
		put()
		check()
		o = core.Opt{VENNo: v.No, OptID: "o", EventNo: e.No, ModificationNumber: 2, OptType: "optIn", CreatedAt: w.now.Add(time.Minute)}
		put()
		check()
		w.change(func(tx core.Tx, rev int64) error { return tx.CancelOpt(v.No, "o", w.now) })
		w.must(w.Update(ctx, func(tx core.Tx) error {
			if _, err := tx.Opt(v.No, "o"); !errors.Is(err, core.ErrNotFound) {
				t.Errorf("a cancelled opt: %v", err)
			}
			if err := tx.CancelOpt(v.No, "o", w.now); !errors.Is(err, core.ErrNotFound) {
				t.Errorf("cancelled twice: %v", err)
			}
			return nil
		}))
		put()
		check()
	})
}

func TestAnswerIsTheLast(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		e := w.event("e", all)
		for _, a := range []core.Answer{
			{EventNo: e.No, VENNo: v.No, OptType: "optIn", Code: 200, At: w.now},
			{EventNo: e.No, VENNo: v.No, ModificationNumber: 1, OptType: "", Code: 454, At: w.now.Add(time.Second)},
		} {
			w.change(func(tx core.Tx, rev int64) error { return tx.PutAnswer(a) })
			got := view(w, func(r core.Reader) (*core.Answer, error) { return r.Answer(e.No, v.No) })
			if *got != a {
				t.Errorf("read %+v, stored %+v", *got, a)
			}
		}
	})
}

func TestStandingOpts(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v, other := w.ven("ven-1"), w.ven("ven-2")
		e := w.event("e", all)
		w.change(func(tx core.Tx, rev int64) error {
			return errors.Join(
				tx.PutOpt(core.Opt{VENNo: v.No, OptID: "event", EventNo: e.No}),
				tx.PutOpt(core.Opt{VENNo: v.No, OptID: "schedule"}), tx.PutOpt(core.Opt{VENNo: v.No, OptID: "schedule"}),
				tx.PutOpt(core.Opt{VENNo: v.No, OptID: "cancelled"}), tx.CancelOpt(v.No, "cancelled", w.now),
				tx.PutOpt(core.Opt{VENNo: other.No, OptID: "other"}))
		})
		if n := view(w, func(r core.Reader) (int, error) { return r.StandingOpts(v.No) }); n != 2 {
			t.Errorf("%d opts stand, want 2", n)
		}
	})
}

// Rule P4: an open-ended schedule does not end.
func TestP4RetiringSchedules(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		e := w.event("e", all)
		until := func(ends ...time.Time) (periods []core.OptPeriod) {
			for _, end := range ends {
				periods = append(periods, core.OptPeriod{Start: w.now, End: end})
			}
			return periods
		}
		past, cutoff := w.now.Add(time.Minute), w.now.Add(2*time.Minute)
		w.change(func(tx core.Tx, rev int64) error {
			return errors.Join(
				tx.PutOpt(core.Opt{VENNo: v.No, OptID: "over", Periods: until(past, past)}),
				tx.PutOpt(core.Opt{VENNo: v.No, OptID: "standing", Periods: until(past, cutoff)}),
				tx.PutOpt(core.Opt{VENNo: v.No, OptID: "open", Periods: until(past, time.Time{})}),
				tx.PutOpt(core.Opt{VENNo: v.No, OptID: "event", EventNo: e.No, Periods: until(past)}))
		})
		w.change(func(tx core.Tx, rev int64) error { _, err := tx.RetireEvents(cutoff); return err })
		for optID, want := range map[string]bool{"over": false, "standing": true, "open": true, "event": true} {
			err := w.View(ctx, func(r core.Reader) error { _, err := r.Opt(v.No, optID); return err })
			if kept := !errors.Is(err, core.ErrNotFound); kept != want {
				t.Errorf("opt %s kept: %v, want %v (%v)", optID, kept, want, err)
			}
		}
	})
}
