package core_test

import (
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// warned are the fields that a creation or change is warned of.
func warned(e *core.Event) (fields []string) {
	for _, w := range e.Warnings {
		fields = append(fields, w.Field)
	}
	return fields
}

// slipRig is a VTN with a registered VEN and three that no event reaches: one that
// never registered, one that only reports, and one without an account.
func slipRig(t *testing.T) *rig {
	t.Helper()
	r := start(t)
	r.join("ven1", group("joined"))
	if _, err := r.AddVEN(t.Context(), core.VEN{VENID: "entered", Groups: []string{"empty"}}); err != nil {
		t.Fatal(err)
	}
	reporter := registration()
	reporter.ReportOnly = true
	must[created](r, r.join("reporter", group("reporting")), reporter)
	r.join("taken", group("taken"))
	r.change("taken", func(v *core.VEN) { v.Identities = nil })
	return r
}

func TestEventThatMayBeASlipIsWarnedOf(t *testing.T) {
	r := slipRig(t)
	groups := func(names ...string) (targets []core.Target) {
		for _, name := range names {
			targets = append(targets, core.Target{Kind: core.TargetGroup, Value: name})
		}
		return targets
	}
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		change func(*core.EventSpec)
		want   []string
	}{
		"nothing":               {func(*core.EventSpec) {}, nil},
		"now":                   {func(s *core.EventSpec) { s.Start = t0 }, nil},
		"a month ahead":         {func(s *core.EventSpec) { s.Start = t0.Add(31 * day) }, nil},
		"more than that":        {func(s *core.EventSpec) { s.Start = t0.Add(31*day + time.Second) }, []string{"start"}},
		"in another century":    {func(s *core.EventSpec) { s.Start = t0.AddDate(7000, 0, 0) }, []string{"start"}},
		"begun":                 {func(s *core.EventSpec) { s.Start = t0.Add(-50 * time.Minute) }, []string{"start"}},
		"a name":                {func(s *core.EventSpec) { s.MarketContext = "dr" }, []string{"marketContext"}},
		"a host without scheme": {func(s *core.EventSpec) { s.MarketContext = "//example.org/dr" }, []string{"marketContext"}},
		"a URN":                 {func(s *core.EventSpec) { s.MarketContext = "urn:dr:1" }, nil},
		"nobody registered": {func(s *core.EventSpec) {
			s.Targets = append(groups("empty", "joined", "reporting", "taken"), venIDs("entered", "ven1")...)
		}, []string{"targets.groups[0]", "targets.groups[2]", "targets.groups[3]", "targets.venIDs[0]"}},
		"all": {func(s *core.EventSpec) { s.Targets = []core.Target{{Kind: core.TargetAll}} }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			spec := simple(venIDs("ven1")...)
			spec.Overlap = "allow"
			c.change(&spec)
			e := r.create(spec)
			if got := warned(e); !slices.Equal(got, c.want) {
				t.Errorf("created: %+v, want fields %v", e.Warnings, c.want)
			}
			if e, err := r.Event(t.Context(), e.EventID); err != nil || e.Warnings != nil {
				t.Errorf("read again: %+v, %v", e, err)
			}
			plain := simple(venIDs("ven1")...)
			plain.Overlap = "allow"
			plain = r.create(plain).EventSpec
			if name == "begun" { // a change cannot have it so (rule E26)
				return
			}
			e = r.modify(plain.EventID, c.change)
			if got := warned(e); !slices.Equal(got, c.want) {
				t.Errorf("changed: %+v, want fields %v", e.Warnings, c.want)
			}
			if e = r.modify(plain.EventID, func(s *core.EventSpec) { s.Comment = "else" }); e.Warnings != nil {
				t.Errorf("another change: %+v", e.Warnings)
			}
		})
	}
}

func TestAllThatReachesNobodyIsWarnedOf(t *testing.T) {
	r := start(t)
	if _, err := r.AddVEN(t.Context(), core.VEN{VENID: "entered"}); err != nil {
		t.Fatal(err)
	}
	if got := warned(r.create(simple(core.Target{Kind: core.TargetAll}))); !slices.Equal(got, []string{"targets.all"}) {
		t.Errorf("warned of %v", got)
	}
}
