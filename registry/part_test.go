package registry_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// A part of any list ends after so many bytes, however many items it may have, and
// the parts are the whole list, each item once and in order.
func TestPartsOfListsAreBoundedInBytes(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		const many, inOne = 12, 4 // of a third of a megabyte each
		large := strings.Repeat("x", 300)
		names := make([]string, 1100)
		for i := range names {
			names[i] = fmt.Sprintf("%s-%04d", large, i)
		}
		keeps := w.registered("keeps")
		w.registers(keeps, w.offer("s", power("p")))
		request := w.requested(keeps, "s")
		other := w.requested(keeps, "s")
		want := map[string][]string{}
		add := func(list, id string) { want[list] = append(want[list], id) }
		periods := make([]core.OptPeriod, 6000)
		for i := range periods {
			periods[i] = core.OptPeriod{Start: w.now.Add(time.Duration(i) * time.Hour)}
		}
		e := w.event("a", all)
		for i := range many {
			id := fmt.Sprintf("%02d", i)
			v := &core.VEN{VENID: "ven-" + id, Groups: names, CreatedAt: w.now}
			w.change(func(tx core.Tx, rev int64) error { return tx.PutVEN(v) })
			w.change(func(tx core.Tx, rev int64) error {
				return tx.PutEvent(&core.Event{EventSpec: core.EventSpec{EventID: id, Comment: strings.Join(names, " ")}, CreatedAt: w.now, ChangedAt: w.now}, "x")
			})
			o := core.Opt{VENNo: keeps.No, OptID: id, OptType: "optIn", CreatedAt: w.now, ReceivedAt: w.now}
			if i%2 == 0 {
				o.Resources = names
			} else {
				o.Periods = periods
			}
			w.change(func(tx core.Tx, _ int64) error { return tx.PutOpt(&o) })
			o = core.Opt{VENNo: v.No, OptID: id, EventNo: e.No, OptType: "optIn", Resources: names, CreatedAt: w.now, ReceivedAt: w.now}
			w.change(func(tx core.Tx, _ int64) error { return tx.PutOpt(&o) })
			w.record(core.HistoryEntry{EventNo: e.No, VENNo: v.No, What: core.HistoryOptCreated, OptID: id, Resources: names})
			w.change(func(tx core.Tx, _ int64) error {
				return tx.PutReportOrder(&core.ReportOrder{OrderID: id, ReportSpec: core.ReportSpec{RIDs: names}, CreatedAt: w.now})
			})
			r := &core.ReportRequest{ReportRequestID: "large-" + id, VENNo: v.No, SpecifierID: "s", RIDs: names, State: core.ReportEnded, CreatedAt: w.now}
			w.change(func(tx core.Tx, _ int64) error { return tx.PutReportRequests([]*core.ReportRequest{r}) })
			value := core.Value{Start: w.now.Add(time.Duration(i) * time.Minute), GreenButton: []oadr.XML{oadr.XML(strings.Join(names, " "))}, ReceivedAt: w.now}
			for no := range 2 {
				value.RequestNo = []int64{request.No, other.No}[no]
				w.putValues(value)
				add("values of both", fmt.Sprint(value.Start, value.RequestNo))
			}
			add("values", fmt.Sprint(value.Start, other.No))
			add("VENs", v.VENID)
			add("events", id)
			add("opts", "keeps "+id)
			add("history", v.VENID)
			add("orders", id)
			add("requests", r.ReportRequestID)
			add("VENs of an event", v.VENID)
		}
		for i := range many {
			add("opts", fmt.Sprintf("ven-%02d %02d", i, i))
		}
		want["VENs"] = append([]string{"keeps"}, want["VENs"]...)
		want["VENs of an event"] = append([]string{"keeps"}, want["VENs of an event"]...)
		want["history"] = append([]string{""}, want["history"]...) // that it was created
		for _, list := range []string{"events", "orders", "requests"} {
			slices.Reverse(want[list])
		}
		want["events"] = append(want["events"], "a")
		want["requests"] = append(want["requests"], other.ReportRequestID, request.ReportRequestID)

		// parts lists all, in parts of up to 1000 items: next is nil at the end.
		parts := func(list string, read func(r core.Reader, after any) (ids []string, next any, err error)) {
			var got []string
			for after := any(nil); ; {
				var ids []string
				var next any
				w.must(w.View(ctx, func(r core.Reader) (err error) { ids, next, err = read(r, after); return err }))
				if len(ids) > inOne+2 { // those that are small
					t.Errorf("%s: %d items in one part", list, len(ids))
				}
				got = append(got, ids...)
				if next == nil {
					break
				}
				after = next
			}
			if !slices.Equal(got, want[list]) {
				t.Errorf("%s: %q, want %q", list, got, want[list])
			}
		}
		parts("VENs", func(r core.Reader, after any) (ids []string, _ any, err error) {
			from, _ := after.(string)
			vens, next, err := r.VENs(core.VENFilter{}, from, 1000)
			for _, v := range vens {
				ids = append(ids, v.VENID)
			}
			return ids, unless(next == "", next), err
		})
		parts("events", func(r core.Reader, after any) (ids []string, _ any, err error) {
			from, _ := after.(int64)
			events, next, err := r.Events(from, 1000)
			for _, e := range events {
				ids = append(ids, e.EventID)
			}
			return ids, unless(next == 0, next), err
		})
		parts("VENs of an event", func(r core.Reader, after any) (ids []string, _ any, err error) {
			from, _ := after.(string)
			vens, next, err := r.EventVENs(e, core.EventVENFilter{}, from, 1000)
			for _, v := range vens {
				ids = append(ids, v.VENID)
			}
			return ids, unless(next == "", next), err
		})
		parts("history", func(r core.Reader, after any) (ids []string, _ any, err error) {
			from, _ := after.(core.HistoryCursor)
			entries, more, err := r.EventHistory(e.No, 0, from, 1000)
			for _, h := range entries {
				ids = append(ids, h.VENID)
			}
			return ids, unless(!more, entries[len(entries)-1].Cursor), err
		})
		parts("opts", func(r core.Reader, after any) (ids []string, _ any, err error) {
			from, _ := after.(core.OptCursor)
			opts, next, err := r.Opts(core.OptQuery{}, from, 1000)
			for _, o := range opts {
				ids = append(ids, o.VENID+" "+o.OptID)
			}
			return ids, unless(next == core.OptCursor{}, next), err
		})
		parts("orders", func(r core.Reader, after any) (ids []string, _ any, err error) {
			from, _ := after.(int64)
			orders, next, err := r.ReportOrders(core.ReportOrderFilter{}, from, 1000)
			for _, o := range orders {
				ids = append(ids, o.OrderID)
			}
			return ids, unless(next == 0, next), err
		})
		parts("requests", func(r core.Reader, after any) (ids []string, _ any, err error) {
			from, _ := after.(int64)
			requests, next, err := r.ReportRequests(core.ReportFilter{}, from, 1000)
			for _, q := range requests {
				ids = append(ids, q.ReportRequestID)
			}
			return ids, unless(next == 0, next), err
		})
		values := func(q core.ValueQuery) func(core.Reader, any) ([]string, any, error) {
			return func(r core.Reader, after any) (ids []string, _ any, err error) {
				q.After, _ = after.(core.ValueKey)
				values, more, err := r.Values(q)
				for _, v := range values {
					ids = append(ids, fmt.Sprint(v.Start, v.RequestNo))
				}
				return ids, unless(!more, values[len(values)-1].Key()), err
			}
		}
		parts("values", values(core.ValueQuery{RequestNo: other.No, Limit: 1000}))
		both := core.ValueQuery{VENNo: keeps.No, SpecifierID: "s", Limit: 1000}
		parts("values of both", values(both))
		both.Newest = true
		newest := w.values(both)
		all := want["values of both"]
		for i, v := range newest {
			if id := fmt.Sprint(v.Start, v.RequestNo); len(newest) > inOne || id != all[len(all)-len(newest)+i] {
				t.Errorf("value %d of the newest %d is %s", i, len(newest), id)
			}
		}
	})
}

// unless is nil where something is so.
func unless(is bool, v any) any {
	if is {
		return nil
	}
	return v
}
