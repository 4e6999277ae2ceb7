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
	if len(v.searches.queue) != 0 {
		t.Error("the VTN looks for VENs while arrivals wait")
	}
	for len(v.arrivals.queue) > 0 {
		<-v.arrivals.queue
	}
	for range 2 { // once is enough
		v.makeUpForMissed()
		if len(v.searches.queue) != 1 {
			t.Errorf("%d searches", len(v.searches.queue))
		}
	}
	if s := <-v.searches.queue; s != (search{transport: "xmpp"}) {
		t.Errorf("asked for %+v", s)
	}
}
