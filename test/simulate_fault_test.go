package test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// TestSimulateSchedulesAndErrors runs a fleet of ten: two opt out by schedule, and
// five make an error each, every kind once. The operator sees it.
func TestSimulateSchedulesAndErrors(t *testing.T) {
	s := start(t)
	const n = 10
	first := accounts.Add(n) - n + 1
	var all []rig.Account
	for i := range int64(n) {
		all = append(all, rig.Account{User: fmt.Sprintf("ven%d", first+i), Password: "secret", SeenBy: []string{vtnDomain}})
	}
	if err := s.server.Register(t.Context(), all...); err != nil {
		t.Fatal(err)
	}
	s.join() // "all" needs one VEN to begin with
	if _, err := s.RequestReports(t.Context(), client.ReportRequestSpec{
		Targets: &client.Targets{All: true}, ReportSpecifierID: "usage", Granularity: "PT1S", ReportBackDuration: "PT1S", Standing: true,
	}); err != nil {
		t.Fatal(err)
	}
	spec := event()
	spec.Targets.All = true
	e := s.create(spec) // in an hour
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := s.command("simulate", "-o", "json", "--jid", "ven%d@localhost", "--first", fmt.Sprint(first), "--count", fmt.Sprint(n), "--password-file", password,
		"--server", s.server.ClientAddr, "--ca", s.server.CAFile, "--report-every", "1s", "--duration", "1m",
		"--opt-schedule", "0.2", "--opt-schedule-in", "30m", "--opt-schedule-for", "2h", "--errors", "0.5")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
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
	for lines := bufio.NewScanner(out); lines.Scan(); {
		last = happening{}
		if err := json.Unmarshal(lines.Bytes(), &last); err != nil {
			t.Fatalf("%v: %s", err, lines.Bytes())
		}
		switch last.What {
		case "registered":
			ids[last.JID] = last.VENID
		case "schedule":
			if schedules++; last.OptID == "" {
				t.Errorf("printed %s", lines.Bytes())
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
			_ = cmd.Process.Signal(syscall.SIGTERM)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if len(faulty) != 5 || answers[kinds["refuse"]] != oadr.OptOut {
		t.Errorf("errors are %v, answers %v", faulty, answers)
	}
	if last.What != "end" || last.Progress == nil || last.Progress.Schedules != 2 || last.Progress.Errors != errors {
		t.Errorf("the end is %+v, %+v after %d errors", last, last.Progress, errors)
	}
	at := func(kind string) client.EventVEN { return s.status(e.EventID, ids[kinds[kind]]) }
	if silent := at("silent"); silent.Delivery == "acknowledged" || silent.Attempts == 0 {
		t.Errorf("the silent VEN is shown as %+v", silent)
	}
	if refuses := at("refuse"); refuses.Delivery != "refused" || refuses.ResponseCode != int(oadr.CodeSignal) {
		t.Errorf("the VEN that refuses is shown as %+v", refuses)
	}
	s.eventually("the stanza error", func() bool {
		return strings.Contains(at("error").LastError, "resource-constraint")
	})
	values := func(kind string) []client.ReportValue {
		t.Helper()
		data, err := s.ReportData(t.Context(), client.DataSource{VENID: ids[kinds[kind]], ReportSpecifierID: "usage"}, client.DataFilter{}, "", 100)
		if err != nil {
			t.Fatal(err)
		}
		return data.Items
	}
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
