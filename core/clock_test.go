package core_test

import (
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// TestSystemClockKeepsItsMonotonicReading: without it, whoever sets the machine's
// clock changes the time that has passed. TestClockStepsInMidFanOut shows the effect.
func TestSystemClockKeepsItsMonotonicReading(t *testing.T) {
	if now := (core.SystemClock{}).Now(); !strings.Contains(now.String(), " m=") {
		t.Errorf("it shows %v, without a monotonic reading", now)
	}
}
