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
