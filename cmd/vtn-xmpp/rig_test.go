package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// TestMain makes the test binary the command, if the environment says so.
func TestMain(m *testing.M) {
	if os.Getenv("RUN_AS_COMMAND") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// machine is where the command is run: a folder and an environment of its own.
type machine struct {
	t   *testing.T
	dir string
	env map[string]string
}

func newMachine(t *testing.T, env map[string]string) *machine {
	return &machine{t, t.TempDir(), env}
}

func (m *machine) write(name, content string) string {
	m.t.Helper()
	path := filepath.Join(m.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		m.t.Fatal(err)
	}
	return path
}

func (m *machine) command(args ...string) *exec.Cmd {
	m.t.Helper()
	self, err := os.Executable()
	if err != nil {
		m.t.Fatal(err)
	}
	c := exec.CommandContext(m.t.Context(), self, args...)
	c.Dir = m.dir
	c.Env = []string{"RUN_AS_COMMAND=1", "GORACE=atexit_sleep_ms=0"} // a second each, under -race
	for name, value := range m.env {
		c.Env = append(c.Env, name+"="+value)
	}
	return c
}

// result is how a command ended.
type result struct {
	stdout, stderr string
	status         int
}

func (m *machine) run(args ...string) result { return m.runWith("", args...) }

func (m *machine) runWith(stdin string, args ...string) result {
	m.t.Helper()
	c := m.command(args...)
	var stdout, stderr bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(stdin), &stdout, &stderr
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		m.t.Fatal(err)
	}
	return result{stdout.String(), stderr.String(), c.ProcessState.ExitCode()}
}

// refused runs the command inside the test and returns why it failed.
func (m *machine) refused(args ...string) string {
	m.t.Helper()
	m.t.Chdir(m.dir)
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "VTN_") {
			m.t.Setenv(name, "") // puts it back at the end
			os.Unsetenv(name)
		}
	}
	for name, value := range m.env {
		m.t.Setenv(name, value)
	}
	ctx, cancel := context.WithTimeout(m.t.Context(), 20*time.Second)
	defer cancel()
	err := run(ctx, args)
	if err == nil {
		m.t.Fatalf("%v was not refused", args)
	}
	return err.Error()
}

// serving is a running serve.
type serving struct {
	*exec.Cmd
	api   string // URL
	exit  chan int
	mu    sync.Mutex
	more  *sync.Cond // something was logged, or it ended
	log   strings.Builder
	ended bool
}

func (s *serving) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// awaits waits until the log has the words.
func (s *serving) awaits(t *testing.T, words string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !strings.Contains(s.log.String(), words) {
		if s.ended {
			t.Fatalf("it ended without saying %q: %s", words, s.log.String())
		}
		s.more.Wait()
	}
}

// hear keeps the log and the exit status.
func (s *serving) hear(stderr io.Reader, api chan<- string) {
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		s.mu.Lock()
		s.log.WriteString(lines.Text() + "\n")
		s.mu.Unlock()
		s.more.Broadcast()
		var line struct{ API string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.API != "" {
			api <- line.API
		}
	}
	_ = s.Wait()
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	s.more.Broadcast()
	close(api)
	s.exit <- s.ProcessState.ExitCode()
}

// serve starts the VTN without an XMPP server, and waits until its API listens.
func (m *machine) serve(args ...string) *serving {
	m.t.Helper()
	nobody, err := rig.FreePort()
	if err != nil {
		m.t.Fatal(err)
	}
	args = append([]string{"serve", fmt.Sprintf("--xmpp-server=127.0.0.1:%d", nobody), "--api-listen=127.0.0.1:0", "--log-format=json"}, args...)
	s := &serving{Cmd: m.command(args...), exit: make(chan int, 1)}
	s.more = sync.NewCond(&s.mu)
	stderr, err := s.StderrPipe()
	if err != nil {
		m.t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { s.Process.Kill() })
	listens := make(chan string, 1)
	go s.hear(stderr, listens)
	api, ok := <-listens
	if !ok {
		m.t.Fatalf("serve ended: %s", s.said())
	}
	s.api = api
	return s
}

// ok runs the command, which has to succeed, and returns what it prints.
func (m *machine) ok(stdin string, args ...string) string {
	m.t.Helper()
	r := m.runWith(stdin, args...)
	if r.status != 0 {
		m.t.Fatalf("%v: status %d: %s", args, r.status, r.stderr)
	}
	return r.stdout
}

