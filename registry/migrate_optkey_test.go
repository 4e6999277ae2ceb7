package registry_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
	"github.com/vtn-xmpp/vtn-xmpp/registry/registrytest"
)

// P6: schedules of a store from before version 19, which either stood or were cancelled,
// mean the same as if they arrived today.
func TestP6MigratedSchedulesMeanTheSame(t *testing.T) {
	for name, make := range bare {
		t.Run(name, func(t *testing.T) {
			store, seed := make(t), rand.Uint64()
			t.Log("seed ", seed)
			walk := &optWalk{events: []string{"none"}, Rand: rand.New(rand.NewPCG(seed, 0)), world: newWorld(t, nil, store, time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))}
			walk.clock = coretest.NewClock(walk.now)
			var models [20]optModel
			rows := []string{}
			for i := range models {
				rows = append(rows, formerVEN(int64(i+1))...)
				of, model := walk.former(int64(i + 1))
				rows, models[i] = append(rows, of...), model
			}
			if err := registry.MigrateTo(ctx, store, 18, rows...); err != nil {
				t.Fatal(err)
			}
			walk.Registry = open(t, store)
			vtn := core.New(core.Config{VTNID: "VTN"}, walk.Registry, walk.clock, zerolog.Nop(), nil)
			for i, long := range []time.Duration{time.Hour, 0, 3 * time.Hour} {
				e, err := vtn.CreateEvent(ctx, core.EventSpec{
					EventID: fmt.Sprint("e", i), MarketContext: "http://example.org/" + string("ab"[i%2]), Start: walk.now.Add(time.Duration(i+2) * 2 * time.Hour), Duration: long,
					ResponseRequired: "always", Overlap: "allow", Targets: []core.Target{all},
					Signals: []core.Signal{{Name: "SIMPLE", Type: "level", Intervals: []core.Interval{{Duration: long, Value: 1}}}},
				}, "test")
				walk.must(err)
				vens, _, err := vtn.EventVENs(ctx, e.EventID, "", 100)
				walk.must(err)
				if len(vens) != len(models) {
					t.Fatalf("%d VENs", len(vens))
				}
				for i, v := range vens {
					models[i].check(t, e, v.ScheduleOpt)
				}
			}
			for i, model := range models {
				opts, _, err := vtn.Opts(ctx, core.OptQuery{VENID: fmt.Sprintf("ven-%02d", i+1), Cancelled: true, Replaced: true}, core.OptCursor{}, 100)
				walk.must(err)
				model.replaced(t, opts)
			}
			registrytest.Uses(t, store)
		})
	}
}

// replaced checks when each schedule was replaced by one for the whole VEN.
func (m optModel) replaced(t *testing.T, opts []core.ListedOpt) {
	t.Helper()
	for _, old := range m {
		var want time.Time
		for _, n := range m {
			if want.IsZero() && old.older(n) && n.OptType == old.OptType && len(n.parts) == 0 && n.covers(old) && (!old.cancelled || n.at.Before(old.overAt)) {
				want = n.at
			}
		}
		for _, o := range opts {
			if o.OptID == old.OptID && !o.ReplacedAt.Equal(want) {
				t.Errorf("%s of VEN %d was replaced at %s, want %s", o.OptID, o.VENNo, o.ReplacedAt, want)
			}
		}
	}
}

// formerVEN are the rows of a VEN at version 18.
func formerVEN(no int64) []string {
	return []string{
		fmt.Sprintf(`INSERT INTO ven (no, ven_id, name, profile, payload_root, labels_rev, created_at) VALUES (%d, 'ven-%02[1]d', '', '2.0b', '', 1, 0)`, no),
		fmt.Sprintf(`INSERT INTO label (kind, value, ven_no, rev) VALUES ('all', '', %d, 1)`, no),
		fmt.Sprintf(`INSERT INTO outbox (box, ven_no, topic, rev, sent, settled, state, urgency, place, attempts, result, code, error) VALUES (%d, %d, 101, 3, 0, 0, 'idle', 2, 0, 0, 'acknowledged', 0, '')`, no*256+101, no),
	}
}

