package core_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// A schedule counts for an event that it overlaps in time. The event goes from
// the first hour to before the second, one without an end from the first on.
func TestP4P6SchedulesThatMeetAnEvent(t *testing.T) {
	for name, c := range map[string]struct {
		spans        []oadr.Available
		ending, open bool
	}{
		"before":                     {span(0, 0.5), false, false},
		"up to its start":            {span(0, 1), false, false},
		"into it":                    {span(0, 1.01), true, true},
		"in it":                      {span(1.2, 1.3), true, true},
		"over all of it":             {span(0, 3), true, true},
		"its last second":            {span(1.999, 2.5), true, true},
		"from its end":               {span(2, 3), false, true},
		"long after":                 {span(1000, 1001), false, true},
		"open ended from before":     {span(-1000, -1000), true, true},
		"open ended from after":      {span(2, 2), false, true},
		"one of three":               {append(append(span(-5, -4), span(1.5, 1.6)...), span(5, 6)...), true, true},
		"none of two":                {append(span(-5, 1), span(-9, -8)...), false, false},
		"in 1900":                    {[]oadr.Available{{Start: time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), Duration: time.Hour}}, false, false},
		"in its start-after, at end": {span(2.1, 2.2), false, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t)
			ven := r.join("ven1")
			r.create(at("ending", time.Hour, time.Hour, func(s *core.EventSpec) { s.StartAfter = 30 * time.Minute }))
			r.create(at("open", time.Hour, 0))
			r.schedule(ven, "s", "optOut", c.spans)
			for id, want := range map[string]bool{"ending": c.ending, "open": c.open} {
				got := scheduled(r.status(id, "ven1").ScheduleOpt)
				if got != map[bool]string{true: "optOut s", false: "nothing"}[want] {
					t.Errorf("for %s it says %s, want %v", id, got, want)
				}
				r.optedOut(id, want, "ven1")
			}
		})
	}
}

// The newest schedule counts, by the VEN's clock, however they arrive; and for
// resources and device classes alone where it names some.
func TestP5P6NewestScheduleCounts(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.create(at("e", time.Hour, time.Hour))
	all := span(0, 24)
	says := func(want string, out bool) {
		t.Helper()
		if got := scheduled(r.status("e", "ven1").ScheduleOpt); got != want {
			t.Errorf("schedules say %q, want %q", got, want)
		}
		r.optedOut("e", out, "ven1")
	}
	cancel := func(optID string) {
		t.Helper()
		must[*oadr.CanceledOpt](r, ven, &oadr.CancelOpt{RequestID: "c", OptID: optID, VENID: "ven1"})
	}
	says("nothing", false)
	r.schedule(ven, "a", "optOut", all, createdAt(5))
	says("optOut a", true)
	r.schedule(ven, "b", "optIn", all, createdAt(3)) // older
	says("optOut a", true)
	r.schedule(ven, "c", "optIn", all, createdAt(7))
	says("optIn c", false)
	r.schedule(ven, "c", "optIn", span(3, 4), createdAt(8)) // P2: it is of another time now
	says("optOut a", true)
	r.schedule(ven, "d", "optIn", all, createdAt(9), resources("r1", "r2"))
	says("optOut a r1:optIn d r2:optIn d", true)
	r.schedule(ven, "f", "optOut", all, createdAt(10), resources("r2"), classes("Thermostat"))
	says("optOut a r1:optIn d r2:optIn d {resource r2 Thermostat}:optOut f", true)
	r.schedule(ven, "g", "optIn", all, createdAt(11), classes("Pool_Pump"))
	says("optOut a r1:optIn d r2:optIn d Pool_Pump:optIn g {resource r2 Thermostat}:optOut f", true)
	r.schedule(ven, "h", "optIn", all, createdAt(12)) // over all of them
	says("optIn h", false)
	cancel("h")
	cancel("a")
	cancel("b")
	says("none  {resource r2 Thermostat}:optOut f", false) // what h replaced stays so
	for _, id := range []string{"d", "f", "g"} {
		cancel(id)
	}
	says("nothing", false)
	r.schedule(ven, "own", "optOut", all, func(m *oadr.CreateOpt) { m.Target.VENs = []string{"ven1"} }) // P5: the whole VEN
	says("optOut own", true)
}

func TestP6ScheduleOfAMarketContext(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.create(at("e", time.Hour, time.Hour)) // of http://example.org/e
	r.create(at("f", time.Hour, time.Hour))
	r.schedule(ven, "all", "optIn", span(0, 24), createdAt(1))
	r.schedule(ven, "e-only", "optOut", span(0, 24), createdAt(2), marketContext("http://example.org/e"))
	if got := scheduled(r.status("e", "ven1").ScheduleOpt); got != "optOut e-only" {
		t.Errorf("for e they say %s", got)
	}
	if got := scheduled(r.status("f", "ven1").ScheduleOpt); got != "optIn all" {
		t.Errorf("for f they say %s", got)
	}
	r.optedOut("e", true, "ven1")
	r.optedOut("f", false)
}

