package test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// operatorsDay is what an operator does with the program, and the VEN that it reaches.
type operatorsDay struct {
	s        *stack
	v        *holder
	id       string // of the VEN
	folder   string
	fromFile client.Event // created from a file
}

// file writes a file for a command to read, and returns its path.
func (d *operatorsDay) file(name, content string) string {
	d.s.t.Helper()
	path := filepath.Join(d.folder, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		d.s.t.Fatal(err)
	}
	return path
}

// TestCommandLine runs the program's commands as an operator does, and checks what they print and what the VEN receives.
func TestCommandLine(t *testing.T) {
	s := start(t)
	v := s.holder()
	d := &operatorsDay{s: s, v: v, id: venID(v.VEN), folder: t.TempDir()}
	d.modifyVEN()
	d.manageVENs()
	d.createEventFromFlags()
	d.createEventsFromFiles()
	d.modifyEvents()
	d.cancelAndOverlap()
	if c := s.run("health"); c.status != 0 {
		t.Errorf("health ends with %d: %s%s", c.status, c.stdout, c.stderr)
	}
	for _, bad := range slices.Concat(d.badEvents(), d.badNames()) {
		t.Run(bad.name, func(t *testing.T) {
			c := s.run(bad.args...)
			if c.status != bad.status || c.stdout != "" {
				t.Errorf("ends with %d, want %d, and prints %q", c.status, bad.status, c.stdout)
			}
			for _, want := range bad.says {
				if !strings.Contains(c.stderr, want) {
					t.Errorf("does not say %q: %s", want, c.stderr)
				}
			}
		})
	}
}

// modifyVEN changes a VEN by assignments and by a file.
func (d *operatorsDay) modifyVEN() {
	s := d.s
	s.t.Helper()
	runJSON[client.VEN](s, "ven", "modify", d.id, "--set", `groups=["north"]`, "--set", "venName=the attic")
	d.v.push()
	changed := runJSON[client.VEN](s, "ven", "modify", d.id, d.file("ven.json", `{"parties": ["acme"], "venName": "cellar"}`))
	d.v.push()
	if !slices.Equal(changed.Groups, []string{"north"}) || !slices.Equal(changed.Parties, []string{"acme"}) || changed.VENName != "cellar" {
		s.t.Errorf("modified to %+v", changed)
	}
}

// manageVENs adds, lists, shows and deletes VENs.
func (d *operatorsDay) manageVENs() {
	s := d.s
	s.t.Helper()
	runJSON[client.VEN](s, "ven", "add", "--id", "zoo", "--name", "Zoo", "--jid", "Zoo@LOCALHOST", "--group", "a, b", "--group", "south", "--resource", "r", "--party", "p", "--market-context", "http://example.org/m")
	added := runJSON[client.VEN](s, "ven", "show", "zoo")
	if want := []string{"a, b", "south"}; !slices.Equal(added.Groups, want) || added.Identities[0].Identity != "zoo@localhost" || added.Registration != nil {
		s.t.Errorf("added as %+v", added)
	}
	runJSON[client.VEN](s, "ven", "add", d.file("add.json", `{"venID": "from-file", "resources": ["x"]}`))
	if page := runJSON[client.Page[client.VEN]](s, "ven", "list", "--limit", "2"); len(page.Items) != 2 || page.Next == "" {
		s.t.Errorf("the first two of three are %+v", page)
	}
	lines := s.table("ven", "list")
	if len(lines) != 4 || lines[0][0] != "venID" || lines[1][0] != "from-file" || !slices.Contains(lines[3], "xmpp:zoo@localhost") {
		s.t.Errorf("the table of VENs is %q", lines)
	}
	if lines := s.table("ven", "show", d.id); len(lines) != 2 || !slices.Contains(lines[1], "available") {
		s.t.Errorf("the table of one VEN is %q", lines)
	}
	s.table("ven", "delete", "zoo")
	s.table("ven", "delete", "from-file")
}

// createEventFromFlags creates the event by-flags and shows it.
func (d *operatorsDay) createEventFromFlags() {
	s := d.s
	s.t.Helper()
	start := time.Now().Add(4 * time.Hour).UTC().Truncate(time.Second).Format(time.RFC3339)
	e := runJSON[client.Event](s, "event", "create", "--id", "by-flags", "--market-context", "http://example.org/dr", "--start", start,
		"--duration", "PT1H", "--simple", "2", "--priority", "3", "--notification", "PT10M", "--comment", "hot, and dry", "--test", "--group", "north")
	if e.EventID != "by-flags" || e.Status != oadr.StatusFar || !e.TestEvent || e.Signals[0].Intervals[0].Value != 2 {
		s.t.Errorf("created %+v", e)
	}
	if got := d.v.push("by-flags 0 far").Events[0]; got.Descriptor.VTNComment != "hot, and dry" || *got.Descriptor.Priority != 3 {
		s.t.Errorf("pushed %+v", got.Descriptor)
	}
	s.delivery("by-flags", d.id, "acknowledged")
	s.eventually("the opt", func() bool { return s.status("by-flags", d.id).Opt == oadr.OptIn })
	if lines := s.table("event", "watch", "by-flags"); strings.Join(lines[len(lines)-1], " ") != "1 of 1 VENs hold it, 1 optIn" {
		s.t.Errorf("watched as %q", lines)
	}
	both := runJSON[struct {
		Event client.Event      `json:"event"`
		VENs  []client.EventVEN `json:"vens"`
	}](s, "event", "show", "by-flags")
	if both.Event.EventID != "by-flags" || len(both.VENs) != 1 || both.VENs[0].VENID != d.id || both.VENs[0].Delivery != "acknowledged" {
		s.t.Errorf("shown as %+v", both)
	}
	lines := s.table("event", "show", "by-flags")
	if last := lines[len(lines)-1]; last[0] != d.id || last[1] != "acknowledged" || !slices.Contains(last, "optIn") {
		s.t.Errorf("the table of one event is %q", lines)
	}
}

