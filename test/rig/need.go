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
