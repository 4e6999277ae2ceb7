package core

import (
	"strconv"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
)

func TestAllowances(t *testing.T) {
	now := coretest.NewClock(time.Unix(1_800_000_000, 0))
	r := NewAllowances(10, 20, now)
	count := func(identity string, tries int) (allowed int) {
		for range tries {
			if r.Take(identity) {
				allowed++
			}
		}
		return allowed
	}
	if got := count("a", 50); got != 20 {
		t.Errorf("a burst of %d, want 20", got)
	}
	if got := count("b", 5); got != 5 {
		t.Errorf("another identity got %d of 5", got)
	}
	now.Move(500 * time.Millisecond)
	if got := count("a", 50); got != 5 {
		t.Errorf("%d after half a second, want 5", got)
	}
	for range 10 { // it keeps asking, across generations
		now.Move(time.Second)
		if got := count("a", 50); got != 10 {
			t.Errorf("%d in a second, want 10", got)
		}
	}
	now.Move(time.Minute)
	if got := count("a", 50); got != 20 {
		t.Errorf("a burst of %d after a minute, want 20", got)
	}
}

func TestAllowancesAreForgotten(t *testing.T) {
	r := NewAllowances(10, 20, coretest.NewClock(time.Unix(1_800_000_000, 0)))
	for i := range 5 * maxAllowances {
		r.Take(strconv.Itoa(i))
	}
	if n := len(r.now) + len(r.old); n > 2*maxAllowances {
		t.Errorf("%d identities are remembered, over %d", n, 2*maxAllowances)
	}
}

// What is spent without being there is owed, up to a burst, and comes back in time.
func TestAllowancesCanBeOwed(t *testing.T) {
	now := coretest.NewClock(time.Unix(1_800_000_000, 0))
	a := NewAllowances(0.5, 4, now)
	a.Spend("a", 3)
	if wait := a.Until("a", 0); wait != 0 {
		t.Errorf("waits %v with one token left", wait)
	}
	a.Spend("a", 2) // 1 owed
	for _, c := range []struct {
		tokens float64
		want   time.Duration
	}{{0, 2 * time.Second}, {1, 4 * time.Second}} {
		if wait := a.Until("a", c.tokens); wait < c.want || wait > c.want+time.Microsecond {
			t.Errorf("%v tokens are there in %v, want %v", c.tokens, wait, c.want)
		}
	}
	now.Move(a.Until("a", 0))
	if wait := a.Until("a", 0); wait != 0 {
		t.Errorf("waits %v more after the wait", wait)
	}
	a.Spend("a", 1000)
	if wait := a.Until("a", 0); wait < 8*time.Second || wait > 8*time.Second+time.Microsecond {
		t.Errorf("the wait after any debt is %v, want that of a burst, 8 s", wait)
	}
	now.Move(15 * time.Second) // nearly to the end of its generation
	a.Spend("b", 1)
	now.Move(500 * time.Millisecond)
	a.Spend("b", 1)
	if wait := a.Until("a", 3.9); wait == 0 {
		t.Error("a debt is forgotten before it is paid")
	}
	if wait := a.Until("c", 4); wait != 0 {
		t.Errorf("another identity waits %v", wait)
	}
}
