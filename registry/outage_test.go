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
	var lines bytes.Buffer
	log := zerolog.New(&lines)
	h := &health{}
	away := fmt.Errorf("%w: away", core.ErrStore)
	for range 10000 {
		h.saw(writing, away, log)
		h.saw(reading, away, log)
		h.saw(reading, nil, log) // a read that works does not end the outage
	}
	h.saw(writing, nil, log)
	worked := time.Now()
	h.saw(writing, away, log) // nor does one write that works
	h.ended(worked.Add(-time.Hour), log)
	if n := strings.Count(lines.String(), "\n"); n != 1 {
		t.Fatalf("%d lines:\n%s", n, lines.String())
	}
	h.saw(writing, errors.New("a fault of the statement"), log)
	h.ended(time.Now(), log)
	if n := strings.Count(lines.String(), "\n"); n != 2 || !strings.Contains(lines.String(), `"failed":20001`) {
		t.Errorf("%d lines:\n%s", n, lines.String())
	}
	h.ended(time.Now(), log)
	if n := strings.Count(lines.String(), "\n"); n != 2 {
		t.Errorf("the end of the outage is logged again: %d lines", n)
	}
}
