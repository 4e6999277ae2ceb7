package registry_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

func TestReportRequestsAreReadBackWhole(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		a, b := w.request(v, "s"), w.request(v, "METADATA")
		b.Piggyback, b.Start, b.Granularity, b.ReportBack, b.Duration, b.RIDs = true, time.Time{}, 0, 0, 0, []string{"METADATA"}
		w.puts(a, b)
		if a.No == 0 || a.No == b.No {
			t.Fatalf("numbers %d and %d", a.No, b.No)
		}
		w.is(a)
		w.is(b)
		if _, err := w.find("never"); !errors.Is(err, core.ErrNotFound) {
			t.Errorf("an unknown request: %v", err)
		}
		w.pass(time.Minute)
		a.State, a.ToFollow, a.LastOwed, a.ToldAt, a.DataAt, a.EndedAt = core.ReportCancelled, true, true, w.now, w.now.Add(time.Second), w.now.Add(time.Minute)
		a.Code, a.Error = 461, "not\x00 now \xff"
		w.puts(a)
		a.Error = "not now "
		w.is(a)
		w.is(b)
		got := view(w, func(r core.Reader) (map[string]*core.ReportRequest, error) {
			return r.ReportRequestsByID([]string{b.ReportRequestID, "never", "rr-\x00", "rr-\xff", b.ReportRequestID, a.ReportRequestID})
		})
		needed := func(r *core.ReportRequest) *core.ReportRequest {
			return &core.ReportRequest{No: r.No, ReportRequestID: r.ReportRequestID, VENNo: r.VENNo, SpecifierID: r.SpecifierID,
				Granularity: r.Granularity, State: r.State, Rev: r.Rev, Piggyback: r.Piggyback, ToFollow: r.ToFollow, LastOwed: r.LastOwed, DataAt: r.DataAt}
		}
		if len(got) != 2 || !reflect.DeepEqual(got[a.ReportRequestID], needed(a)) || !reflect.DeepEqual(got[b.ReportRequestID], needed(b)) {
			t.Errorf("by ID: %+v", got)
		}
		if got := view(w, func(r core.Reader) (map[string]*core.ReportRequest, error) { return r.ReportRequestsByID(nil) }); len(got) != 0 {
			t.Errorf("of no ID: %+v", got)
		}
		rIDs := view(w, func(r core.Reader) (map[int64][]string, error) { return r.RequestedRIDs([]int64{b.No, -1, a.No, a.No}) })
		if len(rIDs) != 2 || !slices.Equal(rIDs[a.No], a.RIDs) || !slices.Equal(rIDs[b.No], b.RIDs) {
			t.Errorf("requested rIDs %v", rIDs)
		}
	})
}

// A change that is based on an older state does not overwrite a newer one.
func TestReportRequestsOfALaterRevisionStay(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		r := w.requested(v, "s")
		stale := *r // as another transaction read it
		stale.State, stale.ToldAt = core.ReportActive, w.now
		r.State = core.ReportCancelling
		w.puts(r)
		w.must(w.Update(ctx, func(tx core.Tx) error { return tx.PutReportRequests([]*core.ReportRequest{&stale}) }))
		w.is(r)
		same := *r
		same.State, same.EndedAt = core.ReportCancelled, w.now
		w.must(w.Update(ctx, func(tx core.Tx) error { return tx.PutReportRequests([]*core.ReportRequest{&same}) }))
		w.is(&same)
	})
}

func TestR8ReportsHeard(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		var all []*core.ReportRequest
		for _, s := range []core.ReportState{core.ReportPending, core.ReportActive, core.ReportCancelling, core.ReportCancelled} {
			r := w.request(v, "s")
			r.State, r.LastOwed = s, true
			all = append(all, r)
		}
		other := w.request(v, "s")
		w.puts(append(all, other)...)
		w.pass(time.Minute)
		w.heard(all...)
		w.heard()
		for i, r := range all {
			r.DataAt = w.now
			switch i {
			case 0:
				r.State = core.ReportActive
			case 3:
				r.LastOwed = false
			}
			w.is(r)
		}
		w.is(other)

		// A state that was read before data arrived does not undo that it arrived.
		before := *all[0]
		before.State, before.DataAt, before.ToldAt = core.ReportPending, time.Time{}, w.now
		w.must(w.Update(ctx, func(tx core.Tx) error { return tx.PutReportRequests([]*core.ReportRequest{&before}) }))
		all[0].ToldAt = w.now
		w.is(all[0])
		w.pass(time.Minute)
		w.heard(all[0]) // it was heard earlier
		w.is(all[0])
		w.putValues(core.Value{RequestNo: all[0].No, Start: w.now, ReceivedAt: w.now.Add(time.Hour)},
			core.Value{RequestNo: all[0].No, Start: w.now.Add(-time.Hour), ReceivedAt: w.now.Add(time.Minute)})
		all[0].DataAt = w.now.Add(time.Hour)
		w.is(all[0])
	})
}

