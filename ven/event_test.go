package ven

import (
	"fmt"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

func TestEventIsReadable(t *testing.T) {
	e := Event{Event: event("heat-1", 2)}
	e.ActivePeriod.Duration = 90 * time.Minute
	e.Signals[0].Intervals = append(e.Signals[0].Intervals, oadr.Interval{Duration: 30 * time.Minute, UID: "1", Value: 2})
	const want = "event heat-1, modification 2, far: 2026-11-24T13:00:00Z for 1h30m0s, SIMPLE level 1 for 1h0m0s, 2 for 30m0s"
	if got := fmt.Sprint(e); got != want {
		t.Errorf("got %s", got)
	}
	e.ActivePeriod.Duration, e.Signals = 0, []oadr.EventSignal{{Name: "SIMPLE", Type: "level", Intervals: []oadr.Interval{{Value: 3}}}}
	if got, want := e.String(), "event heat-1, modification 2, far: 2026-11-24T13:00:00Z, SIMPLE level 3"; got != want {
		t.Errorf("open ended: %s", got)
	}
}