// former makes the rows of random schedules at version 18, and the model of what they mean.
func (o *optWalk) former(venNo int64) (rows []string, model optModel) {
	bytes, amount := 0, 0
	for n := range o.IntN(12) {
		o.clock.Move(time.Duration(1+o.IntN(60)) * time.Second)
		m := o.opt()
		m.Event, m.Schedule = nil, true
		m.OptID, m.CreatedDateTime = fmt.Sprint("o", n), o.clock.Now()
		if m.Availability == nil {
			m.Availability = []oadr.Available{{Start: o.now.Add(time.Duration(o.IntN(12)) * time.Hour)}}
		}
		added := &acceptedOpt{CreateOpt: *m, parts: namedParts(m), no: len(model) + 1, at: o.clock.Now()}
		model = model.create(added)
		body := map[string]any{}
		if m.MarketContext != "" {
			body["marketContext"] = m.MarketContext
		}
		if m.Target.Resources != nil {
			body["resources"] = m.Target.Resources
		}
		if m.DeviceClass != nil {
			body["deviceClasses"] = m.DeviceClass.EndDeviceAssets
		}
		if m.Target.Groups != nil || m.Target.Parties != nil {
			body["others"] = oadr.Target{Groups: m.Target.Groups, Parties: m.Target.Parties}
		}
		raw, err := json.Marshal(body)
		o.must(err)
		at, cancelled := added.at.UnixMilli(), "NULL"
		if o.IntN(3) == 0 { // before the next schedule
			added.cancel(added.no+1, added.at.Add(time.Millisecond))
			cancelled = fmt.Sprint(at + 1)
		}
		rows = append(rows, fmt.Sprintf(`INSERT INTO opt (ven_no, opt_id, modification, opt, reason, body, created_at, received_at, cancelled_at) VALUES (%d, '%s', 0, '%s', 'x', '%s', %d, %d, %s)`,
			venNo, m.OptID, m.OptType, raw, at, at, cancelled))
		amount, bytes = amount+1, bytes+200+2*len(m.OptID)+1+len(raw)
		for i, p := range m.Availability {
			end := "NULL"
			if p.Duration > 0 {
				end = fmt.Sprint(p.Start.Add(p.Duration).UnixMilli())
			}
			rows = append(rows, fmt.Sprintf(`INSERT INTO opt_period (ven_no, opt_id, place, start_at, end_at) VALUES (%d, '%s', %d, %d, %s)`, venNo, m.OptID, i, p.Start.UnixMilli(), end))
			amount, bytes = amount+1, bytes+64+len(m.OptID)
		}
	}
	if amount > 0 {
		rows = append(rows, fmt.Sprintf(`INSERT INTO quota_use (ven_no, kind, amount, bytes) VALUES (%d, 'opts', %d, %d)`, venNo, amount, bytes))
	}
	return rows, model
}

// E17, P6: opts in a store of commit 0cc146a mean the same as if they arrived today.
func TestE17P6FormerOptsMeanTheSame(t *testing.T) {
	for name, make := range bare {
		t.Run(name, func(t *testing.T) {
			store := make(t)
			w := newWorld(t, nil, store, registrytest.Former(t, store))
			w.Registry = open(t, store)
			vtn := core.New(core.Config{VTNID: "VTN"}, w.Registry, coretest.NewClock(w.now), zerolog.Nop(), nil)
			opts, _, err := vtn.Opts(ctx, core.OptQuery{Cancelled: true, Replaced: true, Deleted: true}, core.OptCursor{}, 1000)
			w.must(err)
			by := map[string]core.ListedOpt{}
			for _, o := range opts {
				by[o.OptID] = o
			}
			for optID, newer := range map[string]string{"s-1": "s-2", "s-2": "", "s-3": "", "s-4": "", "s-6": "", "s-same": "s-gone", "s-gone": "", "s-market": "", "o-whole": ""} {
				if o := by[optID]; o.OptID == "" || !o.ReplacedAt.Equal(by[newer].ReceivedAt) {
					t.Errorf("%s was replaced at %s, want by %q: %+v", optID, o.ReplacedAt, newer, o)
				}
			}
			for optID, want := range map[string]string{"o-whole": "optOut []", "o-modified": "optOut []", "o-modified-answered": "optOut []", "o-shared": "optOut []", "o-r1": "[r1:optOut r2:optIn]", "o-class": "[]", "o-group": "[]"} {
				of := by[optID]
				vens, _, err := vtn.EventVENs(ctx, of.EventID, "", 100)
				w.must(err)
				for _, s := range vens {
					var parts []string
					for _, name := range slices.Sorted(maps.Keys(s.ResourceOpts)) {
						parts = append(parts, name+":"+s.ResourceOpts[name])
					}
					if got := fmt.Sprint(s.Opt, " ", parts); s.VENID == of.VENID && !strings.HasSuffix(got, want) {
						t.Errorf("for the event of %s the VEN's opt is %s, want %s", optID, got, want)
					}
				}
			}
		})
	}
}
