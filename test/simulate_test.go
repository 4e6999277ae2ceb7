package test

import (
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
)

// TestSimulate runs the program's fleet of five VENs, one of which opts out: first with output for people, then, with the
// registrations and the event still there, with output for programs, and at last with a wrong password.
func TestSimulate(t *testing.T) {
	s := start(t)
	all, flags := s.fleetAccounts(5)
	simulate := append([]string{"simulate", "--opt-out", "0.2", "--events", "5", "--every", "50ms"}, flags...)
	e := simulateForPeople(s, simulate)
	// With VENs that speak in another form.
	simulateForPrograms(s, e, append(simulate, "--stanza", "body", "--payload-root", "message", "-o", "json"))
	simulateRefused(s, s.jid(all[0]), s.jid(all[1]))
}

// simulateForPeople starts a fleet of five before there is an event, and creates one. It checks what the fleet prints.
func simulateForPeople(s *stack, simulate []string) *client.Event {
	s.t.Helper()
	cmd := s.command(simulate...)
	var out, stderr screen
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	s.eventually("progress with five VENs", func() bool {
		return strings.Contains(out.String(), "5 of 5 VENs connected, 5 registered, 0 given up; 0 events")
	})
	spec := event()
	spec.Targets.All = true
	e := s.create(spec)
	if err := next(s.t, "the end of simulate", ended); err != nil {
		s.t.Errorf("simulate ends with %v: %s", err, stderr.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if last := lines[len(lines)-1]; !strings.HasSuffix(last, "the end: 5 of 5 VENs connected, 5 registered, 0 given up; 5 events, 5 answers (1 optOut)") {
		s.t.Errorf("the last line is %q of\n%s", last, out.String())
	}
	if len(lines) < 2 || stderr.String() != "" {
		s.t.Errorf("simulate prints\n%s\nand to the standard error %q", out.String(), stderr.String())
	}
	shown, err := s.GetEvent(s.t.Context(), e.EventID)
	if err != nil || shown.VENs.Delivery["acknowledged"] != 5 || shown.VENs.Opt[oadr.OptIn] != 4 || shown.VENs.Opt[oadr.OptOut] != 1 {
		s.t.Errorf("the operator sees %+v, %v", shown.VENs, err)
	}
	return e
}

// simulateForPrograms checks that a fleet of five prints a line of JSON for everything that happens.
func simulateForPrograms(s *stack, e *client.Event, simulate []string) {
	s.t.Helper()
	c := s.run(simulate...)
	if c.status != 0 || c.stderr != "" {
		s.t.Errorf("simulate -o json ends with %d: %s", c.status, c.stderr)
	}
	type happening struct {
		What, JID, VENID, EventID, Opt, Status string
		Progress                               *struct{ VENs, Registered, Opts, OptOuts int }
	}
	count := map[string]int{}
	var last happening
	for line := range strings.Lines(c.stdout) {
		last = happening{}
		if err := json.Unmarshal([]byte(line), &last); err != nil {
			s.t.Fatalf("%v: %s", err, line)
		}
		count[last.What+" "+last.Opt]++
		if slices.Contains([]string{"event", "answer"}, last.What) && last.EventID != e.EventID || last.What == "registered" && last.VENID == "" {
			s.t.Errorf("simulate prints %s", line)
		}
	}
	if count["registered "] != 5 || count["event "] != 5 || count["answer optIn"] != 4 || count["answer optOut"] != 1 || count["end "] != 1 {
		s.t.Errorf("the lines by kind are %v", count)
	}
	if p := last.Progress; last.What != "end" || p == nil || p.VENs != 5 || p.Registered != 5 || p.Opts != 5 || p.OptOuts != 1 {
		s.t.Errorf("the last line is %+v, %+v", last, last.Progress)
	}
}

// simulateRefused runs a fleet of two, one with a wrong password: the other goes on, and the exit status says that one failed.
func simulateRefused(s *stack, right, wrong string) {
	s.t.Helper()
	list := filepath.Join(s.t.TempDir(), "accounts")
	if err := os.WriteFile(list, fmt.Appendf(nil, "%s secret\n%s wrong\n", right, wrong), 0o600); err != nil {
		s.t.Fatal(err)
	}
	cmd := s.command("simulate", "--accounts", list, "--server", s.server.ClientAddr, "--ca", s.server.CAFile, "--every", "50ms")
	var out, stderr screen
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.eventually("one VEN that answers beside one that is refused", func() bool {
		return strings.Contains(out.String(), "1 of 2 VENs connected, 1 registered, 1 given up; 1 events, 1 answers")
	})
	_ = cmd.Process.Signal(syscall.SIGTERM)
	if _ = cmd.Wait(); cmd.ProcessState.ExitCode() != 1 || !strings.Contains(stderr.String(), wrong) {
		s.t.Errorf("with a wrong password simulate ends with %v, prints %s and to the standard error %s", cmd.ProcessState, out.String(), stderr.String())
	}
	if strings.Contains(out.String()+stderr.String(), "wrong") {
		s.t.Error("simulate prints a password")
	}
}

// TestSimulateSaysWhyNobodyConnects, by kind of failure and with what to do. It ends if no VEN can ever connect.
func TestSimulateSaysWhyNobodyConnects(t *testing.T) {
	s := start(t)
	_, flags := s.fleetAccounts(3)
	run := func(flags []string, more ...string) command {
		return s.run(append(append([]string{"simulate"}, flags...), more...)...)
	}
	without := func(name string) []string { // the flags without this one and its value
		i := slices.Index(flags, name)
		if i < 0 {
			t.Fatalf("no %s in %q", name, flags)
		}
		return append(slices.Clone(flags[:i]), flags[i+2:]...)
	}
	for _, c := range []struct {
		name string
		got  command
		says []string
	}{
		{"certificate", run(without("--ca")), []string{"3 of them fail at certificate", "--ca FILE", "3 given up"}},
		{"dns", run(without("--server"), "--server", "nowhere.invalid:5222"), []string{"3 of them fail at dns", "nowhere.invalid", "--server HOST:PORT"}},
	} {
		if c.got.status != 1 {
			t.Errorf("%s: simulate ends with %d", c.name, c.got.status)
		}
		for _, want := range c.says {
			if strings.Count(c.got.stdout, want) == 0 {
				t.Errorf("%s: simulate does not say %q: %s", c.name, want, c.got.stdout)
			}
		}
	}

	// Without a VTN it goes on until there is one.
	s.vtn.Terminate()
	cmd := s.command(append([]string{"simulate", "--every", "50ms", "-o", "json"}, flags...)...)
	var out screen
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.eventually("the reason why there is no VTN", func() bool {
		return strings.Contains(out.String(), `"kind":"discovery","vens":3`) && strings.Contains(out.String(), "vtn-xmpp serve")
	})
	if err := s.vtn.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.eventually("all to be registered", func() bool { return strings.Contains(out.String(), `"registered":3,"failed":0`) })
	_ = cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Errorf("simulate ends with %v", err)
	}
	if lines := strings.Split(strings.TrimSpace(out.String()), "\n"); strings.Contains(lines[len(lines)-1], "troubles") {
		t.Errorf("the last line tells of troubles: %s", lines[len(lines)-1])
	}
}
