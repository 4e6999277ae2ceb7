package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// maxProblems bounds how much wrong one answer lists.
const maxProblems = 100

// decodeObject reads a JSON object. Numbers keep their spelling.
func decodeObject(raw []byte) (map[string]any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var twice problems
	value, err := decodeValue(dec, "", 0, &twice)
	switch {
	case err == io.EOF && len(bytes.TrimSpace(raw)) == 0:
		return nil, malformed("the body is empty; send a JSON object")
	case err == io.EOF:
		return nil, malformed("the body is no JSON: it ends before its end")
	case err != nil:
		return nil, malformed("the body is no JSON: " + err.Error())
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

// maxDepth bounds how deep the values of a body are nested.
const maxDepth = 100

// decodeValue reads one JSON value at a path. Members that an object has twice go to
// twice: which of the two is meant, nobody knows.
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

// parse reads an object strictly: everything that is wrong is told at once, and
// members nobody asked for are wrong. It leaves the object as it is.
func parse[T any](members map[string]any, build func(*object) T) (T, error) {
	var found problems
	o := newObject("", members, &found)
	v := build(o)
	o.close()
	if found != nil {
		return v, &core.InvalidError{Problems: found}
	}
	return v, nil
}

// problems collects what is wrong with an input.
type problems []core.Problem

func (p *problems) add(field, reason string, args ...any) {
	if len(*p) < maxProblems {
		*p = append(*p, core.Problem{Field: field, Reason: fmt.Sprintf(reason, args...)})
	}
}

// object is a JSON object being read. null counts as absent.
type object struct {
	path     string // empty at the top
	members  map[string]any
	asked    map[string]bool
	children []*object
	found    *problems
}

func newObject(path string, members map[string]any, found *problems) *object {
	return &object{path: path, members: members, asked: map[string]bool{}, found: found}
}

// close refuses the members that were not asked for, here and below.
func (o *object) close() {
	for _, name := range slices.Sorted(maps.Keys(o.members)) {
		if !o.asked[name] {
			o.found.add(o.field(excerpt.Of(name)), "is not known here; leave it out")
		}
	}
	for _, child := range o.children {
		child.close()
	}
}

func (o *object) field(name string) string {
	if o.path == "" {
		return name
	}
	return o.path + "." + name
}

func (o *object) take(name string) (any, bool) {
	o.asked[name] = true
	v := o.members[name]
	return v, v != nil
}

// set says whether a member is there at all.
func (o *object) set(name string) bool { return o.members[name] != nil }

// need refuses an object without these members.
func (o *object) need(names ...string) {
	for _, name := range names {
		if !o.set(name) {
			o.found.add(o.field(name), "is missing")
		}
	}
}

// value reads a member of one JSON type.
func value[T any](o *object, name, what string) (v T, ok bool) {
	raw, ok := o.take(name)
	if !ok {
		return v, false
	}
	if v, ok = raw.(T); !ok {
		o.found.add(o.field(name), "must be %s, not %s", what, typeOf(raw))
	}
	return v, ok
}

func (o *object) text(name, otherwise string) string {
	if s, ok := value[string](o, name, "text"); ok {
		return s
	}
	return otherwise
}

// oneOf reads one of several words; the first is what is meant when it is absent.
func (o *object) oneOf(name string, words ...string) string {
	s := o.text(name, words[0])
	if !slices.Contains(words, s) {
		o.found.add(o.field(name), "%q is none of %s", excerpt.Of(s), strings.Join(words, ", "))
	}
	return s
}

func (o *object) boolean(name string, otherwise bool) bool {
	if b, ok := value[bool](o, name, "true or false"); ok {
		return b
	}
	return otherwise
}

// number reads a number that an xs:float can hold.
func (o *object) number(name string) float64 {
	n, ok := value[json.Number](o, name, "a number")
	if !ok {
		return 0
	}
	f, err := n.Float64()
	f, fits := oadr.Float(f)
	if err != nil || !fits {
		o.found.add(o.field(name), "%s is beyond what a payload can hold", excerpt.Of(n.String()))
	}
	return f
}

func (o *object) whole(name string) uint32 {
	n, ok := value[json.Number](o, name, "a whole number")
	if !ok {
		return 0
	}
	u, err := strconv.ParseUint(n.String(), 10, 32)
	if err != nil {
		o.found.add(o.field(name), "%s is not a whole number from 0 to %d", excerpt.Of(n.String()), uint32(math.MaxUint32))
	}
	return uint32(u)
}

// duration reads an ISO 8601 duration that is not negative, in whole seconds.
func (o *object) duration(name string) time.Duration {
	d := o.signedDuration(name)
	if d < 0 {
		o.found.add(o.field(name), "%s is negative", oadr.FormatDuration(d))
	}
	return d
}

func (o *object) signedDuration(name string) time.Duration {
	s, ok := value[string](o, name, "a duration such as \"PT1H\"")
	if !ok {
		return 0
	}
	d, err := oadr.ParseDuration(s)
	switch {
	case err != nil:
		o.found.add(o.field(name), "%s", err)
	case d%time.Second != 0:
		o.found.add(o.field(name), "%q has a fraction of a second; payloads hold whole seconds", excerpt.Of(s))
	}
	return d
}

// instant reads an RFC 3339 time. It must name its zone: a VEN elsewhere would
// take another moment.
func (o *object) instant(name string) time.Time {
	s, ok := value[string](o, name, "a time such as \"2026-11-24T17:00:00Z\"")
	if !ok {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		if _, err := time.Parse("2006-01-02T15:04:05", s); err == nil {
			o.found.add(o.field(name), "%q has no zone; end it with Z for UTC, or with an offset such as +01:00", excerpt.Of(s))
		} else {
			o.found.add(o.field(name), "%q is no time such as 2026-11-24T17:00:00Z", excerpt.Of(s))
		}
		return time.Time{}
	}
	switch t = t.UTC(); {
	case t.Year() < 1970 || t.Year() > 9999:
		o.found.add(o.field(name), "%q is not between the years 1970 and 9999", excerpt.Of(s))
	case t.Nanosecond() != 0:
		o.found.add(o.field(name), "%q has a fraction of a second; payloads hold whole seconds", excerpt.Of(s))
	}
	return t
}

// object reads a member that is an object, nil when it is absent.
func (o *object) object(name string) *object {
	members, ok := value[map[string]any](o, name, "an object")
	if !ok {
		return nil
	}
	return o.child(o.field(name), members)
}

// objects reads a list of objects.
func (o *object) objects(name string) []*object {
	items, _ := value[[]any](o, name, "a list of objects")
	var list []*object
	for i, item := range items {
		at := fmt.Sprintf("%s[%d]", o.field(name), i)
		if members, ok := item.(map[string]any); ok {
			list = append(list, o.child(at, members))
		} else {
			o.found.add(at, "must be an object, not %s", typeOf(item))
		}
	}
	return list
}

// texts reads a list of texts.
func (o *object) texts(name string) []string {
	items, _ := value[[]any](o, name, "a list of texts")
	var list []string
	for i, item := range items {
		s, ok := item.(string)
		if !ok {
			o.found.add(fmt.Sprintf("%s[%d]", o.field(name), i), "must be text, not %s", typeOf(item))
		}
		list = append(list, s)
	}
	return list
}

func (o *object) child(path string, members map[string]any) *object {
	c := newObject(path, members, o.found)
	o.children = append(o.children, c)
	return c
}

// typeOf names the type of a JSON value for people.
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
