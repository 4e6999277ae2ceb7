package registry_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// Rules P2, P3 and P4.
func TestP2P3OptsOfOneOptID(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		e := w.event("e", all)
		whole := core.Opt{VENNo: v.No, OptID: "o", OptType: "optOut", Reason: "overrideStatus", MarketContext: "m", CreatedAt: w.now, ReceivedAt: w.now, Blocks: true,
			Periods: []core.OptPeriod{{Start: w.now.Add(time.Hour)}, {Start: w.now, End: w.now.Add(time.Minute)}, {Start: w.now, End: w.now.Add(time.Hour)}}}
		parts := whole
		parts.Resources, parts.DeviceClasses, parts.ReplacedAt = []string{"r", "s"}, []string{"d"}, w.now.Add(time.Minute)
		event := core.Opt{VENNo: v.No, OptID: "o", EventNo: e.No, ModificationNumber: 2, OptType: "optIn", CreatedAt: w.now.Add(time.Minute), ReceivedAt: w.now}
		other := core.Opt{VENNo: v.No, OptID: "other", EventNo: e.No, OptType: "optIn", CreatedAt: w.now, ReceivedAt: w.now}
		all := []*core.Opt{&whole, &parts, &event, &other}
		w.change(func(tx core.Tx, rev int64) error {
			for _, o := range all {
				if err := tx.PutOpt(o); err != nil {
					return err
				}
			}
			return nil
		})
		as := func(o core.Opt) []core.Opt {
			return view(w, func(r core.Reader) ([]core.Opt, error) { return r.OptsAs(&o) })
		}
		for i, o := range all {
			if got := as(*o); len(got) != 1 || !reflect.DeepEqual(got[0], *o) || i > 0 && o.No <= all[i-1].No {
				t.Errorf("read   %+v\nstored %+v", got, *o)
			}
		}
		turned := parts
		turned.Resources = []string{"s", "r", "s"}
		if got := as(turned); len(got) != 1 || got[0].No != parts.No {
			t.Errorf("with resources %v there is %+v", turned.Resources, got)
		}
		for _, change := range []func(*core.Opt){
			func(o *core.Opt) { o.Resources = []string{"r"} }, func(o *core.Opt) { o.DeviceClasses = nil }, func(o *core.Opt) { o.EventNo = e.No },
			func(o *core.Opt) { o.OptID = "O" }, func(o *core.Opt) { o.CreatedAt = w.now.Add(time.Second) }, // a replaced opt is not found for one that was created later
		} {
			o := parts
			if change(&o); len(as(o)) != 0 {
				t.Errorf("with %+v there is %+v", o, as(o))
			}
		}
		w.change(func(tx core.Tx, rev int64) error {
			gone, err := tx.CancelOpts(v.No, "o", w.now)
			if len(gone) != 3 {
				t.Errorf("cancelled %+v", gone)
			}
			again, wrong := tx.CancelOpts(v.No, "o", w.now)
			if len(again) != 0 {
				t.Errorf("cancelled twice %+v", again)
			}
			return errors.Join(err, wrong)
		})
		if w.opt(v.No, "o") != nil || w.opt(v.No, "other") == nil || len(as(whole)) != 0 {
			t.Error("a cancelled opt stands, or the other opt does not")
		}
	})
}

func TestAnswerIsTheLast(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		e := w.event("e", all)
		for _, a := range []core.Answer{
			{EventNo: e.No, VENNo: v.No, OptType: "optIn", Code: 200, At: w.now},
			{EventNo: e.No, VENNo: v.No, ModificationNumber: 1, OptType: "", Code: 454, At: w.now.Add(time.Second)},
		} {
			w.change(func(tx core.Tx, rev int64) error { return tx.PutAnswer(a) })
			got := view(w, func(r core.Reader) (*core.Answer, error) { return r.Answer(e.No, v.No) })
			if *got != a {
				t.Errorf("read %+v, stored %+v", *got, a)
			}
		}
	})
}

