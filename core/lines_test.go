package core

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
)

// One identity fills the log with a limited number of lines; the next line says how many
// were left out.
func TestLinesAboutOneIdentityAreLimited(t *testing.T) {
	now := coretest.NewClock(time.Unix(1_800_000_000, 0))
	var out bytes.Buffer
	lines := NewLines(zerolog.New(&out).Level(zerolog.InfoLevel), now)
	say := func(who string) { lines.About(who, zerolog.InfoLevel).Str("identity", who).Msg("x") }
	for range 100 * linesAtOnce {
		say("a")
	}
	say("b")
	lines.About("c", zerolog.DebugLevel).Msg("below the level")
	if n := strings.Count(out.String(), "\n"); n != linesAtOnce+1 {
		t.Errorf("%d lines, want %d of one and 1 of the other", n, linesAtOnce)
	}
	out.Reset()
	now.Move(10 * time.Second)
	say("a")
	say("a")
	if want := `{"level":"info","leftOut":5940,"identity":"a","message":"x"}` + "\n"; out.String() != want {
		t.Errorf("then the log says %s, want %s", out.String(), want)
	}
}
