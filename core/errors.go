package core

import (
	"errors"
	"fmt"
	"strings"

	"github.com/rs/zerolog"
)

// Errors the transports and the API tell apart.
var (
	// ErrNotRegistered: someone who is not registered sent something other
	// than a query or a registration (rule G3). [VTN.Handle] answers 463
	// instead, unless [Config.StrangersError] says not to.
	ErrNotRegistered = errors.New("not registered")
	// ErrNotFound: no such VEN or event.
	ErrNotFound = errors.New("not found")
	// ErrNoVEN is the [ErrNotFound] of a VEN, where a call names an event, too.
	ErrNoVEN = fmt.Errorf("VEN %w", ErrNotFound)
	// ErrStore: the store is away, full, locked or broken.
	ErrStore = errors.New("the store does not work")
	// ErrConflict: the change does not fit the state of things, such as
	// cancelling a completed event (rule E23) or an ID that is taken.
	ErrConflict = errors.New("conflict")
)

// failed begins the log line of something that failed. That the store does not work
// is told by the store itself, once: what fails by it is of interest to who looks closer.
func (c *common) failed(err error) *zerolog.Event {
	if errors.Is(err, ErrStore) {
		return c.log.Debug().Err(err)
	}
	return c.log.Error().Err(err)
}

// notRegistered refuses what only a registered VEN can be asked.
func notRegistered(venID string) error {
	return fmt.Errorf("%w: VEN %s is not registered", ErrConflict, venID)
}

// venBeside finds a VEN that is named beside something else.
func venBeside(r VENReader, venID string) (*VEN, error) {
	ven, err := r.VEN(venID)
	if errors.Is(err, ErrNotFound) {
		return nil, fmt.Errorf("%w: %.100q", ErrNoVEN, venID)
	}
	return ven, err
}

// Problem is one thing wrong with an operator's input.
type Problem struct {
	Field  string // path in the JSON: "signals[0].intervals[1].value"
	Rule   string // the rule of docs/RULES.md it breaks, such as "E8"; may be empty
	Reason string // what is wrong and what would be right
}

// InvalidError is input that was refused as a whole; nothing was stored.
type InvalidError struct {
	Problems []Problem
}

func (e *InvalidError) Error() string { return inOneLine(e.Problems) }

// ConflictError is an [ErrConflict] that names fields: the input is well formed, it
// is the state of things it does not fit. Nothing was stored.
type ConflictError struct {
	Problems []Problem
}

func (e *ConflictError) Error() string { return inOneLine(e.Problems) }

// Is makes it an [ErrConflict].
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }

// inOneLine is all that is wrong.
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
