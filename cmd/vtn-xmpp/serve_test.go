package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

// TestOperate walks through the operator's commands on a VTN that waits for its
// XMPP server.
func TestOperate(t *testing.T) {
	m := newMachine(t, map[string]string{"VTN_XMPP_SECRET": "s"})
	s := m.serve()
	m.env["VTN_API_URL"] = s.api
	r := m.run("health", "--timeout=30s")
	if r.status != 1 {
		t.Errorf("health: status %d", r.status)
	}
	m.says(r.stdout, "xmpp", "store")
	m.says(r.stderr, "VTN_XMPP_SERVER")
	m.operateVENs()
	m.operateEvents()
	m.operateProfileA()
	m.operateWrongly()
	m.says(m.ok("", "stream", "--after=0", "--kinds=event", "--event=ev-1", "--count=1"), "event", "created", "ev-1", "modificationNumber=0")
	var e client.JournalEntry
	if err := json.Unmarshal([]byte(m.ok("", "stream", "--after=0", "--ven=ven-2", "--count=1", "-o", "json")), &e); err != nil || e.What != "entered" || e.VENID != "ven-2" {
		t.Errorf("stream -o json: %+v, %v", e, err)
	}
	m.says(m.ok("", "ven", "notices", "ven-2"), "kind", "outcome")
	m.says(m.ok("", "ven", "delete", "ven-2"), "ven-2")
}

// operateVENs enters ven-1 and ven-2, and one more that it deletes.
func (m *machine) operateVENs() {
	m.t.Helper()
	m.says(m.ok("", "ven", "add", "--id=ven-1", "--jid=VEN1@Example.org", "--group=north"), "ven-1", "ven1@example.org", "north")
	m.says(m.ok(`{"venID": "ven-2"}`, "ven", "add", "-"), "ven-2")
	m.says(m.ok("", "ven", "list"), "ven-1", "ven-2")
	m.says(m.ok("", "ven", "modify", "ven-2", `--set=groups=["north","hall"]`, "--set=venName=Hall"), "north hall", "Hall")
	m.ok("", "ven", "modify", "ven-2", "--set=stanza=body")
	var v client.VEN
	if err := json.Unmarshal([]byte(m.ok("", "ven", "show", "ven-2", "-o", "json")), &v); err != nil || v.VENName != "Hall" || v.Stanza != "body" || v.PayloadRoot != "" {
		m.t.Errorf("ven show -o json: %+v, %v", v, err)
	}
	if err := json.Unmarshal([]byte(m.ok("", "ven", "add", "--payload-root=message", "--stanza=message", "-o", "json")), &v); err != nil || v.Stanza != "message" || v.PayloadRoot != "message" {
		m.t.Errorf("ven add -o json: %+v, %v", v, err)
	}
	m.ok("", "ven", "delete", v.VENID)
}

// operateEvents creates an event, changes and cancels it.
func (m *machine) operateEvents() {
	m.t.Helper()
	r := m.run("event", "create", "--id=ev-1", "--market-context=http://example.org/dr", "--start=now", "--duration=PT1H", "--simple=2", "--group=north")
	if r.status != 0 {
		m.t.Errorf("event create: status %d, %q", r.status, r.stderr)
	}
	m.says(r.stdout, "ev-1", "active", "SIMPLE", "group:north")
	m.says(r.stderr, "vtn-xmpp: warning: targets.groups[0] reaches nobody") // they are not registered
	m.says(m.ok("", "event", "create", "--market-context=http://example.org/other", "--start=in 2h", "--duration=PT1H", "--simple=2", "--group=north", "--dry-run"), "not registered", "of 262144 bytes")
	m.says(m.ok("", "event", "modify", "ev-1", "--set=targets.all=true", "--dry-run"), "it is for       2 VENs")
	m.says(m.ok("", "event", "cancel", "ev-1", "--dry-run", "-o", "json"), `"vens": 2`)
	m.refuses("", "after 1s 2 of 2 VENs do not hold it", "event", "watch", "ev-1", "--timeout=1s")
	m.refuses("", "there is no event", "event", "watch", "none", "--timeout=1m")
	patch := m.write("patch.json", `{"comment": "longer", "duration": "PT2H", "signals": [{"name": "SIMPLE", "type": "level", "intervals": [{"duration": "PT2H", "value": 2}]}]}`)
	m.says(m.ok("", "event", "modify", "ev-1", patch), "PT2H")
	m.says(m.ok("", "event", "modify", "ev-1", "--set=comment=shorter", "--set=targets.all=true"), "all")
	m.says(m.ok("", "event", "extend", "ev-1", "--by=PT30M"), "PT2H30M")
	if r := m.run("event", "extend", "ev-1", "--by=soon"); r.status == 0 || !strings.Contains(r.stderr, "PT30M") {
		m.t.Errorf("extended by soon: status %d, %q", r.status, r.stderr)
	}
	m.says(m.ok("", "event", "list"), "ev-1")
	m.says(m.ok("", "event", "show", "ev-1"), "ev-1", "ven-1", "ven-2", "pending", "none")
	var shown struct {
		Event client.Event
		VENs  []client.EventVEN
	}
	if err := json.Unmarshal([]byte(m.ok("", "event", "show", "ev-1", "-o", "json")), &shown); err != nil {
		m.t.Fatal(err)
	}
	if shown.Event.ModificationNumber != 3 || shown.Event.Comment != "shorter" || len(shown.VENs) != 2 || shown.Event.VENs.Total != 2 {
		m.t.Errorf("event show -o json: %+v", shown)
	}
	m.says(m.ok("", "event", "cancel", "ev-1"), "cancelled")
}

