package registry_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry/registrytest"
)

func TestOldValuesRetire(t *testing.T) {
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
		if n := w.retire(before).Values; n != 120 {
			t.Errorf("%d values retired, want 120", n)
		}
		left := w.values(core.ValueQuery{VENNo: v.No, SpecifierID: "s", Limit: 1000})
		if len(left) != 80 || left[0].Start.Before(before) {
			t.Errorf("%d values are left, the first of %s", len(left), left[0].Start)
		}
		if n := w.retire(before); n != (core.Retired{}) {
			t.Errorf("retired again %+v", n)
		}
	})
}

// Requests, orders and data points are deleted after the data that they explain.
func TestReportsRetireAfterTheirData(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.registered("ven-1")
		w.registers(v, w.offer("s", power("p")))
		for _, id := range []string{"ended", "empty", "once", "open"} {
			putOrder(w, id, false)
		}
		putOrder(w, "standing", true)
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
		later := w.now.Add(48 * time.Hour) // the time of a forecast
		w.putValues(
			core.Value{RequestNo: ended.No, PointNo: w.point(v, "s", "p"), Start: later, Value: 1},
			core.Value{RequestNo: shot.No, PointNo: w.point(v, "s", "p"), Start: w.now, Value: 2},
			core.Value{RequestNo: open.No, PointNo: w.point(v, "s", "p"), Start: w.now, Value: 3},
		)
		w.pass(time.Minute)
		w.registers(v) // no longer offers the data point
		is := func(when string, requests, orders, points int64) {
			t.Helper()
			has(w, when, map[string]int64{"report_request": requests, "report_order": orders, "report_point": points})
		}
		w.retire(w.now.Add(-time.Hour))
		is("not old", 4, 5, 1)

		w.pass(24 * time.Hour)
		w.retire(w.now)
		is("a day later", 2, 3, 1) // requests without data are deleted, unless they are open
		if _, err := w.find("open"); err != nil {
			t.Error(err)
		}
		if got := w.values(core.ValueQuery{RequestNo: ended.No, Limit: 10}); len(got) != 1 || got[0].RID != "p" {
			t.Errorf("the forecast is %+v", got)
		}

		w.pass(25 * time.Hour)
		w.retire(w.now)
		if _, err := w.find("ended"); !errors.Is(err, core.ErrNotFound) {
			t.Errorf("a request without data is still there: %v", err)
		}
		end(open)
		w.puts(open)
		w.pass(time.Hour)
		w.retire(w.now)
		is("at last", 0, 1, 0) // the standing order
	})
}

// However much is old, each transaction deletes little, so that no other waits long.
// In the end all that is old is deleted, and nothing else.
func TestRetirementIsInSmallSteps(t *testing.T) {
	const limit = 50
	w := newWorld(t, open(t, registrytest.SQLite(t)), "", time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
	fill(w, "old")
	w.pass(100 * time.Hour)
	before := w.now.Add(-time.Hour)
	fill(w, "new")
	rows := func() (counts map[string]int64) {
		counts = map[string]int64{}
		for _, table := range []string{"event", "event_answer", "event_target", "history", "opt", "opt_period", "push", "registration", "notice",
			"report_request", "report_value", "report_order_target", "ven", "event_left"} {
			counts[table] = w.count(`SELECT count(*) FROM ` + table)
		}
		return counts
	}
	had := rows()
	had["event_left"] = 2 * many // the later VENs left the old event, too
	most, steps := w.Metered(func() {
		n, err := w.Retire(ctx, before, limit)
		if err != nil || n.Events != 1 || n.Values != many {
			t.Errorf("retired %+v, %v", n, err)
		}
	})
	t.Logf("%d transactions, the largest of %d rows", steps, most)
	if most > 15*limit { // counters and the outboxes of VENs change, too
		t.Errorf("one transaction changed %d rows, want about %d", most, limit)
	}
	for table, n := range rows() {
		if n < had[table]/2-2 || n > had[table]/2+5 { // a few rows are neither old nor new
			t.Errorf("%d of %d rows of %s are left", n, had[table], table)
		}
	}
}

// numbersTo is the JSON list of the numbers from 1 to n.
func numbersTo(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprint(i+1))
	}
	return "[" + strings.Join(list, ",") + "]"
}

