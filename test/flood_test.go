package test

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"
)

// comeAndGo sends presence so many times, and as often takes it back.
func comeAndGo(w io.Writer, times int) error {
	_, err := io.WriteString(w, strings.Repeat("<presence/><presence type='unavailable'/>", times))
	return err
}

// TestX9AFloodOfTinyStanzasHarmsNobodyElse: a few accounts send presence as fast as the server takes it, in too few bytes for its
// shaper. The server hands over what the accounts' rate allows, and a VEN gets its answers and pushes beside it.
func TestX9AFloodOfTinyStanzasHarmsNobodyElse(t *testing.T) {
	t.Parallel()
	const (
		rate, burst        = 100, 500 // of ejabberd.yml
		flooders, sessions = 3, 2     // accounts, and sessions of each
		calm               = 10       // before the flood, to see how many stanzas the server makes of one
		times              = 5000     // that a session comes and goes
	)
	// A stanza that is read when its account may send one is one above the rate; the pause of a second bounds what sessions owe.
	const allowance = burst + rate

	e := ownServer(t)
	s := startAt(t, e, e.ComponentAddr, "VTN_LOG_LEVEL=info")
	honest := s.join()
	first := s.session(s.account())
	before := s.presences()
	if err := comeAndGo(first.Conn(), calm); err != nil {
		t.Fatal(err)
	}
	s.eventually("the presence of a calm account", func() bool { return s.presences() >= before+2*calm })
	if _, err := honest.RequestEvent(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	copies := (s.presences() - before) / (2 * calm)

	var writers []io.Writer
	for _, a := range s.accounts(flooders) {
		for range sessions {
			writers = append(writers, s.session(a).Conn())
		}
	}
	before = s.presences()
	started := time.Now()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	for _, w := range writers {
		go func() {
			for range times / 20 {
				if ctx.Err() != nil || comeAndGo(w, 20) != nil {
					return
				}
			}
		}()
	}
	within := func() {
		t.Helper()
		got := s.presences() - before
		if most := copies * flooders * (allowance + rate*time.Since(started).Seconds()); got > most {
			t.Fatalf("the VTN got %.0f stanzas of the flood, of which the server was to hand over at most %.0f", got, most)
		}
	}
	s.eventually("the flood to use up its burst", func() bool {
		within()
		return s.presences()-before >= flooders*burst
	})
	for range 5 {
		if _, err := honest.RequestEvent(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		s.delivery(s.create(event(venID(honest))).EventID, venID(honest), "acknowledged")
		within()
	}
	if n := s.counters()["vtn_xmpp_reconnects_total"]; n != 0 {
		t.Errorf("the VTN was connected again %v times", n)
	}
	t.Logf("%.1f copies, %.0f stanzas in %s", copies, s.presences()-before, time.Since(started))
}
