package core_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// A report request that the profile does not allow is refused, with the rule, the field
// and what to write instead.
func TestSpec317Spec324Spec340R3WhatCannotBeAskedFor(t *testing.T) {
	r := start(t)
	r.historian("ven1")
	yesterday, day := t0.Add(-24*time.Hour), 24*time.Hour
	for name, c := range map[string]struct {
		spec        core.ReportSpec
		field, says string
	}{
		"a history by granularity":      {core.ReportSpec{SpecifierID: "history", Duration: day, Granularity: 5 * time.Minute}, "granularity", "rule 317"},
		"a history again and again":     {core.ReportSpec{SpecifierID: "history", Duration: day, ReportBack: time.Hour}, "reportBackDuration", "rule 324"},
		"a history of no time":          {core.ReportSpec{SpecifierID: "history"}, "start", "such as P1D"},
		"a history by name":             {core.ReportSpec{ReportName: "HISTORY_USAGE"}, "start", "rule 324"},
		"a history by type alone":       {core.ReportSpec{ReportType: "usage"}, "start", "rule 324"},
		"a history of what is to come":  {core.ReportSpec{SpecifierID: "history", Start: t0, Duration: time.Hour}, "start", "before now"},
		"a history from now on":         {core.ReportSpec{SpecifierID: "history", Start: t0.Add(time.Second)}, "start", "before now"},
		"more of a history than kept":   {core.ReportSpec{SpecifierID: "history", Duration: day + time.Second}, "duration", "ven1 keeps P1D of report history (rule 340"},
		"a history ten days ago":        {core.ReportSpec{SpecifierID: "history", Start: t0.Add(-10 * day), Duration: time.Hour}, "start", "use one since " + oadr.FormatTime(yesterday)},
		"a history since ten days":      {core.ReportSpec{SpecifierID: "history", Start: t0.Add(-10 * day)}, "start", "P1D"},
		"six minutes more than is kept": {core.ReportSpec{SpecifierID: "history", Start: yesterday.Add(-6 * time.Minute), Duration: time.Hour}, "start", "P1D"},
		"the moment by granularity":     {core.ReportSpec{SpecifierID: "telemetry", Granularity: time.Minute}, "granularity", "rule 324"},
		"the moment, later":             {core.ReportSpec{SpecifierID: "telemetry", Start: t0.Add(time.Hour)}, "start", "reportBackDuration"},
		"the moment for an hour":        {core.ReportSpec{SpecifierID: "status", Duration: time.Hour}, "duration", "reportBackDuration"},
		"more telemetry than is kept":   {core.ReportSpec{SpecifierID: "telemetry", ReportBack: 2*day + time.Second}, "reportBackDuration", "keeps P2D of report telemetry (rule 340"},
		"rIDs of METADATA":              {core.ReportSpec{SpecifierID: "METADATA", RIDs: []string{"0", "power"}}, "rIDs[1]", "rule 308"},
	} {
		c.spec.Targets = venIDs("ven1")
		for _, standing := range []bool{false, true} {
			if c.spec.Standing = standing; standing && c.spec.SpecifierID == oadr.SpecifierMetadata {
				continue
			}
			if got := r.problemOf(c.spec); got.Field != c.field || got.Rule != "R3" || !strings.Contains(got.Reason, c.says) {
				t.Errorf("%s: refused for %+v, want %s with %q", name, got, c.field, c.says)
			}
		}
	}
	if all, _, _ := r.ReportRequests(t.Context(), core.ReportFilter{}, 0, 10); len(all) != 0 {
		t.Errorf("refused requests were stored: %+v", all)
	}
	r.join("other", group("g"))
	// A standing order for future VENs is checked against the report that it names.
	spec := core.ReportSpec{Targets: []core.Target{{Kind: core.TargetGroup, Value: "g"}}, ReportName: "HISTORY_USAGE", ReportBack: time.Hour, Standing: true}
	if got := r.problemOf(spec); got.Field != "reportBackDuration" {
		t.Errorf("a standing order is refused for %+v", got)
	}
	r.quiet()
}

