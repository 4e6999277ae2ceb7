package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// readAnswer reads a decision strictly: one JSON object with nothing after it, only
// known members, none twice. null counts as absent.
func readAnswer(raw []byte) (core.Decision, error) {
	var (
		d      core.Decision
		accept *bool
		into   = map[string]any{
			"accept": &accept, "reason": &d.Reason, "venID": &d.VENID,
			"groups": &d.Groups, "resources": &d.Resources, "parties": &d.Parties, "marketContexts": &d.MarketContexts,
		}
	)
	if !utf8.Valid(raw) {
		return d, errors.New("is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return d, errors.New("is no JSON object")
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return d, fmt.Errorf("is no JSON: %w", err)
		}
		member, ok := into[name.(string)] // in an object it is a string
		if !ok {
			return d, fmt.Errorf("has the member %.40q, which is not known or stands there twice", name)
		}
		delete(into, name.(string))
		if err := dec.Decode(member); err != nil {
			return d, fmt.Errorf("has an unusable %s: %w", name, err)
		}
	}
	if _, err := dec.Token(); err != nil { // the end of the object
		return d, fmt.Errorf("is no JSON: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return d, errors.New("goes on after its JSON object")
	}
	if accept == nil {
		return d, errors.New("says neither that it accepts nor that it does not: accept is missing")
	}
	d.Accept = *accept
	return d, nil
}
