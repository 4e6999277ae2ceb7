package test

import (
	"errors"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// TestAnIdleMinuteKeepsTheConnection: nothing is said but what the VTN asks to see that the server lives, and it is answered, by
// 24.12 too, with mod_privilege that drops what a component asks a domain there and without.
func TestAnIdleMinuteKeepsTheConnection(t *testing.T) {
	t.Parallel()
	servers := map[string]rig.EjabberdOptions{"its own": {}}
	release, err := rig.Ejabberd2412(t.Context())
	switch {
	case errors.Is(err, rig.ErrNoRelease):
		t.Log("without 24.12:", err)
	case err != nil:
		t.Fatal(err)
	default:
		servers["24.12"] = rig.EjabberdOptions{Release: release}
		// The quotes hide it from run-local, which takes it out otherwise.
		servers["24.12 with mod_privilege"] = rig.EjabberdOptions{Release: release, Replace: []string{"\n  mod_privilege:\n", "\n  \"mod_privilege\":\n"}}
	}
	idle := map[string]*stack{}
	for name, o := range servers {
		e, err := rig.StartEjabberd(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(e.Close)
		idle[name] = startAt(t, e, e.ComponentAddr)
		idle[name].join()
	}
	time.Sleep(65 * time.Second) // the minute
	for name, s := range idle {
		c := s.counters()
		if c["vtn_xmpp_reconnects_total"] != 0 || c["vtn_xmpp_connections"] != 1 || !s.ready("xmpp") {
			t.Errorf("%s: after a minute %v connections stand, and it was connected again %v times",
				name, c["vtn_xmpp_connections"], c["vtn_xmpp_reconnects_total"])
		}
	}
}