// What can only be one value need not be given: of a history the VTN says itself
// what is left out of its time.
func TestSpec317Spec324R3WhatIsAskedFor(t *testing.T) {
	r := start(t)
	ven := r.historian("ven1")
	hour := time.Hour
	since := t0.Add(-3 * hour)
	for name, c := range map[string]struct {
		spec     core.ReportSpec
		interval *oadr.Period
	}{
		"the last so long":       {core.ReportSpec{SpecifierID: "history", Duration: hour}, &oadr.Period{Start: t0.Add(-hour), Duration: hour}},
		"all that is kept":       {core.ReportSpec{SpecifierID: "history", Duration: 24 * hour}, &oadr.Period{Start: t0.Add(-24 * hour), Duration: 24 * hour}},
		"since a time":           {core.ReportSpec{SpecifierID: "history", Start: since}, &oadr.Period{Start: since, Duration: 3 * hour}},
		"of a time":              {core.ReportSpec{SpecifierID: "history", Start: since, Duration: hour}, &oadr.Period{Start: since, Duration: hour}},
		"by a clock a bit off":   {core.ReportSpec{SpecifierID: "history", Start: t0.Add(-24*hour - 4*time.Minute), Duration: hour}, &oadr.Period{Start: t0.Add(-24*hour - 4*time.Minute), Duration: hour}},
		"the moment":             {core.ReportSpec{SpecifierID: "telemetry"}, nil},
		"again and again":        {core.ReportSpec{SpecifierID: "telemetry", ReportBack: 48 * hour, Granularity: time.Minute}, &oadr.Period{Start: t0}},
		"of METADATA":            {core.ReportSpec{SpecifierID: "METADATA"}, nil},
		"METADATA again":         {core.ReportSpec{SpecifierID: "METADATA", ReportBack: hour}, &oadr.Period{Start: t0}},
		"METADATA later":         {core.ReportSpec{SpecifierID: "METADATA", Start: t0.Add(hour)}, &oadr.Period{Start: t0.Add(hour)}},
		"later, once":            {core.ReportSpec{SpecifierID: "telemetry", ReportBack: hour, Start: t0.Add(hour), Duration: hour}, &oadr.Period{Start: t0.Add(hour), Duration: hour}},
		"what is meant of power": {core.ReportSpec{Measurement: "powerReal", ReportBack: hour}, &oadr.Period{Start: t0}},
		"what is meant of a day": {core.ReportSpec{ReportType: "usage", Duration: 24 * hour}, &oadr.Period{Start: t0.Add(-24 * hour), Duration: 24 * hour}},
	} {
		c.spec.Targets = venIDs("ven1")
		made := r.request(c.spec)
		p, m := pushed[*oadr.CreateReport](r)
		r.answered(ven, p, &oadr.CreatedReport{Response: ok(p), VENID: "ven1"})
		r.settled()
		if len(m.Requests) != 1 {
			t.Fatalf("%s: %+v", name, m.Requests)
		}
		s := m.Requests[0].Specifier
		if s.ReportBackDuration != c.spec.ReportBack || s.Granularity != c.spec.Granularity {
			t.Errorf("%s: requested every %s by %s", name, s.ReportBackDuration, s.Granularity)
		}
		if i := s.ReportInterval; (i == nil) != (c.interval == nil) || i != nil && (!i.Start.Equal(c.interval.Start) || i.Duration != c.interval.Duration) {
			t.Errorf("%s: of %+v, want %+v", name, i, c.interval)
		}
		if got, err := r.ReportRequest(t.Context(), made[0].ReportRequestID); err != nil || isHistory(got) && (!got.Start.Equal(c.interval.Start) || got.Duration != c.interval.Duration) {
			t.Errorf("%s: on record is %+v, %v", name, got, err)
		}
	}
}

