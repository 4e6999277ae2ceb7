package rig

import (
	"errors"
	"os"
	"os/exec"
	"testing"
)

// NeedServers skips a test in short mode (go test -short), in which no server is started.
func NeedServers(tb testing.TB) {
	tb.Helper()
	if testing.Short() {
		tb.Skip("it needs a real server: run it without -short")
	}
}

// NeedEjabberd skips a test in short mode and where ejabberd is not installed. With CI=true in the environment the test fails instead
// where ejabberd is missing.
func NeedEjabberd(tb testing.TB) {
	tb.Helper()
	NeedServers(tb)
	if _, err := exec.LookPath("ejabberdctl"); err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatal("ejabberd is not installed: run test/install")
		}
		tb.Skip("ejabberd is not installed: run test/install")
	}
}

// NeedPrograms skips a test in short mode and where one of these programs is not installed; test/install has parts of their names.
// With CI=true in the environment the test fails instead where one is missing.
func NeedPrograms(tb testing.TB, programs ...string) {
	tb.Helper()
	NeedServers(tb)
	for _, name := range programs {
		if _, err := exec.LookPath(name); err == nil {
			continue
		}
		if _, err := exec.LookPath("/usr/sbin/" + name); err == nil {
			continue
		}
		if os.Getenv("CI") == "true" {
			tb.Fatalf("%s is not installed: run test/install %s", name, name)
		}
		tb.Skipf("%s is not installed: run test/install %s", name, name)
	}
}

// NeedEjabberd2412 returns the folder of ejabberd 24.12, for EjabberdOptions.Release. It skips the test where [NeedEjabberd] does, and
// where that release cannot be had, which .ci/run reports.
func NeedEjabberd2412(tb testing.TB) string {
	tb.Helper()
	NeedEjabberd(tb)
	release, err := Ejabberd2412(tb.Context())
	if errors.Is(err, ErrNoRelease) {
		tb.Skip(err)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return release
}