func TestReportRequestsAreListed(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		a, b := w.ven("a"), w.ven("b")
		w.requested(a, "s") // rr-1
		w.requested(b, "s")
		w.requested(a, "t")
		ended := w.request(a, "s") // rr-4
		ended.State, ended.EndedAt, ended.OrderID = core.ReportEnded, w.now, "other"
		w.puts(ended)
		w.requested(a, "s")
		list := func(f core.ReportFilter, limit int) string {
			t.Helper()
			var pages []string
			for before, more := int64(0), true; more; more = before != 0 {
				w.must(w.View(ctx, func(r core.Reader) error {
					requests, next, err := r.ReportRequests(f, before, limit)
					pages, before = append(pages, ids(requests)), next
					return err
				}))
			}
			return strings.Join(pages, ", ")
		}
		for _, x := range []struct {
			filter core.ReportFilter
			limit  int
			want   string
		}{
			{core.ReportFilter{}, 10, "rr-5 rr-4 rr-3 rr-2 rr-1"},
			{core.ReportFilter{}, 2, "rr-5 rr-4, rr-3 rr-2, rr-1"},
			{core.ReportFilter{}, 5, "rr-5 rr-4 rr-3 rr-2 rr-1"},
			{core.ReportFilter{VENID: "a"}, 3, "rr-5 rr-4 rr-3, rr-1"},
			{core.ReportFilter{VENID: "never"}, 3, ""},
			{core.ReportFilter{SpecifierID: "t"}, 3, "rr-3"},
			{core.ReportFilter{OrderID: "other"}, 3, "rr-4"},
			{core.ReportFilter{State: core.ReportPending}, 3, "rr-5 rr-3 rr-2, rr-1"},
			{core.ReportFilter{VENID: "a", SpecifierID: "s", OrderID: "order", State: core.ReportPending}, 1, "rr-5, rr-1"},
		} {
			if got := list(x.filter, x.limit); got != x.want {
				t.Errorf("%+v, %d at a time: %s; want %s", x.filter, x.limit, got, x.want)
			}
		}
		w.remove(b.No)
		if got := list(core.ReportFilter{}, 10); got != "rr-5 rr-4 rr-3 rr-1" {
			t.Errorf("after a VEN was deleted: %s", got)
		}
	})
}

func TestReportRequestsByState(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		a, b := w.ven("a"), w.ven("b")
		for _, v := range []*core.VEN{b, a} { // numbered from rr-1, rr-8
			for _, s := range []core.ReportState{core.ReportPending, core.ReportActive, core.ReportRefused, core.ReportCancelling, core.ReportCancelled, core.ReportEnded, core.ReportPending} {
				r := w.request(v, "s")
				r.State = s
				w.puts(r)
			}
		}
		lists := map[string]func(core.Reader, []int64) ([]*core.ReportRequest, error){
			"open": core.Reader.OpenReports, "untold": core.Reader.UntoldReports,
		}
		for _, x := range []struct {
			list string
			vens []int64
			want string
		}{
			{"open", []int64{b.No}, "rr-1 rr-2 rr-4 rr-7"},
			{"open", []int64{a.No, b.No}, "rr-8 rr-9 rr-11 rr-14 rr-1 rr-2 rr-4 rr-7"}, // by VEN
			{"untold", []int64{b.No}, "rr-1 rr-4 rr-7"},
			{"untold", []int64{99, b.No, b.No}, "rr-1 rr-4 rr-7"},
			{"untold", nil, ""},
		} {
			if got := ids(view(w, func(r core.Reader) ([]*core.ReportRequest, error) { return lists[x.list](r, x.vens) })); got != x.want {
				t.Errorf("%s of %v: %s; want %s", x.list, x.vens, got, x.want)
			}
		}
	})
}

