package wake_test

import (
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
)

func TestWakesCountAsOne(t *testing.T) {
	s := wake.New()
	if len(s) != 0 {
		t.Error("it was sent by nobody")
	}
	for range 3 {
		s.Wake()
	}
	<-s
	if len(s) != 0 {
		t.Error("three wakes count as more than one")
	}
	wake.Signal(nil).Wake()
}
