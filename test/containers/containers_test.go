// Package containers runs what docker-compose.yml says, with a real engine.
package containers

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// checkout is a copy of the repository, with a stack of its own.
type checkout struct {
	t      *testing.T
	dir    string
	client int // port of ejabberd
	api    int // port of the API
}

const postgres = "COMPOSE_PROFILES=postgres\nVTN_STORE=postgres://vtn@postgres/vtn?passfile=/run/secrets/pgpass&sslmode=disable\n"

func newCheckout(t *testing.T) *checkout {
	t.Helper()
	c := &checkout{t: t, dir: t.TempDir(), client: freePort(t), api: freePort(t)}
	c.in("../..", "bash", "-c", `git ls-files -co --exclude-standard | tar -cf - -T - | tar -xf - -C "$0"`, c.dir)
	c.run("bash", "-c", `git init -q && git add -A && git -c user.name=test -c user.email=test@example.org commit -qm copy`)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	c.setting(fmt.Sprintf("VTN_CLIENT_PORT=%d\nVTN_API_PORT=%d\nEJABBERD_NOFILE=%d\nVTN_NOFILE=%d\n", c.client, c.api,
		min(limit.Max, 131072), min(limit.Max, 40000)))
	t.Cleanup(func() {
		if t.Failed() {
			out, _ := c.command("docker", "compose", "--profile", "postgres", "logs", "--tail", "40").CombinedOutput()
			t.Logf("the services said last:\n%s", out)
		}
		_ = c.command("docker", "compose", "--profile", "postgres", "down", "--volumes", "--rmi", "local", "--remove-orphans").Run()
	})
	return c
}

func freePort(t *testing.T) int {
	t.Helper()
	port, err := rig.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// command is one in the checkout. It outlives the test, which ends with `down`.
func (c *checkout) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = c.dir
	return cmd
}

// run runs a command that must succeed, and returns what it printed.
func (c *checkout) run(name string, args ...string) string {
	c.t.Helper()
	return c.in(c.dir, name, args...)
}

func (c *checkout) in(dir, name string, args ...string) string {
	c.t.Helper()
	cmd := c.command(name, args...)
	cmd.Dir = dir
	var out, all bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.MultiWriter(&out, &all), &all
	if err := cmd.Run(); err != nil {
		c.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, all.String())
	}
	return out.String()
}

func (c *checkout) compose(args ...string) string {
	c.t.Helper()
	return c.run("docker", append([]string{"compose"}, args...)...)
}

