package test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// fleetAccounts makes the accounts of a fleet, and is the flags by which simulate
// finds them and the server.
func (s *stack) fleetAccounts(n int64) (all []rig.Account, flags []string) {
	s.t.Helper()
	first := accounts.Add(n) - n + 1
	for i := range n {
		all = append(all, rig.Account{User: fmt.Sprintf("ven%d", first+i), Password: "secret", SeenBy: []string{vtnDomain}})
	}
	if err := s.server.Register(s.t.Context(), all...); err != nil {
		s.t.Fatal(err)
	}
	password := filepath.Join(s.t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("secret\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return all, []string{"--jid", "ven%d@localhost", "--first", fmt.Sprint(first), "--count", fmt.Sprint(n), "--password-file", password,
		"--server", s.server.ClientAddr, "--ca", s.server.CAFile}
}

// askUsage asks whoever comes for what their loads take, each second.
func (s *stack) askUsage() {
	s.t.Helper()
	s.join() // "all" needs one VEN to begin with
	if _, err := s.RequestReports(s.t.Context(), client.ReportRequestSpec{
		Targets: &client.Targets{All: true}, ReportSpecifierID: "usage", Granularity: "PT1S", ReportBackDuration: "PT1S", Standing: true,
	}); err != nil {
		s.t.Fatal(err)
	}
}

// usage is what a VEN's loads took, as the operator sees it.
func (s *stack) usage(venID string) []client.ReportValue {
	s.t.Helper()
	data, err := s.ReportData(s.t.Context(), client.DataSource{VENID: venID, ReportSpecifierID: "usage"}, client.DataFilter{}, "", 100)
	if err != nil {
		s.t.Fatal(err)
	}
	return data.Items
}

// happenings runs simulate, which must end well, and hands over each line of JSON
// that it prints; stop has it end.
func happenings[T any](s *stack, flags []string, each func(h T, line string, stop func())) {
	s.t.Helper()
	cmd := s.command(append([]string{"simulate", "-o", "json", "--duration", "1m"}, flags...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var h T
		if err := json.Unmarshal(lines.Bytes(), &h); err != nil {
			s.t.Fatalf("%v: %s", err, lines.Bytes())
		}
		each(h, lines.Text(), func() { _ = cmd.Process.Signal(syscall.SIGTERM) })
	}
	if err := cmd.Wait(); err != nil {
		s.t.Error(err)
	}
}
