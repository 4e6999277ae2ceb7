package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// maxInput limits a file that is read, in bytes.
const maxInput = 1 << 20

// readFile reads a file, or the standard input for "-".
func readFile(path string) ([]byte, error) {
	in := os.Stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	raw, err := io.ReadAll(io.LimitReader(in, maxInput+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxInput {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, maxInput)
	}
	return raw, nil
}

// readJSON reads a file, or the standard input for "-".
func readJSON(path string) (json.RawMessage, error) {
	raw, err := readFile(path)
	if err != nil {
		return nil, err
	}
	if raw, err = plainText(raw); err != nil {
		return nil, fmt.Errorf("%s %w", path, err)
	}
	if !json.Valid(raw) {
		return nil, fmt.Errorf("%s is not JSON", path)
	}
	return raw, nil
}

// changes is a JSON merge patch, from a file or from assignments.
type changes struct {
	File string   `arg:"" optional:"" help:"File with a JSON merge patch (RFC 7396), - for the standard input."`
	Set  []string `placeholder:"NAME=VALUE" sep:"none" help:"Change one member, such as comment=late or targets.groups='[\"a\"]'; null removes it. May be repeated."`
}

func (c *changes) patch() (any, error) {
	switch {
	case c.File != "" && len(c.Set) > 0:
		return nil, errors.New("give a FILE or --set, not both")
	case c.File != "":
		return readJSON(c.File)
	case len(c.Set) == 0:
		return nil, errors.New("nothing to change: give a FILE or --set NAME=VALUE")
	}
	patch := map[string]any{}
	for _, assignment := range c.Set {
		if err := assign(patch, assignment); err != nil {
			return nil, err
		}
	}
	return patch, nil
}

// assign adds NAME=VALUE to a patch. A value that is not JSON is text. Dots in the
// name separate the names of nested objects.
func assign(patch map[string]any, assignment string) error {
	path, text, ok := strings.Cut(assignment, "=")
	if !ok || path == "" {
		return fmt.Errorf("--set %q is not NAME=VALUE", assignment)
	}
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		value = text
	}
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		inner, ok := patch[name].(map[string]any)
		if !ok {
			inner = map[string]any{}
			patch[name] = inner
		}
		patch = inner
	}
	patch[names[len(names)-1]] = value
	return nil
}
