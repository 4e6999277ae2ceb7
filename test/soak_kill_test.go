//go:build soak

package test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/testrand"
)

// TestSoakKills kills the VTN, the server or both, again and again while an
// operator changes events.
func TestSoakKills(t *testing.T) {
	kills := scaled(t, 50)
	progress := soak(t, "kills")
	random := testrand.New(t)
	e := ownServer(t)
	s := startAt(t, e, e.ComponentAddr, "VTN_LOG_LEVEL=warn")
	vens := s.largeFleet(50, pushOnly)
	vens = append(vens, s.largeFleet(10)...)
	op := s.operator(random, vens)
	acts, converged := 0, 0
	killed := [3]int{}
	names := [3]string{"the VTN", "the server", "both"}
	within := func(d time.Duration) time.Duration { return time.Duration(random.Int64N(int64(d))) }
	for n := range kills {
		what := random.IntN(3)
		progress.at("%d of %d kills, now %s; %d changes, converged %d times", n, kills, names[what], acts, converged)
		var dead atomic.Bool
		crash := time.AfterFunc(within(500*time.Millisecond), func() {
			if what != 0 {
				if err := s.server.Kill(); err != nil {
					t.Error(err)
				}
			}
			if what != 1 {
				s.vtn.Kill()
			}
			dead.Store(true)
		})
		defer crash.Stop()
		for !dead.Load() {
			if op.act(t.Context()) == nil {
				acts++
			}
		}
		killed[what]++
		time.Sleep(within(2 * time.Second)) // how long the fault lasts
		if what != 0 {
			s.startServer()
		}
		if what != 1 {
			s.restart()
		}
		op.check()
		if n == kills-1 || random.IntN(4) == 0 {
			progress.at("%d of %d kills, converging; %d changes, converged %d times", n+1, kills, acts, converged)
			s.convergeWithin(vens, soakPatience)
			converged++
		}
	}
	op.check()
	progress.sum("%d kills (%s %d, %s %d, %s %d) and %d acknowledged changes with %d VENs, converged %d times, nothing lost",
		kills, names[0], killed[0], names[1], killed[1], names[2], killed[2], acts, len(vens), converged)
}