// VENs that a change concerns are due. A cancellation that rides in an answer is not pushed.
func TestMarkReports(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		a, b, c, d := w.ven("a"), w.ven("b"), w.ven("c"), w.ven("d")
		w.requested(d, "s") // under an earlier revision
		riding, active := w.request(b, "s"), w.request(c, "s")
		riding.Piggyback, active.State = true, core.ReportActive
		cancelling := w.requested(a, "s")
		cancelling.State = core.ReportCancelling
		rev := w.puts(w.request(a, "s"), w.request(a, "t"), cancelling, riding, active)
		w.must(w.Update(ctx, func(tx core.Tx) error { return tx.MarkReports(rev, core.UrgencyFew, w.now) }))
		claims := w.claim(core.UrgencyFew)
		if len(claims) != 1 || claims[0].VENNo != a.No || claims[0].Topic != core.TopicReports || claims[0].Rev != rev {
			t.Fatalf("claimed %+v", claims)
		}
		applied, err := w.Settle(ctx, w.now, []core.Settlement{{Token: claims[0].Token(), By: jid("a"), Outcome: core.Outcome{Result: core.Acknowledged}}},
			func(core.Tx, core.Settlement) error { return nil })
		if err != nil || applied[0] != core.Counted {
			t.Errorf("the outcome did not count: %v", err)
		}
		w.claimNone()
		rev = w.puts()
		w.must(w.Update(ctx, func(tx core.Tx) error { return tx.MarkReports(rev, core.UrgencyFew, w.now) }))
		w.claimNone()
	})
}

// R10: reports are there after a restart.
func TestR10ReportsSurviveARestart(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.registered("ven-1")
		w.registers(v, w.offer("s", power("p")))
		going, cancelled := w.requested(v, "s"), w.requested(v, "s")
		cancelled.State, cancelled.LastOwed, cancelled.EndedAt = core.ReportCancelled, true, w.now
		w.puts(cancelled)
		w.heard(going)
		going.State, going.DataAt = core.ReportActive, w.now
		value := core.Value{RequestNo: going.No, PointNo: w.point(v, "s", "p"), RID: "p", Start: w.now, Value: 1, ReceivedAt: w.now}
		w.put1(value)
		vtnReport := core.VTNReport{VENNo: v.No, RequestID: "mine", RegistrationID: "reg-ven-1", Rev: 3, Every: time.Minute, NextAt: w.now}
		w.change(func(tx core.Tx, _ int64) error { return tx.PutVTNReport(vtnReport) })

		w.must(w.Close())
		w.Registry = open(t, w.store)
		w.is(going)
		w.is(cancelled)
		if got := w.values(core.ValueQuery{RequestNo: going.No, Limit: 10}); !reflect.DeepEqual(got, []core.Value{value}) {
			t.Errorf("values %+v, want %+v", got, value)
		}
		if got := w.offers(v); len(got) != 1 || got[0].Points[0].RID != "p" {
			t.Errorf("offers %+v", got)
		}
		if got := view(w, func(r core.Reader) ([]core.VTNReport, error) { return r.DueVTNReports(w.now, 10) }); !reflect.DeepEqual(got, []core.VTNReport{vtnReport}) {
			t.Errorf("VTN reports %+v", got)
		}
		if again := w.requested(v, "s"); again.No <= cancelled.No {
			t.Errorf("a new request has number %d after %d", again.No, cancelled.No)
		}
	})
}

// A VEN's message about a request and the outcome of its push arrive at the same time:
// each transaction sees the change of the other.
func TestReportRequestsAreChangedOneAfterTheOther(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		r := w.requested(v, "s")
		for way, read := range map[string]func(core.Tx) ([]*core.ReportRequest, error){
			"untold": func(tx core.Tx) ([]*core.ReportRequest, error) { return tx.UntoldReports([]int64{v.No}) },
			"open":   func(tx core.Tx) ([]*core.ReportRequest, error) { return tx.OpenReports([]int64{v.No}) },
			"order":  func(tx core.Tx) ([]*core.ReportRequest, error) { return tx.OpenReportsOfOrder(r.OrderID) },
			"one": func(tx core.Tx) ([]*core.ReportRequest, error) {
				one, err := tx.ReportRequest(r.ReportRequestID)
				return []*core.ReportRequest{one}, err
			},
		} {
			const each = 25
			done := make(chan error)
			add := func() {
				for range each {
					if err := w.Update(ctx, func(tx core.Tx) error {
						requests, err := read(tx)
						if err != nil {
							return err
						}
						requests[0].Code++
						return tx.PutReportRequests(requests)
					}); err != nil {
						done <- err
						return
					}
				}
				done <- nil
			}
			before := view(w, func(tx core.Reader) (*core.ReportRequest, error) { return tx.ReportRequest(r.ReportRequestID) })
			for range 4 {
				go add()
			}
			for range 4 {
				w.must(<-done)
			}
			after := view(w, func(tx core.Reader) (*core.ReportRequest, error) { return tx.ReportRequest(r.ReportRequestID) })
			if got := after.Code - before.Code; got != 4*each {
				t.Errorf("%s: of %d changes %d are stored", way, 4*each, got)
			}
		}
	})
}

