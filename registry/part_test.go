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

// A part of any list is limited in bytes, however many items it may have. Together, the
// parts are the whole list, each item once and in order.
func TestPartsOfListsAreBoundedInBytes(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		l := newLargeLists(w)
		l.readLists()
		l.readMoreLists()
		l.readValues()
	})
}

// Each list has many items of a third of a megabyte; inOne of them fit in a part.
const large, inOne = 12, 4

// largeLists are lists of large items.
type largeLists struct {
	*world
	names          []string
	periods        []core.OptPeriod
	keeps          *core.VEN
	request, other *core.ReportRequest
	e              *core.Event
	want           map[string][]string // the items of each list
}

func newLargeLists(w *world) *largeLists {
	w.Helper()
	l := &largeLists{world: w, names: make([]string, 1100), periods: make([]core.OptPeriod, 6000), want: map[string][]string{}}
	for i := range l.names {
		l.names[i] = fmt.Sprintf("%s-%04d", strings.Repeat("x", 300), i)
	}
	for i := range l.periods {
		l.periods[i] = core.OptPeriod{Start: l.now.Add(time.Duration(i) * time.Hour)}
	}
	l.keeps = l.registered("keeps")
	l.registers(l.keeps, l.offer("s", power("p")))
	l.request, l.other = l.requested(l.keeps, "s"), l.requested(l.keeps, "s")
	l.e = l.event("a", all)
	for i := range large {
		l.store(i)
	}
	for i := range large {
		l.add("opts", fmt.Sprintf("ven-%02d %02d", i, i))
	}
	l.want["VENs"] = append([]string{"keeps"}, l.want["VENs"]...)
	l.want["VENs of an event"] = append([]string{"keeps"}, l.want["VENs of an event"]...)
	l.want["history"] = append([]string{""}, l.want["history"]...) // the entry of the creation
	for _, list := range []string{"events", "orders", "requests"} {
		slices.Reverse(l.want[list])
	}
	l.want["events"] = append(l.want["events"], "a")
	l.want["requests"] = append(l.want["requests"], l.other.ReportRequestID, l.request.ReportRequestID)
	return l
}

func (l *largeLists) add(list, id string) { l.want[list] = append(l.want[list], id) }

// store stores one item of each list.
func (l *largeLists) store(i int) {
	l.Helper()
	id := fmt.Sprintf("%02d", i)
	v := &core.VEN{VENID: "ven-" + id, Groups: l.names, CreatedAt: l.now}
	l.change(func(tx core.Tx, rev int64) error { return tx.PutVEN(v) })
	l.change(func(tx core.Tx, rev int64) error {
		return tx.PutEvent(&core.Event{EventSpec: core.EventSpec{EventID: id, Comment: strings.Join(l.names, " ")}, CreatedAt: l.now, ChangedAt: l.now}, "x")
	})
	o := core.Opt{VENNo: l.keeps.No, OptID: id, OptType: "optIn", CreatedAt: l.now, ReceivedAt: l.now}
	if i%2 == 0 {
		o.Resources = l.names
	} else {
		o.Periods = l.periods
	}
	l.change(func(tx core.Tx, _ int64) error { return tx.PutOpt(&o) })
	o = core.Opt{VENNo: v.No, OptID: id, EventNo: l.e.No, OptType: "optIn", Resources: l.names, CreatedAt: l.now, ReceivedAt: l.now}
	l.change(func(tx core.Tx, _ int64) error { return tx.PutOpt(&o) })
	l.record(core.HistoryEntry{EventNo: l.e.No, VENNo: v.No, What: core.HistoryOptCreated, OptID: id, Resources: l.names})
	l.change(func(tx core.Tx, _ int64) error {
		return tx.PutReportOrder(&core.ReportOrder{OrderID: id, ReportSpec: core.ReportSpec{RIDs: l.names}, CreatedAt: l.now})
	})
	r := &core.ReportRequest{ReportRequestID: "large-" + id, VENNo: v.No, SpecifierID: "s", RIDs: l.names, State: core.ReportEnded, CreatedAt: l.now}
	l.change(func(tx core.Tx, _ int64) error { return tx.PutReportRequests([]*core.ReportRequest{r}) })
	value := core.Value{Start: l.now.Add(time.Duration(i) * time.Minute), GreenButton: []oadr.XML{oadr.XML(strings.Join(l.names, " "))}, ReceivedAt: l.now}
	for no := range 2 {
		value.RequestNo = []int64{l.request.No, l.other.No}[no]
		l.putValues(value)
		l.add("values of both", fmt.Sprint(value.Start, value.RequestNo))
	}
	l.add("values", fmt.Sprint(value.Start, l.other.No))
	l.add("VENs", v.VENID)
	l.add("events", id)
	l.add("opts", "keeps "+id)
	l.add("history", v.VENID)
	l.add("orders", id)
	l.add("requests", r.ReportRequestID)
	l.add("VENs of an event", v.VENID)
}

