package test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// TestSimulateReports asks whoever comes for the demand of their loads, each
// second, and lets a fleet of three come.
func TestSimulateReports(t *testing.T) {
	s := start(t)
	const n = 3
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
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := s.command("simulate", "-o", "json", "--jid", "ven%d@localhost", "--first", fmt.Sprint(first), "--count", fmt.Sprint(n), "--password-file", password,
		"--server", s.server.ClientAddr, "--ca", s.server.CAFile, "--report-every", "1s", "--points", "2", "--duration", "1m")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	type happening struct {
		What, VENID      string
		ReportRequestIDs []string
		Progress         *struct{ Updates, Values int }
	}
	updates, twice, values := map[string]int{}, 0, 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var h happening
		if err := json.Unmarshal(lines.Bytes(), &h); err != nil {
			t.Fatalf("%v: %s", err, lines.Bytes())
		}
		switch h.What {
		case "update":
			if updates[h.VENID]++; len(h.ReportRequestIDs) != 1 {
				t.Errorf("printed %s", lines.Bytes())
			}
			if updates[h.VENID] == 2 {
				if twice++; twice == n {
					_ = cmd.Process.Signal(syscall.SIGTERM)
				}
			}
		case "end":
			values = h.Progress.Values
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if len(updates) != n || values < 4*n {
		t.Errorf("updates %v of %d values", updates, values)
	}
	for venID := range updates {
		data, err := s.ReportData(t.Context(), client.DataSource{VENID: venID, ReportSpecifierID: "usage"}, client.DataFilter{}, "", 100)
		if err != nil {
			t.Fatal(err)
		}
		loads := map[string]int{}
		for _, v := range data.Items {
			if loads[v.RID]++; v.Value == nil || *v.Value <= 0 || v.Duration != "PT1S" || time.Since(v.Start) > time.Minute {
				t.Errorf("%s measured %+v", venID, v)
			}
		}
		if loads["load1"] < 2 || loads["load1"] != loads["load2"] {
			t.Errorf("%s measured %v", venID, loads)
		}
	}
}
