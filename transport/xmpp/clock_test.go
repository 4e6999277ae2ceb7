package xmpp

import (
	"sync"
	"testing"
	"time"
)

// clock is a time that tests move.
type clock struct {
	mu     sync.Mutex
	now    time.Time
	timers map[*timer]bool
	asked  chan struct{} // poked when somebody starts to wait
}

type timer struct {
	at time.Time
	c  chan time.Time
}

func newClock() *clock {
	return &clock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), timers: map[*timer]bool{}, asked: make(chan struct{}, 1)}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) After(d time.Duration) (<-chan time.Time, func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &timer{c.now.Add(d), make(chan time.Time, 1)}
	c.timers[t] = true
	select {
	case c.asked <- struct{}{}:
	default:
	}
	return t.c, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		was := c.timers[t]
		delete(c.timers, t)
		return was
	}
}

// pass moves the time.
func (c *clock) pass(d time.Duration) {
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

// passWaited moves the time once somebody waits for just that long.
func (c *clock) passWaited(t *testing.T, d time.Duration) {
	t.Helper()
	for {
		c.mu.Lock()
		for x := range c.timers {
			if x.at.Sub(c.now) == d {
				c.mu.Unlock()
				c.pass(d)
				return
			}
		}
		c.mu.Unlock()
		select {
		case <-c.asked:
		case <-time.After(patience):
			t.Fatalf("nobody waits for %v", d)
		}
	}
}
