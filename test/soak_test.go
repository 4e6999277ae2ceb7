//go:build soak

package test

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// scaled returns n times VTN_SOAK, at least 1.
func scaled(t *testing.T, n int) int {
	t.Helper()
	scale := 1.0
	if s := os.Getenv("VTN_SOAK"); s != "" {
		var err error
		if scale, err = strconv.ParseFloat(s, 64); err != nil || scale <= 0 {
			t.Fatalf("VTN_SOAK is %q; it must be a number above 0", s)
		}
	}
	return max(1, int(float64(n)*scale))
}

// soaking is a soak test that logs its progress every ten seconds, and a summary at
// its end.
type soaking struct {
	t       *testing.T
	name    string
	started time.Time
	mu      sync.Mutex
	text    string
}

func soak(t *testing.T, name string) *soaking {
	s := &soaking{t: t, name: name, started: time.Now(), text: "starting"}
	stop := make(chan struct{})
	var told sync.WaitGroup
	told.Go(func() {
		for {
			select {
			case <-time.After(10 * time.Second):
				s.mu.Lock()
				t.Logf("%s, %v: %s", name, time.Since(s.started).Round(time.Second), s.text)
				s.mu.Unlock()
			case <-stop:
				return
			}
		}
	})
	t.Cleanup(func() {
		close(stop)
		told.Wait()
	})
	return s
}

// at sets the progress to log.
func (s *soaking) at(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text = fmt.Sprintf(format, args...)
}

// sum logs the summary, which is the line in docs/PERFORMANCE.md.
func (s *soaking) sum(format string, args ...any) {
	s.t.Helper()
	s.t.Logf("SOAK %s: %s, in %v", s.name, fmt.Sprintf(format, args...), time.Since(s.started).Round(time.Second))
}

// soakPatience bounds the wait for a fleet of thousands.
const soakPatience = 5 * time.Minute

// largeFleet makes a fleet in groups, because logins cost the server much.
func (s *vens) largeFleet(n int, change ...func(*ven.Config)) []*ven.VEN {
	s.t.Helper()
	var vens []*ven.VEN
	for len(vens) < n {
		vens = append(vens, s.fleet(min(50, n-len(vens)), change...)...)
	}
	return vens
}