// operateProfileA enters VENs of 2.0a, and creates an event that 2.0a cannot say (rules A3, A4).
func (m *machine) operateProfileA() {
	m.t.Helper()
	m.says(m.ok("", "ven", "add", "--id=old-1", "--profile=2.0a", "--jid=old1@example.org"), "2.0a", "old1@example.org")
	const url = "https://ven.example.org:8443/"
	m.ok("", "ven", "add", "--id=old-2", "--profile=2.0a", "--fingerprint=3B:2F:A0:11:5C:09:77:D4:E8:90", "--push-url="+url)
	var v client.VEN
	if err := json.Unmarshal([]byte(m.ok("", "ven", "show", "old-2", "-o", "json")), &v); err != nil || v.PushURL != url || v.Registration == nil || v.Registration.Address != url {
		m.t.Errorf("ven show: %+v, %v", v, err)
	}
	spec := `{"eventID": "prices", "marketContext": "http://example.org/dr", "start": "now", "duration": "PT1H", "targets": {"venIDs": ["old-1"]},
		"signals": [{"name": "ENERGY_PRICE", "type": "priceMultiplier", "intervals": [{"duration": "PT1H", "value": 2}]}]}`
	r := m.runWith(spec, "event", "create", "-")
	if r.status != 0 {
		m.t.Errorf("event create: status %d, %q", r.status, r.stderr)
	}
	m.says(r.stderr, "vtn-xmpp: warning: signals are not told to old-1: 2.0a cannot say this event: it has no SIMPLE signal")
	m.says(m.ok("", "event", "show", "prices"), "unreachable", "2.0a cannot say this event")
	for _, id := range []string{"old-1", "old-2"} {
		m.ok("", "ven", "delete", id)
	}
}

// operateWrongly runs commands that are refused.
func (m *machine) operateWrongly() {
	m.t.Helper()
	r := m.runWith(`{"marketContext": "x", "start": "2026-11-24T17:00:00", "duration": "PT1H", "signals": [], "targets": {}}`, "event", "create", "-")
	if r.status != 1 {
		m.t.Errorf("a bad event: status %d", r.status)
	}
	m.says(r.stderr, "start", "zone")
	if r = m.run("event", "show", "none"); r.status != 1 || !strings.Contains(r.stderr, `"none"`) {
		m.t.Errorf("an unknown event: status %d, %q", r.status, r.stderr)
	}
	if r = m.run("event", "create", "--duration=PT1H"); r.status != 1 || !strings.Contains(r.stderr, "--market-context") {
		m.t.Errorf("too little: status %d, %q", r.status, r.stderr)
	}
	if r = m.run("event", "rename"); r.status != 2 {
		m.t.Errorf("an unknown command: status %d", r.status)
	}
	for _, command := range []string{"cancel", "reregister"} {
		if r = m.run("ven", command, "ven-2"); r.status != 1 || !strings.Contains(r.stderr, "not registered") {
			m.t.Errorf("ven %s: status %d, %q", command, r.status, r.stderr)
		}
	}
}

// TestKilled: what the API acknowledged is there after kill -9.
func TestKilled(t *testing.T) {
	m := newMachine(t, map[string]string{"VTN_XMPP_SECRET": "s"})
	s := m.serve()
	m.env["VTN_API_URL"] = s.api
	if r := m.run("ven", "add", "--id=ven-1"); r.status != 0 {
		t.Fatal(r.stderr)
	}
	for i := range 5 {
		if r := m.run("event", "create", fmt.Sprintf("--id=ev-%d", i), fmt.Sprintf("--market-context=http://example.org/%d", i), "--start=now", "--duration=PT1H", "--simple=1", "--all"); r.status != 0 {
			t.Fatal(r.stderr)
		}
	}
	if err := s.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-s.exit
	s = m.serve()
	m.env["VTN_API_URL"] = s.api
	r := m.run("event", "list")
	for i := range 5 {
		if !strings.Contains(r.stdout, fmt.Sprintf("ev-%d", i)) {
			t.Errorf("ev-%d is lost: %s", i, r.stdout)
		}
	}
}