// many is how many rows of each kind fill stores.
const many = 200

// fill stores many rows of all kinds that retire, half of them of one VEN and one event.
func fill(w *world, suffix string) {
	w.Helper()
	v := w.registered("ven-" + suffix)
	w.registers(v, w.offer("s", power("p")))
	request := w.requested(v, "s")
	e := w.event("event-"+suffix, all)
	w.claimAll()
	var periods []core.OptPeriod
	var values []core.Value
	for i := range many {
		periods = append(periods, core.OptPeriod{Start: w.now, End: w.now.Add(time.Minute)})
		values = append(values, core.Value{RequestNo: request.No, PointNo: w.point(v, "s", "p"), Start: w.now.Add(time.Duration(i) * time.Second)})
	}
	w.putValues(values...)
	w.change(func(tx core.Tx, rev int64) error {
		for i := range many {
			if err := fillOne(w, tx, rev, v, e, fmt.Sprint(suffix, i), i, periods); err != nil {
				return err
			}
		}
		return errors.Join(tx.PutOpt(&core.Opt{VENNo: v.No, OptID: "schedule", Periods: periods}),
			tx.PutOpt(&core.Opt{VENNo: v.No, OptID: "cancelled", Periods: periods}), cancelOpt(tx, v.No, "cancelled", w.now))
	})
	w.must(w.Exec(ctx, `INSERT INTO push (box, rev, settled_at, attempts, result, code, error)
  SELECT $1 * 256 + 101, value, $2, 1, 'acknowledged', 200, '' FROM json_each($3)`, v.No, w.now.UnixMilli(), numbersTo(many)))
}

// fillOne stores one row of each kind.
func fillOne(w *world, tx core.Tx, rev int64, v *core.VEN, e *core.Event, id string, i int, periods []core.OptPeriod) error {
	other := &core.VEN{VENID: "other-" + id, CreatedAt: w.now}
	order := &core.ReportOrder{OrderID: id, CreatedAt: w.now, EndedAt: w.now}
	for j := range i % 3 * 100 {
		order.Targets = append(order.Targets, group(fmt.Sprint(j)))
	}
	order.Standing = true
	return errors.Join(tx.PutVEN(other), tx.PutAnswer(core.Answer{EventNo: e.No, VENNo: other.No, At: w.now}),
		tx.Record(core.HistoryEntry{EventNo: e.No, VENNo: other.No, At: w.now, What: core.HistoryAnswered}),
		tx.PutOpt(&core.Opt{VENNo: v.No, OptID: "event-" + id, EventNo: e.No, Periods: periods[:i%20]}),
		tx.PutReportOrder(order), tx.Register(v.No, &core.Registration{RegistrationID: "reg-" + id, StartedAt: w.now}),
		tx.PutNotice(&core.Notice{VENNo: v.No, Rev: rev + int64(i), CreatedAt: w.now, EndedAt: w.now}),
		tx.PutReportRequests([]*core.ReportRequest{{ReportRequestID: "ended-" + id, VENNo: other.No, State: core.ReportEnded, EndedAt: w.now}}),
		tx.PutOpt(&core.Opt{VENNo: other.No, OptID: "over", Periods: periods[:i%20+1]}), tx.DeleteVEN(other.No, w.now))
}

func putOrder(w *world, id string, standing bool) {
	w.Helper()
	w.change(func(tx core.Tx, _ int64) error {
		return tx.PutReportOrder(&core.ReportOrder{OrderID: id, CreatedAt: w.now, ReportSpec: core.ReportSpec{Standing: standing}})
	})
}

// has checks the number of rows of tables.
func has(w *world, when string, rows map[string]int64) {
	w.Helper()
	for table, want := range rows {
		if got := w.count(`SELECT count(*) FROM ` + table); got != want {
			w.Errorf("%s: %d rows of %s, want %d", when, got, table, want)
		}
	}
}
