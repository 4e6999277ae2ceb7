package registry_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
)

// Opts that were stored before the end of a period was limited get an end that can be
// shown. Opts from when only resources and device classes were stored keep these.
func TestMigrationOfOpts(t *testing.T) {
	for name, make := range bare {
		t.Run(name, func(t *testing.T) {
			store := make(t)
			err := registry.MigrateTo(ctx, store, 9,
				`INSERT INTO ven (no, ven_id, name, profile, payload_root, labels_rev, created_at) VALUES (1, 'ven-1', '', '2.0b', '', 1, 0)`,
				`INSERT INTO opt (ven_no, opt_id, modification, opt, reason, body, created_at, received_at) VALUES (1, 's', 0, 'optOut', '', '{}', 9, 9)`,
				`INSERT INTO event (no, event_id, modification, highest, rev, market_context, test, start_at, created_at, changed_at) VALUES (4, 'e', 0, 0, 3, '', FALSE, 0, 0, 0)`,
				`INSERT INTO event_revision (event_no, modification, rev, body, changed_at, changed_by) VALUES (4, 0, 3, '{}', 0, 'x')`,
				`INSERT INTO event_target (event_no, kind, value) VALUES (4, 'all', '')`,
				`INSERT INTO label (kind, value, ven_no, rev) VALUES ('all', '', 1, 1)`,
				`INSERT INTO identity (transport, identity, ven_no) VALUES ('xmpp', 'ven-1@example.org', 1)`,
				`INSERT INTO outbox (box, ven_no, topic, rev, sent, settled, state, urgency, place, attempts, result, code, error) VALUES (357, 1, 101, 3, 0, 0, 'idle', 2, 0, 0, 'acknowledged', 0, '')`,
				`INSERT INTO opt (ven_no, opt_id, event_no, modification, opt, reason, body, created_at, received_at)
 VALUES (1, 'whole', 4, 0, 'optOut', '', '{}', 9, 9), (1, 'parts', 4, 0, 'optIn', '', '{"marketContext": "m", "resources": ["r1"], "deviceClasses": ["Thermostat"]}', 9, 9)`,
				`INSERT INTO history (event_no, ven_no, at, what, modification, opt, opt_id, resources, code, error) VALUES (4, 1, 9, 'optCreated', 0, 'optIn', 'parts', '["r1"]', 0, '')`,
				`INSERT INTO opt_period (ven_no, opt_id, place, start_at, end_at) VALUES (1, 's', 0, 253402214400000, 253410854400000), (1, 's', 1, 0, 253402300799999), (1, 's', 2, 0, NULL)`)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, open(t, store), store, time.UnixMilli(2000).UTC())
			o := w.opt(1, "s")
			if len(o.Periods) != 3 || !o.Periods[0].End.IsZero() || o.Periods[1].End.Year() != 9999 || !o.Periods[2].End.IsZero() {
				t.Errorf("the schedule has %v", o.Periods)
			}
			if o := w.opt(1, "whole"); o.Resources != nil || o.DeviceClasses != nil || !o.Others.IsEmpty() {
				t.Errorf("the opt of the whole VEN is %+v", o)
			}
			o = w.opt(1, "parts")
			if !slices.Equal(o.Resources, []string{"r1"}) || !slices.Equal(o.DeviceClasses, []string{"Thermostat"}) || !o.Others.IsEmpty() || o.MarketContext != "m" {
				t.Errorf("the opt of parts is %+v", o)
			}
			v := view(w, func(r core.Reader) (*core.VEN, error) { return r.VEN("ven-1") })
			e := view(w, func(r core.Reader) (*core.Event, error) { return r.Event("e") })
			last := func() core.HistoryEntry {
				h := w.history(e, v, 10)
				return h[len(h)-1]
			}
			if h := last(); h.OptID != "parts" || !slices.Equal(h.Resources, []string{"r1"}) || !h.Others.IsEmpty() {
				t.Errorf("the history ends with %+v", h)
			}
			// A new opt is stored beside the old one.
			now := core.Opt{VENNo: 1, OptID: "now", EventNo: 4, OptType: "optOut", Resources: []string{"r2"}, Others: oadr.Target{Groups: []string{"g"}, ServiceAreas: []oadr.XML{"<a/>"},
				TransportInterfaces: []oadr.TransportInterface{{PointOfReceipt: "x", PointOfDelivery: "y"}}}, CreatedAt: time.UnixMilli(10).UTC(), ReceivedAt: time.UnixMilli(10).UTC()}
			w.change(func(tx core.Tx, rev int64) error {
				entry := core.HistoryEntry{EventNo: 4, VENNo: 1, At: now.ReceivedAt, What: core.HistoryOptCreated, OptType: "optOut", OptID: "now", Resources: now.Resources, Others: now.Others, DeviceClasses: []string{"Sauna"}}
				if err := errors.Join(tx.PutOpt(&now), tx.Record(entry)); err != nil {
					return err
				}
				return tx.Record(entry) // a repetition
			})
			if o := w.opt(1, "now"); !reflect.DeepEqual(*o, now) {
				t.Errorf("stored is %+v, want %+v", o, now)
			}
			if h := last(); len(w.history(e, v, 10)) != 3 || h.OptID != "now" || !reflect.DeepEqual(h.Others, now.Others) || !slices.Equal(h.DeviceClasses, []string{"Sauna"}) {
				t.Errorf("the history is %+v", w.history(e, v, 10))
			}
		})
	}
}
