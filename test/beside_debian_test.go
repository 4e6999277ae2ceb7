package test

import (
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// besideDebian does what README says on this machine itself, in namespaces of its own: other processes see none of its files,
// ports or users.
//
//go:embed beside_debian.sh
var besideDebian string

// TestBesideDebiansOwnEjabberd follows README to the letter, commands included, with ejabberd run as Debian's systemd unit runs it.
func TestBesideDebiansOwnEjabberd(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	own, config := merged(t, "/")
	section := besideSection(t)
	blocks := fenced(t, section, "", 2)
	prepare := strings.Replace(blocks[0], "make build && install vtn-xmpp /usr/local/bin/\n", "install "+binary+" /usr/local/bin/vtn-xmpp\n", 1)
	if !strings.Contains(prepare, binary) || !strings.Contains(section, "add `+sss 8192` to `ERL_OPTIONS`") {
		t.Error("README does not say how the program is installed, or of ERL_OPTIONS")
	}
	for name, content := range map[string]string{"prepare.sh": "set -eu\n" + prepare, "serve.sh": blocks[1], "walk.sh": besideDebian} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	at(at(entry(at(own, "listen"), "5347"), "hosts"), "vtn.example.org", "password").Value = "THE SECRET"
	if err := write(filepath.Join(folder, "vtn-xmpp.yml"), own); err != nil {
		t.Fatal(err)
	}
	if err := write(filepath.Join(folder, "ejabberd.yml"), config); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private",
		"bash", filepath.Join(folder, "walk.sh"), folder)
	cmd.Dir = ".."
	out, err := cmd.CombinedOutput()
	switch {
	case cmd.ProcessState == nil || strings.Contains(string(out), "unshare failed") || cmd.ProcessState.ExitCode() == 77:
		t.Skipf("no namespaces here, or no root: %v: %s", err, out)
	case err != nil:
		t.Errorf("%v:\n%s", err, out)
	}
}