// Outcomes arrive in one order, reports in another, while the operator cancels all
// requests: there is no deadlock, so no transaction is run twice.
func TestReportsAreSettledBesideReportsAndCancellations(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		const n, rounds = 100, 5
		var nos []int64
		var requests []*core.ReportRequest
		var batch []core.Settlement
		for i := range n {
			v := w.ven(fmt.Sprint("ven-", i))
			nos, requests = append(nos, v.No), append(requests, w.request(v, "s"))
		}
		slices.Reverse(requests) // so that their order is the reverse of that of the VENs
		for _, r := range requests {
			w.puts(r)
		}
		for i, no := range nos {
			batch = append(batch, core.Settlement{Token: core.Token{Topic: core.TopicReports, VENNo: no}, By: jid(fmt.Sprint("ven-", i)), Outcome: core.Outcome{Result: core.Acknowledged}})
		}
		rand.Shuffle(n, func(i, j int) { batch[i], batch[j] = batch[j], batch[i] })
		var tries atomic.Int64
		done := make(chan error, 3)
		rev := w.change(func(tx core.Tx, rev int64) error {
			for _, r := range requests {
				r.Rev = rev
			}
			return errors.Join(tx.PutReportRequests(requests), tx.MarkReports(rev, core.UrgencyFew, w.now))
		})
		for len(w.claim(core.UrgencyFew)) > 0 { // all are in flight
		}
		for i := range batch {
			batch[i].Token.Rev = rev
		}
		go func() { done <- settleReports(w, batch, &tries) }()
		go func() { done <- hearReports(w, requests, rounds, &tries) }()
		go func() { done <- cancelReports(w, requests[0].OrderID, rounds, &tries) }()
		for range 3 {
			w.must(<-done)
		}
		if got := tries.Load(); got != 1+2*rounds {
			t.Errorf("%d transactions were begun, want %d", got, 1+2*rounds)
		}
	})
}

// settleReports settles a batch and counts how often its transaction is begun.
func settleReports(w *world, batch []core.Settlement, tries *atomic.Int64) error {
	first := batch[0].Token.VENNo
	for _, b := range batch {
		first = min(first, b.Token.VENNo)
	}
	_, err := w.Settle(ctx, w.now, batch, func(tx core.Tx, s core.Settlement) error {
		if s.Token.VENNo == first {
			tries.Add(1)
		}
		untold, err := tx.UntoldReports([]int64{s.Token.VENNo})
		for _, r := range untold {
			r.ToldAt = w.now
		}
		return errors.Join(err, tx.PutReportRequests(untold))
	})
	return err
}

// hearReports stores values of all requests, round by round.
func hearReports(w *world, requests []*core.ReportRequest, rounds int, tries *atomic.Int64) error {
	for round := range rounds {
		if err := w.Update(ctx, func(tx core.Tx) error {
			tries.Add(1)
			var values []core.Value
			var heard []int64
			for _, r := range requests {
				values = append(values, core.Value{RequestNo: r.No, PointNo: 1, Start: w.now.Add(time.Duration(round) * time.Minute), ReceivedAt: w.now})
				heard = append(heard, r.No)
			}
			return errors.Join(tx.PutValues(values), tx.ReportsHeard(heard, nil, w.now))
		}); err != nil {
			return err
		}
	}
	return nil
}

// cancelReports cancels all requests of an order, round by round.
func cancelReports(w *world, orderID string, rounds int, tries *atomic.Int64) error {
	for range rounds {
		if err := w.Change(ctx, func(tx core.Tx, rev int64) error {
			tries.Add(1)
			all, err := tx.OpenReportsOfOrder(orderID)
			for _, r := range all {
				r.State, r.Rev = core.ReportCancelling, rev
			}
			return errors.Join(err, tx.PutReportRequests(all), tx.MarkReports(rev, core.UrgencyFew, w.now))
		}); err != nil {
			return err
		}
	}
	return nil
}
