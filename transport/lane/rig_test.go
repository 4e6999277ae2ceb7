package lane

import (
	"runtime"
	"testing"
	"time"
)

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// receive takes what comes from c.
func receive[T any](t *testing.T, c <-chan T, what string) T {
	t.Helper()
	select {
	case x := <-c:
		return x
	case <-time.After(patience):
		t.Fatalf("no %s came", what)
		panic("unreachable")
	}
}

// sometime waits until something is so.
func sometime(t *testing.T, what string, is func() bool) {
	t.Helper()
	for giveUp := time.Now().Add(patience); !is(); runtime.Gosched() {
		if time.Now().After(giveUp) {
			t.Fatalf("never: %s", what)
		}
	}
}