// setting adds lines to .env.
func (c *checkout) setting(lines string) {
	c.t.Helper()
	f, err := os.OpenFile(filepath.Join(c.dir, ".env"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		c.t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(lines); err != nil {
		c.t.Fatal(err)
	}
}

// without takes lines out of .env again.
func (c *checkout) without(lines string) {
	c.t.Helper()
	c.write(".env", strings.ReplaceAll(c.read(".env"), lines, ""))
}

func (c *checkout) read(name string) string {
	c.t.Helper()
	content, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil {
		c.t.Fatal(err)
	}
	return string(content)
}

func (c *checkout) write(name, content string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(content), 0o644); err != nil {
		c.t.Fatal(err)
	}
}

// remove removes secrets.
func (c *checkout) remove(names ...string) {
	c.t.Helper()
	for _, name := range names {
		if err := os.Remove(filepath.Join(c.dir, "secrets", name)); err != nil {
			c.t.Fatal(err)
		}
	}
}

func (c *checkout) operator() *client.Client {
	return client.New(fmt.Sprintf("http://127.0.0.1:%d", c.api), c.read("secrets/api-token"))
}

// services are those that run.
func (c *checkout) services() []string {
	c.t.Helper()
	names := strings.Fields(c.compose("--profile", "postgres", "ps", "--services", "--status", "running"))
	slices.Sort(names)
	return names
}

// id is a container's.
func (c *checkout) id(service string) string {
	c.t.Helper()
	return strings.TrimSpace(c.compose("--profile", "postgres", "ps", "--all", "--quiet", service))
}

// state is how a container is, or how it ended.
func (c *checkout) state(container string) (s struct {
	Running  bool
	ExitCode int
}) {
	c.t.Helper()
	if err := json.Unmarshal([]byte(c.run("docker", "inspect", "--format", "{{json .State}}", container)), &s); err != nil {
		c.t.Fatal(err)
	}
	return s
}

// joins makes a VEN with an account and an entry, which registers.
func (c *checkout) joins(name string) *ven.VEN {
	c.t.Helper()
	if _, err := c.operator().AddVEN(c.t.Context(), client.VENSpec{VENID: name, Identities: []client.Identity{{Transport: "xmpp", Identity: name + "@localhost"}}}); err != nil {
		c.t.Fatal(err)
	}
	v := c.logsIn(name)
	if _, err := v.Register(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	return v
}

func (c *checkout) logsIn(name string) *ven.VEN {
	c.t.Helper()
	add := c.command(filepath.Join(c.dir, "ejabberd/add-ven"), "--compose", name+"@localhost")
	add.Dir, add.Stdin = "/", strings.NewReader("secret\n") // from another folder
	if out, err := add.CombinedOutput(); err != nil {
		c.t.Fatalf("add-ven: %v\n%s", err, out)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(c.read("secrets/server.crt")))
	v, err := ven.Dial(c.t.Context(), ven.Config{JID: name + "@localhost", Password: "secret", Server: fmt.Sprintf("127.0.0.1:%d", c.client), TLS: &tls.Config{RootCAs: roots}})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(v.Abort)
	return v
}

// reaches has an event acknowledged by a VEN.
func (c *checkout) reaches(eventID, venID string) {
	c.t.Helper()
	api := c.operator()
	_, err := api.CreateEvent(c.t.Context(), client.EventSpec{
		EventID: eventID, MarketContext: "http://example.org/" + eventID, Start: time.Now().Add(time.Hour).Truncate(time.Second), Duration: "PT1H",
		Signals: []client.Signal{{Name: "SIMPLE", Type: "level", Intervals: []client.Interval{{Duration: "PT1H", Value: 1}}}},
		Targets: client.Targets{VENIDs: []string{venID}},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	c.eventually("the event to be acknowledged", func() bool {
		vens, err := api.EventVENs(c.t.Context(), eventID)
		return err == nil && len(vens) == 1 && vens[0].Delivery == "acknowledged"
	})
}

func (c *checkout) eventually(what string, done func() bool) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
	defer cancel()
	for !done() {
		select {
		case <-ctx.Done():
			c.t.Fatalf("waited a minute for %s", what)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// TestContainers takes minutes, and wants to be asked for.
func TestContainers(t *testing.T) {
	if os.Getenv("VTN_CONTAINERS") == "" {
		t.Skip("skipped: it builds and runs containers for minutes; `make containers` runs it")
	}
	one := newCheckout(t)
	step := func(name string, do func()) {
		t.Helper()
		began := time.Now()
		do()
		t.Logf("%s: done, %.0f s", name, time.Since(began).Seconds())
	}
	step("a forgotten make-secrets is told", func() {
		out, err := one.command("docker", "compose", "up", "--detach").CombinedOutput()
		if err == nil || !strings.Contains(string(out), "make-secrets") {
			t.Errorf("without .env: %v\n%s", err, out)
		}
	})
	step("make up", func() { one.run("make", "up") })
	step("the main job", func() {
		one.joins("ven1")
		one.reaches("first", "ven1")
	})
	step("limits", func() { one.bounded("ejabberd", "vtn") })
	step("the component's port", one.componentInside)
	step("versions", func() {
		want := strings.TrimSpace(one.run("git", "describe", "--tags", "--always", "--dirty"))
		if got := strings.TrimSpace(one.compose("exec", "-T", "vtn", "vtn-xmpp", "version")); got != "vtn-xmpp "+want {
			t.Errorf("the version is %q, want %q", got, want)
		}
	})
	step("what the binary is not made of", one.keepsTheBinary)
	step("a stop at any moment of the start", one.stopsAtAnyMoment)
	step("a bad configuration", one.failsWithABadConfiguration)
	step("new secrets", one.takesNewSecrets)
	step("a renewed certificate", one.takesACertificate)
	step("a second checkout", func() {
		two := newCheckout(t)
		two.run("make", "up")
		if _, err := two.operator().GetVEN(t.Context(), "ven1"); err == nil {
			t.Error("the second checkout has the first one's VENs")
		}
		var p *client.Problem
		_, err := client.New(fmt.Sprintf("http://127.0.0.1:%d", one.api), two.read("secrets/api-token")).ListVENs(t.Context(), client.VENFilter{}, "", 1)
		if !errors.As(err, &p) || p.Status != http.StatusUnauthorized {
			t.Errorf("the first takes the second's token: %v", err)
		}
		two.run("make", "down")
		one.reaches("beside", "ven2")
	})
	step("a webhook with a private authority", one.asksAWebhook)
	step("PostgreSQL comes and goes", one.keepsToPostgres)
	step("make down", func() {
		one.run("make", "down")
		if left := one.services(); len(left) > 0 {
			t.Errorf("left running are %v", left)
		}
	})
}

// bounded looks at the limits of containers that run.
func (c *checkout) bounded(services ...string) {
	c.t.Helper()
	for _, service := range services {
		var h struct {
			Memory, PidsLimit int64
			ReadonlyRootfs    bool
			CapDrop, CapAdd   []string
			SecurityOpt       []string
			LogConfig         struct{ Config map[string]string }
		}
		if err := json.Unmarshal([]byte(c.run("docker", "inspect", "--format", "{{json .HostConfig}}", c.id(service))), &h); err != nil {
			c.t.Fatal(err)
		}
		if h.Memory <= 0 || h.PidsLimit <= 0 || !h.ReadonlyRootfs || !slices.Equal(h.CapDrop, []string{"ALL"}) || len(h.CapAdd) > 0 ||
			!slices.Contains(h.SecurityOpt, "no-new-privileges:true") || h.LogConfig.Config["max-size"] == "" || h.LogConfig.Config["max-file"] == "" {
			c.t.Errorf("%s runs with %+v", service, h)
		}
	}
}

// componentInside: 5347 listens at the address in the component's network alone.
func (c *checkout) componentInside() {
	c.t.Helper()
	project := regexp.MustCompile(`(?m)^COMPOSE_PROJECT_NAME=(.*)$`).FindStringSubmatch(c.read(".env"))[1]
	inside := net.ParseIP(strings.TrimSpace(c.run("docker", "inspect", "--format",
		fmt.Sprintf(`{{(index .NetworkSettings.Networks %q).IPAddress}}`, project+"_component"), c.id("ejabberd")))).To4()
	if inside == nil {
		c.t.Fatal("ejabberd has no address in the component's network")
	}
	want := fmt.Sprintf("%02X%02X%02X%02X:14E3", inside[3], inside[2], inside[1], inside[0])
	var listens []string
	for line := range strings.Lines(c.compose("exec", "-T", "ejabberd", "cat", "/proc/net/tcp", "/proc/net/tcp6")) {
		if f := strings.Fields(line); len(f) > 3 && f[3] == "0A" && strings.HasSuffix(f[1], ":14E3") {
			listens = append(listens, f[1])
		}
	}
	if !slices.Equal(listens, []string{want}) {
		c.t.Errorf("port 5347 listens at %v, want %s", listens, want)
	}
}

// keepsTheBinary: changes of what it is not made of leave the image as it is.
func (c *checkout) keepsTheBinary() {
	c.t.Helper()
	image := func() string {
		c.t.Helper()
		c.run("bash", "-c", "VERSION=same docker compose build --quiet vtn")
		return strings.TrimSpace(c.run("bash", "-c", `docker inspect --format '{{json .RootFS.Layers}}' "$(docker compose config --images | grep -- '-vtn$')"`))
	}
	before := image()
	for _, name := range []string{"README.md", "docs/RULES.md", "Makefile", "docker-compose.yml", "ejabberd/ejabberd.yml", "core/core_test.go"} {
		was := c.read(name)
		comment := "# a comment\n"
		if strings.HasSuffix(name, ".go") {
			comment = "// a comment\n"
		}
		c.write(name, was+comment)
		defer c.write(name, was)
	}
	if after := image(); after != before {
		c.t.Errorf("the image has other layers:\n%s\n%s", before, after)
	}
}

// stopsAtAnyMoment: a server ends in order whenever it is told to, and is not killed.
func (c *checkout) stopsAtAnyMoment() {
	c.t.Helper()
	for _, service := range []string{"ejabberd", "vtn"} {
		id := c.id(service)
		for _, after := range []time.Duration{0, 50, 100, 200, 300, 400, 500, 700, 1000, 2000, 4000} {
			c.run("docker", "stop", id)
			c.run("docker", "start", id)
			time.Sleep(after * time.Millisecond) // the moments are what is tried
			began := time.Now()
			c.run("docker", "stop", "--time", "30", id)
			s := c.state(id)
			c.t.Logf("%s stopped %d ms after its start within %.1f s, exit status %d", service, after, time.Since(began).Seconds(), s.ExitCode)
			if s.Running || s.ExitCode == 137 {
				c.t.Errorf("%s had to be killed %d ms after its start: %+v", service, after, s)
			}
		}
	}
	c.compose("up", "--detach", "--wait")
	c.reaches("after-stops", "ven1")
}

// failsWithABadConfiguration, and says so with its exit status.
func (c *checkout) failsWithABadConfiguration() {
	c.t.Helper()
	image := strings.TrimSpace(c.run("docker", "inspect", "--format", "{{.Image}}", c.id("ejabberd")))
	for name, local := range map[string]string{
		"not YAML":         "define_macro: [",
		"a wrong port":     strings.Replace(c.read("secrets/local.yml"), "CLIENT_PORT: 5222", "CLIENT_PORT: here", 1),
		"a missing domain": strings.Replace(c.read("secrets/local.yml"), "  DOMAIN: localhost\n", "", 1),
	} {
		c.write("secrets/bad.yml", local)
		out, err := c.command("docker", "run", "--rm", "--volume", c.dir+"/secrets/bad.yml:/etc/ejabberd/local.yml:ro",
			"--volume", c.dir+"/secrets/server.pem:/etc/ejabberd/server.pem:ro", image).CombinedOutput()
		if err == nil {
			c.t.Errorf("%s: ends with 0:\n%s", name, out)
		}
	}
	c.remove("bad.yml")
}

func (c *checkout) takesNewSecrets() {
	c.t.Helper()
	before := c.operator()
	c.remove("component", "api-token")
	c.run("make", "up")
	if _, err := before.GetVEN(c.t.Context(), "ven1"); err == nil {
		c.t.Error("the former token is taken")
	}
	c.reaches("new-secrets", "ven1")
}

func (c *checkout) takesACertificate() {
	c.t.Helper()
	serial := func() string {
		c.t.Helper()
		return c.run("bash", "-c", fmt.Sprintf("openssl s_client -connect 127.0.0.1:%d -starttls xmpp -xmpphost localhost </dev/null 2>/dev/null | openssl x509 -noout -serial", c.client))
	}
	before := serial()
	c.remove("server.pem", "server.crt")
	c.run("ejabberd/make-cert", "secrets/server.pem", "localhost")
	c.run("chmod", "644", "secrets/server.pem")
	c.run("make", "up")
	if after := serial(); after == before {
		c.t.Errorf("the certificate is still %s", after)
	}
	c.joins("ven2") // which trusts it; ven1 does not
}

// keepsToPostgres: its profile is chosen, its password changed, the profile taken away.
func (c *checkout) keepsToPostgres() {
	c.t.Helper()
	c.setting(postgres)
	c.run("make", "up")
	if got := c.services(); !slices.Equal(got, []string{"ejabberd", "postgres", "vtn"}) {
		c.t.Errorf("with the profile run %v", got)
	}
	c.bounded("postgres")
	c.joins("ven3")
	c.reaches("on-postgres", "ven3")

	c.remove("postgres-password", "pgpass")
	c.run("ejabberd/make-secrets", "secrets")
	says := regexp.MustCompile(`(?m)^#   (printf "ALTER ROLE .*)$`).FindStringSubmatch(c.read("docker-compose.yml"))
	c.run("bash", "-c", says[1])
	c.run("make", "up")
	c.reaches("new-password", "ven3")

	c.without(postgres)
	c.run("make", "up")
	if got := c.services(); !slices.Equal(got, []string{"ejabberd", "vtn"}) {
		c.t.Errorf("without the profile run %v", got)
	}
	c.setting(postgres)
	c.run("make", "up")
	if _, err := c.operator().GetEvent(c.t.Context(), "on-postgres"); err != nil {
		c.t.Errorf("what was in PostgreSQL: %v", err)
	}
	c.without(postgres) // and `make down` follows
}
