package registry_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
)

func TestStandingOrdersOfAVEN(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		order := func(id string, standing bool, targets ...core.Target) *core.ReportOrder {
			o := &core.ReportOrder{OrderID: id, CreatedAt: w.now, ReportSpec: core.ReportSpec{Targets: targets, Standing: standing}}
			w.change(func(tx core.Tx, _ int64) error { return tx.PutReportOrder(o) })
			return o
		}
		order("for all", true, all)
		both := order("both", true, group("g"), only("ven-1"), group("g"))
		order("once", false, all)
		order("other group", true, group("h"))
		check := func(v *core.VEN, want ...string) {
			t.Helper()
			var got []string
			for _, o := range view(w, func(r core.Reader) ([]*core.ReportOrder, error) { return r.StandingOrders(v.No) }) {
				got = append(got, o.OrderID)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("for %s stand %q, want %q", v.VENID, got, want)
			}
		}
		one, two := w.ven("ven-1", "g"), w.ven("ven-2")
		check(one, "for all", "both")
		check(two, "for all")
		both.EndedAt = w.now
		w.change(func(tx core.Tx, _ int64) error { return tx.PutReportOrder(both) })
		check(one, "for all")
	})
}

// Standing orders from before orders were indexed by their targets are found.
func TestMigrationFindsStandingOrders(t *testing.T) {
	for name, make := range bare {
		t.Run(name, func(t *testing.T) {
			store := make(t)
			order := func(no, standing, ended string) string {
				return `INSERT INTO report_order (no, order_id, standing, body, created_at, created_by, ended_at) VALUES (` + no + `, 'order-` + no + `', ` + standing +
					`, '{"Targets":[{"Kind":"group","Value":"g"},{"Kind":"venID","Value":"ven-1"},{"Kind":"group","Value":"g"}],"Standing":` + standing + `}', 0, '', ` + ended + `)`
			}
			if err := registry.MigrateTo(ctx, store, 8, order("1", "true", "NULL"), order("2", "true", "7"), order("3", "false", "NULL"), `UPDATE change SET no = 3`); err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, open(t, store), store, time.UnixMilli(2000).UTC())
			v := w.ven("ven-9", "g")
			orders := view(w, func(r core.Reader) ([]*core.ReportOrder, error) { return r.StandingOrders(v.No) })
			if len(orders) != 1 || orders[0].OrderID != "order-1" {
				t.Errorf("found %+v", orders)
			}
		})
	}
}

func TestReportOrders(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		a, b, c := ordered(w, "a", true), ordered(w, "b", false), ordered(w, "c", true)
		find := func(id string) (*core.ReportOrder, error) {
			var o *core.ReportOrder
			err := w.View(ctx, func(r core.Reader) (err error) { o, err = r.ReportOrder(id); return err })
			return o, err
		}
		if got, err := find("b"); err != nil || !reflect.DeepEqual(got, b) {
			t.Errorf("order %+v %v, want %+v", got, err, b)
		}
		if _, err := find("never"); !errors.Is(err, core.ErrNotFound) {
			t.Errorf("an unknown order: %v", err)
		}
		list := func(standing bool, limit int) (pages [][]string) {
			t.Helper()
			for before, more := int64(0), true; more; more = before != 0 {
				w.must(w.View(ctx, func(r core.Reader) error {
					orders, next, err := r.ReportOrders(core.ReportOrderFilter{Standing: standing}, before, limit)
					var ids []string
					for _, o := range orders {
						ids = append(ids, o.OrderID)
					}
					pages, before = append(pages, ids), next
					return err
				}))
			}
			return pages
		}
		for _, x := range []struct {
			standing bool
			limit    int
			want     [][]string
		}{
			{false, 10, [][]string{{"c", "b", "a"}}}, {false, 3, [][]string{{"c", "b", "a"}}}, {false, 2, [][]string{{"c", "b"}, {"a"}}},
			{true, 10, [][]string{{"c", "a"}}}, {true, 1, [][]string{{"c"}, {"a"}}},
		} {
			if got := list(x.standing, x.limit); !reflect.DeepEqual(got, x.want) {
				t.Errorf("standing %v, %d at a time: %v, want %v", x.standing, x.limit, got, x.want)
			}
		}
		c.EndedAt = w.now.Add(time.Minute)
		w.change(func(tx core.Tx, _ int64) error { return tx.PutReportOrder(c) })
		if got, _ := find("c"); !reflect.DeepEqual(got, c) {
			t.Errorf("ended: %+v, want %+v", got, c)
		}
		if got := list(true, 10); !reflect.DeepEqual(got, [][]string{{"a"}}) {
			t.Errorf("standing once one has ended: %v", got)
		}
		if a.No == 0 || a.No == b.No {
			t.Errorf("numbers %d and %d", a.No, b.No)
		}
	})
}

// ordered stores a report order for everybody.
func ordered(w *world, id string, standing bool) *core.ReportOrder {
	o := &core.ReportOrder{OrderID: id, CreatedAt: w.now, CreatedBy: "operator",
		ReportSpec: core.ReportSpec{Targets: []core.Target{group("g"), all}, SpecifierID: "s", RIDs: []string{"b", "a"}, ReportName: "TELEMETRY_USAGE",
			ReportType: "demand", Measurement: "powerReal", Granularity: time.Minute, ReportBack: 5 * time.Minute, Start: w.now.Add(time.Hour),
			Duration: 24 * time.Hour, Standing: standing, Piggyback: true}}
	w.change(func(tx core.Tx, _ int64) error { return tx.PutReportOrder(o) })
	return o
}
