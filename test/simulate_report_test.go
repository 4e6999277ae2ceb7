package test

import (
	"testing"
	"time"
)

// TestSimulateReports asks whoever comes for the demand of their loads, each
// second, and lets a fleet of three come.
func TestSimulateReports(t *testing.T) {
	s := start(t)
	const n = 3
	_, flags := s.fleetAccounts(n)
	s.askUsage()
	type happening struct {
		What, VENID      string
		ReportRequestIDs []string
		Progress         *struct{ Updates, Values int }
	}
	updates, twice, values := map[string]int{}, 0, 0
	happenings(s, append(flags, "--report-every", "1s", "--points", "2"), func(h happening, line string, stop func()) {
		switch h.What {
		case "update":
			if updates[h.VENID]++; len(h.ReportRequestIDs) != 1 {
				t.Errorf("printed %s", line)
			}
			if updates[h.VENID] == 2 {
				if twice++; twice == n {
					stop()
				}
			}
		case "end":
			values = h.Progress.Values
		}
	})
	if len(updates) != n || values < 4*n {
		t.Errorf("updates %v of %d values", updates, values)
	}
	for venID := range updates {
		loads := map[string]int{}
		for _, v := range s.usage(venID) {
			if loads[v.RID]++; v.Value == nil || *v.Value <= 0 || v.Duration != "PT1S" || time.Since(v.Start) > time.Minute {
				t.Errorf("%s measured %+v", venID, v)
			}
		}
		if loads["load1"] < 2 || loads["load1"] != loads["load2"] {
			t.Errorf("%s measured %v", venID, loads)
		}
	}
}