// createEventsFromFiles creates an event from a file and one from the standard input.
func (d *operatorsDay) createEventsFromFiles() {
	s := d.s
	s.t.Helper()
	spec, err := json.Marshal(event(d.id))
	if err != nil {
		s.t.Fatal(err)
	}
	d.fromFile = runJSON[client.Event](s, "event", "create", d.file("event.json", string(spec)))
	d.v.push(d.fromFile.EventID+" 0 far", "by-flags 0 far")
	stdin := s.command("event", "create", "-")
	stdin.Stdin = strings.NewReader(string(spec))
	if out, err := stdin.CombinedOutput(); err != nil || !strings.Contains(string(out), "SIMPLE") {
		s.t.Errorf("from the standard input: %v: %s", err, out)
	}
	if m := next(s.t, "a push", d.v.pushes); len(m.Events) != 3 {
		s.t.Errorf("pushed %d events, want 3", len(m.Events))
	}
}

// modifyEvents modifies, lists and extends events.
func (d *operatorsDay) modifyEvents() {
	s := d.s
	s.t.Helper()
	e := runJSON[client.Event](s, "event", "modify", "by-flags", "--set", "comment=late", "--set", "priority=1", "--set", `targets.parties=["acme"]`, "--set", "targets.groups=[]")
	if e.ModificationNumber != 1 || e.Comment != "late" || e.Priority != 1 || !slices.Equal(e.Targets.Parties, []string{"acme"}) {
		s.t.Errorf("modified to %+v", e)
	}
	next(s.t, "the change", d.v.pushes)
	if lines := s.table("event", "modify", d.fromFile.EventID, d.file("patch.json", `{"comment": "x"}`)); len(lines) != 2 || lines[1][2] != "1" {
		s.t.Errorf("the table after a change is %q", lines)
	}
	next(s.t, "the change", d.v.pushes)
	if page := runJSON[client.Page[client.Event]](s, "event", "list"); len(page.Items) != 3 || page.Items[2].EventID != "by-flags" {
		s.t.Errorf("listed are %+v", page)
	}
	if lines := s.table("event", "list", "--limit", "1"); len(lines) != 3 || !slices.Contains(lines[2], "--cursor") {
		s.t.Errorf("a part of the list is %q", lines)
	}
	if e = runJSON[client.Event](s, "event", "extend", d.fromFile.EventID, "--by", "PT30M"); e.Duration != "PT1H30M" || e.Signals[0].Intervals[0].Duration != "PT1H30M" {
		s.t.Errorf("extended to %+v", e)
	}
	next(s.t, "the change", d.v.pushes)
}

// cancelAndOverlap cancels an event, and creates one that overlaps another.
func (d *operatorsDay) cancelAndOverlap() {
	s := d.s
	s.t.Helper()
	e := runJSON[client.Event](s, "event", "cancel", "by-flags")
	if e.Status != oadr.StatusCancelled || e.ModificationNumber != 2 {
		s.t.Errorf("cancelled to %+v", e)
	}
	m := next(s.t, "the cancellation", d.v.pushes)
	if last := m.Events[len(m.Events)-1].Descriptor; last.EventID != "by-flags" || last.Status != oadr.StatusCancelled {
		s.t.Errorf("pushed %+v", last)
	}
	insisting := runJSON[client.Event](s, "event", "create", "--market-context", "http://example.org/dr", "--start", d.fromFile.Start.Format(time.RFC3339), "--duration", "PT1H", "--simple", "1", "--ven", d.id, "--allow-overlap")
	if insisting.Overlap != "allow" || insisting.Status != oadr.StatusFar {
		s.t.Errorf("with --allow-overlap the event is %+v", insisting)
	}
	next(s.t, "the other event", d.v.pushes)
}

// badCommand is a command that must fail, print nothing to the standard output, and say what to do.
type badCommand struct {
	name   string
	args   []string
	status int
	says   []string
}