// Rule P4: an open-ended schedule does not end.
func TestP4RetiringSchedules(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		e := w.event("e", all)
		until := func(ends ...time.Time) (periods []core.OptPeriod) {
			for _, end := range ends {
				periods = append(periods, core.OptPeriod{Start: w.now, End: end})
			}
			return periods
		}
		past, cutoff := w.now.Add(time.Minute), w.now.Add(2*time.Minute)
		w.change(func(tx core.Tx, rev int64) error {
			return errors.Join(
				tx.PutOpt(&core.Opt{VENNo: v.No, OptID: "over", Periods: until(past, past)}),
				tx.PutOpt(&core.Opt{VENNo: v.No, OptID: "standing", Periods: until(past, cutoff)}),
				tx.PutOpt(&core.Opt{VENNo: v.No, OptID: "open", Periods: until(past, time.Time{})}),
				tx.PutOpt(&core.Opt{VENNo: v.No, OptID: "event", EventNo: e.No, Periods: until(past)}))
		})
		w.retire(cutoff)
		for optID, want := range map[string]bool{"over": false, "standing": true, "open": true, "event": true} {
			if kept := w.opt(v.No, optID) != nil; kept != want {
				t.Errorf("opt %s kept: %v, want %v", optID, kept, want)
			}
		}
	})
}

// Rule P6: a schedule that is over is kept while it has replaced a part of an older
// schedule that stands, so that the older one does not apply to this part again.
func TestP6RetiringSchedulesThatBlock(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		past := []core.OptPeriod{{Start: w.now, End: w.now.Add(time.Minute)}}
		made := 0
		put := func(optID, optType string, blocks bool, periods []core.OptPeriod) *core.Opt {
			made++
			o := &core.Opt{VENNo: v.No, OptID: optID, OptType: optType, Resources: []string{"r"}, Blocks: blocks, Periods: periods,
				CreatedAt: w.now.Add(time.Duration(made) * time.Second), ReceivedAt: w.now}
			w.change(func(tx core.Tx, rev int64) error { return tx.PutOpt(o) })
			return o
		}
		old := put("old", "optOut", false, []core.OptPeriod{{Start: w.now}})
		put("over", "optOut", true, past)
		put("cancelled", "optOut", true, []core.OptPeriod{{Start: w.now}})
		put("free", "optOut", false, past)
		put("apart", "optIn", true, past)
		w.change(func(tx core.Tx, rev int64) error { return cancelOpt(tx, v.No, "cancelled", w.now) })
		kept := func(want ...string) {
			t.Helper()
			opts := view(w, func(r core.Reader) ([]core.ListedOpt, error) {
				opts, _, err := r.Opts(core.OptQuery{Cancelled: true, Replaced: true}, core.OptCursor{}, 100)
				return opts, err
			})
			var got []string
			for _, o := range opts {
				got = append(got, o.OptID)
			}
			if !slices.Equal(got, want) {
				t.Errorf("there are %q, want %q", got, want)
			}
		}
		makeRoom := func() {
			w.change(func(tx core.Tx, rev int64) error { return tx.MakeRoom(v.No, core.QuotaOpts) })
		}
		makeRoom()
		kept("apart", "cancelled", "free", "old", "over")
		w.retire(w.now.Add(time.Hour))
		kept("cancelled", "old", "over")
		w.change(func(tx core.Tx, rev int64) error { return tx.ReplaceOpts([]int64{old.No}, w.now) })
		makeRoom()
		kept("cancelled", "over")
		w.retire(w.now.Add(time.Hour))
		kept()
	})
}

