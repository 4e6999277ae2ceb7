package test

import (
	"crypto/tls"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// TestBesideDebiansEjabberd follows README's section about an existing ejabberd, starting from the configuration that Debian installs,
// and then has VENs log in, register and receive an event.
func TestBesideDebiansEjabberd(t *testing.T) {
	t.Parallel()
	t.Run("own", func(t *testing.T) {
		t.Parallel()
		besideDebians(t, "/")
	})
	t.Run("24.12", func(t *testing.T) {
		t.Parallel()
		besideDebians(t, rig.NeedEjabberd2412(t))
	})
}

const (
	besideDomain    = "example.org" // as in README
	besideComponent = "vtn.example.org"
)

func besideDebians(t *testing.T, release string) {
	s := startBeside(t, release)
	events := make(chan ven.Event, 10)
	vens := []*ven.VEN{besideVEN(s, "ven0", events), besideVEN(s, "ven1", events)}
	ids := []string{venID(vens[0]), venID(vens[1])}
	created := s.create(event(ids...))
	for range vens {
		if got := next(t, "the push", events); got.Descriptor.EventID != created.EventID {
			t.Errorf("pushed %s, want %s", got.Descriptor.EventID, created.EventID)
		}
	}
	for _, id := range ids {
		s.delivery(created.EventID, id, "acknowledged")
	}
	// A VEN reaches neither another VEN nor Debian's other services.
	for _, other := range []string{vens[1].JID().String(), vens[1].JID().Bare().String(), "room@conference." + besideDomain, "pubsub." + besideDomain} {
		a := askRaw(t, vens[0], other, "<query xmlns='http://jabber.org/protocol/disco#info'/>")
		if got := a.outcome(); got != "error auth forbidden" {
			t.Errorf("%s answers %s", other, got)
		}
	}

	// A large payload passes without delay, because it is smaller than the shaper's burst.
	big := askRaw(t, vens[0], "vtn@"+besideComponent, "<big xmlns='urn:example'>"+strings.Repeat("x", 600_000)+"</big>")
	if big.Type != "error" {
		t.Errorf("600 kB are answered with %s", big.outcome())
	}
}

// startBeside starts Debian's ejabberd with README's changes, and a VTN.
func startBeside(t *testing.T, release string) *stack {
	t.Helper()
	e, err := rig.StartEjabberd(t.Context(), rig.EjabberdOptions{
		Domain: besideDomain, Components: []string{besideComponent}, Release: release,
		Config: func(e *rig.Ejabberd) (string, error) { return besideConfig(t, e, release) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	vtn, err := rig.StartVTN(t.Context(), rig.VTNOptions{
		Binary: binary, Server: e.ComponentAddr, Domain: besideComponent, Secret: e.Secret, Env: []string{"VTN_REGISTRATION=open", noSleep},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(vtn.Close)
	return newStack(t, e, vtn)
}

// besideVEN makes an account with add-ven, and connects and registers its VEN. ven1 is the one for which README makes a certificate,
// and logs in by that (rule X10).
func besideVEN(s *stack, user string, events chan<- ven.Event) *ven.VEN {
	s.t.Helper()
	a := rig.Account{User: user, Password: "secret"}
	c := s.config(a)
	dir := s.server.Dir
	cmd := exec.Command("../ejabberd/add-ven", "--local", dir, s.jid(a))
	cmd.Stdin = strings.NewReader(a.Password + "\n")
	if user == "ven1" {
		cmd.Args, cmd.Stdin = slices.Insert(cmd.Args, 1, "--certificate"), nil
		pair, err := tls.LoadX509KeyPair(filepath.Join(filepath.Dir(dir), "ven1.crt"), filepath.Join(filepath.Dir(dir), "ven1.key"))
		if err != nil {
			s.t.Fatal(err)
		}
		c.Password, c.TLS.Certificates = "", []tls.Certificate{pair}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("add-ven: %v: %s", err, out)
	}
	c.OnEvent = func(e ven.Event) { events <- e }
	v := s.connect(c)
	if _, err := v.Register(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	return v
}

// besideConfig merges README's blocks into the configuration that Debian installs, replaces all ports by free ones, and returns the
// path of the result.
func besideConfig(t *testing.T, e *rig.Ejabberd, release string) (string, error) {
	t.Helper()
	folder := filepath.Dir(e.Dir)
	own, config := merged(t, release)
	at(at(entry(at(own, "listen"), "5347"), "hosts"), "vtn.example.org", "password").Value = e.Secret
	ports(t, own, e)
	own.Content = append(own.Content, parse(t, "c2s_cafile: "+venCertificate(t, folder)).Content...)
	file := filepath.Join(folder, "vtn-xmpp.yml")
	at(config, "include_config_file").Value = file
	ports(t, config, e)
	at(config, "certfiles").Content[0].Value = filepath.Join(e.Dir, "cert.pem")
	path := filepath.Join(folder, "debian.yml")
	return path, errors.Join(write(file, own), write(path, config))
}

// venCertificate makes an authority and the certificate of ven1 as README says, and returns the path of the authority's certificate.
func venCertificate(t *testing.T, folder string) string {
	t.Helper()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(readme), "\n```\nnew() {")
	block, after, _ := strings.Cut(block, "\nejabberd/add-ven --certificate ven1@example.org ")
	if !strings.Contains(after, "the line `c2s_cafile: /etc/ejabberd/ven-ca.pem` in `/etc/ejabberd/vtn-xmpp.yml`") {
		t.Error("README does not say how to configure an authority for VENs in ejabberd")
	}
	cmd := exec.Command("bash", "-euc", "new() {"+block)
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := os.Chmod(filepath.Join(folder, "ven-ca.pem"), 0o644); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(folder, "ven-ca.pem")
}

// ports replaces all ports in config: those of clients and components by the server's, others by free ones.
func ports(t *testing.T, config *yaml.Node, e *rig.Ejabberd) {
	t.Helper()
	_, client, _ := strings.Cut(e.ClientAddr, ":")
	_, component, _ := strings.Cut(e.ComponentAddr, ":")
	for _, l := range at(config, "listen").Content {
		switch port := at(l, "port"); port.Value {
		case "5222":
			port.Value = client
		case "5347":
			port.Value = component
		default:
			free, err := rig.FreePort()
			if err != nil {
				t.Fatal(err)
			}
			port.Value = strconv.Itoa(free)
		}
	}
}

// TestREADMESaysWhichGo: README names the Go version that go.mod requires.
func TestREADMESaysWhichGo(t *testing.T) {
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(mod)
	if version == nil || !strings.Contains(string(readme), "Go "+string(version[1])+" or newer") {
		t.Errorf("README does not say that Go %s or newer is needed", version[1])
	}
}

// TestREADMEAndTheShippedConfigurationAgree on the settings that both contain.
func TestREADMEAndTheShippedConfigurationAgree(t *testing.T) {
	b, err := os.ReadFile("../ejabberd/ejabberd.yml")
	if err != nil {
		t.Fatal(err)
	}
	shipped := parse(t, string(b))
	for _, block := range fenced(t, besideSection(t), "yaml", 2) {
		for _, key := range []string{"modules", "shaper"} {
			settings := at(parse(t, block), key)
			for i := 0; settings != nil && i < len(settings.Content); i += 2 {
				name, options := settings.Content[i].Value, settings.Content[i+1]
				for j := 0; j < len(options.Content); j += 2 {
					option := options.Content[j].Value
					if want, got := plain(t, at(shipped, key, name, option)), plain(t, options.Content[j+1]); !reflect.DeepEqual(got, want) {
						t.Errorf("%s of %s is %v in README, %v in ejabberd.yml", option, name, got, want)
					}
				}
			}
		}
	}
}

// plain returns a node's value without its style.
func plain(t *testing.T, n *yaml.Node) (value any) {
	t.Helper()
	if n != nil {
		if err := n.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	return value
}
