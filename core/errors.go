package core

import (
	"errors"
	"fmt"
	"strings"

	"github.com/rs/zerolog"
)

// Errors that transports and the API tell apart.
var (
	// ErrNotRegistered: a stranger sent something other than a query or a registration
	// (rule G3). [VTN.Handle] answers 463 instead, unless [Config.StrangersError] is set.
	ErrNotRegistered = errors.New("not registered")
	// ErrNotFound: no such VEN, event or other thing exists.
	ErrNotFound = errors.New("not found")
	// ErrNoVEN: the VEN does not exist. It is an [ErrNotFound] of calls that name
	// something else, too.
	ErrNoVEN = fmt.Errorf("VEN %w", ErrNotFound)
	// ErrStore: the database is away, full, locked or broken.
	ErrStore = errors.New("the store does not work")
	// ErrConflict: the change does not fit what is stored, such as cancelling a
	// completed event (rule E23) or an ID that is taken.
	ErrConflict = errors.New("conflict")
)

// failed begins the log line of something that failed. After [ErrStore] it is a debug
// line, since the store itself logs once that it does not work.
func (c *common) failed(err error) *zerolog.Event {
	if errors.Is(err, ErrStore) {
		return c.log.Debug().Err(err)
	}
	return c.log.Error().Err(err)
}

// notRegistered refuses a change that needs a registered VEN.
func notRegistered(venID string) error {
	return fmt.Errorf("%w: VEN %s is not registered", ErrConflict, venID)
}

// venBeside finds a VEN that a call names beside something else, or fails with [ErrNoVEN].
func venBeside(r VENReader, venID string) (*VEN, error) {
	ven, err := r.VEN(venID)
	if errors.Is(err, ErrNotFound) {
		return nil, fmt.Errorf("%w: %.100q", ErrNoVEN, venID)
	}
	return ven, err
}

// Problem is one fault of an operator's input.
type Problem struct {
	Field  string // path in the JSON: "signals[0].intervals[1].value"
	Rule   string // the rule of docs/RULES.md that it breaks, such as "E8"; may be empty
	Reason string // what is wrong and what would be right
}

// InvalidError refuses input as a whole; nothing was stored.
type InvalidError struct {
	Problems []Problem
}

func (e *InvalidError) Error() string { return inOneLine(e.Problems) }

// ConflictError is an [ErrConflict] that names fields: the input is well formed, but does
// not fit what is stored. Nothing was stored.
type ConflictError struct {
	Problems []Problem
}

func (e *ConflictError) Error() string { return inOneLine(e.Problems) }

// Is makes it an [ErrConflict].
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }

// inOneLine joins all problems.
func inOneLine(problems []Problem) string {
	var b strings.Builder
	for i, p := range problems {
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "%s: %s", p.Field, p.Reason)
	}
	return b.String()
}
