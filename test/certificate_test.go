package test

import (
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestX10Spec9_3_4_7VENsLogInByCertificate: a fleet with certificates and no passwords registers, receives pushes and answers. A
// VEN with another's certificate gives up.
func TestX10Spec9_3_4_7VENsLogInByCertificate(t *testing.T) {
	s := start(t)
	all, flags := s.fleetAccounts(3)
	folder := t.TempDir()
	for i, a := range all {
		of := a.User
		if i == 2 {
			of = all[0].User
		}
		if err := venAuthority.IssueFiles(folder, a.User, of); err != nil {
			t.Fatal(err)
		}
	}
	i := slices.Index(flags, "--password-file")
	flags = slices.Replace(flags, i, i+2, "--cert", filepath.Join(folder, "ven%d.crt"), "--key", filepath.Join(folder, "ven%d.key"))
	cmd := s.command(append([]string{"simulate", "--every", "50ms"}, flags...)...)
	var out screen
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	s.eventually("the two VENs with certificates of their own", func() bool {
		return strings.Contains(out.String(), "2 of 3 VENs connected, 2 registered, 1 given up") && strings.Contains(out.String(), "1 of them fail at login")
	})
	spec := event()
	spec.Targets.All = true
	s.create(spec)
	s.eventually("their answers", func() bool { return strings.Contains(out.String(), "2 events, 2 answers") })
	_ = cmd.Process.Signal(syscall.SIGTERM)
	_ = cmd.Wait()
	if !strings.Contains(out.String(), "by its certificate the VEN is "+s.jid(all[0])) {
		t.Errorf("it does not say why:\n%s", out.String())
	}
}
