package xmpp

import (
	"strconv"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
)

func TestRate(t *testing.T) {
	now := coretest.NewClock(time.Unix(1_800_000_000, 0))
	r := newRate(10, now)
	count := func(identity string, tries int) (allowed int) {
		for range tries {
			if r.allow(identity) {
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

func TestRateMemory(t *testing.T) {
	r := newRate(10, coretest.NewClock(time.Unix(1_800_000_000, 0)))
	for i := range 5 * maxBuckets {
		r.allow(strconv.Itoa(i))
	}
	if n := len(r.now) + len(r.old); n > 2*maxBuckets {
		t.Errorf("%d identities are remembered, over %d", n, 2*maxBuckets)
	}
}
