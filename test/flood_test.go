package test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"mellium.im/xmpp/disco"
	"mellium.im/xmpp/jid"
	"mellium.im/xmpp/stanza"
)

// comeAndGo sends presence and takes it back, a number of times.
func comeAndGo(w io.Writer, times int) error {
	_, err := io.WriteString(w, strings.Repeat("<presence/><presence type='unavailable'/>", times))
	return err
}

// TestX9AFloodOfTinyStanzasHarmsNobodyElse: a few accounts send presence as fast as the server takes it, in so few bytes that its
// shaper does not limit them. The server passes on no more than the accounts' stanza rate allows, and another VEN still receives its
// answers and pushes.
func TestX9AFloodOfTinyStanzasHarmsNobodyElse(t *testing.T) {
	t.Parallel()
	const (
		rate, burst        = 100, 500 // of ejabberd.yml
		flooders, sessions = 3, 2     // accounts, and sessions of each
	)
	// A stanza that the server reads just when its account may send one is one above the rate. Sessions pause for a second, which
	// bounds what they owe.
	const allowance = burst + rate

	e := ownServer(t)
	s := startAt(t, e, e.ComponentAddr, "VTN_LOG_LEVEL=info")
	honest := s.join()
	copies := s.presenceCopies()
	var writers []io.Writer
	for _, a := range s.accounts(flooders) {
		for range sessions {
			writers = append(writers, s.session(a).Conn())
		}
	}
	before := s.presences()
	started := time.Now()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	flood(ctx, writers)
	within := func() {
		t.Helper()
		got := s.presences() - before
		if most := copies * flooders * (allowance + rate*time.Since(started).Seconds()); got > most {
			t.Fatalf("the VTN received %.0f stanzas of the flood, want at most %.0f", got, most)
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
		t.Errorf("the VTN has reconnected %v times", n)
	}
	t.Logf("%.1f copies, %.0f stanzas in %s", copies, s.presences()-before, time.Since(started))
}

// presenceCopies measures how many stanzas the VTN receives for each presence that an account sends.
func (s *stack) presenceCopies() float64 {
	s.t.Helper()
	const times = 10 // few enough for the account's stanza rate
	calm := s.session(s.account())
	before := s.presences()
	if err := comeAndGo(calm.Conn(), times); err != nil {
		s.t.Fatal(err)
	}
	s.eventually("the presence of a calm account", func() bool { return s.presences() >= before+2*times })
	// An answer comes after the presence, be it that these were many stanzas.
	if _, err := disco.GetInfo(s.t.Context(), "", jid.MustParse(vtnDomain), calm); err != nil && !errors.As(err, new(stanza.Error)) {
		s.t.Fatal(err)
	}
	return (s.presences() - before) / (2 * times)
}

// flood has all sessions come and go as fast as the server takes it, until the context ends.
func flood(ctx context.Context, writers []io.Writer) {
	const times, atOnce = 5000, 20
	for _, w := range writers {
		go func() {
			for range times / atOnce {
				if ctx.Err() != nil || comeAndGo(w, atOnce) != nil {
					return
				}
			}
		}()
	}
}
