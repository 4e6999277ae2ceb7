package registry_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

func TestR9VTNReports(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		a, b := w.ven("a"), w.ven("b")
		next := func() time.Time {
			return view(w, func(r core.Reader) (time.Time, error) { return r.NextVTNReport() })
		}
		of := func(vens ...*core.VEN) []core.VTNReport { return vtnReportsOf(w, vens...) }
		due := func(limit int) []core.VTNReport {
			return view(w, func(r core.Reader) ([]core.VTNReport, error) { return r.DueVTNReports(w.now, limit) })
		}
		if got := next(); !got.IsZero() {
			t.Errorf("without VTN reports the next is at %s", got)
		}
		published := core.VTNReport{VENNo: a.No, RegistrationID: "reg-a", Rev: 7}
		minutely := core.VTNReport{VENNo: a.No, RequestID: "minutely", RegistrationID: "reg-a", Rev: 8, Every: time.Minute, NextAt: w.now.Add(time.Minute), EndsAt: w.now.Add(time.Hour)}
		delayed := core.VTNReport{VENNo: b.No, RequestID: "minutely", RegistrationID: "reg-b", NextAt: w.now.Add(30 * time.Second)}
		put := func(o core.VTNReport) {
			w.change(func(tx core.Tx, _ int64) error { return tx.PutVTNReport(o) })
		}
		put(published)
		put(minutely)
		put(delayed)
		if got, want := of(a, b), []core.VTNReport{published, minutely, delayed}; !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, want %+v", got, want)
		}
		if got := of(b); !reflect.DeepEqual(got, []core.VTNReport{delayed}) {
			t.Errorf("%+v", got)
		}
		if got := of(); len(got) != 0 {
			t.Errorf("VTN reports of no VEN: %+v", got)
		}
		if got := next(); !got.Equal(delayed.NextAt) {
			t.Errorf("the next is at %s, want %s", got, delayed.NextAt)
		}
		if got := due(10); len(got) != 0 {
			t.Errorf("due before the time: %+v", got)
		}
		w.pass(30 * time.Second)
		if got := due(10); !reflect.DeepEqual(got, []core.VTNReport{delayed}) {
			t.Errorf("due: %+v", got)
		}
		w.pass(time.Hour)
		if got := due(10); !reflect.DeepEqual(got, []core.VTNReport{delayed, minutely}) {
			t.Errorf("due: %+v", got)
		}
		if got := due(1); !reflect.DeepEqual(got, []core.VTNReport{delayed}) {
			t.Errorf("due, at most one: %+v", got)
		}
		changeVTNReports(w, a, b, published, minutely, delayed)
	})
}

// changeVTNReports puts VTN reports again and deletes them.
func changeVTNReports(w *world, a, b *core.VEN, published, minutely, delayed core.VTNReport) {
	w.Helper()
	of := func(vens ...*core.VEN) []core.VTNReport { return vtnReportsOf(w, vens...) }
	next := func() time.Time {
		return view(w, func(r core.Reader) (time.Time, error) { return r.NextVTNReport() })
	}
	minutely.Rev, minutely.NextAt, minutely.EndsAt = 9, time.Time{}, time.Time{} // this was the last time
	w.change(func(tx core.Tx, _ int64) error { return tx.PutVTNReport(minutely) })
	if got := of(a); !reflect.DeepEqual(got, []core.VTNReport{published, minutely}) {
		w.Errorf("put again: %+v", got)
	}
	remove := func(o core.VTNReport) {
		w.change(func(tx core.Tx, _ int64) error { return tx.DeleteVTNReport(o) })
	}
	remove(core.VTNReport{VENNo: a.No, RequestID: "minutely", Rev: 8}) // the report has a later revision by now
	if got := of(a); !reflect.DeepEqual(got, []core.VTNReport{published, minutely}) {
		w.Errorf("after the deletion of an earlier revision: %+v", got)
	}
	remove(delayed)
	remove(core.VTNReport{VENNo: b.No, RequestID: "never"})
	if got := of(a, b); len(got) != 2 || !next().IsZero() {
		w.Errorf("after a deletion: %+v, next %s", got, next())
	}
	w.remove(a.No)
	if n := w.count(`SELECT count(*) FROM own_report`); n != 0 {
		w.Errorf("%d VTN reports are left of a deleted VEN", n)
	}
}

func vtnReportsOf(w *world, vens ...*core.VEN) []core.VTNReport {
	w.Helper()
	var nos []int64
	for _, v := range vens {
		nos = append(nos, v.No)
	}
	return view(w, func(r core.Reader) ([]core.VTNReport, error) { return r.VTNReports(nos) })
}
