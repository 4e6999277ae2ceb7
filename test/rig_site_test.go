package test

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// site is a VTN beside an XMPP server: its processes, metrics, log and commands.
type site struct {
	*client.Client
	t      *testing.T
	server *rig.Ejabberd
	vtn    *rig.VTN
	spare  *spareAccounts // nil: each test makes its own
	way    way            // how its puppets speak
}

// eventually waits until a condition holds.
func (s *site) eventually(what string, done func() bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	for !done() {
		select {
		case <-ctx.Done():
			s.t.Fatalf("waited %s for %s", patience, what)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// counters returns the VTN's metrics by name and labels.
func (s *site) counters() map[string]float64 {
	s.t.Helper()
	res, err := http.Get(s.vtn.APIURL + "/metrics")
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	all := map[string]float64{}
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		line := lines.Text()
		end := strings.LastIndexByte(line, ' ')
		if n, err := strconv.ParseFloat(line[end+1:], 64); err == nil && end > 0 {
			all[line[:end]] = n
		}
	}
	return all
}

// grows waits until a counter is above its value in before.
func (s *site) grows(before map[string]float64, series string) {
	s.t.Helper()
	s.eventually("the counter "+series+" to grow", func() bool { return s.counters()[series] > before[series] })
}

// logged waits for a line of the log that contains text, and returns it.
func (s *site) logged(text string) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	line, err := s.vtn.WaitLog(ctx, text)
	if err != nil {
		s.t.Fatal(err)
	}
	return line
}

// presences returns how many presence stanzas the VTN has received.
func (s *site) presences() float64 { return s.counters()[`vtn_xmpp_stanzas_total{kind="presence"}`] }

// delegated waits until the server delegates all namespaces, which takes some milliseconds after the component has connected.
func (s *site) delegated() {
	s.t.Helper()
	for _, namespace := range delegated {
		s.logged(`"namespace":"` + namespace + `"`)
	}
}

// presenceOf waits until the VTN has received the presence of a client, whose next request it answers only afterwards.
func (s *site) presenceOf(v *ven.VEN) {
	s.t.Helper()
	if _, err := v.SendRaw(s.t.Context(), vtnDomain, []byte("<ping xmlns='urn:xmpp:ping'/>")); err != nil {
		s.t.Fatal(err)
	}
}

// ready returns whether a part of the VTN is ready according to /readyz.
func (s *site) ready(part string) bool {
	s.t.Helper()
	r, err := s.Ready(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, p := range r.Parts {
		if p.Name == part {
			return p.Ready
		}
	}
	s.t.Fatalf("/readyz does not tell of %s: %+v", part, r)
	return false
}

// probes requests /readyz and /healthz as a load balancer does.
func (s *site) probes(phase string, ready bool) {
	s.t.Helper()
	want := map[string]int{"/healthz": http.StatusOK, "/readyz": http.StatusServiceUnavailable}
	if ready {
		want["/readyz"] = http.StatusOK
	}
	for path, status := range want {
		res, err := http.Get(s.vtn.APIURL + path)
		if err != nil {
			s.t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != status {
			s.t.Errorf("%s: %s answers %s, want %d", phase, path, res.Status, status)
		}
	}
}

// command prepares a command of the operator.
func (s *site) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(s.t.Context(), binary, args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.t.TempDir(), "VTN_API_URL=" + s.vtn.APIURL, noSleep}
	cmd.Dir = s.t.TempDir()
	return cmd
}

// run runs a command of the operator to its end.
func (s *site) run(args ...string) command {
	s.t.Helper()
	cmd := s.command(args...)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		s.t.Fatal(err)
	}
	return command{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// table runs a command that must succeed and returns the fields of its lines.
func (s *site) table(args ...string) (lines [][]string) {
	s.t.Helper()
	c := s.run(args...)
	if c.status != 0 || c.stderr != "" {
		s.t.Fatalf("%q ends with %d:\n%s%s", args, c.status, c.stdout, c.stderr)
	}
	for line := range strings.Lines(c.stdout) {
		lines = append(lines, strings.Fields(line))
	}
	return lines
}

// dialAPI opens a plain connection to the API.
func (s *site) dialAPI() net.Conn {
	s.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.vtn.APIURL, "http://"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	return conn
}

// restart starts the VTN again.
func (s *site) restart() {
	s.t.Helper()
	if err := s.vtn.Start(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// terminate sends SIGTERM and waits until the VTN has noticed it. The function that it returns waits for the VTN's end and checks
// its exit status.
func (s *site) terminate() (ended func()) {
	s.t.Helper()
	status := make(chan int, 1)
	go func() { status <- s.vtn.Terminate() }()
	s.logged("stopping; a second signal")
	return func() {
		s.t.Helper()
		if got := next(s.t, "the end of the VTN", status); got != 0 {
			s.t.Errorf("after SIGTERM it ends with %d", got)
		}
	}
}

func (s *site) killServer() {
	s.t.Helper()
	if err := s.server.Kill(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) startServer() {
	s.t.Helper()
	if err := s.server.Start(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}