func isHistory(r *core.ReportRequest) bool { return r.ReportName == "HISTORY_USAGE" }

// A standing order requests what fits an offer, and shows what does not.
func TestSpec340R3StandingOrderShowsWhatDoesNotFit(t *testing.T) {
	r := start(t)
	r.join("silent", group("g"))
	spec := periodic(core.Target{Kind: core.TargetGroup, Value: "g"})
	spec.Standing, spec.Piggyback, spec.Granularity = true, true, 10*time.Minute
	spec.ReportBack = 2 * time.Hour
	order := func(spec core.ReportSpec) string {
		t.Helper()
		orders, _, err := r.RequestReports(t.Context(), []core.ReportSpec{spec}, "test")
		if err != nil {
			t.Fatal(err)
		}
		return orders[0].OrderID
	}
	id := order(spec)
	unnamed := spec
	unnamed.SpecifierID, unnamed.Measurement = "", "powerReal"
	any := order(unnamed)
	for venID, change := range map[string]func(*oadr.Report){
		"fits":    func(*oadr.Report) {},
		"forgets": func(m *oadr.Report) { m.Duration = new(time.Hour) },
		"says not": func(m *oadr.Report) {
			m.Duration = nil
		},
		"reads": func(m *oadr.Report) {
			m.Descriptions[0].SamplingRate = &oadr.SamplingRate{MinPeriod: time.Minute, MaxPeriod: time.Minute}
		},
		"past": func(m *oadr.Report) { m.ReportName = "METADATA_HISTORY_USAGE" },
	} {
		r.join(venID, group("g"))
		m := telemetry(venID)
		change(&m.Reports[0])
		want := map[string]int{"fits": 2, "says not": 2}[venID]
		if got := r.requestsInReply(peer(venID), m); len(got) != want {
			t.Errorf("of %s are requested %v", venID, got)
		}
	}
	got := r.misfits(id)
	slices.Sort(got)
	if !slices.Equal(got, []string{"forgets telemetry reportBackDuration", "past telemetry reportBackDuration", "reads telemetry granularity"}) {
		t.Errorf("not fitting are %q", got)
	}
	got = r.misfits(any)
	slices.Sort(got)
	if !slices.Equal(got, []string{"forgets telemetry reportBackDuration", "reads telemetry granularity"}) {
		t.Errorf("of the second order, not fitting are %q", got)
	}
	if _, err := r.CancelReportOrder(t.Context(), id, core.ReportCancellation{}, "test"); err != nil {
		t.Fatal(err)
	}
	if got := r.misfits(id); got != nil {
		t.Errorf("of an order that has ended are %q", got)
	}
}

// A standing history is always of the time before the request.
func TestSpec324R3StandingHistoryIsOfTheLastDay(t *testing.T) {
	r := start(t)
	ven := r.historian("ven1")
	spec := core.ReportSpec{Targets: venIDs("ven1"), SpecifierID: "history", Duration: 24 * time.Hour, Standing: true}
	first := r.accepted(ven, spec)
	for day := range 3 {
		r.clock.Move(24 * time.Hour)
		r.requestsInReply(ven, historian("ven1"))
		p, m := pushed[*oadr.CreateReport](r)
		if i := m.Requests[0].Specifier.ReportInterval; len(m.Requests) != 1 || i == nil || !i.Start.Equal(t0.Add(time.Duration(day)*24*time.Hour)) || i.Duration != 24*time.Hour {
			t.Errorf("requested are %+v", m.Requests)
		}
		if day == 0 { // not agreed to: the next is of another day all the same
			r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
		} else {
			r.answered(ven, p, &oadr.CreatedReport{Response: ok(p), VENID: "ven1"})
		}
		r.settled()
	}
	if got := r.misfits(first.OrderID); got != nil {
		t.Errorf("not fitting are %q", got)
	}
}

