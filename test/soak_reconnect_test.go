//go:build soak

package test

import (
	"testing"
	"time"
)

// TestSoakReconnects breaks connections of a large fleet at random while an
// operator changes events.
func TestSoakReconnects(t *testing.T) {
	n := scaled(t, 2000)
	lasts := time.Duration(scaled(t, 600)) * time.Second
	progress := soak(t, "reconnects")
	random := randomness(t)
	e := ownServer(t)
	s := startAt(t, e, e.ComponentAddr, "VTN_LOG_LEVEL=error")
	progress.at("%d VENs log in", n)
	vens := append(s.largeFleet(n/2), s.largeFleet(n-n/2, pushOnly)...)
	op := s.operator(random, vens)
	began := time.Now()
	drops, acts := 0, 0
	for end := began.Add(lasts); time.Now().Before(end); {
		// Each VEN about once a minute.
		for range random.IntN(1 + max(1, n/300)) {
			vens[random.IntN(n)].Drop()
			drops++
		}
		if random.IntN(20) == 0 {
			if err := op.act(t.Context()); err != nil {
				t.Fatal(err)
			}
			acts++
		}
		progress.at("%v of %v, %d connections broken, %d changes", time.Since(began).Round(time.Second), lasts, drops, acts)
		time.Sleep(100 * time.Millisecond)
	}
	progress.at("converging after %d broken connections and %d changes", drops, acts)
	ended := time.Now()
	s.convergeWithin(vens, soakPatience)
	op.check()
	now := s.counters()
	progress.sum("%d VENs, %d connections broken in %v, %d acknowledged changes, %.0f pushes, all held and on record %v after the last; the VTN's memory is %.0f MiB",
		n, drops, lasts, acts, now[`vtn_pushes_total{result="sent"}`], time.Since(ended).Round(time.Second), now["process_resident_memory_bytes"]/(1<<20))
}
