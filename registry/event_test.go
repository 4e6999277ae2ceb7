package registry_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

func TestEventIsReadAsStored(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		e := &core.Event{CreatedAt: w.now, ChangedAt: w.now, EventSpec: core.EventSpec{
			EventID: "e", MarketContext: "http://example.org/dr", Priority: 1, Start: w.now.Add(time.Hour), Duration: time.Hour,
			Notification: time.Minute, RampUp: -time.Minute, Recovery: time.Second, StartAfter: 5 * time.Minute, TestEvent: true, Comment: "wärmer",
			ResponseRequired: "always", Overlap: "refuse",
			Signals: []core.Signal{{Name: "LOAD_DISPATCH", Type: "setpoint", Unit: &oadr.Unit{Type: "powerReal", Scale: "k", Hertz: 50, Voltage: 230, AC: true},
				DeviceClasses: []string{"d"}, Intervals: []core.Interval{{Duration: time.Hour, Value: 40.25}}}},
			Baseline: &core.Baseline{Start: w.now, Duration: time.Hour, ID: "b", Resources: []string{"r"}, Intervals: []core.Interval{{Duration: time.Hour, Value: 3}}},
			Targets:  []core.Target{group("g"), only("ven-1")}}}
		check := func() {
			t.Helper()
			got := view(w, func(r core.Reader) (*core.Event, error) { return r.Event("e") })
			if !reflect.DeepEqual(got, e) {
				t.Errorf("read   %+v\nstored %+v", got, e)
			}
		}
		w.put(e)
		check()
		e.ModificationNumber, e.CancelledAt, e.Targets, e.Duration = 3, w.now.Add(time.Minute), []core.Target{all}, 0
		w.put(e)
		check()
		if n := w.count(`SELECT count(*) FROM event_revision`); n != 2 {
			t.Errorf("%d revisions kept, want 2", n)
		}
	})
}

// Events that an earlier version of this program stored stay readable: the names in
// the body are part of the schema.
func TestStoredEventStaysReadable(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		e := w.event("e", all)
		w.must(w.Exec(ctx, `UPDATE event_revision SET body = $1`, `{"EventID":"e","MarketContext":"m","Priority":2,"Start":"2026-11-24T17:00:00Z",
			"Duration":3600000000000,"Notification":1,"RampUp":2,"Recovery":3,"StartAfter":4,"TestEvent":true,"Comment":"c","ResponseRequired":"always","Overlap":"refuse",
			"Signals":[{"Name":"SIMPLE","Type":"level","Unit":{"Type":"voltage","Scale":"none","Units":"V","Description":"d","Hertz":5,"Voltage":6,"AC":true,"PulseFactor":7},
			"DeviceClasses":["d"],"Intervals":[{"Duration":9,"Value":1.5}]}],
			"Baseline":{"Start":"2026-11-24T18:00:00Z","Duration":8,"ID":"b","Name":"n","Resources":["r"],"Unit":null,"Intervals":[{"Duration":10,"Value":2}]},
			"Targets":[{"Kind":"all","Value":""}]}`))
		got := view(w, func(r core.Reader) (*core.Event, error) { return r.Event("e") })
		want := core.EventSpec{EventID: "e", MarketContext: "m", Priority: 2, Start: time.Date(2026, 11, 24, 17, 0, 0, 0, time.UTC),
			Duration: time.Hour, Notification: 1, RampUp: 2, Recovery: 3, StartAfter: 4, TestEvent: true, Comment: "c", ResponseRequired: "always", Overlap: "refuse",
			Signals: []core.Signal{{Name: "SIMPLE", Type: "level", Unit: &oadr.Unit{Type: "voltage", Scale: "none", Units: "V", Description: "d", Hertz: 5, Voltage: 6, AC: true, PulseFactor: 7},
				DeviceClasses: []string{"d"}, Intervals: []core.Interval{{Duration: 9, Value: 1.5}}}},
			Baseline: &core.Baseline{Start: time.Date(2026, 11, 24, 18, 0, 0, 0, time.UTC), Duration: 8, ID: "b", Name: "n", Resources: []string{"r"}, Intervals: []core.Interval{{Duration: 10, Value: 2}}},
			Targets:  []core.Target{all}}
		if got.No != e.No || !reflect.DeepEqual(got.EventSpec, want) {
			t.Errorf("read %+v\nwant %+v", got.EventSpec, want)
		}
	})
}