func TestSignals(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		s := newMachine(t, map[string]string{"VTN_XMPP_SECRET": "s"}).serve()
		if err := s.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if status := <-s.exit; status != 0 {
			t.Errorf("%v: status %d: %s", signal, status, s.said())
		}
		if !strings.Contains(s.said(), "vtn-xmpp ends") {
			t.Errorf("%v: %s", signal, s.said())
		}
	}
}

// TestASecondSignalEndsItAtOnce: an incomplete request delays the orderly end.
func TestASecondSignalEndsItAtOnce(t *testing.T) {
	s := newMachine(t, map[string]string{"VTN_XMPP_SECRET": "s"}).serve()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.api, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /api/v1/vens HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
	// It asks for the body only while it handles the request.
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "100") {
		t.Fatalf("%q, %v", line, err)
	}
	for range 2 {
		if err := s.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		s.awaits(t, "stopping")
	}
	if status := <-s.exit; status != 1 || strings.Contains(s.said(), "vtn-xmpp ends") {
		t.Errorf("status %d: %s", status, s.said())
	}
}

// TestSecretsStayHidden looks for secrets where others could see them.
func TestSecretsStayHidden(t *testing.T) {
	const secret, token = "component-secret", "operator-token"
	m := newMachine(t, map[string]string{"VTN_XMPP_SECRET": secret})
	m.env["VTN_API_TOKEN_FILE"] = m.write("token", token+"\n")
	s := m.serve("--log-level=trace")
	m.env["VTN_API_URL"] = s.api
	if r := m.run("ven", "list"); r.status != 0 {
		t.Fatalf("with the token from the file: %s", r.stderr)
	}
	delete(m.env, "VTN_API_TOKEN_FILE")
	if r := m.run("ven", "list"); r.status != 1 || !strings.Contains(r.stderr, "VTN_API_TOKEN") {
		t.Errorf("without the token: status %d, %q", r.status, r.stderr)
	}
	if r := m.run("health", "--timeout=30s"); !strings.Contains(r.stdout, "store") {
		t.Errorf("health without the token: status %d, %q", r.status, r.stderr)
	}
	line, err := os.ReadFile(filepath.Join("/proc", fmt.Sprint(s.Process.Pid), "cmdline"))
	if err != nil {
		t.Skipf("no process list to look at: %v", err)
	}
	m.env["VTN_API_TOKEN"] = token
	help := m.run("serve", "--help")
	for where, text := range map[string]string{"the process list": string(line), "the log": s.said(), "--help": help.stdout + help.stderr} {
		if strings.Contains(text, secret) || strings.Contains(text, token) {
			t.Errorf("%s tells a secret: %s", where, text)
		}
	}
	if help.status != 0 || !strings.Contains(help.stdout, "VTN_XMPP_SECRET") {
		t.Errorf("--help: status %d: %s", help.status, help.stdout)
	}
}

func TestExitStatusOfServe(t *testing.T) {
	m := newMachine(t, map[string]string{"VTN_XMPP_SECRET": "s"})
	s := m.serve()
	m.env["VTN_API_LISTEN"] = strings.TrimPrefix(s.api, "http://")
	if r := m.run("serve", "--store=sqlite:other.db"); r.status != 1 || !strings.Contains(r.stderr, "VTN_API_LISTEN") {
		t.Errorf("status %d: %s", r.status, r.stderr)
	}
	delete(m.env, "VTN_XMPP_SECRET")
	if r := m.run("serve"); r.status != 1 || !strings.Contains(r.stderr, "VTN_XMPP_SECRET") {
		t.Errorf("status %d: %s", r.status, r.stderr)
	}
}

func TestEveryGroupOfCommandsHasHelp(t *testing.T) {
	m := newMachine(t, nil)
	for _, words := range []string{"", "event", "report", "ven", "opt", "payload", "serve"} {
		r := m.run(append(strings.Fields(words), "--help")...)
		if r.status != 0 || !strings.Contains(r.stdout, "--output") {
			t.Errorf("%s --help: status %d: %s%s", words, r.status, r.stdout, r.stderr)
		}
	}
}
