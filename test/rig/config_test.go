package rig_test

import (
	"bufio"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// The configuration's worst case: the deepest stanza that fits into max_stanza_size, and the largest.
func TestEjabberdLetsBigAndDeepStanzasThrough(t *testing.T) {
	t.Parallel()
	e := startEjabberd(t, rig.EjabberdOptions{Components: []string{"vtn.localhost", "plain.localhost"}})
	if err := e.Register(t.Context(), rig.Account{User: "ven1", Password: "secret"}); err != nil {
		t.Fatal(err)
	}
	c := connect(t, e, "plain.localhost")
	const deepest = 149_700
	for _, payload := range []string{
		strings.Repeat("<a>", 10_000) + "x" + strings.Repeat("</a>", 10_000),
		strings.Repeat("<a>", deepest) + "x" + strings.Repeat("</a>", deepest),
		"<a>" + strings.Repeat("x", 1<<20-200) + "</a>",
		"<a/>", // the server lives
	} {
		s := mustLogin(t, e, "ven1", "secret")
		send(t, s, "<iq type='set' id='i1' to='vtn@plain.localhost'>"+payload+"</iq>")
		if got := c.until(t, "</iq>"); !strings.Contains(got, payload) {
			t.Errorf("%d bytes arrived of %d", len(got), len(payload))
		}
	}
}

func TestEjabberdGivesPrivilegesToTheFirstComponentOnly(t *testing.T) {
	t.Parallel()
	e := startEjabberd(t, rig.EjabberdOptions{Components: []string{"vtn.localhost", "plain.localhost"}})
	account := rig.Account{User: "ven1", Password: "secret"}
	if err := e.Register(t.Context(), account); err != nil {
		t.Fatal(err)
	}
	vtn, plain := connect(t, e, "vtn.localhost"), connect(t, e, "plain.localhost")
	granted := vtn.until(t, "</privilege></message>")
	if !strings.Contains(granted, "<perm type='managed_entity' access='presence'/>") || !strings.Contains(granted, "<perm type='none' access='roster'/>") {
		t.Errorf("the VTN is granted %s", granted)
	}
	s := mustLogin(t, e, "ven1", "secret")
	send(t, s, "<presence/>")
	vtn.until(t, " from='"+s.LocalAddr().String()+"'/>")

	// What the other one hears first is the answer to its own ping: no privilege, no presence.
	fmt.Fprint(plain, "<iq type='get' id='ping' from='plain.localhost' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>")
	if got := plain.until(t, "/>"); !strings.Contains(got, "id='ping'") || strings.Contains(got, "presence") {
		t.Errorf("a component without privileges hears %s", got)
	}
}

func TestEjabberdShowsPresenceOfARosterItemToTheEnd(t *testing.T) {
	t.Parallel()
	e := startEjabberd(t, rig.EjabberdOptions{})
	if err := e.Register(t.Context(), rig.Account{User: "ven1", Password: "secret", SeenBy: e.Components}, rig.Account{User: "ven2", Password: "secret"}); err != nil {
		t.Fatal(err)
	}
	if err := e.AddRosterItem(t.Context(), "ven2", e.Components[0]); err != nil {
		t.Fatal(err)
	}
	for _, user := range []string{"ven1", "ven2"} {
		s := mustLogin(t, e, user, "secret")
		send(t, s, "<presence/>")
		c := connect(t, e, e.Components[0])
		fmt.Fprintf(c, "<presence type='probe' from='%s' to='%s'/>", e.Components[0], s.LocalAddr().Bare())
		c.until(t, "</presence>")
		s.Conn().Close() // without a word, as a broken connection
		c.until(t, " from='"+s.LocalAddr().String()+"' type='unavailable'/>")
		c.Close()
	}
}

func TestEjabberdLetsNoVENChangeItsRoster(t *testing.T) {
	t.Parallel()
	e := startEjabberd(t, rig.EjabberdOptions{})
	if err := e.Register(t.Context(), rig.Account{User: "ven1", Password: "secret"}, rig.Account{User: "ven2", Password: "secret"}); err != nil {
		t.Fatal(err)
	}
	s := mustLogin(t, e, "ven1", "secret")
	send(t, s, "<presence type='subscribe' to='ven2@localhost'/><iq type='set' id='r1'><query xmlns='jabber:iq:roster'><item jid='ven2@localhost'/></query></iq>")
	var answer struct {
		XMLName xml.Name
		Type    string `xml:"type,attr"`
	}
	in := s.TokenReader()
	defer in.Close()
	answers := xml.NewTokenDecoder(in)
	for range 2 {
		answer.Type = ""
		if err := answers.Decode(&answer); err != nil {
			t.Fatal(err)
		}
		if answer.Type != "error" {
			t.Errorf("%s is answered with type %q, want an error", answer.XMLName.Local, answer.Type)
		}
	}
	if roster, err := e.Ctl(t.Context(), "get_roster", "ven1", "localhost"); err != nil || strings.TrimSpace(roster) != "" {
		t.Errorf("the roster is %q (%v)", roster, err)
	}
}

// A VEN that knows its server's domain only finds the VTN: the server hands on what it is asked there.
func TestEjabberdDelegatesItsOwnDomain(t *testing.T) {
	t.Parallel()
	e := startEjabberd(t, rig.EjabberdOptions{})
	if err := e.Register(t.Context(), rig.Account{User: "ven1", Password: "secret"}); err != nil {
		t.Fatal(err)
	}
	c := connect(t, e, e.Components[0])
	grantDelegation(t, c)
	s := mustLogin(t, e, "ven1", "secret")
	for _, request := range []string{
		"<oadrPayload xmlns='http://openadr.org/oadr-2.0b/2012/07'/>",
		"<query xmlns='http://jabber.org/protocol/disco#items' node='http://openadr.org/openadr2#services'/>",
	} {
		send(t, s, "<iq type='get' id='i1' to='localhost'>"+request+"</iq>")
		if got := c.until(t, "</delegation></iq>"); !strings.Contains(got, request) {
			t.Errorf("the component gets %s", got)
		}
	}
}

func TestAddVENMakesAnAccountWithTheVTNInItsRoster(t *testing.T) {
	t.Parallel()
	e := startEjabberd(t, rig.EjabberdOptions{})
	add := func(jid, password string) (string, error) {
		cmd := exec.Command("../../ejabberd/add-ven", "--local", e.Dir, jid)
		cmd.Stdin = strings.NewReader(password + "\n")
		cmd.Env = append(os.Environ(), "TMPDIR=/nonexistent") // as systemd's PrivateTmp, which only ejabberd sees
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	const password = `pä ss'<w&"d>\`
	if out, err := add("ven1@localhost", password); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if out, err := add("ven1@localhost", "another"); err != nil || !strings.Contains(out, "its password is kept") {
		t.Errorf("a second time: %v: %s", err, out)
	}
	mustLogin(t, e, "ven1", password)
	roster, err := e.Ctl(t.Context(), "get_roster", "ven1", "localhost")
	if err != nil || !strings.HasPrefix(roster, "vtn.localhost\tVTN\tfrom\t") || strings.Count(roster, "\n") != 1 {
		t.Errorf("the roster is %q (%v)", roster, err)
	}
	for _, wrong := range []struct{ jid, password string }{
		{"ven2", "secret"}, {"ven2@elsewhere.example", "secret"}, {"ven2@localhost", ""}, {"a'b@localhost", "secret"},
	} {
		if out, err := add(wrong.jid, wrong.password); err == nil {
			t.Errorf("%s with password %q is taken: %s", wrong.jid, wrong.password, out)
		}
	}
}

// TestAddVENKnowsTheVTN from the server's configuration, and says what is wrong with another.
func TestAddVENKnowsTheVTN(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, o rig.EjabberdOptions) {
		o.Domain, o.Components = "example.org", []string{"openadr.grid.example", "plain.example"}
		e := startEjabberd(t, o)
		add := func(args ...string) (string, error) {
			cmd := exec.Command("../../ejabberd/add-ven", append([]string{"--local", e.Dir}, args...)...)
			cmd.Stdin = strings.NewReader("secret\n")
			out, err := cmd.CombinedOutput()
			return string(out), err
		}
		for user, component := range map[string]string{"ven1": "openadr.grid.example", "ven2": "plain.example"} {
			args := []string{user + "@example.org"}
			if user == "ven2" {
				args = append([]string{"--component", component}, args...)
			}
			if out, err := add(args...); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			roster, err := e.Ctl(t.Context(), "get_roster", user, "example.org")
			if err != nil || !strings.HasPrefix(roster, component+"\tVTN\tfrom\t") {
				t.Errorf("the roster is %q (%v)", roster, err)
			}
		}
		for _, wrong := range []struct {
			args []string
			says string
		}{
			{[]string{"--component", "vtn.example.org", "ven3@example.org"}, "no component vtn.example.org"},
			{[]string{"ven3@example.com"}, "no domain example.com: its configuration has example.org"},
		} {
			if out, err := add(wrong.args...); err == nil || !strings.Contains(out, wrong.says) {
				t.Errorf("add-ven %q: %v: %s", wrong.args, err, out)
			}
		}
		if out, err := e.Ctl(t.Context(), "check_account", "ven3", "example.org"); err == nil {
			t.Errorf("an account was made: %s", out)
		}
	})
}

func TestRunLocalEndsAtASignalAndAtEndOfInput(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*exec.Cmd, io.Closer) error{
		"SIGTERM":      func(c *exec.Cmd, _ io.Closer) error { return c.Process.Signal(syscall.SIGTERM) },
		"SIGINT":       func(c *exec.Cmd, _ io.Closer) error { return c.Process.Signal(os.Interrupt) },
		"end of input": func(_ *exec.Cmd, in io.Closer) error { return in.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// Not t.TempDir: user ejabberd cannot enter it.
			folder, err := os.MkdirTemp("", "run-local-")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.RemoveAll(folder) })
			if err := os.Chmod(folder, 0o711); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, "../../ejabberd/run-local", folder+"/ejabberd")
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			cmd.Stderr = cmd.Stdout // what it dies of
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			var text strings.Builder
			lines := bufio.NewScanner(out)
			for ended := false; lines.Scan(); {
				text.WriteString(lines.Text() + "\n")
				if !ended && strings.Contains(lines.Text(), "Start accepting TCP connections") {
					ended = true
					if err := end(cmd, in); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("it ends with %v:\n%s", err, text.String())
			}
			if !strings.Contains(text.String(), "is stopped in the node") {
				t.Errorf("ejabberd was not stopped in good order:\n%s", text.String())
			}
		})
	}
}
