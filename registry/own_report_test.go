package registry_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

func TestR9OwnReports(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		a, b := w.ven("a"), w.ven("b")
		next := func() time.Time {
			return view(w, func(r core.Reader) (time.Time, error) { return r.NextOwnReport() })
		}
		of := func(vens ...*core.VEN) []core.OwnReport {
			var nos []int64
			for _, v := range vens {
				nos = append(nos, v.No)
			}
			return view(w, func(r core.Reader) ([]core.OwnReport, error) { return r.OwnReports(nos) })
		}
		due := func(limit int) []core.OwnReport {
			return view(w, func(r core.Reader) ([]core.OwnReport, error) { return r.DueOwnReports(w.now, limit) })
		}
		if got := next(); !got.IsZero() {
			t.Errorf("the next of none is at %s", got)
		}
		published := core.OwnReport{VENNo: a.No, RegistrationID: "reg-a", Rev: 7}
		minutely := core.OwnReport{VENNo: a.No, RequestID: "minutely", RegistrationID: "reg-a", Rev: 8, Every: time.Minute, NextAt: w.now.Add(time.Minute), EndsAt: w.now.Add(time.Hour)}
		delayed := core.OwnReport{VENNo: b.No, RequestID: "minutely", RegistrationID: "reg-b", NextAt: w.now.Add(30 * time.Second)}
		put := func(o core.OwnReport) {
			w.change(func(tx core.Tx, _ int64) error { return tx.PutOwnReport(o) })
		}
		put(published)
		put(minutely)
		put(delayed)
		if got, want := of(a, b), []core.OwnReport{published, minutely, delayed}; !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, want %+v", got, want)
		}
		if got := of(b); !reflect.DeepEqual(got, []core.OwnReport{delayed}) {
			t.Errorf("%+v", got)
		}
		if got := of(); len(got) != 0 {
			t.Errorf("of nobody: %+v", got)
		}
		if got := next(); !got.Equal(delayed.NextAt) {
			t.Errorf("the next is at %s, want %s", got, delayed.NextAt)
		}
		if got := due(10); len(got) != 0 {
			t.Errorf("due before the time: %+v", got)
		}
		w.pass(30 * time.Second)
		if got := due(10); !reflect.DeepEqual(got, []core.OwnReport{delayed}) {
			t.Errorf("due: %+v", got)
		}
		w.pass(time.Hour)
		if got := due(10); !reflect.DeepEqual(got, []core.OwnReport{delayed, minutely}) {
			t.Errorf("due: %+v", got)
		}
		if got := due(1); !reflect.DeepEqual(got, []core.OwnReport{delayed}) {
			t.Errorf("due, at most one: %+v", got)
		}
		minutely.Rev, minutely.NextAt, minutely.EndsAt = 9, time.Time{}, time.Time{} // for the last time
		put(minutely)
		if got := of(a); !reflect.DeepEqual(got, []core.OwnReport{published, minutely}) {
			t.Errorf("put again: %+v", got)
		}
		remove := func(o core.OwnReport) {
			w.change(func(tx core.Tx, _ int64) error { return tx.DeleteOwnReport(o) })
		}
		remove(core.OwnReport{VENNo: a.No, RequestID: "minutely", Rev: 8}) // it became due anew
		if got := of(a); !reflect.DeepEqual(got, []core.OwnReport{published, minutely}) {
			t.Errorf("after the deletion of what it was before: %+v", got)
		}
		remove(delayed)
		remove(core.OwnReport{VENNo: b.No, RequestID: "never"})
		if got := of(a, b); len(got) != 2 || !next().IsZero() {
			t.Errorf("after a deletion: %+v, next %s", got, next())
		}
		w.remove(a.No)
		if n := w.count(`SELECT count(*) FROM own_report`); n != 0 {
			t.Errorf("%d are left of a VEN that is no more", n)
		}
	})
}