// parts lists all items, in parts of up to 1000: next is nil at the end.
func (l *largeLists) parts(list string, read func(r core.Reader, after any) (ids []string, next any, err error)) {
	l.Helper()
	var got []string
	for after := any(nil); ; {
		var ids []string
		var next any
		l.must(l.View(ctx, func(r core.Reader) (err error) { ids, next, err = read(r, after); return err }))
		if len(ids) > inOne+2 { // a part may have two more, small items
			l.Errorf("%s: %d items in one part", list, len(ids))
		}
		got = append(got, ids...)
		if next == nil {
			break
		}
		after = next
	}
	if !slices.Equal(got, l.want[list]) {
		l.Errorf("%s: %q, want %q", list, got, l.want[list])
	}
}

func (l *largeLists) readLists() {
	l.Helper()
	l.parts("VENs", func(r core.Reader, after any) (ids []string, _ any, err error) {
		from, _ := after.(string)
		vens, next, err := r.VENs(core.VENFilter{}, from, 1000)
		for _, v := range vens {
			ids = append(ids, v.VENID)
		}
		return ids, unless(next == "", next), err
	})
	l.parts("events", func(r core.Reader, after any) (ids []string, _ any, err error) {
		from, _ := after.(int64)
		events, next, err := r.Events(from, 1000)
		for _, e := range events {
			ids = append(ids, e.EventID)
		}
		return ids, unless(next == 0, next), err
	})
	l.parts("VENs of an event", func(r core.Reader, after any) (ids []string, _ any, err error) {
		from, _ := after.(string)
		vens, next, err := r.EventVENs(l.e, core.EventVENFilter{}, from, 1000)
		for _, v := range vens {
			ids = append(ids, v.VENID)
		}
		return ids, unless(next == "", next), err
	})
	l.parts("history", func(r core.Reader, after any) (ids []string, _ any, err error) {
		from, _ := after.(core.HistoryCursor)
		entries, more, err := r.EventHistory(l.e.No, 0, from, 1000)
		for _, h := range entries {
			ids = append(ids, h.VENID)
		}
		return ids, unless(!more, entries[len(entries)-1].Cursor), err
	})
}

func (l *largeLists) readMoreLists() {
	l.Helper()
	l.parts("opts", func(r core.Reader, after any) (ids []string, _ any, err error) {
		from, _ := after.(core.OptCursor)
		opts, next, err := r.Opts(core.OptQuery{}, from, 1000)
		for _, o := range opts {
			ids = append(ids, o.VENID+" "+o.OptID)
		}
		return ids, unless(next == core.OptCursor{}, next), err
	})
	l.parts("orders", func(r core.Reader, after any) (ids []string, _ any, err error) {
		from, _ := after.(int64)
		orders, next, err := r.ReportOrders(core.ReportOrderFilter{}, from, 1000)
		for _, o := range orders {
			ids = append(ids, o.OrderID)
		}
		return ids, unless(next == 0, next), err
	})
	l.parts("requests", func(r core.Reader, after any) (ids []string, _ any, err error) {
		from, _ := after.(int64)
		requests, next, err := r.ReportRequests(core.ReportFilter{}, from, 1000)
		for _, q := range requests {
			ids = append(ids, q.ReportRequestID)
		}
		return ids, unless(next == 0, next), err
	})
}

func (l *largeLists) readValues() {
	l.Helper()
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
	l.parts("values", values(core.ValueQuery{RequestNo: l.other.No, Limit: 1000}))
	both := core.ValueQuery{VENNo: l.keeps.No, SpecifierID: "s", Limit: 1000}
	l.parts("values of both", values(both))
	both.Newest = true
	newest := l.values(both)
	all := l.want["values of both"]
	for i, v := range newest {
		if id := fmt.Sprint(v.Start, v.RequestNo); len(newest) > inOne || id != all[len(all)-len(newest)+i] {
			l.Errorf("value %d of the newest %d is %s", i, len(newest), id)
		}
	}
}

// unless is nil if a condition holds.
func unless(is bool, v any) any {
	if is {
		return nil
	}
	return v
}
