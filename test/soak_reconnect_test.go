//go:build soak

package test

import (
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/testrand"
)

// TestSoakReconnects breaks connections of a large fleet at random while an
// operator changes events.
func TestSoakReconnects(t *testing.T) {
	n := scaled(t, 2000)
	lasts := time.Duration(scaled(t, 600)) * time.Second
	progress := soak(t, "reconnects")
	random := testrand.New(t)
	e := ownServer(t)
	s := startAt(t, e, e.ComponentAddr, "VTN_LOG_LEVEL=error")
	progress.at("%d VENs log in", n)
	vens := append(s.largeFleet(n/2), s.largeFleet(n-n/2, pushOnly)...)
	op := s.operator(random, vens)
	began := time.Now()
	over := time.After(lasts)
	var drops atomic.Int64
	dropped := make(chan struct{})
	chance := rand.New(rand.NewPCG(random.Uint64(), 0))
	go func() {
		defer close(dropped)
		// Each VEN about once a minute.
		for tick := time.NewTicker(100 * time.Millisecond); ; {
			select {
			case <-over:
				tick.Stop()
				return
			case <-tick.C:
			}
			for range chance.IntN(1 + max(1, n/300)) {
				vens[chance.IntN(n)].Drop()
				drops.Add(1)
			}
		}
	}()
	acts := 0
	for going := true; going; {
		if err := op.act(t.Context()); err != nil {
			t.Fatal(err)
		}
		acts++
		progress.at("%v of %v, %d connections broken, %d changes", time.Since(began).Round(time.Second), lasts, drops.Load(), acts)
		select {
		case <-time.After(time.Duration(random.Int64N(int64(4 * time.Second)))):
		case <-dropped:
			going = false
		}
	}
	progress.at("converging after %d broken connections and %d changes", drops.Load(), acts)
	ended := time.Now()
	s.convergeWithin(vens, soakPatience)
	op.check()
	now := s.counters()
	progress.sum("%d VENs, %d connections broken in %v, %d acknowledged changes, %.0f pushes, all held and on record %v after the last; the VTN's memory is %.0f MiB",
		n, drops.Load(), lasts, acts, now[`vtn_pushes_total{result="sent",transport="xmpp"}`], time.Since(ended).Round(time.Second), now["process_resident_memory_bytes"]/(1<<20))
}
