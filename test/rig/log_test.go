package rig

import (
	"context"
	"fmt"
	"testing"
)

func TestLogFindsLinesOldAndNew(t *testing.T) {
	l := NewLog()
	fmt.Fprint(l, "first li")
	fmt.Fprint(l, "ne\nsecond line\nthi")
	if line, err := l.Wait(t.Context(), "first"); err != nil || line != "first line" {
		t.Errorf("%q, %v", line, err)
	}
	found := make(chan string)
	go func() {
		line, _ := l.Wait(t.Context(), "third")
		found <- line
	}()
	fmt.Fprint(l, "rd line\n")
	if line := <-found; line != "third line" {
		t.Errorf("%q", line)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Wait(ctx, "never"); err == nil {
		t.Error("found what is not there")
	}
}

func TestLogKeepsTheLastLines(t *testing.T) {
	l := NewLog()
	for i := range logSize + 10 {
		fmt.Fprintln(l, "line", i)
	}
	lines := l.Lines()
	if len(lines) != logSize || lines[0] != "line 10" {
		t.Errorf("%d lines from %q", len(lines), lines[0])
	}
	if _, err := l.Wait(t.Context(), fmt.Sprint("line ", logSize+9)); err != nil {
		t.Error(err)
	}
}