// refuses runs the command, which has to fail and say why.
func (m *machine) refuses(stdin, words string, args ...string) {
	m.t.Helper()
	if r := m.runWith(stdin, args...); r.status != 1 || !strings.Contains(r.stderr, words) {
		m.t.Errorf("%v: status %d, %q does not say %q", args, r.status, r.stderr, words)
	}
}

// says checks that an output has all words.
func (m *machine) says(out string, words ...string) {
	m.t.Helper()
	for _, word := range words {
		if !strings.Contains(out, word) {
			m.t.Errorf("%q does not say %q", out, word)
		}
	}
}

// offered is a transport that VENs can register with. It sends nothing.
type offered struct{}

func (offered) Name() string                                { return "xmpp" }
func (offered) Push(context.Context, core.Push) error       { return core.ErrNotConnected }
func (offered) Probe(context.Context, []string) error       { return core.ErrNotConnected }
func (offered) Compare(string, core.Peer) core.AddressMatch { return core.OtherIdentity }

// vens are VENs that use the machine's store directly, because its serve has no XMPP
// server to hear them through.
type vens struct {
	*core.VTN
	t *testing.T
}

func (m *machine) vens() *vens {
	m.t.Helper()
	reg, err := registry.Open(m.t.Context(), "sqlite:"+filepath.Join(m.dir, "vtn.db"), zerolog.Nop())
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { reg.Close() })
	v := &vens{core.New(core.Config{VTNID: "VTN", Registration: core.RegistrationKnown}, reg, core.SystemClock{}, zerolog.Nop(), nil), m.t}
	v.AddTransport(offered{})
	return v
}

func (v *vens) say(venID string, m oadr.Message) {
	v.t.Helper()
	p, err := oadr.Decode(oadr.Append(nil, oadr.Form{}, m), oadr.DefaultLimits)
	if err != nil {
		v.t.Fatal(err)
	}
	account := venID + "@example.org"
	if _, err := v.Handle(v.t.Context(), core.Peer{Transport: "xmpp", Identity: account, Address: account + "/client"}, p); err != nil {
		v.t.Fatalf("%s: %v", m.Kind(), err)
	}
}

// registers has a VEN register itself.
func (v *vens) registers(venID string) {
	v.t.Helper()
	v.say(venID, &oadr.CreatePartyRegistration{RequestID: "r", ProfileName: "2.0b", TransportName: "xmpp", VENName: "a VEN"})
}

// reports has a VEN register a report of power and of its state.
func (v *vens) reports(venID string) {
	v.t.Helper()
	now := time.Now()
	v.say(venID, &oadr.RegisterReport{RequestID: "r", VENID: venID, Reports: []oadr.Report{{
		ReportSpecifierID: "telemetry", ReportName: "METADATA_TELEMETRY_USAGE", ReportRequestID: "0", CreatedDateTime: now,
		Descriptions: []oadr.ReportDescription{{RID: "=power", ReportType: "demand", ReadingType: "Direct Read", DataSource: &oadr.Target{Resources: []string{"pump"}},
			Unit: &oadr.Unit{Type: "powerReal", Scale: "k", Hertz: 50, Voltage: 230, AC: true}, SamplingRate: &oadr.SamplingRate{MinPeriod: time.Minute, MaxPeriod: time.Hour}}},
	}, {
		ReportSpecifierID: "status", ReportName: "METADATA_TELEMETRY_STATUS", ReportRequestID: "0", CreatedDateTime: now,
		Descriptions: []oadr.ReportDescription{{RID: "state", ReportType: "x-resourceStatus", ReadingType: oadr.ReadingNotApplicable}},
	}}})
}

// sends has a VEN send one interval for a request.
func (v *vens) sends(venID, reportRequestID, specifierID string, start time.Time, p oadr.ReportPayload) {
	v.t.Helper()
	minute := time.Minute
	v.say(venID, &oadr.UpdateReport{RequestID: "u", VENID: venID, Reports: []oadr.Report{{Start: start, ReportRequestID: reportRequestID, ReportSpecifierID: specifierID,
		ReportName: "TELEMETRY_USAGE", CreatedDateTime: start, Intervals: []oadr.ReportInterval{{Start: start, Duration: &minute, Payloads: []oadr.ReportPayload{p}}}}}})
}

// poll is an oadrPoll as somebody else might write it.
const poll = `<?xml version="1.0"?>
<p:oadrPayload xmlns:p="` + oadr.NS + `" xmlns:e="` + oadr.NSei + `">
  <p:oadrSignedObject><p:oadrPoll e:schemaVersion="2.0b"><e:venID>ven-1</e:venID></p:oadrPoll></p:oadrSignedObject>
</p:oadrPayload>`
