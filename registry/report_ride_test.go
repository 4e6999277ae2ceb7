package registry_test

import (
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
)

func TestR4CancellationsThatRideAreFoundWhenTheyAreToBePushed(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v, u := w.ven("ven-1"), w.ven("ven-2")
		a, b, c, d := w.requested(v, "s"), w.requested(v, "s"), w.requested(u, "s"), w.requested(u, "s")
		if got := w.nextStranded(); !got.IsZero() {
			t.Errorf("without cancellations the next is at %s", got)
		}
		w.rides(time.Minute, c)
		w.rides(time.Hour, a)
		w.rides(time.Minute, b)
		w.is(b)
		if got := w.nextStranded(); !got.Equal(w.now.Add(time.Minute)) {
			t.Errorf("the next is at %s", got)
		}
		if got := w.stranded(10); got != "" {
			t.Errorf("stranded before that: %q", got)
		}
		w.pass(time.Minute)
		if all, one := w.stranded(10), w.stranded(1); all != b.ReportRequestID+" "+c.ReportRequestID || one != b.ReportRequestID {
			t.Errorf("stranded then: %q, the first is %q", all, one)
		}
		// A cancellation that is pushed or confirmed, or never rode, is not stranded.
		b.Piggyback, c.State = false, core.ReportCancelled
		w.puts(b, c, d)
		if got := w.stranded(10); got != "" {
			t.Errorf("stranded after push and confirmation: %q", got)
		}
		if got := w.nextStranded(); !got.Equal(a.RideUntil) {
			t.Errorf("the next is at %s", got)
		}
	})
}

func TestR4UpdatesSinceACancellationRodeAreCounted(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		riding, pushed, open := w.requested(v, "s"), w.requested(v, "s"), w.requested(v, "s")
		w.rides(time.Minute, riding)
		pushed.State = core.ReportCancelling
		w.puts(pushed)
		for range 3 {
			w.heard(riding, pushed, open, riding)
			for _, r := range []*core.ReportRequest{riding, pushed, open} {
				r.DataAt = w.now
			}
			open.State = core.ReportActive
			riding.Rode++
			w.is(riding)
			w.is(pushed)
			w.is(open)
			byID := view(w, func(r core.Reader) (map[string]*core.ReportRequest, error) {
				return r.ReportRequestsByID([]string{riding.ReportRequestID})
			})
			if got := byID[riding.ReportRequestID].Rode; got != riding.Rode {
				t.Errorf("an update sees %d, want %d", got, riding.Rode)
			}
			older := *riding // as another transaction read it before
			older.Rode = 0
			w.puts(&older)
			riding.Rev = older.Rev
			w.is(riding)
		}
	})
}

// In a store of an earlier version, a cancellation that waits to ride is pushed at once,
// and a request for METADATA gets the rID that the VEN must be sent.
func TestMigrationOfReportRequests(t *testing.T) {
	for name, make := range bare {
		t.Run(name, func(t *testing.T) {
			store := make(t)
			request := func(no, id, specifier, rIDs, state, piggyback string) string {
				return `INSERT INTO report_request (no, report_request_id, order_id, ven_no, specifier_id, granularity_ms, body, state, rev, piggyback, to_follow, last_owed, created_at, created_by, code, error)
 VALUES (` + no + `, '` + id + `', 'o', 1, '` + specifier + `', 0, '{"rIDs": ["` + rIDs + `"], "start": "0001-01-01T00:00:00Z"}', '` + state + `', 1, ` + piggyback + `, FALSE, FALSE, 0, 'x', 0, '')`
			}
			err := registry.MigrateTo(ctx, store, 18,
				`INSERT INTO ven (no, ven_id, name, profile, payload_root, labels_rev, created_at) VALUES (1, 'ven-1', '', '2.0b', '', 1, 0)`,
				request("2", "rides", "s", "METADATA", "cancelling", "TRUE"), request("3", "pushed", "s", "a", "cancelling", "FALSE"),
				request("4", "waits", "METADATA", "METADATA", "pending", "TRUE"),
				`INSERT INTO report_order (no, order_id, standing, body, created_at, created_by) VALUES (5, 'early', TRUE, '{"Targets": [{"Kind": "all", "Value": ""}], "SpecifierID": "s", "Granularity": 60000000000}', 0, 'x')`,
				`UPDATE change SET rev = 1, no = 5`)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, open(t, store), store, time.UnixMilli(2000).UTC())
			if got := w.stranded(10); got != "rides" {
				t.Errorf("stranded: %q", got)
			}
			order := func(id string) *core.ReportOrder {
				return view(w, func(r core.Reader) (*core.ReportOrder, error) { return r.ReportOrder(id) })
			}
			if o := order("early"); !o.Early || o.SpecifierID != "s" || o.Granularity != time.Minute {
				t.Errorf("an order from before the migration is %+v", o)
			}
			now := &core.ReportOrder{OrderID: "now", ReportSpec: core.ReportSpec{SpecifierID: "s"}, CreatedAt: w.now}
			w.change(func(tx core.Tx, _ int64) error { return tx.PutReportOrder(now) })
			if o := order("now"); o.Early {
				t.Errorf("an order from after the migration is %+v", o)
			}
			for id, want := range map[string]string{"rides": "METADATA", "waits": "0"} {
				if r, err := w.find(id); err != nil || len(r.RIDs) != 1 || r.RIDs[0] != want {
					t.Errorf("%s is %+v, %v, want rID %s", id, r, err, want)
				}
			}
		})
	}
}
