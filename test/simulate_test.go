package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// TestSimulate runs the built program's fleet of five VENs, one of whom opts
// out: first for people, then, with the registrations and the event still
// there, for programs.
func TestSimulate(t *testing.T) {
	s := start(t)
	all, flags := s.fleetAccounts(5)
	simulate := append([]string{"simulate", "--opt-out", "0.2", "--events", "5", "--every", "50ms"}, flags...)

	// For people: started before there is an event.
	cmd := s.command(simulate...)
	var out, stderr screen
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	s.eventually("progress with five VENs", func() bool {
		return strings.Contains(out.String(), "5 of 5 VENs connected, 5 registered, 0 given up; 0 events")
	})
	spec := event()
	spec.Targets.All = true
	e := s.create(spec)
	if err := next(t, "the end of simulate", ended); err != nil {
		t.Errorf("simulate ends with %v: %s", err, stderr.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if last := lines[len(lines)-1]; !strings.HasSuffix(last, "the end: 5 of 5 VENs connected, 5 registered, 0 given up; 5 events, 5 answers (1 optOut)") {
		t.Errorf("the last line is %q of\n%s", last, out.String())
	}
	if len(lines) < 2 || stderr.String() != "" {
		t.Errorf("printed are\n%s\nand to the standard error %q", out.String(), stderr.String())
	}
	shown, err := s.GetEvent(t.Context(), e.EventID)
	if err != nil || shown.VENs.Delivery["acknowledged"] != 5 || shown.VENs.Opt[oadr.OptIn] != 4 || shown.VENs.Opt[oadr.OptOut] != 1 {
		t.Errorf("the operator sees %+v, %v", shown.VENs, err)
	}

	// For programs, with VENs of another habit: a line of JSON for each happening.
	c := s.run(append(simulate, "--stanza", "body", "--payload-root", "message", "-o", "json")...)
	if c.status != 0 || c.stderr != "" {
		t.Errorf("simulate -o json ends with %d: %s", c.status, c.stderr)
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
			t.Fatalf("%v: %s", err, line)
		}
		count[last.What+" "+last.Opt]++
		if slices.Contains([]string{"event", "answer"}, last.What) && last.EventID != e.EventID || last.What == "registered" && last.VENID == "" {
			t.Errorf("printed %s", line)
		}
	}
	if count["registered "] != 5 || count["event "] != 5 || count["answer optIn"] != 4 || count["answer optOut"] != 1 || count["end "] != 1 {
		t.Errorf("happenings %v", count)
	}
	if p := last.Progress; last.What != "end" || p == nil || p.VENs != 5 || p.Registered != 5 || p.Opts != 5 || p.OptOuts != 1 {
		t.Errorf("the end is %+v, %+v", last, last.Progress)
	}

	// An account that the server refuses: the others go on, the status says so.
	list := filepath.Join(t.TempDir(), "accounts")
	if err := os.WriteFile(list, fmt.Appendf(nil, "%s secret\n%s wrong\n", s.jid(all[0]), s.jid(all[1])), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd = s.command("simulate", "--accounts", list, "--server", s.server.ClientAddr, "--ca", s.server.CAFile, "--every", "50ms")
	var refusing, refusal screen
	cmd.Stdout, cmd.Stderr = &refusing, &refusal
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.eventually("one VEN that answers beside one that is refused", func() bool {
		return strings.Contains(refusing.String(), "1 of 2 VENs connected, 1 registered, 1 given up; 1 events, 1 answers")
	})
	_ = cmd.Process.Signal(syscall.SIGTERM)
	if _ = cmd.Wait(); cmd.ProcessState.ExitCode() != 1 || !strings.Contains(refusal.String(), s.jid(all[1])) {
		t.Errorf("with a wrong password it ends with %v, prints %s and says %s", cmd.ProcessState, refusing.String(), refusal.String())
	}
	if strings.Contains(refusing.String()+refusal.String(), "wrong") {
		t.Error("a password is printed")
	}
}

// TestSimulateSaysWhyNobodyConnects, by kind and with what to do, and ends where nothing can come of it.
func TestSimulateSaysWhyNobodyConnects(t *testing.T) {
	s := start(t)
	_, flags := s.fleetAccounts(3)
	told := func(flags []string, more ...string) command {
		return s.run(append(append([]string{"simulate"}, flags...), more...)...)
	}
	without := func(name string) []string { // a flag and its value
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
		{"certificate", told(without("--ca")), []string{"3 of them fail at certificate", "--ca FILE", "3 given up"}},
		{"dns", told(without("--server"), "--server", "nowhere.invalid:5222"), []string{"3 of them fail at dns", "nowhere.invalid", "--server HOST:PORT"}},
	} {
		if c.got.status != 1 {
			t.Errorf("%s: it ends with %d", c.name, c.got.status)
		}
		for _, want := range c.says {
			if strings.Count(c.got.stdout, want) == 0 {
				t.Errorf("%s: it does not say %q: %s", c.name, want, c.got.stdout)
			}
		}
	}

	// No VTN yet: it goes on until there is one.
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
		t.Errorf("it ends with %v", err)
	}
	if lines := strings.Split(strings.TrimSpace(out.String()), "\n"); strings.Contains(lines[len(lines)-1], "troubles") {
		t.Errorf("at the end it has troubles: %s", lines[len(lines)-1])
	}
}

// screen is what a running program has printed so far.
type screen struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
