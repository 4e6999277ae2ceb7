package test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// TestSimulateSchedulesAndErrors runs a fleet of ten: two VENs opt out by schedule, and five make one kind of error each, a different
// one each. The operator sees all of it.
func TestSimulateSchedulesAndErrors(t *testing.T) {
	s := start(t)
	all, flags := s.fleetAccounts(10)
	s.askUsage()
	spec := event()
	spec.Targets.All = true
	e := s.create(spec) // in an hour
	f := faultyFleet{ids: map[string]string{}, faulty: map[string]string{}, kinds: map[string]string{}, answers: map[string]string{}}
	flags = append(flags, "--report-every", "1s", "--opt-schedule", "0.2", "--opt-schedule-in", "30m", "--opt-schedule-for", "2h", "--errors", "0.5")
	stopped := false
	happenings(s, flags, func(h faultyHappening, line string, stop func()) {
		f.take(t, h, line)
		// Stop when all VENs have done what they should, those that answer have answered, and the operator is shown a stanza error.
		if !stopped && len(f.ids) == len(all) && f.schedules == 2 && len(f.kinds) == 5 && len(f.answers) == len(all)-2 &&
			strings.Contains(f.shown(s, e, "error").LastError, "resource-constraint") {
			stopped = true
			stop()
		}
	})
	if len(f.faulty) != 5 || f.answers[f.kinds["refuse"]] != oadr.OptOut {
		t.Errorf("errors are %v, answers %v", f.faulty, f.answers)
	}
	if p := f.last.Progress; f.last.What != "end" || p == nil || p.Schedules != 2 || p.Errors != f.errors {
		t.Errorf("the last line is %+v, %+v after %d errors", f.last, p, f.errors)
	}
	f.onRecord(s, e)
	for i, a := range all {
		shown := s.status(e.EventID, f.ids[s.jid(a)])
		if scheduled := shown.ScheduleOpt != nil && shown.ScheduleOpt.Opt == oadr.OptOut; scheduled != (i%5 == 0) {
			t.Errorf("%s has a schedule: %v", s.jid(a), scheduled)
		}
	}
}

// faultyHappening is a line that simulate -o json prints.
type faultyHappening struct {
	What, JID, VENID, OptID, Opt, Error string
	Progress                            *struct{ Schedules, Errors int }
}

// faultyFleet is what a fleet has printed.
type faultyFleet struct {
	ids               map[string]string // venID by account
	faulty            map[string]string // kind of error by account
	kinds             map[string]string // account by kind of error
	answers           map[string]string // opt by account
	schedules, errors int
	last              faultyHappening
}

// take adds a line, and checks it.
func (f *faultyFleet) take(t *testing.T, h faultyHappening, line string) {
	t.Helper()
	f.last = h
	switch h.What {
	case "registered":
		f.ids[h.JID] = h.VENID
	case "schedule":
		if f.schedules++; h.OptID == "" {
			t.Errorf("simulate prints %s", line)
		}
	case "answer":
		f.answers[h.JID] = h.Opt
	case "error":
		f.errors++
		if before := f.faulty[h.JID]; before != "" && before != h.Error {
			t.Errorf("%s makes two kinds of error, %s and %s", h.JID, before, h.Error)
		}
		f.faulty[h.JID], f.kinds[h.Error] = h.Error, h.JID
	}
}

// shown returns how the VEN that makes a kind of error stands with an event.
func (f *faultyFleet) shown(s *stack, e *client.Event, kind string) client.EventVEN {
	return s.status(e.EventID, f.ids[f.kinds[kind]])
}

// onRecord checks what the operator sees of each kind of error.
func (f *faultyFleet) onRecord(s *stack, e *client.Event) {
	s.t.Helper()
	if silent := f.shown(s, e, "silent"); silent.Delivery == "acknowledged" { // it has not answered the VTN reports, which come before events
		s.t.Errorf("the silent VEN is shown as %+v", silent)
	}
	if refuses := f.shown(s, e, "refuse"); refuses.Delivery != "refused" || refuses.ResponseCode != int(oadr.CodeSignal) {
		s.t.Errorf("the VEN that refuses is shown as %+v", refuses)
	}
	values := func(kind string) []client.ReportValue { return s.usage(f.ids[f.kinds[kind]]) }
	if got := values("wrong-id"); len(got) != 0 {
		s.t.Errorf("values with a wrong reportRequestID are stored: %+v", got)
	}
	twice := values("repeat")
	slices.SortFunc(twice, func(a, b client.ReportValue) int { return a.Start.Compare(b.Start) })
	if once := slices.CompactFunc(slices.Clone(twice), func(a, b client.ReportValue) bool { return a.Start.Equal(b.Start) }); len(twice) == 0 || len(once) != len(twice) {
		s.t.Errorf("reports that came twice are stored twice, or not at all: %+v", twice)
	}
}
