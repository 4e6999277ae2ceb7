package rig

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
)

// logSize is how many lines of a part's output are kept.
const logSize = 2000

// Log keeps the last lines that a part has written.
type Log struct {
	mu      sync.Mutex
	lines   []string // the newest last
	dropped int      // lines before lines[0]
	part    []byte   // the line that is not complete yet
	news    chan struct{}
}

// NewLog makes a log with nothing in it.
func NewLog() *Log { return &Log{news: make(chan struct{})} }

// Write takes output of the part.
func (l *Log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.part = append(l.part, b...)
	for {
		line, rest, complete := bytes.Cut(l.part, []byte("\n"))
		if !complete {
			break
		}
		l.lines = append(l.lines, string(line))
		l.part = rest
	}
	if excess := len(l.lines) - logSize; excess > 0 {
		l.lines = append([]string(nil), l.lines[excess:]...)
		l.dropped += excess
	}
	close(l.news)
	l.news = make(chan struct{})
	return len(b), nil
}

// Lines returns the lines kept, oldest first.
func (l *Log) Lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.lines...)
}

// Tail returns the last n lines as one text, to be shown when something failed.
func (l *Log) Tail(n int) string {
	lines := l.Lines()
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// Wait returns the first line kept that contains text, and waits for it if there is none yet.
func (l *Log) Wait(ctx context.Context, text string) (string, error) {
	seen := 0
	for {
		l.mu.Lock()
		for ; seen < l.dropped+len(l.lines); seen++ {
			if line := l.lines[max(0, seen-l.dropped)]; strings.Contains(line, text) {
				l.mu.Unlock()
				return line, nil
			}
		}
		news := l.news
		l.mu.Unlock()
		select {
		case <-news:
		case <-ctx.Done():
			return "", fmt.Errorf("no line with %q in the log: %w; its end:\n%s", text, ctx.Err(), l.Tail(20))
		}
	}
}
