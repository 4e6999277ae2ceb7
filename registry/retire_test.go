package registry_test

import (
	"errors"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// retires deletes old values in parts and says how many each had.
func (w *world) retires(before time.Time, limit int) (parts []int) {
	w.Helper()
	for {
		n, err := w.RetireValues(ctx, before, limit)
		w.must(err)
		if n == 0 {
			return parts
		}
		parts = append(parts, n)
	}
}

func (w *world) retireEvents(before time.Time) {
	w.Helper()
	w.must(w.Update(ctx, func(tx core.Tx) error { _, err := tx.RetireEvents(before); return err }))
}

func TestOldValuesRetireInParts(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v, r, s, p, q := w.measured()
		var values []core.Value
		for i := range 50 {
			for _, one := range []*core.ReportRequest{r, s} {
				for _, point := range []int64{p, q} {
					values = append(values, core.Value{RequestNo: one.No, PointNo: point, Start: w.now.Add(time.Duration(i) * time.Minute), Value: float64(i)})
				}
			}
		}
		w.putValues(values...)
		before := w.now.Add(30 * time.Minute)
		total := 0
		for _, n := range w.retires(before, 25) {
			if total += n; n > 27 { // a time is deleted whole
				t.Errorf("%d values in one part, at most about 25 were asked for", n)
			}
		}
		if total != 120 {
			t.Errorf("%d values retired, want 120", total)
		}
		left := w.values(core.ValueQuery{VENNo: v.No, SpecifierID: "s", Limit: 1000})
		if len(left) != 80 || left[0].Start.Before(before) {
			t.Errorf("%d values are left, the first of %s", len(left), left[0].Start)
		}
		if parts := w.retires(before, 25); len(parts) != 0 {
			t.Errorf("retired again %v", parts)
		}
	})
}

// Requests, orders and data points go when what they explain is gone.
func TestReportsRetireAfterTheirData(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.registered("ven-1")
		w.registers(v, w.offer("s", power("p")))
		order := func(id string, standing bool) {
			w.change(func(tx core.Tx, _ int64) error {
				return tx.PutReportOrder(&core.ReportOrder{OrderID: id, CreatedAt: w.now, ReportSpec: core.ReportSpec{Standing: standing}})
			})
		}
		for _, id := range []string{"ended", "empty", "once", "open"} {
			order(id, false)
		}
		order("standing", true)
		request := func(order string, change func(*core.ReportRequest)) *core.ReportRequest {
			r := w.request(v, "s")
			r.ReportRequestID, r.OrderID, r.State = order, order, core.ReportActive
			change(r)
			w.puts(r)
			return r
		}
		end := func(r *core.ReportRequest) { r.State, r.EndedAt = core.ReportEnded, w.now }
		once := func(r *core.ReportRequest) { r.ReportBack = 0 }
		ended := request("ended", end)
		request("empty", end)
		shot := request("once", once)
		open := request("open", func(r *core.ReportRequest) { r.Duration = 0 })
		w.heard(ended, shot, open)
		later := w.now.Add(48 * time.Hour) // what was foretold
		w.putValues(
			core.Value{RequestNo: ended.No, PointNo: w.point(v, "s", "p"), Start: later, Value: 1},
			core.Value{RequestNo: shot.No, PointNo: w.point(v, "s", "p"), Start: w.now, Value: 2},
			core.Value{RequestNo: open.No, PointNo: w.point(v, "s", "p"), Start: w.now, Value: 3},
		)
		w.pass(time.Minute)
		w.registers(v) // the data point is gone
		is := func(when string, requests, orders, points int64) {
			t.Helper()
			for table, want := range map[string]int64{"report_request": requests, "report_order": orders, "report_point": points} {
				if got := w.count(`SELECT count(*) FROM ` + table); got != want {
					t.Errorf("%s: %d rows of %s, want %d", when, got, table, want)
				}
			}
		}
		w.retireEvents(w.now.Add(-time.Hour))
		w.retires(w.now.Add(-time.Hour), 100)
		is("not old", 4, 5, 1)

		w.pass(24 * time.Hour)
		w.retires(w.now, 100)
		w.retireEvents(w.now)
		is("a day later", 2, 3, 1) // without what has no data; a request that is open stays
		if _, err := w.find("open"); err != nil {
			t.Error(err)
		}
		if got := w.values(core.ValueQuery{RequestNo: ended.No, Limit: 10}); len(got) != 1 || got[0].RID != "p" {
			t.Errorf("what was foretold is %+v", got)
		}

		w.pass(25 * time.Hour)
		w.retires(w.now, 100)
		w.retireEvents(w.now)
		if _, err := w.find("ended"); !errors.Is(err, core.ErrNotFound) {
			t.Errorf("a request without data is still there: %v", err)
		}
		end(open)
		w.puts(open)
		w.pass(time.Hour)
		w.retireEvents(w.now)
		is("at last", 0, 1, 0) // the order that stands
	})
}
