package core

import (
	"sync"

	"github.com/rs/zerolog"
)

// How many lines the log has about one identity or VEN.
const (
	linesPerSecond = 0.1
	linesAtOnce    = 60
)

// Lines writes log lines that peers cause. It leaves out lines if too many are about one
// identity; the next line tells how many. Its methods are safe for concurrent use.
type Lines struct {
	log     zerolog.Logger
	allowed *Allowances

	mu   sync.Mutex
	left map[string]int
}

// NewLines writes to a log.
func NewLines(log zerolog.Logger, clock Clock) *Lines {
	return &Lines{log: log, allowed: NewAllowances(linesPerSecond, linesAtOnce, clock), left: map[string]int{}}
}

// About begins a line about an identity or VEN. It returns nil, on which all methods do
// nothing, for a line that is left out.
func (l *Lines) About(who string, level zerolog.Level) *zerolog.Event {
	if l.log.GetLevel() > level {
		return nil
	}
	allowed := l.allowed.Take(who)
	l.mu.Lock()
	left := l.left[who]
	switch {
	case allowed:
		delete(l.left, who)
	case len(l.left) < maxAllowances || left > 0:
		l.left[who]++
	}
	l.mu.Unlock()
	if !allowed {
		return nil
	}
	e := l.log.WithLevel(level)
	if left > 0 {
		e.Int("leftOut", left)
	}
	return e
}
