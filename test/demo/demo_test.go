package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// TestDemoBesideItself runs two copies at once, twice: all must succeed, with a
// line for each VEN.
func TestDemoBesideItself(t *testing.T) {
	rig.NeedEjabberd(t)
	root, err := rig.Root()
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "demo")
	build := exec.Command("go", "build", "-o", binary, "./test/demo")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	for range 2 {
		ended := make(chan error, 2)
		for range 2 {
			go func() {
				run := exec.Command(binary)
				run.Dir = root
				out, err := run.CombinedOutput()
				for _, line := range []string{"ven01", "ven08@localhost", "optOut", "HTTPS, polls", "HTTPS, pushed", "ven11", "All 11 VENs hold the event"} {
					if !strings.Contains(string(out), line) {
						t.Errorf("no %q in:\n%s", line, out)
					}
				}
				ended <- err
			}()
		}
		for range 2 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	}
}