func TestListsOfEvents(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		var nos []int64
		for i := range 5 {
			nos = append(nos, w.event(fmt.Sprint("e", i), all).No)
		}
		var got []string
		for before := int64(0); ; {
			w.must(w.View(ctx, func(r core.Reader) error {
				events, next, err := r.Events(before, 2)
				for _, e := range events {
					got = append(got, e.EventID)
				}
				before = next
				return err
			}))
			if before == 0 {
				break
			}
		}
		if strings.Join(got, " ") != "e4 e3 e2 e1 e0" {
			t.Errorf("listed %q", got)
		}
		some := view(w, func(r core.Reader) ([]*core.Event, error) { return r.EventsByNo([]int64{nos[3], nos[1], 1 << 60}) })
		if len(some) != 2 || some[0].EventID != "e1" || some[1].EventID != "e3" || len(some[1].Targets) != 1 {
			t.Errorf("events by number: %+v", some)
		}
		if none := view(w, func(r core.Reader) ([]*core.Event, error) { return r.EventsByNo(nil) }); len(none) != 0 {
			t.Errorf("events by no number: %+v", none)
		}
	})
}

func TestReachesWhoIsRegistered(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		reaches := func(to core.Target, want bool) {
			t.Helper()
			got := view(w, func(r core.Reader) (map[core.Target]bool, error) {
				return r.UnreachedTargets([]core.Target{to, group("nobody")})
			})
			if got[to] == want || !got[group("nobody")] {
				t.Errorf("%v reaches no VEN: %v", to, got)
			}
		}
		v := w.ven("ven-1", "g")
		register := func(id string, reportOnly bool) {
			w.change(func(tx core.Tx, _ int64) error {
				return tx.Register(v.No, &core.Registration{RegistrationID: id, Profile: "2.0b", Transport: "xmpp", ReportOnly: reportOnly, StartedAt: w.now})
			})
		}
		w.ven("ven-2")
		reaches(all, false)
		register("r1", true)
		reaches(group("g"), false)
		register("r1", false)
		for _, to := range []core.Target{all, group("g"), only("ven-1")} {
			reaches(to, true)
		}
		reaches(only("ven-2"), false)
		reaches(group("ven-1"), false)
		v.Identities = nil
		w.change(func(tx core.Tx, _ int64) error { return tx.PutVEN(v) })
		reaches(all, false)
		v.Identities = []core.Identity{jid("ven-1")}
		w.change(func(tx core.Tx, _ int64) error {
			return errors.Join(tx.PutVEN(v), tx.EndRegistration(v.No, w.now))
		})
		reaches(all, false)
	})
}

func TestUnknownTargets(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		knows := func(to core.Target) bool {
			return !view(w, func(r core.Reader) (map[core.Target]bool, error) {
				return r.UnknownTargets([]core.Target{to, group("nobody's")})
			})[to]
		}
		if knows(all) {
			t.Error("the target all is known although there is no VEN")
		}
		w.ven("ven-1", "g")
		for to, want := range map[core.Target]bool{all: true, group("g"): true, only("ven-1"): true, only("VEN-1"): false, group("ven-1"): false, {Kind: core.TargetParty, Value: "g"}: false} {
			if got := knows(to); got != want {
				t.Errorf("target %v is known: %v", to, got)
			}
		}
	})
}

