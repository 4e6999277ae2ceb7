package registry_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
)

// After kill -9 at any moment, everything is stored that Update and Settle returned from.
func TestKillLosesNothingAcknowledged(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(seed, 0))
		w.must(w.Close()) // the child opens the store alone

		lines := killedWhileCommitting(w, 20+random.IntN(200))
		var err error
		if w.Registry, err = registry.Open(ctx, w.store, zerolog.Nop(), registry.Alone()); err != nil {
			t.Fatalf("after the kill: %v", err)
		}
		t.Cleanup(func() { w.Close() })
		var settled int64
		for _, line := range lines {
			var what, eventID string
			var rev int64
			if _, err := fmt.Sscan(line, &what, &eventID, &rev); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			if what == "settled" {
				settled = rev
				continue
			}
			e := view(w, func(r core.Reader) (*core.Event, error) { return r.Event(eventID) })
			if e.Rev != rev || len(e.Targets) != 1 {
				t.Errorf("%s is stored as %+v", line, e)
			}
		}
		if got := w.count(`SELECT settled FROM outbox`); got < settled {
			t.Errorf("settled up to %d, want %d", got, settled)
		}
		if !w.SQLite() {
			return
		}
		var check string
		check, err = w.Setting(ctx, `PRAGMA integrity_check`)
		if err != nil || check != "ok" {
			t.Errorf("integrity check: %s %v", strings.TrimSpace(check), err)
		}
	})
}

// killedWhileCommitting runs another process that commits, kills it after a number of lines,
// and returns the lines.
func killedWhileCommitting(w *world, until int) (lines []string) {
	w.Helper()
	bound, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	child := exec.CommandContext(bound, os.Args[0])
	child.Env = append(os.Environ(), childStore+"="+w.store)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	w.must(err)
	w.must(child.Start())
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		if lines = append(lines, scanner.Text()); len(lines) == until {
			w.must(child.Process.Kill())
		}
	}
	child.Wait() //nolint:errcheck // it was killed
	if len(lines) < until {
		w.Fatalf("the child ended by itself after %d lines", len(lines))
	}
	return lines
}