// badEvents are commands that create no event, or cannot be read.
func (d *operatorsDay) badEvents() []badCommand {
	return []badCommand{
		{"unknown command", []string{"event", "delete", "x"}, 2, []string{"delete"}},
		{"unknown flag", []string{"event", "list", "--all"}, 2, []string{"--all"}},
		{"nothing to create", []string{"event", "create"}, 1, []string{"--market-context"}},
		{"no such file", []string{"event", "create", "nowhere.json"}, 1, []string{"nowhere.json"}},
		{"no JSON", []string{"event", "create", d.file("no.json", "{")}, 1, []string{"no.json"}},
		{"file and flags", []string{"event", "create", "x.json", "--duration", "PT1H"}, 1, []string{"not both"}},
		{"file and flags", []string{"event", "create", "x.json", "--comment", "late"}, 1, []string{"not both"}},
		{"file and a target", []string{"event", "create", "x.json", "--all"}, 1, []string{"not both"}},
		{"no start", []string{"event", "create", "--market-context", "http://example.org/dr", "--duration", "PT1H", "--simple", "1", "--all"}, 1, []string{"--start is missing", "now"}},
		{"no start in a file", []string{"event", "create", d.file("no-start.json", `{"marketContext": "http://e", "duration": "PT1H",
			"signals": [{"name": "SIMPLE", "type": "level", "intervals": [{"duration": "PT1H", "value": 1}]}], "targets": {"all": true}}`)}, 1, []string{"--start is missing", "now"}},
		{"no time", []string{"event", "create", "--market-context", "http://e", "--duration", "PT1H", "--simple", "1", "--start", "noon"}, 1, []string{"--start"}},
		{"fields", []string{"event", "create", d.file("bad.json", `{"marketContext": "http://e", "start": "2099-01-01T00:00:00", "duration": "P1Y2M", "unknown": 1,
			"signals": [{"name": "SIMPLE", "type": "level", "intervals": [{"duration": "-PT1H", "value": 7}]}], "targets": {}}`)}, 1,
			[]string{"start", "duration", "P1Y2M", "unknown", "signals[0].intervals[0].duration"}},
		{"rules", []string{"event", "create", "--market-context", "http://example.org/dr", "--start", "now", "--duration", "PT1H", "--simple", "7", "--all"}, 1, []string{"signals[0].intervals[0].value", "E8"}},
		{"unknown target", []string{"event", "create", "--market-context", "http://example.org/dr", "--start", "now", "--duration", "PT1H", "--simple", "1", "--group", "nobody"}, 1, []string{"targets.groups[0]", "nobody"}},
		{"overlap", []string{"event", "create", "--market-context", "http://example.org/dr", "--start", d.fromFile.Start.Format(time.RFC3339), "--duration", "PT1H", "--simple", "1", "--ven", d.id}, 1, []string{"overlaps", "E13"}},
	}
}

// badNames are commands that name something that does not exist, exists already, or cannot be changed.
func (d *operatorsDay) badNames() []badCommand {
	return []badCommand{
		{"no such event", []string{"event", "show", "nothing"}, 1, []string{"nothing"}},
		{"cancelled already", []string{"event", "modify", "by-flags", "--set", "comment=x"}, 1, []string{"cancelled"}},
		{"nothing to change", []string{"event", "modify", d.fromFile.EventID}, 1, []string{"--set"}},
		{"no assignment", []string{"event", "modify", d.fromFile.EventID, "--set", "comment"}, 1, []string{"NAME=VALUE"}},
		{"no such VEN", []string{"ven", "show", "nobody"}, 1, []string{"nobody"}},
		{"VEN that exists", []string{"ven", "add", "--id", d.id}, 1, []string{d.id}},
		{"account that is another's", []string{"ven", "add", "--id", "x", "--jid", d.v.JID().Bare().String()}, 1, []string{d.v.JID().Bare().String()}},
		{"no JID", []string{"ven", "add", "--id", "x", "--jid", "localhost"}, 1, []string{"identities[0].identity"}},
		{"API that is not there", []string{"event", "list", "--api-url", "http://127.0.0.1:1"}, 1, []string{"is it running"}},
		{"API without a scheme", []string{"event", "list", "--api-url", "127.0.0.1:8080"}, 1, []string{"--api-url", "write http://127.0.0.1:8080"}},
	}
}

// TestReadmeAddsAVENAndCreatesAnEvent: a shell runs README's commands as they stand there.
func TestReadmeAddsAVENAndCreatesAnEvent(t *testing.T) {
	s := start(t)
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, line := range regexp.MustCompile(`(?m)^vtn-xmpp (?:ven add|event create) .*$`).FindAllString(string(readme), -1) {
		lines = append(lines, strings.Replace(line, "vtn-xmpp ", `"$VTN_XMPP" `, 1))
	}
	if len(lines) != 6 {
		t.Fatalf("README has %d such lines, want 6: %q", len(lines), lines)
	}
	as := s.command()
	authority, err := rig.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ven2", "old2", "old3"} {
		if err := authority.IssueFiles(as.Dir, name, name); err != nil {
			t.Fatal(err)
		}
	}
	shell := exec.CommandContext(t.Context(), "bash", "-ec", strings.Join(lines, "\n"))
	shell.Dir, shell.Env = as.Dir, append(as.Environ(), "VTN_XMPP="+as.Path)
	if out, err := shell.CombinedOutput(); err != nil || !strings.Contains(string(out), oadr.StatusFar) {
		t.Errorf("%v: %s", err, out)
	}
}