// Rules E1 and E12: which events concern a VEN, and by which of its labels.
func TestE1Concerns(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		a, b := w.ven("ven-a", "g1", "g2"), w.ven("ven-b", "g2")
		both := w.event("both", group("g2"), group("g1"), only("ven-a"), group("nobody's"))
		one := w.event("one", only("ven-b"))
		open := &core.Event{EventSpec: core.EventSpec{EventID: "open", Start: w.now, Targets: []core.Target{all}}}
		w.put(open)
		w.change(func(tx core.Tx, rev int64) error {
			return tx.PutAnswer(core.Answer{EventNo: one.No, VENNo: b.No, ModificationNumber: 4, OptType: "optIn"})
		})
		got := view(w, func(r core.Reader) ([]core.Concern, error) { return r.Concerns([]int64{b.No, a.No}, w.now) })
		want := []core.Concern{
			{VENNo: a.No, EventNo: both.No, Matched: []core.Target{group("g1"), group("g2"), only("ven-a")}},
			{VENNo: a.No, EventNo: open.No, Matched: []core.Target{all}},
			{VENNo: b.No, EventNo: both.No, Matched: []core.Target{group("g2")}},
			{VENNo: b.No, EventNo: one.No, Matched: []core.Target{only("ven-b")}},
			{VENNo: b.No, EventNo: open.No, Matched: []core.Target{all}},
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("concerns\n%+v\nwant\n%+v", got, want)
		}
		matches := func() map[int64][]core.Target {
			return view(w, func(r core.Reader) (map[int64][]core.Target, error) { return r.MatchingEvents(a.No, w.now) })
		}
		if matching := matches(); !reflect.DeepEqual(matching, map[int64][]core.Target{both.No: {group("g1"), group("g2"), only("ven-a")}, open.No: {all}}) {
			t.Errorf("matching %v", matching)
		}
		one.CancelledAt = w.now
		w.put(one)
		settled := w.count(`SELECT settled FROM outbox WHERE ven_no = $1`, b.No)
		if c := w.concerns(b)[one.No]; c.EventNo != one.No || c.Answered != orNone(4) || c.Settled != settled || settled == 0 {
			t.Errorf("a cancelled event: %+v, settled %d", c, settled)
		}
		w.now = both.End() // an event is over at its end
		if got := w.concerns(a); len(got) != 1 || got[open.No].EventNo != open.No {
			t.Errorf("after the end: %+v", got)
		}
		if matching := matches(); !reflect.DeepEqual(matching, map[int64][]core.Target{open.No: {all}}) {
			t.Errorf("matching after the end: %v", matching)
		}
		w.change(func(tx core.Tx, rev int64) error {
			return tx.Register(a.No, &core.Registration{RegistrationID: "r", ReportOnly: true})
		})
		if got := w.concerns(a); len(got) != 0 {
			t.Errorf("report-only: %+v", got)
		}
		vens := view(w, func(r core.Reader) ([]core.EventVEN, error) {
			vens, _, err := r.EventVENs(both, core.EventVENFilter{}, "", 10)
			return vens, err
		})
		if len(vens) != 1 || vens[0].VENID != "ven-b" {
			t.Errorf("VENs with one report-only: %+v", vens)
		}
		w.change(func(tx core.Tx, rev int64) error { return tx.EndRegistration(a.No, w.now) })
		if got := w.concerns(a); len(got) != 1 {
			t.Errorf("no longer report-only: %+v", got)
		}
	})
}

// Rule E23: a VEN taken off the targets is sent the event as cancelled.
func TestE23TakenOffTheTargets(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		sent, unsent := w.ven("ven-1", "g"), w.ven("ven-2")
		e := w.event("e", group("g"), only("ven-1"))
		w.settle(w.claimOne(), core.Outcome{Result: core.Acknowledged})
		unsentJoins := func(tx core.Tx, rev int64) error {
			unsent.Groups, unsent.LabelsRev = []string{"g"}, rev
			return tx.PutVEN(unsent)
		}
		w.change(unsentJoins)

		e.ModificationNumber, e.Targets = 1, []core.Target{only("ven-1")}
		w.put(e)
		if c := w.concerns(sent)[e.No]; c.Withdrawn || len(c.Matched) != 1 {
			t.Errorf("still targeted by venID: %+v", c)
		}
		e.ModificationNumber, e.Targets = 2, []core.Target{only("ven-3")}
		w.put(e)
		if c := w.concerns(sent)[e.No]; !c.Withdrawn || c.ModificationNumber != 2 || c.WithdrawnRev != e.Rev || len(c.Matched) != 0 {
			t.Errorf("taken off: %+v", c)
		}
		if _, ok := w.concerns(unsent)[e.No]; ok {
			t.Error("the cancellation concerns a VEN that was never sent the event")
		}
		claims := w.claim(core.UrgencyNormal)
		if len(claims) != 2 { // unsent was targeted for a while
			t.Errorf("claims %+v", claims)
		}
		if got := w.stand(e, sent); !got.Withdrawn || got.Needed != e.Rev || got.Held != orNone(0) {
			t.Errorf("taken off, before the push: %+v", got)
		}
		for _, c := range claims {
			w.settle(c, core.Outcome{Result: core.Acknowledged})
		}
		e.ModificationNumber = 3
		w.put(e) // a later change does not concern this VEN
		if got := w.stand(e, sent); got.Push == nil || got.Push.Result != core.Acknowledged || got.Held != orNone(2) {
			t.Errorf("taken off, after the push: %+v", got)
		}
		w.claimNone()

		e.ModificationNumber, e.Targets = 4, []core.Target{all}
		w.put(e)
		if c := w.concerns(sent)[e.No]; c.Withdrawn || c.ModificationNumber != 3 { // it was not told of change 3
			t.Errorf("targeted again: %+v", c)
		}
	})
}