// If a schedule overlaps an event, all schedules of the VEN are returned, oldest first by
// the VEN's clock, also those that do not overlap. On request, only VENs that have a
// schedule with optOut are returned.
func TestP4SchedulesOfAnEventsVENs(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		a, b, c := w.ven("a"), w.ven("b"), w.ven("c")
		w.ven("d")
		e := w.event("e", all) // the second hour from now
		hour := func(h int) time.Time { return w.now.Add(time.Duration(h) * time.Hour) }
		put := func(v *core.VEN, optID, typ string, created time.Time, periods ...core.OptPeriod) {
			w.change(func(tx core.Tx, rev int64) error {
				return tx.PutOpt(&core.Opt{VENNo: v.No, OptID: optID, OptType: typ, CreatedAt: created, ReceivedAt: w.now, Periods: periods})
			})
		}
		put(a, "newer", "optOut", hour(-1), core.OptPeriod{Start: hour(1)})
		put(a, "older", "optIn", hour(-2), core.OptPeriod{Start: hour(-5), End: hour(1)}, core.OptPeriod{Start: hour(0), End: hour(2)})
		put(a, "before", "optOut", hour(-3), core.OptPeriod{Start: hour(0), End: hour(1)})
		put(a, "after", "optOut", hour(-3), core.OptPeriod{Start: hour(2)})
		put(b, "in", "optIn", hour(-1), core.OptPeriod{Start: hour(1), End: hour(2)})
		put(c, "cancelled", "optOut", hour(-1), core.OptPeriod{Start: hour(1), End: hour(2)})
		w.change(func(tx core.Tx, rev int64) error { return cancelOpt(tx, c.No, "cancelled", w.now) })
		list := func(e *core.Event, scheduled bool) (got []string) {
			w.must(w.View(ctx, func(r core.Reader) error {
				for after := ""; ; {
					vens, next, err := r.EventVENs(e, core.EventVENFilter{OptOutSchedule: scheduled}, after, 1)
					for _, v := range vens {
						line := v.VENID
						for _, o := range v.Schedules {
							line += " " + o.OptID
							if !o.Meets {
								line += "-"
							}
						}
						got = append(got, line)
					}
					if after = next; err != nil || next == "" {
						return err
					}
				}
			}))
			return got
		}
		if got, want := list(e, false), []string{"a before- after- older newer", "b in", "c", "d"}; !reflect.DeepEqual(got, want) {
			t.Errorf("listed %q, want %q", got, want)
		}
		if got, want := list(e, true), []string{"a before- after- older newer"}; !reflect.DeepEqual(got, want) {
			t.Errorf("scheduled %q, want %q", got, want)
		}
		open := &core.Event{EventSpec: core.EventSpec{EventID: "open", Start: hour(1000), Targets: []core.Target{all}}}
		w.put(open)
		if got, want := list(open, true), []string{"a before- after older- newer"}; !reflect.DeepEqual(got, want) {
			t.Errorf("scheduled for one without an end %q, want %q", got, want)
		}
		w.change(func(tx core.Tx, rev int64) error { return tx.PutEventVersion(withdrawn(e.No, a.No, rev, 1)) })
		if got := list(e, true); got != nil {
			t.Errorf("scheduled after the VEN was taken off: %q", got)
		}
	})
}

