package registry

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// An outage is two lines in the log, however much fails meanwhile.
func TestAnOutageIsTwoLines(t *testing.T) {
	var said bytes.Buffer
	log := zerolog.New(&said)
	h := &health{}
	away := fmt.Errorf("%w: away", core.ErrStore)
	for range 10000 {
		h.saw(writing, away, log)
		h.saw(reading, away, log)
		h.saw(reading, nil, log) // that it can be read ends nothing
	}
	h.saw(writing, nil, log)
	worked := time.Now()
	h.saw(writing, away, log) // nor that it works once
	h.ended(worked.Add(-time.Hour), log)
	if n := strings.Count(said.String(), "\n"); n != 1 {
		t.Fatalf("%d lines:\n%s", n, said.String())
	}
	h.saw(writing, errors.New("of what was asked"), log)
	h.ended(time.Now(), log)
	if n := strings.Count(said.String(), "\n"); n != 2 || !strings.Contains(said.String(), `"failed":20001`) {
		t.Errorf("%d lines:\n%s", n, said.String())
	}
	h.ended(time.Now(), log)
	if n := strings.Count(said.String(), "\n"); n != 2 {
		t.Errorf("it is told again: %d lines", n)
	}
}