// Rules E3 and E23: a VEN's version of an event is for this VEN alone.
func TestE3VersionIsForOneVEN(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v, other := w.ven("ven-1", "g"), w.ven("ven-2", "g")
		e := w.event("e", group("g"))
		version := func() core.EventVersion {
			return view(w, func(r core.Reader) (core.EventVersion, error) { return r.EventVersion(e.No, v.No) })
		}
		put := func(o core.EventVersion) core.EventVersion {
			t.Helper()
			w.pass(time.Second)
			o.EventNo, o.VENNo, o.At = e.No, v.No, w.now
			w.change(func(tx core.Tx, rev int64) error { o.Rev = rev; return tx.PutEventVersion(o) })
			if got := version(); !reflect.DeepEqual(got, o) {
				t.Errorf("version %+v, stored %+v", got, o)
			}
			return o
		}
		check := func(number uint32, cancelled bool, before int64) core.Concern {
			t.Helper()
			return checkVersion(w, e, v, other, number, cancelled, before)
		}
		if got := version(); !reflect.DeepEqual(got, core.EventVersion{EventNo: e.No, VENNo: v.No}) {
			t.Errorf("version %+v before there is one", got)
		}
		check(0, false, -1)
		o := put(core.EventVersion{Added: 2})
		if c := check(2, false, -1); !c.ChangedAt.Equal(o.At) {
			t.Errorf("the concern changed at %s", c.ChangedAt)
		}
		e.ModificationNumber = 1
		w.put(e)
		check(3, false, -1)
		o = put(core.EventVersion{Added: 2, Withdrawal: &core.Withdrawal{ModificationNumber: 4, Before: orNone(3), Shown: 1}})
		if c := check(4, true, 3); c.WithdrawnRev != o.Rev || c.Shown != 1 || c.Matched != nil || !c.ChangedAt.Equal(o.At) {
			t.Errorf("the withdrawn event is %+v", c)
		}
		e.ModificationNumber, e.Comment = 2, "changed"
		w.put(e)
		check(4, true, 3)
		if was := view(w, func(r core.Reader) (*core.Event, error) { return r.EventAs(e.No, 1) }); was.Comment != "" || was.No != e.No || !was.ChangedAt.Equal(e.ChangedAt) {
			t.Errorf("the event as it was: %+v", was)
		}
		if err := w.View(ctx, func(r core.Reader) error { _, err := r.EventAs(e.No, 7); return err }); !errors.Is(err, core.ErrNotFound) {
			t.Errorf("the event in a version that never was: %v", err)
		}
		put(core.EventVersion{Added: -7, Matched: []core.Target{group("h")}})
		e.ModificationNumber, e.CancelledAt = 9, w.now
		w.put(e)
		if c := w.concerns(v)[e.No]; c.ModificationNumber != 2 || c.Withdrawn || !reflect.DeepEqual(c.Matched, []core.Target{group("h")}) {
			t.Errorf("targeted again and cancelled: %+v", c)
		}
	})
}

