// Package coretest has what tests of the core and of what surrounds it share.
package coretest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
)

// Clock is a core.Clock that stands still until a test moves it.
type Clock struct {
	mu     sync.Mutex
	now    time.Time
	timers map[*timer]bool
	waits  wake.Signal // poked when somebody starts to wait
}

type timer struct {
	at time.Time
	c  chan time.Time
}

// NewClock is a clock that shows a time.
func NewClock(now time.Time) *Clock {
	return &Clock{now: now, timers: map[*timer]bool{}, waits: wake.New()}
}

// Now is the time the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// After fires once the clock was moved so far.
func (c *Clock) After(d time.Duration) (<-chan time.Time, func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &timer{c.now.Add(d), make(chan time.Time, 1)}
	c.timers[t] = true
	c.waits.Wake()
	return t.c, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		was := c.timers[t]
		delete(c.timers, t)
		return was
	}
}

// Move lets d pass: timers that come due fire.
func (c *Clock) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	for t := range c.timers {
		if !t.at.After(c.now) {
			t.c <- c.now
			delete(c.timers, t)
		}
	}
}

// Waits is poked when somebody starts to wait.
func (c *Clock) Waits() <-chan struct{} { return c.waits }

// AwaitWait returns once somebody waits for just one of these times.
func (c *Clock) AwaitWait(t testing.TB, ds ...time.Duration) {
	t.Helper()
	giveUp := time.After(30 * time.Second)
	for !slices.ContainsFunc(ds, c.Waited) {
		select {
		case <-c.waits:
		case <-giveUp:
			t.Fatalf("nobody waits for %v", ds)
		}
	}
}

// Waited reports whether somebody waits for just so long now.
func (c *Clock) Waited(d time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for x := range c.timers {
		if x.at.Sub(c.now) == d {
			return true
		}
	}
	return false
}
