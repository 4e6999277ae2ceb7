package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
)

// decodeObject reads a JSON object. Numbers are [json.Number].
func decodeObject(raw []byte) (map[string]any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var twice problems
	value, err := decodeValue(dec, "", 0, &twice)
	switch {
	case err == io.EOF && len(bytes.TrimSpace(raw)) == 0:
		return nil, malformed("the body is empty; send a JSON object")
	case err == io.EOF:
		return nil, malformed("the body is not JSON: it is cut off")
	case err != nil:
		return nil, malformed("the body is not JSON: " + err.Error())
	case twice != nil:
		return nil, &core.InvalidError{Problems: twice}
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, malformed("the body goes on after its JSON object")
	}
	members, ok := value.(map[string]any)
	if !ok {
		return nil, malformed("the body must be a JSON object, not " + typeOf(value))
	}
	return members, nil
}

// maxDepth limits how deep the values of a body are nested.
const maxDepth = 100

// decodeValue reads one JSON value at a path. It adds members that an object has
// twice to twice, because nobody knows which of the two is meant.
func decodeValue(dec *json.Decoder, path string, depth int, twice *problems) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("it is nested deeper than %d levels", maxDepth)
	}
	switch token {
	case json.Delim('{'):
		members := map[string]any{}
		for dec.More() {
			name, err := dec.Token()
			if err != nil {
				return nil, err
			}
			text := name.(string) // of a member it is
			at := excerpt.Of(text)
			if path != "" {
				at = path + "." + at
			}
			if _, is := members[text]; is {
				twice.add(at, "stands there twice; which of the two is meant is not known")
			}
			if members[text], err = decodeValue(dec, at, depth+1, twice); err != nil {
				return nil, err
			}
		}
		_, err := dec.Token()
		return members, err
	case json.Delim('['):
		items := []any{}
		for dec.More() {
			item, err := decodeValue(dec, fmt.Sprintf("%s[%d]", path, len(items)), depth+1, twice)
			if err != nil {
				return nil, err
			}
			items = append(items, item)
		}
		_, err := dec.Token()
		return items, err
	}
	return token, nil
}

// typeOf names the type of a JSON value in words.
func typeOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "true or false"
	case string:
		return "text"
	case json.Number:
		return "a number"
	case []any:
		return "a list"
	}
	return "an object"
}
