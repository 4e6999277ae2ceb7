package test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// TestSimulateSchedulesAndErrors runs a fleet of ten: two opt out by schedule, and
// five make an error each, every kind once. The operator sees it.
func TestSimulateSchedulesAndErrors(t *testing.T) {
	s := start(t)
	const n = 10
	all, flags := s.fleetAccounts(n)
	s.askUsage()
	spec := event()
	spec.Targets.All = true
	e := s.create(spec) // in an hour
	type happening struct {
		What, JID, VENID, OptID, Opt, Error string
		Progress                            *struct{ Schedules, Errors int }
	}
	ids := map[string]string{}    // venID by account
	faulty := map[string]string{} // kind of error by account
	kinds := map[string]string{}  // the other way
	answers := map[string]string{}
	schedules, errors := 0, 0
	var last happening
	stopped := false
	flags = append(flags, "--report-every", "1s", "--opt-schedule", "0.2", "--opt-schedule-in", "30m", "--opt-schedule-for", "2h", "--errors", "0.5")
	happenings(s, flags, func(h happening, line string, stop func()) {
		last = h
		switch last.What {
		case "registered":
			ids[last.JID] = last.VENID
		case "schedule":
			if schedules++; last.OptID == "" {
				t.Errorf("printed %s", line)
			}
		case "answer":
			answers[last.JID] = last.Opt
		case "error":
			errors++
			if before := faulty[last.JID]; before != "" && before != last.Error {
				t.Errorf("%s makes two errors, %s and %s", last.JID, before, last.Error)
			}
			faulty[last.JID], kinds[last.Error] = last.Error, last.JID
		}
		// All have done what they were to, and those that answer have answered.
		if !stopped && len(ids) == n && schedules == 2 && len(kinds) == 5 && len(answers) == n-2 {
			stopped = true
			stop()
		}
	})
	if len(faulty) != 5 || answers[kinds["refuse"]] != oadr.OptOut {
		t.Errorf("errors are %v, answers %v", faulty, answers)
	}
	if last.What != "end" || last.Progress == nil || last.Progress.Schedules != 2 || last.Progress.Errors != errors {
		t.Errorf("the end is %+v, %+v after %d errors", last, last.Progress, errors)
	}
	at := func(kind string) client.EventVEN { return s.status(e.EventID, ids[kinds[kind]]) }
	if silent := at("silent"); silent.Delivery == "acknowledged" { // it left the VTN's own reports unanswered, which go first
		t.Errorf("the silent VEN is shown as %+v", silent)
	}
	if refuses := at("refuse"); refuses.Delivery != "refused" || refuses.ResponseCode != int(oadr.CodeSignal) {
		t.Errorf("the VEN that refuses is shown as %+v", refuses)
	}
	s.eventually("the stanza error", func() bool {
		return strings.Contains(at("error").LastError, "resource-constraint")
	})
	values := func(kind string) []client.ReportValue { return s.usage(ids[kinds[kind]]) }
	if got := values("wrong-id"); len(got) != 0 {
		t.Errorf("reports of a wrong ID count: %+v", got)
	}
	twice := values("repeat")
	slices.SortFunc(twice, func(a, b client.ReportValue) int { return a.Start.Compare(b.Start) })
	if once := slices.CompactFunc(slices.Clone(twice), func(a, b client.ReportValue) bool { return a.Start.Equal(b.Start) }); len(twice) == 0 || len(once) != len(twice) {
		t.Errorf("reports that came twice count twice, or not at all: %+v", twice)
	}
	for i, a := range all {
		shown := s.status(e.EventID, ids[s.jid(a)])
		if scheduled := shown.ScheduleOpt != nil && shown.ScheduleOpt.Opt == oadr.OptOut; scheduled != (i%5 == 0) {
			t.Errorf("%s has a schedule: %v", s.jid(a), scheduled)
		}
	}
}