// The opt for the event takes precedence over the schedule, and both are shown.
func TestE17ExplicitOptGoesBeforeTheSchedule(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	e := r.create(at("e", time.Hour, time.Hour))
	r.schedule(ven, "s", "optOut", span(0, 24))
	stands := func(opt string) {
		t.Helper()
		if s := r.status("e", "ven1"); s.Opt != opt || scheduled(s.ScheduleOpt) != "optOut s" {
			t.Errorf("the status is %s and %s, want %s and optOut s", s.Opt, scheduled(s.ScheduleOpt), opt)
		}
		r.optedOut("e", true, "ven1")
	}
	stands(core.OptNone)
	must[response](r, ven, answer("ven1", "x", "e", 0, "optIn"))
	stands("optIn")
	must[*oadr.CreatedOpt](r, ven, &oadr.CreateOpt{OptID: "o", OptType: "optOut", OptReason: "economic", VENID: "ven1", CreatedDateTime: t0, RequestID: "r",
		Event: &oadr.QualifiedEventID{EventID: e.EventID}})
	stands("optOut")
	r.modify("e", func(s *core.EventSpec) { s.Comment = "new" })
	stands("optOut") // both hold whatever becomes of the event
}

// Of many VENs, those who opted out are found a page at a time; who was taken
// off is not among them.
func TestVENsOptedOutBySchedule(t *testing.T) {
	r := start(t)
	var out []string
	for i := range 9 {
		id := fmt.Sprint("ven", i)
		ven := r.join(id, group("g"))
		switch i % 3 {
		case 0:
			r.schedule(ven, "s", "optOut", span(0, 24))
			out = append(out, id)
		case 1: // looked at, and not out
			r.schedule(ven, "s", "optOut", span(0, 24))
			r.schedule(ven, "t", "optIn", span(0, 24), createdAt(1))
		}
	}
	spec := at("e", time.Hour, time.Hour)
	spec.Targets = []core.Target{{Kind: core.TargetGroup, Value: "g"}}
	r.create(spec)
	r.optedOut("e", true, out...)
	r.set(peer("ven0")) // so it holds the event
	if _, err := r.ModifyVEN(t.Context(), "ven0", func(v *core.VEN) error { v.Groups = nil; return nil }); err != nil {
		t.Fatal(err)
	}
	r.optedOut("e", true, out[1:]...)
}

func TestP5OptsAreListed(t *testing.T) {
	r := start(t)
	a, b := r.join("a"), r.join("b")
	spec := at("e", time.Hour, time.Hour)
	spec.Targets = venIDs("a", "b")
	r.create(spec)
	event := func(from core.Peer, optID string) {
		must[*oadr.CreatedOpt](r, from, &oadr.CreateOpt{OptID: optID, OptType: "optOut", OptReason: "economic", VENID: r.venID(from), CreatedDateTime: t0, RequestID: "r",
			Event: &oadr.QualifiedEventID{EventID: "e"}})
	}
	event(a, "z")
	event(b, "a")
	r.schedule(a, "now", "optOut", span(-1, 1))
	r.schedule(a, "later", "optIn", span(5, 5), resources("r1"), classes("Thermostat"), marketContext("http://example.org/e"))
	r.schedule(b, "B", "optOut", span(-3, -2))
	r.schedule(b, "gone", "optOut", span(-1, 1), resources("r1"))
	must[*oadr.CanceledOpt](r, b, &oadr.CancelOpt{RequestID: "c", OptID: "gone", VENID: "b"})
	all := r.wantOpts(core.OptQuery{}, "a/later", "a/now", "a/z", "b/B", "b/a")
	if o := all[0]; o.OptType != "optIn" || o.Reason != "x-schedule" || o.MarketContext != "http://example.org/e" || !slices.Equal(o.Resources, []string{"r1"}) ||
		!slices.Equal(o.DeviceClasses, []string{"Thermostat"}) || len(o.Periods) != 1 || !o.Periods[0].End.IsZero() || o.EventID != "" || !o.CreatedAt.Equal(t0) {
		t.Errorf("the schedule is %+v", o)
	}
	if o := all[2]; o.EventID != "e" || o.ModificationNumber != 0 || o.Periods != nil {
		t.Errorf("the event's is %+v", o)
	}
	r.wantOpts(core.OptQuery{VENID: "b"}, "b/B", "b/a")
	r.wantOpts(core.OptQuery{EventID: "e"}, "a/z", "b/a")
	r.wantOpts(core.OptQuery{VENID: "a", EventID: "e"}, "a/z")
	if gone := r.wantOpts(core.OptQuery{VENID: "b", Cancelled: true}, "b/B", "b/a", "b/gone")[2]; !gone.CancelledAt.Equal(t0) {
		t.Errorf("cancelled at %s", gone.CancelledAt)
	}
	r.wantOpts(core.OptQuery{ActiveAt: t0}, "a/now", "a/z", "b/a")
	r.wantOpts(core.OptQuery{ActiveAt: t0, Cancelled: true}, "a/now", "a/z", "b/a")
	r.wantOpts(core.OptQuery{ActiveAt: t0.Add(time.Hour)}, "a/z", "b/a")
	r.wantOpts(core.OptQuery{ActiveAt: t0.Add(100 * time.Hour)}, "a/later")
	r.modify("e", func(s *core.EventSpec) { s.Comment = "new" })
	r.wantOpts(core.OptQuery{ActiveAt: t0}, "a/now", "a/z", "b/a")
	for _, q := range []core.OptQuery{{VENID: "c"}, {EventID: "E"}} {
		if opts, _, err := r.Opts(t.Context(), q, core.OptCursor{}, 2); err == nil {
			t.Errorf("%+v lists %v", q, opts)
		}
	}
}