func TestEventVENsInPages(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		for _, id := range []string{"c", "a", "b", "e", "d"} {
			w.ven(id)
		}
		e := w.event("e", all)
		b := view(w, func(r core.Reader) (*core.VEN, error) { return r.VEN("b") })
		w.change(func(tx core.Tx, rev int64) error {
			put := func(optID string, eventNo int64) error {
				return tx.PutOpt(&core.Opt{VENNo: b.No, OptID: optID, EventNo: eventNo, OptType: "optOut", Resources: []string{"r1"}, CreatedAt: w.now})
			}
			return errors.Join(put("o1", e.No), put("o2", e.No), put("schedule", 0), cancelOpt(tx, b.No, "o2", w.now),
				tx.PutAnswer(core.Answer{EventNo: e.No, VENNo: b.No, OptType: "optIn", Code: 200, At: w.now}))
		})
		var got []string
		for after := ""; ; {
			w.must(w.View(ctx, func(r core.Reader) error {
				vens, next, err := r.EventVENs(e, core.EventVENFilter{}, after, 2)
				for _, v := range vens {
					got = append(got, v.VENID)
					if v.VENID == "b" {
						if v.Answer == nil || *v.Answer != (core.Answer{EventNo: e.No, VENNo: b.No, OptType: "optIn", Code: 200, At: w.now}) {
							t.Errorf("answer %+v", v.Answer)
						}
						if len(v.Opts) != 1 || v.Opts[0].OptID != "o1" || v.Opts[0].Resources[0] != "r1" {
							t.Errorf("opts %+v", v.Opts)
						}
					} else if v.Answer != nil || v.Opts != nil {
						t.Errorf("the answer of another VEN: %+v", v)
					}
				}
				after = next
				return err
			}))
			if after == "" {
				break
			}
		}
		if strings.Join(got, " ") != "a b c d e" {
			t.Errorf("listed %q", got)
		}
	})
}

func TestRetiringEventsLeavesNothing(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		old, cancelled, open := w.event("old", all), w.event("cancelled", all), w.event("open", all)
		open.Duration = 0
		w.put(open)
		w.settle(w.claimOne(), core.Outcome{Result: core.Acknowledged})
		w.change(func(tx core.Tx, rev int64) error {
			var errs []error
			for _, e := range []*core.Event{old, cancelled, open} {
				errs = append(errs, tx.PutEventVersion(withdrawn(e.No, v.No, rev, 1)), tx.PutAnswer(core.Answer{EventNo: e.No, VENNo: v.No}),
					tx.PutOpt(&core.Opt{VENNo: v.No, OptID: e.EventID, EventNo: e.No, Periods: []core.OptPeriod{{}}}))
			}
			return errors.Join(errs...)
		})
		retire := func(before time.Time) (n int) {
			return w.retire(before).Events
		}
		if n := retire(old.End()); n != 0 {
			t.Errorf("retired %d too early", n)
		}
		cancelled.Duration, cancelled.CancelledAt = 0, w.now
		w.put(cancelled)
		w.ven("ven-2")
		if n := retire(old.End().Add(time.Millisecond)); n != 2 {
			t.Errorf("retired %d, want 2", n)
		}
		for _, table := range []string{"event", "event_revision", "event_target", "event_target_span", "event_own", "event_answer", "opt", "opt_period"} {
			if n := w.count(`SELECT count(*) FROM ` + table); n != 1 {
				t.Errorf("%d rows in %s, want the open-ended event's", n, table)
			}
		}
		if n := w.count(`SELECT count(*) FROM push`); n != 1 { // the push of the open-ended event
			t.Errorf("%d pushes kept, want 1", n)
		}
	})
}

// checkVersion checks which version of e one VEN has, and that the other VEN has the event itself.
func checkVersion(w *world, e *core.Event, v, other *core.VEN, number uint32, cancelled bool, before int64) core.Concern {
	w.Helper()
	c := w.concerns(v)[e.No]
	if c.ModificationNumber != number || c.Withdrawn != cancelled {
		w.Errorf("concern %+v, want number %d, withdrawn %v", c, number, cancelled)
	}
	said := view(w, func(r core.Reader) (core.Concerned, error) { return r.Concerned(v.No, "e") })
	if said.ModificationNumber != number || said.Cancelled != cancelled || said.Before != orNone(before) {
		w.Errorf("an answer is compared with %+v, want number %d, before %d", said, number, before)
	}
	if s := w.stand(e, v); s.ModificationNumber != number || s.Withdrawn != cancelled || s.Before != orNone(before) {
		w.Errorf("the VEN stands %+v, want number %d, before %d", s, number, before)
	}
	if c := w.concerns(other)[e.No]; c.ModificationNumber != e.ModificationNumber || c.Withdrawn || !c.ChangedAt.IsZero() {
		w.Errorf("the other VEN's concern is %+v", c)
	}
	return c
}
