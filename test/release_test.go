package test

import (
	"errors"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// ejabberd2412 is the folder of ejabberd 24.12. The test is skipped where that cannot be had; .ci/run says so.
func ejabberd2412(t *testing.T) string {
	t.Helper()
	release, err := rig.Ejabberd2412(t.Context())
	if errors.Is(err, rig.ErrNoRelease) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return release
}

// TestAnIdleMinuteKeepsTheConnection: nothing is said but what the VTN asks to see that the server lives, and it is answered, by
// 24.12 too, with mod_privilege that drops what a component asks a domain there and without.
func TestAnIdleMinuteKeepsTheConnection(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]func(*testing.T) rig.EjabberdOptions{
		"own":   func(*testing.T) rig.EjabberdOptions { return rig.EjabberdOptions{} },
		"24.12": func(t *testing.T) rig.EjabberdOptions { return rig.EjabberdOptions{Release: ejabberd2412(t)} },
		"24.12 with mod_privilege": func(t *testing.T) rig.EjabberdOptions {
			// The quotes hide it from run-local, which takes it out otherwise.
			return rig.EjabberdOptions{Release: ejabberd2412(t), Replace: []string{"\n  mod_privilege:\n", "\n  \"mod_privilege\":\n"}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, err := rig.StartEjabberd(t.Context(), o(t))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(e.Close)
			s := startAt(t, e, e.ComponentAddr)
			s.join()
			time.Sleep(65 * time.Second) // the minute
			c := s.counters()
			if c["vtn_xmpp_reconnects_total"] != 0 || c["vtn_xmpp_connections"] != 1 {
				t.Errorf("after a minute %v connections stand, and it was connected again %v times", c["vtn_xmpp_connections"], c["vtn_xmpp_reconnects_total"])
			}
			if !s.ready("xmpp") {
				t.Error("the VTN is not ready")
			}
		})
	}
}