func TestOptsInPages(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		a, b := w.ven("Ven"), w.ven("ven")
		e := w.event("e", all)
		w.change(func(tx core.Tx, rev int64) error {
			return errors.Join(
				tx.PutOpt(&core.Opt{VENNo: b.No, OptID: "ä", OptType: "optIn", EventNo: e.No}),
				tx.PutOpt(&core.Opt{VENNo: b.No, OptID: "a", OptType: "optOut", CreatedAt: w.now, ReceivedAt: w.now.Add(time.Second),
					Periods: []core.OptPeriod{{Start: w.now, End: w.now.Add(time.Hour)}, {Start: w.now.Add(-time.Hour)}}}),
				tx.PutOpt(&core.Opt{VENNo: b.No, OptID: "B", OptType: "optIn", EventNo: e.No, ModificationNumber: 1}),
				tx.PutOpt(&core.Opt{VENNo: a.No, OptID: "z", OptType: "optIn", Periods: []core.OptPeriod{{Start: w.now.Add(time.Second)}}}),
				tx.PutOpt(&core.Opt{VENNo: a.No, OptID: "gone", Periods: []core.OptPeriod{{Start: w.now}}}),
				cancelOpt(tx, a.No, "gone", w.now))
		})
		list := func(q core.OptQuery, want ...string) (all []core.ListedOpt) {
			t.Helper()
			var got []string
			for after := (core.OptCursor{}); ; {
				w.must(w.View(ctx, func(r core.Reader) error {
					opts, next, err := r.Opts(q, after, 1)
					for _, o := range opts {
						got = append(got, o.VENID+" "+o.OptID+" "+o.EventID)
					}
					all, after = append(all, opts...), next
					return err
				}))
				if after == (core.OptCursor{}) {
					break
				}
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%+v lists %q, want %q", q, got, want)
			}
			return all
		}
		all := list(core.OptQuery{}, "Ven z ", "ven B e", "ven a ", "ven ä e") // in byte order
		if o := all[2]; len(o.Periods) != 2 || !o.Periods[1].End.IsZero() || !o.ReceivedAt.Equal(w.now.Add(time.Second)) || o.OptType != "optOut" {
			t.Errorf("read %+v", o)
		}
		list(core.OptQuery{VENID: "Ven", Cancelled: true}, "Ven gone ", "Ven z ")
		list(core.OptQuery{EventID: "e", VENID: "ven"}, "ven B e", "ven ä e")
		list(core.OptQuery{ActiveAt: w.now}, "ven B e", "ven a ", "ven ä e")
		list(core.OptQuery{ActiveAt: e.End()}, "Ven z ", "ven a ")
	})
}

// TestAnswersAreListedBehindOpts, in force or not.
func TestAnswersAreListedBehindOpts(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v, other := w.ven("ven-1"), w.ven("ven-2")
		e := w.event("e", all)
		w.must(w.Update(ctx, func(tx core.Tx) error {
			for _, of := range []*core.VEN{v, other} {
				if err := tx.PutAnswer(core.Answer{EventNo: e.No, VENNo: of.No, OptType: "optIn", OptAt: w.now, Code: 200, At: w.now}); err != nil {
					return err
				}
			}
			return tx.PutOpt(&core.Opt{VENNo: v.No, OptID: "o", EventNo: e.No, OptType: "optOut", CreatedAt: w.now, ReceivedAt: w.now})
		}))
		list := func(q core.OptQuery, limit int) (got []string) {
			t.Helper()
			for after := (core.OptCursor{}); ; {
				var next core.OptCursor
				some := view(w, func(r core.Reader) (opts []core.ListedOpt, err error) {
					opts, next, err = r.Opts(q, after, limit)
					return opts, err
				})
				for _, o := range some {
					got = append(got, fmt.Sprint(o.VENID, " ", o.OptID, " ", o.EventID, " ", o.OptType, " ", o.Answer))
				}
				if after = next; after == (core.OptCursor{}) {
					return got
				}
			}
		}
		want := []string{"ven-1 o e optOut false", "ven-1  e optIn true", "ven-2  e optIn true"}
		for limit := 1; limit < 5; limit++ {
			if got := list(core.OptQuery{ActiveAt: w.now, Answers: true}, limit); !slices.Equal(got, want) {
				t.Errorf("in parts of %d: %q, want %q", limit, got, want)
			}
		}
		if got := list(core.OptQuery{ActiveAt: w.now.Add(3 * time.Hour), Answers: true}, 10); len(got) != 0 {
			t.Errorf("in force after the event: %q", got)
		}
		if got := list(core.OptQuery{VENID: "ven-2", EventID: "e", Answers: true}, 10); !slices.Equal(got, want[2:]) {
			t.Errorf("of one VEN: %q", got)
		}
	})
}
