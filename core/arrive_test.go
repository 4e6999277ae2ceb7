package core

import (
	"testing"

	"github.com/rs/zerolog"
)

func TestMissedNewsIsMadeUpForWhenTheRestWasLookedAt(t *testing.T) {
	v := New(Config{}, nil, SystemClock{}, zerolog.Nop(), nil)
	v.transports["xmpp"] = nil
	for v.arrive(arrival{}) {
	}
	v.makeUpForMissed()
	if len(v.searches) != 0 {
		t.Error("it is asked who is there while news waits")
	}
	for len(v.arrivals) > 0 {
		<-v.arrivals
	}
	for range 2 { // once is enough
		v.makeUpForMissed()
		if len(v.searches) != 1 {
			t.Errorf("%d searches", len(v.searches))
		}
	}
	if s := <-v.searches; s != (search{transport: "xmpp"}) {
		t.Errorf("asked for %+v", s)
	}
}