// An order from before these rules goes on: as the profile allows if that requests the
// same, otherwise as it was.
func TestSpec317Spec324Spec340R3OrdersOfBeforeGoOn(t *testing.T) {
	hour := time.Hour
	for name, c := range map[string]struct {
		spec     core.ReportSpec
		by       time.Duration
		interval *oadr.Period // nil: none
		none     bool
	}{
		"all of a history":            {core.ReportSpec{SpecifierID: "history"}, 0, &oadr.Period{Start: t0.Add(-24 * hour), Duration: 24 * hour}, false},
		"a history by minutes":        {core.ReportSpec{SpecifierID: "history", Granularity: time.Minute}, 0, &oadr.Period{Start: t0.Add(-24 * hour), Duration: 24 * hour}, false},
		"a history since a time":      {core.ReportSpec{SpecifierID: "history", Start: t0.Add(-2 * hour)}, 0, &oadr.Period{Start: t0.Add(-2 * hour), Duration: 2 * hour}, false},
		"a history of a time":         {core.ReportSpec{SpecifierID: "history", Start: t0.Add(-2 * hour), Duration: hour}, 0, &oadr.Period{Start: t0.Add(-2 * hour), Duration: hour}, false},
		"more history than is kept":   {core.ReportSpec{SpecifierID: "history", Start: t0.Add(-240 * hour), Duration: 220 * hour}, 0, &oadr.Period{Start: t0.Add(-24 * hour), Duration: 4 * hour}, false},
		"a history that is forgotten": {core.ReportSpec{SpecifierID: "history", Start: t0.Add(-240 * hour), Duration: hour}, 0, nil, true},
		"a history again and again":   {core.ReportSpec{SpecifierID: "history", ReportBack: hour, Granularity: time.Minute}, time.Minute, &oadr.Period{Start: t0}, false},
		"the moment by minutes":       {core.ReportSpec{SpecifierID: "telemetry", Granularity: time.Minute, Start: t0.Add(-hour), Duration: hour}, 0, nil, false},
		"the moment, later":           {core.ReportSpec{SpecifierID: "telemetry", Start: t0.Add(hour)}, 0, &oadr.Period{Start: t0.Add(hour)}, false},
		"more telemetry than is kept": {core.ReportSpec{SpecifierID: "telemetry", ReportBack: 72 * hour}, 0, &oadr.Period{Start: t0}, false},
		"all that there is":           {core.ReportSpec{ReportType: "usage"}, 0, &oadr.Period{Start: t0.Add(-24 * hour), Duration: 24 * hour}, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t)
			ven := r.join("ven1")
			c.spec.Targets, c.spec.Standing = venIDs("ven1"), true
			o := &core.ReportOrder{OrderID: "ord-1", ReportSpec: c.spec, CreatedAt: t0.Add(-time.Hour), CreatedBy: "test", Early: true}
			if err := r.reg.Update(t.Context(), func(tx core.Tx) error { return tx.PutReportOrder(o) }); err != nil {
				t.Fatal(err)
			}
			r.requestsInReply(ven, historian("ven1"))
			if c.none {
				r.quiet()
				return
			}
			_, m := pushed[*oadr.CreateReport](r)
			s := m.Requests[0].Specifier
			if i := s.ReportInterval; len(m.Requests) != 1 || (i == nil) != (c.interval == nil) || i != nil && (!i.Start.Equal(c.interval.Start) || i.Duration != c.interval.Duration) {
				t.Errorf("requested of %+v, want %+v", s.ReportInterval, c.interval)
			}
			if s.Granularity != c.by || s.ReportBackDuration != c.spec.ReportBack {
				t.Errorf("requested is %+v", s)
			}
			if got := r.misfits("ord-1"); got != nil {
				t.Errorf("not fitting are %q", got)
			}
		})
	}
}
